-- Unmatched money that two people have decided on otherwise than to refund it.
CREATE TABLE IF NOT EXISTS settlements (
  notice_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  opinion    VARCHAR(1000) NOT NULL,
  settled_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  settled_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  CONSTRAINT settlements_notice FOREIGN KEY (notice_id) REFERENCES notices (id),
  CONSTRAINT settlements_by FOREIGN KEY (settled_by) REFERENCES accounts (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
