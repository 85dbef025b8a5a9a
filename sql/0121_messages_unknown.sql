-- next_at of one whose outcome is unknown: when its vendor is asked about it.
-- Nobody is asked about those of before: when they were tried nobody knows.
UPDATE messages SET next_at = '9999-12-31' WHERE state = 'unknown' AND next_at < '9999-01-01';
