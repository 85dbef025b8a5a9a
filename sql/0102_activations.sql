-- What the applicant saw in the CA's tool; open: it differs from what we have,
-- and nobody has cleared that up.
CREATE TABLE IF NOT EXISTS activations (
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  account_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valid_to       DATE,
  serial         VARCHAR(40),
  is_open        BOOLEAN NOT NULL,
  KEY activations_open (is_open, application_id),
  CONSTRAINT activations_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT activations_by FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
