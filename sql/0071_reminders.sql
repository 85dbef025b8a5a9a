-- Who was reminded that a lock is about to end: a row a step, once for each
-- end that the lock has had. No message where nobody is known to be told.
CREATE TABLE IF NOT EXISTS reminders (
  lock_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  valid_to   DATE NOT NULL,
  days       SMALLINT NOT NULL,
  message_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (lock_id, valid_to, days),
  CONSTRAINT reminders_lock FOREIGN KEY (lock_id) REFERENCES locks (id),
  CONSTRAINT reminders_message FOREIGN KEY (message_id) REFERENCES messages (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

ALTER TABLE locks
  ADD COLUMN IF NOT EXISTS is_muted BOOLEAN NOT NULL DEFAULT FALSE;
