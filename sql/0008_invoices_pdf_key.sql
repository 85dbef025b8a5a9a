-- Whether a file of the store belongs to an invoice.
CREATE INDEX IF NOT EXISTS invoices_pdf_key ON invoices (pdf_key);
