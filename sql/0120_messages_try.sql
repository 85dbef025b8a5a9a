-- Of the last try of a message: when, and to which vendor of short messages.
-- resends: how often somebody sent it again, for which it gets another name of
-- ours there (lib/domain/message_receipt.h).
ALTER TABLE messages
  ADD COLUMN IF NOT EXISTS tried_at DATETIME(6),
  ADD COLUMN IF NOT EXISTS provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS resends INT NOT NULL DEFAULT 0;
