-- Who talks with a provider about an order holds it until then, so that two
-- do not; and closed orders are found by when, for money that comes late.
ALTER TABLE orders
  ADD COLUMN IF NOT EXISTS calling_until DATETIME(6),
  ADD KEY IF NOT EXISTS orders_watched (closed_at);
