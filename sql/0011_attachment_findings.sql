-- What was found, as codes; page 0 is the whole file, twin the other one that
-- has the same bytes.
CREATE TABLE IF NOT EXISTS attachment_findings (
  attachment_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code          VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  page          INT NOT NULL,
  twin          CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  PRIMARY KEY (attachment_id, code, page),
  CONSTRAINT attachment_findings_attachment FOREIGN KEY (attachment_id) REFERENCES attachments (id),
  CONSTRAINT attachment_findings_twin FOREIGN KEY (twin) REFERENCES attachments (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
