-- Versions of what people are told, by the word of the table of texts
-- (lib/domain/message_template.def), whose own text is version 1. code: what the
-- vendor of short messages calls the template that has this text.
CREATE TABLE IF NOT EXISTS message_texts (
  word       VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version    INT NOT NULL,
  title      VARCHAR(40) NOT NULL,
  text       VARCHAR(400) NOT NULL,
  code       VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(6) NOT NULL DEFAULT NOW(6),
  PRIMARY KEY (word, version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
