-- As applications_kept, of the name of who keeps a lock.
ALTER TABLE locks
  ADD COLUMN IF NOT EXISTS kept_from DATE AS (IF(holder IS NULL, NULL, valid_to)) PERSISTENT,
  ADD KEY IF NOT EXISTS locks_kept (kept_from, id);
