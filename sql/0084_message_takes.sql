-- Those that were taken, for as long as they count.
CREATE TABLE IF NOT EXISTS message_takes (
  id           CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  number_index BINARY(16) NOT NULL,
  taken_at     DATETIME(6) NOT NULL,
  KEY message_takes_number (number_index, taken_at),
  KEY message_takes_taken (taken_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
