-- What waits for a second person, and what became of it. The row is what the
-- second person decides on, so what was asked for never changes.
CREATE TABLE IF NOT EXISTS confirmations (
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  kind       VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject    VARCHAR(64) NOT NULL,
  payload    TEXT NOT NULL,
  reason     VARCHAR(1000) NOT NULL,
  state      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version    BIGINT NOT NULL DEFAULT 1,
  asked_by   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  asked_at   DATETIME(6) NOT NULL DEFAULT NOW(6),
  decided_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  decided_at DATETIME(6),
  opinion    VARCHAR(1000) NOT NULL DEFAULT '',
  outcome    VARCHAR(1000) NOT NULL DEFAULT '',
  is_alone   BOOLEAN NOT NULL DEFAULT FALSE,
  waiting_for VARCHAR(96) AS (IF(state = 'waiting', CONCAT(kind, ' ', subject), NULL)) PERSISTENT,
  UNIQUE KEY confirmations_waiting (waiting_for),
  KEY confirmations_state (state, id),
  CONSTRAINT confirmations_asked FOREIGN KEY (asked_by) REFERENCES accounts (id),
  CONSTRAINT confirmations_decided FOREIGN KEY (decided_by) REFERENCES accounts (id),
  CONSTRAINT confirmations_payload CHECK (JSON_VALID(payload)),
  CONSTRAINT confirmations_state CHECK (state IN
    ('waiting', 'confirmed', 'declined', 'withdrawn', 'failed')),
  CONSTRAINT confirmations_second_person CHECK (decided_by IS NULL OR decided_by <> asked_by),
  CONSTRAINT confirmations_decision CHECK (state IN ('waiting', 'withdrawn')
    OR decided_by IS NOT NULL OR is_alone),
  CONSTRAINT confirmations_time CHECK ((state = 'waiting') = (decided_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
