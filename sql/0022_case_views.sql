-- Which reviewer has looked at which version of a case: several are approved
-- at once only when each was.
CREATE TABLE IF NOT EXISTS case_views (
  application_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id          CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version             BIGINT NOT NULL,
  attachments_version BIGINT NOT NULL,
  viewed_at           DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (application_id, account_id),
  CONSTRAINT case_views_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT case_views_account FOREIGN KEY (account_id) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
