-- Verifications of the sealed trail that a person asked for; the worker, who
-- alone has the key, takes them on, some seals a round.
CREATE TABLE IF NOT EXISTS audit_checks (
  id           CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  requested_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  requested_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  from_at      DATETIME(6) NOT NULL,
  to_at        DATETIME(6) NOT NULL,
  state        VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'open',
  seq          BIGINT NOT NULL DEFAULT 0,
  seals_n      BIGINT NOT NULL DEFAULT 0,
  rows_n       BIGINT NOT NULL DEFAULT 0,
  fault        VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  bad_row      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  done_at      DATETIME(6),
  KEY audit_checks_state (state, id),
  CONSTRAINT audit_checks_state CHECK (state IN ('open', 'whole', 'bad')),
  CONSTRAINT audit_checks_who FOREIGN KEY (requested_by) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
