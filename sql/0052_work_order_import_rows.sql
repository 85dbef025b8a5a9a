-- The rows as they were written; state and outcome are what came of each.
CREATE TABLE IF NOT EXISTS work_order_import_rows (
  import_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  n          INT NOT NULL,
  line       INT NOT NULL,
  batch_no   VARCHAR(32) NOT NULL,
  result     VARCHAR(16) NOT NULL,
  serial     VARCHAR(40) NOT NULL,
  valid_from VARCHAR(32) NOT NULL,
  valid_to   VARCHAR(32) NOT NULL,
  reason     VARCHAR(1000) NOT NULL,
  state      VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'open',
  outcome    VARCHAR(1000) NOT NULL DEFAULT '',
  done_at    DATETIME(6),
  PRIMARY KEY (import_id, n),
  CONSTRAINT work_order_import_rows_of FOREIGN KEY (import_id) REFERENCES work_order_imports (id),
  CONSTRAINT work_order_import_rows_state CHECK (state IN ('open', 'done', 'refused')),
  CONSTRAINT work_order_import_rows_done CHECK ((state = 'open') = (done_at IS NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
