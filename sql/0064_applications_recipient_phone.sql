-- Who is only the parcel's recipient is found, too.
ALTER TABLE applications
  ADD COLUMN IF NOT EXISTS recipient_phone_index BINARY(16) AFTER handler_id_no_index,
  MODIFY COLUMN IF EXISTS key_no TINYINT UNSIGNED AS (IF(
    (handler_mobile IS NOT NULL AND handler_mobile_index IS NULL)
    OR (handler_id_no IS NOT NULL AND handler_id_no_index IS NULL)
    OR (recipient_phone IS NOT NULL AND recipient_phone_index IS NULL), 0,
    ORD(COALESCE(handler_mobile, handler_id_no, recipient, recipient_phone, mail_address)))) PERSISTENT,
  ADD KEY IF NOT EXISTS applications_recipient_phone (recipient_phone_index);
