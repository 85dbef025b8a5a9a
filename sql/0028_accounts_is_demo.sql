-- Of demo.sql, which make run alone loads: no program may write it, and no
-- other account can be one.
ALTER TABLE accounts
  ADD COLUMN IF NOT EXISTS is_demo BOOLEAN NOT NULL DEFAULT FALSE,
  ADD CONSTRAINT IF NOT EXISTS accounts_demo CHECK (NOT is_demo OR id LIKE '01j0demoaccount%');
