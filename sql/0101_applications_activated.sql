-- When the applicant said that the lock works. awaits_from: since when a
-- completed case waits for that; NULL for all others.
ALTER TABLE applications
  ADD COLUMN IF NOT EXISTS activated_at DATETIME(6),
  ADD COLUMN IF NOT EXISTS awaits_from DATETIME(6) AS (
    IF(state = 'completed' AND activated_at IS NULL AND erased_at IS NULL, entered_at, NULL)) PERSISTENT,
  ADD KEY IF NOT EXISTS applications_awaits (awaits_from, id),
  ADD KEY IF NOT EXISTS applications_lock (unit_id, lock_serial);
