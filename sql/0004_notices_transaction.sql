-- Whether a transaction was seen before, whatever told of it.
CREATE INDEX IF NOT EXISTS notices_transaction ON notices (provider, transaction_id);
