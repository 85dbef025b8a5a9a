-- The files of an invoice in the store; sealed_by as attachments have it.
CREATE TABLE IF NOT EXISTS invoice_files (
  invoice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  format     VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  store_key  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sha256     CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  size       BIGINT NOT NULL DEFAULT 0,
  sealed_by  TINYINT UNSIGNED,
  erased_at  DATETIME(6),
  PRIMARY KEY (invoice_id, format),
  KEY invoice_files_key (store_key),
  KEY invoice_files_sealed_by (sealed_by, invoice_id),
  CONSTRAINT invoice_files_invoice FOREIGN KEY (invoice_id) REFERENCES invoices (id),
  CONSTRAINT invoice_files_format CHECK (format IN ('pdf', 'ofd', 'xml'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
