-- What a bill says, line by line; asked_at is when the provider was asked about
-- money that nobody here had heard of.
CREATE TABLE IF NOT EXISTS bill_lines (
  provider       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day            DATE NOT NULL,
  n              INT NOT NULL,
  is_refund      BOOLEAN NOT NULL,
  order_no       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  refund_no      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  state          VARCHAR(32) NOT NULL,
  amount_fen     BIGINT NOT NULL,
  charge_fen     BIGINT NOT NULL,
  at             DATETIME(6) NOT NULL,
  asked_at       DATETIME(6),
  PRIMARY KEY (provider, day, n),
  KEY bill_lines_transaction (provider, transaction_id, is_refund),
  KEY bill_lines_refund (provider, refund_no),
  CONSTRAINT bill_lines_bill FOREIGN KEY (provider, day) REFERENCES bills (provider, day),
  CONSTRAINT bill_lines_amount CHECK (amount_fen > 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
