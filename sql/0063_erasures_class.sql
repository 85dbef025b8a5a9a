-- A lock's holder, too.
ALTER TABLE erasures
  DROP CONSTRAINT IF EXISTS erasures_class,
  ADD CONSTRAINT erasures_class
    CHECK (class IN ('draft', 'rejected', 'cancelled', 'issued', 'lock', 'invoice'));
