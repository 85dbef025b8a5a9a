-- The order in which rows are sealed and shown.
CREATE INDEX IF NOT EXISTS audit_at ON audit (at, id);
