-- When the second step was passed; until then an administrator's session is
-- half way.
ALTER TABLE sessions ADD COLUMN IF NOT EXISTS second_at DATETIME(6);
