-- Who keeps the lock, as its unit names them, and a version for those who
-- correct one.
ALTER TABLE locks
  ADD COLUMN IF NOT EXISTS holder VARCHAR(50),
  ADD COLUMN IF NOT EXISTS version BIGINT NOT NULL DEFAULT 1;
