-- The version of its text that a message was sent by; NULL: it was not yet.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS text_version INT;
