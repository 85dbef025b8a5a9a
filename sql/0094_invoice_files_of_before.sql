INSERT IGNORE INTO invoice_files (invoice_id, format, store_key, sha256, size, sealed_by, erased_at)
  SELECT id, 'pdf', pdf_key, COALESCE(pdf_sha256, ''), COALESCE(pdf_size, 0), pdf_sealed_by, erased_at
  FROM invoices WHERE pdf_key IS NOT NULL;
