-- Days on which money went back are counted again: money that was no income
-- counted as given back of it, and a refund that was heard of late did not.
UPDATE figure_days SET due_at = NOW(6)
WHERE day IN (SELECT DATE(done_at + INTERVAL 8 HOUR) FROM refunds WHERE state = 'done');
