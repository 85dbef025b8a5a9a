-- Whom another system vouches for: the subject of an OpenID provider that an
-- account is signed in by.
CREATE TABLE IF NOT EXISTS subjects (
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  issuer     VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject    VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  UNIQUE KEY subjects_subject (issuer, subject),
  CONSTRAINT subjects_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
