-- Unmatched money of a day.
CREATE INDEX IF NOT EXISTS notices_received ON notices (received_at, outcome);
