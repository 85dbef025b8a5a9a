-- One row a number: held by who takes one of the messages that it may still
-- get. A number stands by its keyed digest (lib/service/seal.h) alone.
CREATE TABLE IF NOT EXISTS message_numbers (
  number_index BINARY(16) PRIMARY KEY,
  held_at      DATETIME(6) NOT NULL,
  KEY message_numbers_held (held_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
