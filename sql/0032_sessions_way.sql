-- By what it began: who came without the password need not change it.
ALTER TABLE sessions ADD COLUMN IF NOT EXISTS way VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'password';
