-- When the worker has last looked at it with its provider.
ALTER TABLE invoices
  ADD COLUMN IF NOT EXISTS asked_at DATETIME(6);
