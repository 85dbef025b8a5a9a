-- The trail of one action.
CREATE INDEX IF NOT EXISTS audit_action ON audit (action, at, id);
