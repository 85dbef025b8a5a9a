-- What was done on a day.
CREATE INDEX IF NOT EXISTS history_handled ON history (handled_at);
