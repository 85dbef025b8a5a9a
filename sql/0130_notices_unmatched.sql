-- Unmatched money waits, and goes back, once a transaction: two that are told
-- of it at the same moment cannot both write it down. Where two have, this
-- stops, and a person has to see which of them was given back.
ALTER TABLE notices
  ADD COLUMN IF NOT EXISTS unmatched_transaction VARCHAR(64)
    AS (IF(outcome = 'unmatched', transaction_id, NULL)) PERSISTENT,
  ADD UNIQUE KEY IF NOT EXISTS notices_unmatched (provider, unmatched_transaction);
