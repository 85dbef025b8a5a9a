-- The ledger (lib/domain/ledger.h): a row is one entry, debit and credit of the
-- same amount, so that its sum is zero whatever is written; append-only. An
-- event is posted once. References are ids of payments, notices, refunds, days
-- of reconciliation and differences, as ledger_event.def says.
CREATE TABLE IF NOT EXISTS postings (
  event          VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reference      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  debit          VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  credit         VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount_fen     BIGINT NOT NULL,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  posted_at      DATETIME(6) NOT NULL DEFAULT NOW(6),
  day DATE AS (DATE(posted_at + INTERVAL 8 HOUR)) PERSISTENT,
  PRIMARY KEY (event, reference),
  KEY postings_day (day, posted_at),
  KEY postings_application (application_id),
  CONSTRAINT postings_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT postings_accounts CHECK (debit <> credit),
  CONSTRAINT postings_amount CHECK (amount_fen > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
