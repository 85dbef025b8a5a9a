-- What came before there was a ledger, as it would have been posted then.
INSERT IGNORE INTO postings
  (event, reference, debit, credit, provider, amount_fen, application_id, posted_at)
SELECT 'fee_due', id, 'receivable', 'fee', provider, amount_fen, application_id, created_at
FROM payments
UNION ALL
SELECT 'credited', id, 'provider', 'receivable', provider, amount_fen, application_id, created_at
FROM payments
UNION ALL
SELECT 'unmatched', id, 'provider', 'suspense', provider, amount_fen, NULL, received_at
FROM notices
WHERE outcome = 'unmatched' AND amount_fen > 0 AND reason NOT IN ('other_merchant', 'other_currency')
UNION ALL
SELECT 'refunded', r.id, 'refund', 'provider', p.provider, r.amount_fen, r.application_id, r.done_at
FROM refunds r JOIN payments p ON p.id = r.payment_id
WHERE r.state = 'done';
