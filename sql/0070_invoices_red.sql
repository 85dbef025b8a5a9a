-- The red invoice that takes one back (红冲), and why; or why none was issued.
ALTER TABLE invoices
  ADD COLUMN IF NOT EXISTS red_number VARCHAR(20),
  ADD COLUMN IF NOT EXISTS ended_at DATETIME(6),
  ADD COLUMN IF NOT EXISTS why_ended VARCHAR(200) NOT NULL DEFAULT '',
  ADD UNIQUE KEY IF NOT EXISTS invoices_red_number (red_number);
