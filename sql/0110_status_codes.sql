-- Codes by which a case's state is told to who has its number and its
-- handler's mobile. The code itself is nowhere: it follows from the field key
-- and the row's id, which is its message's too. A pair that there is not has
-- its row as well, without a case. Kept for a day, for the limits; without
-- foreign keys, so that writing a row waits for no case.
CREATE TABLE IF NOT EXISTS status_codes (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  batch_no       CHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  mobile_index   BINARY(16) NOT NULL,
  key_no         TINYINT UNSIGNED NOT NULL,
  ip             VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  minute         INT UNSIGNED NOT NULL,
  created_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  tries_left     TINYINT UNSIGNED NOT NULL DEFAULT 5,
  used_at        DATETIME(6),
  UNIQUE KEY status_codes_number (mobile_index, minute),
  KEY status_codes_batch (batch_no, created_at),
  KEY status_codes_ip (ip, created_at),
  KEY status_codes_created (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
