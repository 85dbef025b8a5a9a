-- What an administrator has besides the password: the secret of an
-- authenticator, sealed, and the time step of the last code taken from it.
CREATE TABLE IF NOT EXISTS second_factors (
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  secret     VARBINARY(512) NOT NULL,
  last_step  BIGINT NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  CONSTRAINT second_factors_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
