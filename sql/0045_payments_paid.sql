-- The money of a day, and what we have learnt of since.
ALTER TABLE payments
  ADD KEY IF NOT EXISTS payments_paid (paid_at, provider, amount_fen),
  ADD KEY IF NOT EXISTS payments_created (created_at, paid_at);
