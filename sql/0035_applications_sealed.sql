-- key_no: the field key that the private fields are sealed by; 0 while a digest to
-- find them by is missing (lib/service/seal.h), so that the worker adds it.
ALTER TABLE applications
  ADD COLUMN IF NOT EXISTS handler_mobile_index BINARY(16),
  ADD COLUMN IF NOT EXISTS handler_id_no_index BINARY(16),
  ADD COLUMN IF NOT EXISTS key_no TINYINT UNSIGNED AS (IF(
    (handler_mobile IS NOT NULL AND handler_mobile_index IS NULL)
    OR (handler_id_no IS NOT NULL AND handler_id_no_index IS NULL), 0,
    ORD(COALESCE(handler_mobile, handler_id_no, recipient, recipient_phone, mail_address)))) PERSISTENT,
  ADD KEY IF NOT EXISTS applications_key_no (key_no, id),
  ADD KEY IF NOT EXISTS applications_mobile (handler_mobile_index),
  ADD KEY IF NOT EXISTS applications_id_no (handler_id_no_index);
