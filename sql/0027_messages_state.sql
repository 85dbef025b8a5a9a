-- The messages of one state, newest first, for people.
CREATE INDEX IF NOT EXISTS messages_state ON messages (state, id);
