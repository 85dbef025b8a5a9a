-- Sessions that are over are found by either of their limits.
CREATE INDEX IF NOT EXISTS sessions_created ON sessions (created_at);
