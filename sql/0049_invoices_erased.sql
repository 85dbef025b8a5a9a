ALTER TABLE invoices
  ADD COLUMN IF NOT EXISTS erased_at DATETIME(6),
  ADD KEY IF NOT EXISTS invoices_kept (erased_at, requested_at);
