-- A reason that is offered no more stays for the reviews that name it.
ALTER TABLE reasons
  ADD COLUMN IF NOT EXISTS is_retired BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS version BIGINT NOT NULL DEFAULT 1;
