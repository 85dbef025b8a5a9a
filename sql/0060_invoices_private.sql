-- Sealed values are bytes. key_no as in applications_sealed, 0 while a value or the
-- digest is missing; nothing is left to seal of what is erased.
ALTER TABLE invoices
  MODIFY COLUMN IF EXISTS title VARBINARY(512) NOT NULL,
  MODIFY COLUMN IF EXISTS email VARBINARY(512),
  MODIFY COLUMN IF EXISTS address VARBINARY(1024),
  MODIFY COLUMN IF EXISTS bank_account VARBINARY(512),
  MODIFY COLUMN IF EXISTS key_no TINYINT UNSIGNED AS (IF(erased_at IS NOT NULL, NULL,
    IF(NOT is_sealed OR (mobile IS NOT NULL AND mobile_index IS NULL), 0, ORD(title)))) PERSISTENT;
