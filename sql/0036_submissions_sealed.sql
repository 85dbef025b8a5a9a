ALTER TABLE submissions
  ADD COLUMN IF NOT EXISTS key_no TINYINT UNSIGNED AS (ORD(LEFT(fields, 1))) PERSISTENT,
  ADD KEY IF NOT EXISTS submissions_key_no (key_no, application_id, round);
