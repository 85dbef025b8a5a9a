-- Which refunds have ended of late, for the figures of the days on which the
-- provider gave the money back.
CREATE INDEX IF NOT EXISTS refund_history_at ON refund_history (at);
