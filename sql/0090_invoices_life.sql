-- The life of an invoice that a provider's API issues (lib/domain/invoice_state.def):
-- whose it is to issue, when it is looked at next, and what stands in the way.
-- `corrects` is the one that a new one is to take the place of. A title that the
-- applicant does not want to be offered again is not listed.
ALTER TABLE invoices
  DROP CONSTRAINT IF EXISTS invoices_state,
  DROP CONSTRAINT IF EXISTS invoices_document,
  MODIFY COLUMN live_key CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
    AS (IF(state IN ('requested', 'sent', 'issued', 'reversing', 'red_failed'), RTRIM(application_id), NULL)) PERSISTENT,
  ADD COLUMN IF NOT EXISTS provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'manual',
  ADD COLUMN IF NOT EXISTS corrects CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  ADD COLUMN IF NOT EXISTS taken_back VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS problem VARCHAR(250) NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS attempts INT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS next_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  ADD COLUMN IF NOT EXISTS calling_until DATETIME(6),
  ADD COLUMN IF NOT EXISTS is_offered BOOLEAN NOT NULL DEFAULT TRUE,
  ADD KEY IF NOT EXISTS invoices_next (provider, state, next_at),
  ADD KEY IF NOT EXISTS invoices_corrects (corrects),
  ADD CONSTRAINT invoices_corrects FOREIGN KEY IF NOT EXISTS (corrects) REFERENCES invoices (id),
  ADD CONSTRAINT invoices_state CHECK (state IN ('waiting', 'requested', 'sent', 'issued', 'failed',
    'reversing', 'red_failed', 'reversed')),
  ADD CONSTRAINT invoices_number_known CHECK (number IS NOT NULL
    OR state IN ('waiting', 'requested', 'sent', 'failed'));
