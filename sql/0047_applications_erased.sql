-- kept_as and kept_from: the class of record (lib/domain/retention.c) and from when
-- its time counts; NULL when it has none, or it is over and the row erased.
ALTER TABLE applications
  ADD COLUMN IF NOT EXISTS erased_at DATETIME(6),
  ADD COLUMN IF NOT EXISTS kept_as VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin AS (IF(
    erased_at IS NOT NULL, NULL, CASE WHEN state IN ('editing', 'discarded') THEN 'draft'
    WHEN state IN ('rejected', 'cancelled') THEN state WHEN state = 'completed' THEN 'issued'
    WHEN state = 'refunded' THEN IF(valid_to IS NULL, 'cancelled', 'issued') END)) PERSISTENT,
  ADD COLUMN IF NOT EXISTS kept_from DATETIME(6) AS (IF(erased_at IS NOT NULL, NULL,
    CASE WHEN state = 'discarded' THEN created_at
    WHEN state IN ('completed', 'refunded') THEN COALESCE(CAST(valid_to AS DATETIME(6)), entered_at)
    WHEN state IN ('editing', 'rejected', 'cancelled') THEN entered_at END)) PERSISTENT,
  ADD KEY IF NOT EXISTS applications_kept (kept_as, kept_from, id);
