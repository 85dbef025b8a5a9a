-- Whether title, email, address and bank_account are sealed, as the mobile is:
-- FALSE in rows of before, until the worker has sealed them.
ALTER TABLE invoices ADD COLUMN IF NOT EXISTS is_sealed BOOLEAN NOT NULL DEFAULT FALSE;
