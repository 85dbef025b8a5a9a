-- What was counted on a day of Shanghai (lib/domain/figure_count.c): of a
-- figure and an item of it, how many and how much; a time by its bucket.
CREATE TABLE IF NOT EXISTS figures (
  day    DATE NOT NULL,
  figure VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item   VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bucket INT NOT NULL,
  n      BIGINT NOT NULL,
  total  BIGINT NOT NULL,
  PRIMARY KEY (figure, day, item, bucket)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
