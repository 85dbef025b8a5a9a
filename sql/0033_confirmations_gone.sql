-- As the base schema has them they were never used.
DROP TABLE IF EXISTS confirmations;
