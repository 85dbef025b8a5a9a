-- The entry of unmatched money that two managers settle in another way
-- (ledger_event.def, unmatched_settled). The program that writes their decision
-- may not write to the ledger, so that it cannot say that money came: this is
-- all that it causes there, in the same transaction.
DELIMITER //
CREATE OR REPLACE TRIGGER settlements_posting AFTER INSERT ON settlements FOR EACH ROW
INSERT INTO postings (event, reference, debit, credit, provider, amount_fen)
SELECT 'unmatched_settled', id, 'suspense', 'elsewhere', provider, amount_fen
FROM notices
WHERE id = NEW.notice_id AND amount_fen > 0 AND reason NOT IN ('other_merchant', 'other_currency')//
