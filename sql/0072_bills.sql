-- A provider's bill of a day in China: waiting to be fetched, read, open while
-- a difference is not settled, closed. next_at is when the worker goes on.
CREATE TABLE IF NOT EXISTS bills (
  provider     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day          DATE NOT NULL,
  state        VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'waiting',
  attempts     INT NOT NULL DEFAULT 0,
  next_at      DATETIME(6) NOT NULL DEFAULT NOW(6),
  error        VARCHAR(200) NOT NULL DEFAULT '',
  is_none      BOOLEAN NOT NULL DEFAULT FALSE,
  paid_n       BIGINT NOT NULL DEFAULT 0,
  paid_fen     BIGINT NOT NULL DEFAULT 0,
  refunded_n   BIGINT NOT NULL DEFAULT 0,
  refunded_fen BIGINT NOT NULL DEFAULT 0,
  charge_fen   BIGINT NOT NULL DEFAULT 0,
  read_at      DATETIME(6),
  closed_at    DATETIME(6),
  PRIMARY KEY (provider, day),
  KEY bills_day (day, provider),
  KEY bills_due (closed_at, next_at),
  CONSTRAINT bills_state CHECK (state IN ('waiting', 'read', 'open', 'closed')),
  CONSTRAINT bills_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
