-- The refunds of a day.
CREATE INDEX IF NOT EXISTS refunds_done ON refunds (done_at, state);
