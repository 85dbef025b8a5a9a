-- What the worker finds out after the upload: whether it has looked, as far
-- as which page, and who is looking until when. One file twice is found by
-- its digest.
ALTER TABLE attachments
  ADD COLUMN IF NOT EXISTS inspection VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'queued'
    CHECK (inspection IN ('queued', 'done', 'failed')),
  ADD COLUMN IF NOT EXISTS inspection_owner CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  ADD COLUMN IF NOT EXISTS inspection_until DATETIME(6),
  ADD COLUMN IF NOT EXISTS inspection_tries INT NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS inspected_pages INT NOT NULL DEFAULT 0,
  ADD KEY IF NOT EXISTS attachments_inspection (inspection, id),
  ADD KEY IF NOT EXISTS attachments_sha256 (sha256);
