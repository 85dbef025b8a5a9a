-- As applications_sealed; pdf_sealed_by is the field key that the document's own
-- key is sealed by, 0: it stands in the clear, NULL: there is none.
ALTER TABLE invoices
  ADD COLUMN IF NOT EXISTS mobile_index BINARY(16),
  ADD COLUMN IF NOT EXISTS key_no TINYINT UNSIGNED AS (IF(
    mobile IS NOT NULL AND mobile_index IS NULL, 0, ORD(mobile))) PERSISTENT,
  ADD COLUMN IF NOT EXISTS pdf_sealed_by TINYINT UNSIGNED,
  ADD KEY IF NOT EXISTS invoices_key_no (key_no, id),
  ADD KEY IF NOT EXISTS invoices_mobile (mobile_index),
  ADD KEY IF NOT EXISTS invoices_pdf_sealed_by (pdf_sealed_by, id);
