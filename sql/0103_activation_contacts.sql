-- 已联系: what the help desk did about one that is not activated, or about what
-- differs; append-only but for the erasing of its text.
CREATE TABLE IF NOT EXISTS activation_contacts (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  note           VARCHAR(200) NOT NULL,
  at             DATETIME(6) NOT NULL DEFAULT NOW(6),
  KEY activation_contacts_application (application_id, id),
  CONSTRAINT activation_contacts_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT activation_contacts_by FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
