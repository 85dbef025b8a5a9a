-- A message goes by each channel as a row of its own. details: what its text
-- names beside the case and the lock, sealed (lib/domain/message_value.def).
ALTER TABLE messages
  MODIFY COLUMN IF EXISTS event VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ADD COLUMN IF NOT EXISTS channel VARCHAR(5) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'sms'
    CHECK (channel IN ('sms', 'email')),
  ADD COLUMN IF NOT EXISTS details VARBINARY(2048),
  ADD COLUMN IF NOT EXISTS key_no TINYINT UNSIGNED AS (ORD(LEFT(details, 1))) PERSISTENT,
  ADD KEY IF NOT EXISTS messages_key_no (key_no, id);
