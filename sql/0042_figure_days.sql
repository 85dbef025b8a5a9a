-- The days that are counted for 统计: since when one is to be counted anew,
-- and as of when it was.
CREATE TABLE IF NOT EXISTS figure_days (
  day        DATE PRIMARY KEY,
  due_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  counted_at DATETIME(6),
  KEY figure_days_due (due_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
