-- What the vendor says of a message: its word for a refusal, and its own name
-- for what it took, by which it can be asked about it.
ALTER TABLE messages
  ADD COLUMN IF NOT EXISTS code VARCHAR(64) NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS serial VARCHAR(64) NOT NULL DEFAULT '';
