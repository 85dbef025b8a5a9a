-- What is known of a try: the number it was issued under, by the provider's word
-- (is_told) or that of two persons. One that two persons have closed as never
-- issued goes on being watched: what the provider issues all the same becomes the
-- invoice, or is reversed.
ALTER TABLE invoice_tries
  DROP CONSTRAINT IF EXISTS invoice_tries_state,
  ADD COLUMN IF NOT EXISTS amount_fen BIGINT,
  ADD COLUMN IF NOT EXISTS number VARCHAR(20),
  ADD COLUMN IF NOT EXISTS issued_at DATETIME(6),
  ADD COLUMN IF NOT EXISTS is_told BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS watch_at DATETIME(6),
  ADD KEY IF NOT EXISTS invoice_tries_watch (watch_at),
  ADD CONSTRAINT invoice_tries_state CHECK (state IN ('sent', 'issued', 'refused', 'failed', 'closed', 'reversed'));
