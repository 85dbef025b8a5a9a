-- Days that are not what their place in the week says: holidays, and weekends
-- that are worked (调休).
CREATE TABLE IF NOT EXISTS holidays (
  day     DATE PRIMARY KEY,
  is_work BOOLEAN NOT NULL,
  title   VARCHAR(50) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
