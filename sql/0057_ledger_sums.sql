-- Sums of the postings of a day, so that balances cost a row a day and event.
CREATE TABLE IF NOT EXISTS ledger_sums (
  day        DATE NOT NULL,
  event      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  debit      VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  credit     VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  n          BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  PRIMARY KEY (day, event, provider, debit, credit)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
