-- The field key that the file's own key is sealed by; 0: it stands in the clear.
ALTER TABLE attachments
  ADD COLUMN IF NOT EXISTS sealed_by TINYINT UNSIGNED DEFAULT 0,
  ADD KEY IF NOT EXISTS attachments_sealed_by (sealed_by, id);
