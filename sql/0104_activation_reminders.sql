-- Who was reminded to activate: a row a step, so many days after they could.
CREATE TABLE IF NOT EXISTS activation_reminders (
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  days           SMALLINT NOT NULL,
  message_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  created_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (application_id, days),
  CONSTRAINT activation_reminders_of FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT activation_reminders_message FOREIGN KEY (message_id) REFERENCES messages (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
