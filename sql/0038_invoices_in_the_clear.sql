UPDATE invoices SET pdf_sealed_by = 0 WHERE pdf_key IS NOT NULL AND pdf_sealed_by IS NULL;
