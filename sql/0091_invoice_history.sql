-- Each step of an invoice (lib/domain/invoice_state.def); append-only.
CREATE TABLE IF NOT EXISTS invoice_history (
  invoice_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version    BIGINT NOT NULL,
  event      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  note       VARCHAR(250) NOT NULL DEFAULT '',
  at         DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (invoice_id, version),
  CONSTRAINT invoice_history_invoice FOREIGN KEY (invoice_id) REFERENCES invoices (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
