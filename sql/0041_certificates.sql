-- The certificates (CA locks) by which people sign in to an account.
CREATE TABLE IF NOT EXISTS certificates (
  fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  account_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject     VARCHAR(200) NOT NULL,
  issuer      VARCHAR(200) NOT NULL,
  serial      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valid_from  DATETIME(6) NOT NULL,
  valid_to    DATETIME(6) NOT NULL,
  bound_by    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at  DATETIME(6) NOT NULL DEFAULT NOW(6),
  KEY certificates_account (account_id),
  CONSTRAINT certificates_account FOREIGN KEY (account_id) REFERENCES accounts (id),
  CONSTRAINT certificates_by FOREIGN KEY (bound_by) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
