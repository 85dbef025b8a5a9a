ALTER TABLE second_factors
  ADD COLUMN IF NOT EXISTS key_no TINYINT UNSIGNED AS (ORD(secret)) PERSISTENT,
  ADD KEY IF NOT EXISTS second_factors_key_no (key_no, account_id);
