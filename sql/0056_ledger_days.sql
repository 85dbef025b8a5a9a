-- The ledger day by day, as the worker has compared it with what it is about:
-- what is wrong of it (faults, of which some are named).
CREATE TABLE IF NOT EXISTS ledger_days (
  day        DATE PRIMARY KEY,
  checked_at DATETIME(6),
  faults_n   INT NOT NULL DEFAULT 0,
  faults     VARCHAR(2000) NOT NULL DEFAULT '',
  KEY ledger_days_checked (checked_at),
  KEY ledger_days_faults (faults_n)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
