-- The password is one that a manager gave: its owner has to choose another.
ALTER TABLE accounts ADD COLUMN IF NOT EXISTS must_change BOOLEAN NOT NULL DEFAULT FALSE;
