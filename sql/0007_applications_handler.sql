-- The worklist's search by the beginning of 经办人, over all units.
CREATE INDEX IF NOT EXISTS applications_handler ON applications (handler_name, entered_at, id);
