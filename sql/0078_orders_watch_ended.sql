-- The watch of a closed order ends by an answer that its provider gave after
-- the time to watch, and not by time alone: while the provider is down nobody
-- knows. The worker's lists are by provider, as each may be in trouble.
ALTER TABLE orders
  ADD COLUMN IF NOT EXISTS watch_ended_at DATETIME(6),
  ADD KEY IF NOT EXISTS orders_asked (provider, state, watch_ended_at, queried_at),
  DROP KEY IF EXISTS orders_due,
  DROP KEY IF EXISTS orders_watched;
