-- What was handed in each time: the fields as they were, sealed as a whole
-- (lib/service/seal.h), so that a reviewer sees what has changed since.
CREATE TABLE IF NOT EXISTS submissions (
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round          INT NOT NULL,
  submitted_at   DATETIME(6) NOT NULL DEFAULT NOW(6),
  fields         MEDIUMBLOB NOT NULL,
  PRIMARY KEY (application_id, round),
  CONSTRAINT submissions_application FOREIGN KEY (application_id) REFERENCES applications (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
