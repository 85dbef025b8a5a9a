-- Each step of a refund (lib/domain/refund_state.def); append-only.
CREATE TABLE IF NOT EXISTS refund_history (
  refund_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version   BIGINT NOT NULL,
  event     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  note      VARCHAR(1000) NOT NULL DEFAULT '',
  at        DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (refund_id, version),
  CONSTRAINT refund_history_refund FOREIGN KEY (refund_id) REFERENCES refunds (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
