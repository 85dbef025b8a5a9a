-- What a difference is about: a payment or a refund, of which order; a
-- manager settles it, or it is gone by itself (settled_by is NULL).
ALTER TABLE differences
  ADD COLUMN IF NOT EXISTS is_refund BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS order_no VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
  ADD COLUMN IF NOT EXISTS found_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  ADD KEY IF NOT EXISTS differences_day (day, provider);
