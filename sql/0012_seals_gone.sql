-- Was never written; audit_seals takes its place.
DROP TABLE IF EXISTS seals;
