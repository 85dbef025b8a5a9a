-- What is due by one channel: another that stands still holds it up no more.
ALTER TABLE messages
  DROP KEY IF EXISTS messages_next,
  ADD KEY IF NOT EXISTS messages_due (channel, state, next_at),
  ADD KEY IF NOT EXISTS messages_lease (state, lease_until);
