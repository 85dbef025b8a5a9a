-- A file's row is in invoice_files.
ALTER TABLE invoices
  DROP KEY IF EXISTS invoices_pdf_key,
  DROP KEY IF EXISTS invoices_pdf_sealed_by,
  DROP COLUMN IF EXISTS pdf_key,
  DROP COLUMN IF EXISTS pdf_sha256,
  DROP COLUMN IF EXISTS pdf_size,
  DROP COLUMN IF EXISTS pdf_sealed_by;
