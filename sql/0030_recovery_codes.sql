-- For who has lost the authenticator: each row goes when its code is used.
CREATE TABLE IF NOT EXISTS recovery_codes (
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code_hash  CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (account_id, code_hash),
  CONSTRAINT recovery_codes_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
