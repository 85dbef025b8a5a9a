-- The chain over the audit trail: each seal covers the rows behind the last
-- seal's, in the order of (at, id). row_macs has 90 characters a row, its id
-- and its mac; mac covers all other columns.
CREATE TABLE IF NOT EXISTS audit_seals (
  seq       BIGINT PRIMARY KEY,
  previous  CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  first_at  DATETIME(6) NOT NULL,
  first_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  last_at   DATETIME(6) NOT NULL,
  last_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  rows_n    INT NOT NULL,
  row_macs  MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sealed_at DATETIME(6) NOT NULL,
  mac       CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  KEY audit_seals_last (last_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
