-- A refund is of a payment or of unmatched money, asked for by a person or by a
-- rule; the row is what the worker sends. Its number at the provider changes
-- only when the provider has closed the one before.
ALTER TABLE refunds
  MODIFY payment_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  MODIFY application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  MODIFY requested_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  ADD COLUMN IF NOT EXISTS notice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  ADD COLUMN IF NOT EXISTS rule_name VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS round INT NOT NULL DEFAULT 1,
  ADD COLUMN IF NOT EXISTS attempts INT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS next_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  ADD COLUMN IF NOT EXISTS calling_until DATETIME(6),
  ADD COLUMN IF NOT EXISTS problem VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS refund_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin
    AS (IF(round = 1, RTRIM(id), CONCAT(RTRIM(id), '_', round))) PERSISTENT,
  ADD COLUMN IF NOT EXISTS live_notice CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
    AS (IF(state = 'declined', NULL, RTRIM(notice_id))) PERSISTENT,
  ADD UNIQUE KEY IF NOT EXISTS refunds_number (refund_no),
  ADD UNIQUE KEY IF NOT EXISTS refunds_live_notice (live_notice),
  ADD KEY IF NOT EXISTS refunds_next (state, next_at),
  ADD CONSTRAINT refunds_notice FOREIGN KEY IF NOT EXISTS (notice_id) REFERENCES notices (id),
  ADD CONSTRAINT refunds_of CHECK ((payment_id IS NULL) <> (notice_id IS NULL)),
  ADD CONSTRAINT refunds_asked CHECK ((requested_by IS NULL) = (rule_name <> ''));
