-- How the lock of a completed new case comes to its owner, a row an attempt: by
-- mail, or handed over (lib/domain/delivery_state.def). collector is sealed;
-- key_no: the field key that it is sealed by.
CREATE TABLE IF NOT EXISTS deliveries (
  id             CHAR(26) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  application_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempt        INT NOT NULL,
  way            VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state          VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version        BIGINT NOT NULL DEFAULT 1,
  created_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  entered_at     DATETIME(6) NOT NULL DEFAULT NOW(6),
  carrier        VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin,
  tracking_no    VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin,
  sent_by        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  sent_at        DATETIME(6),
  done_by        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  done_at        DATETIME(6),
  note           VARCHAR(200) NOT NULL DEFAULT '',
  collector      VARBINARY(512),
  relation       VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin,
  id_checked     BOOLEAN,
  key_no         TINYINT UNSIGNED AS (ORD(collector)) PERSISTENT,
  UNIQUE KEY deliveries_attempt (application_id, attempt),
  KEY deliveries_state (state, entered_at, id),
  KEY deliveries_key_no (key_no, id),
  CONSTRAINT deliveries_application FOREIGN KEY (application_id) REFERENCES applications (id),
  CONSTRAINT deliveries_sent_by FOREIGN KEY (sent_by) REFERENCES accounts (id),
  CONSTRAINT deliveries_done_by FOREIGN KEY (done_by) REFERENCES accounts (id),
  CONSTRAINT deliveries_way CHECK (way IN ('mail', 'onsite')),
  CONSTRAINT deliveries_state CHECK (state IN
    ('to_send', 'sent', 'received', 'returned', 'resent', 'ready', 'collected')),
  CONSTRAINT deliveries_sent CHECK (state IN ('to_send', 'ready', 'collected')
    OR (carrier IS NOT NULL AND tracking_no IS NOT NULL)),
  CONSTRAINT deliveries_collected CHECK (state <> 'collected' OR relation IS NOT NULL)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
