-- The worker compares the ledger with them day by day.
ALTER TABLE settlements
  ADD KEY IF NOT EXISTS settlements_at (settled_at);
