-- What the CA has answered to a work order, as a file: asked for by an
-- operator, confirmed by another, then done row by row.
CREATE TABLE IF NOT EXISTS work_order_imports (
  id              CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  work_order_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name            VARCHAR(100) NOT NULL,
  sha256          CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ignored         VARCHAR(1000) NOT NULL,
  rows_n          INT NOT NULL,
  state           VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'draft',
  uploaded_by     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uploaded_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  asked_by        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  confirmation_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  KEY work_order_imports_of (work_order_id, id),
  CONSTRAINT work_order_imports_of FOREIGN KEY (work_order_id) REFERENCES work_orders (id),
  CONSTRAINT work_order_imports_by FOREIGN KEY (uploaded_by) REFERENCES accounts (id),
  CONSTRAINT work_order_imports_asked FOREIGN KEY (asked_by) REFERENCES accounts (id),
  CONSTRAINT work_order_imports_state CHECK (state IN ('draft', 'running', 'done')),
  CONSTRAINT work_order_imports_confirmed CHECK (state = 'draft' OR confirmation_id IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
