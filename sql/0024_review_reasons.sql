-- Which reasons of the catalogue a review gave, so that they can be counted;
-- their texts are part of its opinion. Only ever inserted into.
CREATE TABLE IF NOT EXISTS review_reasons (
  review_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code       VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (review_id, code),
  KEY review_reasons_code (code),
  KEY review_reasons_created (created_at, code),
  CONSTRAINT review_reasons_review FOREIGN KEY (review_id) REFERENCES reviews (id),
  CONSTRAINT review_reasons_code FOREIGN KEY (code) REFERENCES reasons (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
