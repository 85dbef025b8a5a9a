#pragma once
/*
 * Rows and seals as lines of text, as `mariadb --batch` writes them: values
 * parted by tabs, \t \n \0 and \\ for what would be taken for something else.
 * The actor of a row is - for NULL, else = and the value.
 */
#include <stdbool.h>
#include <stddef.h>

#include "service/chain.h"

/* The statements that give such lines, in the order that a check needs. */
extern const char chain_rows_sql[], chain_seals_sql[];

/* Append the line of a row, of a seal. */
void chain_row_line(struct buf *b, const struct cell *row);
void chain_seal_line(struct buf *b, const struct cell *seal);

/* The way back, in place: the cells point into line. False when it is none. */
MUST_USE bool chain_read_row(char *line, size_t n, struct cell *row);
MUST_USE bool chain_read_seal(char *line, size_t n, struct cell *seal);

/* What a seal leaves elsewhere: "seq mac id day time", the last row's. */
struct chain_anchor {
	int64_t seq;
	char mac[SHA256_HEX], id[ID_TEXT];
};

/* Of a line, which is changed; false when it is none. */
MUST_USE bool chain_read_anchor(char *line, struct chain_anchor *out);
