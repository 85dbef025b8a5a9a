-- Whether it arrived, as the vendor says. receipt_key: keyed digest of vendor,
-- serial and number, by which a receipt that nobody signed finds its message
-- (lib/domain/message_receipt.h); receipt_text: the vendor's words.
ALTER TABLE messages
  MODIFY COLUMN IF EXISTS state VARCHAR(11) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'queued',
  DROP CONSTRAINT IF EXISTS messages_state,
  DROP CONSTRAINT IF EXISTS messages_states,
  ADD CONSTRAINT messages_states CHECK (state IN
    ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'unknown')),
  ADD COLUMN IF NOT EXISTS receipt_key BINARY(32),
  ADD COLUMN IF NOT EXISTS receipt_at DATETIME(6),
  ADD COLUMN IF NOT EXISTS receipt_text VARCHAR(100) NOT NULL DEFAULT '',
  ADD KEY IF NOT EXISTS messages_receipt (receipt_key);
