-- next_at of one that was sent: when its vendor is asked about it next. Nobody
-- is asked about those of before.
UPDATE messages SET next_at = '9999-12-31' WHERE state = 'sent' AND next_at < '9999-01-01';
