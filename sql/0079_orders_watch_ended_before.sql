-- Those that were watched as long as an order could be, so far.
UPDATE orders SET watch_ended_at = queried_at
WHERE state = 'closed' AND closed_at <= NOW(6) - INTERVAL 7 DAY AND watch_ended_at IS NULL;
