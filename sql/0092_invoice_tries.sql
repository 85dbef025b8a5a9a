-- What a provider was asked to issue: a row before each first call. Its id is the
-- number that the provider knows the try by, apply_id what is invoiced; asks are
-- the calls for its red invoice.
CREATE TABLE IF NOT EXISTS invoice_tries (
  id         CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  invoice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  apply_id   VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  n          INT NOT NULL,
  state      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'sent',
  problem    VARCHAR(250) NOT NULL DEFAULT '',
  asks       INT NOT NULL DEFAULT 0,
  asked_at   DATETIME(6),
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  ended_at   DATETIME(6),
  KEY invoice_tries_invoice (invoice_id, id),
  UNIQUE KEY invoice_tries_number (apply_id, n),
  CONSTRAINT invoice_tries_invoice FOREIGN KEY (invoice_id) REFERENCES invoices (id),
  CONSTRAINT invoice_tries_state CHECK (state IN ('sent', 'issued', 'refused', 'failed'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
