-- Units are looked for by a part of their name, in its order.
CREATE INDEX IF NOT EXISTS units_name ON units (name, org_code);
