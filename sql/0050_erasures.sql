-- What was erased because its time was over: a case or an invoice a row.
CREATE TABLE IF NOT EXISTS erasures (
  id        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  class     VARCHAR(9) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  files     INT NOT NULL,
  erased_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  KEY erasures_class (class, erased_at),
  CONSTRAINT erasures_class CHECK (class IN ('draft', 'rejected', 'cancelled', 'issued', 'invoice'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
