-- Each step of an order with its cause (lib/domain/order_state.def). Rows are
-- only ever added; what was ordered before they were kept has none.
CREATE TABLE IF NOT EXISTS order_history (
  order_no CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version  BIGINT NOT NULL,
  event    VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state    VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin,
  at       DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (order_no, version),
  CONSTRAINT order_history_order FOREIGN KEY (order_no) REFERENCES orders (order_no)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
