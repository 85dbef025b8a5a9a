-- What was settled in another way before that had its entry in the ledger.
INSERT IGNORE INTO postings
  (event, reference, debit, credit, provider, amount_fen, posted_at)
SELECT 'unmatched_settled', n.id, 'suspense', 'elsewhere', n.provider, n.amount_fen, s.settled_at
FROM settlements s JOIN notices n ON n.id = s.notice_id
WHERE n.amount_fen > 0 AND n.reason NOT IN ('other_merchant', 'other_currency');
