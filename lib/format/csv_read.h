#pragma once
/*
 * Reading CSV (RFC 4180) as spreadsheets save it: lines ended by CRLF or LF,
 * cells in quotes or not, separated by commas, or by tabs or semicolons when
 * the first line has those alone.
 */
#include <stddef.h>

#include "base/err.h"

struct arena;

/* Records and cells of one; bytes of a cell. */
enum { CSV_ROWS = 2000, CSV_COLUMNS = 64, CSV_CELL = 4096 };

/* Every row has as many cells as the first; empty lines are no rows. */
struct csv {
	size_t rows, columns;
	const char **cell; /* row by row */
	size_t *line;	   /* in the file, from 1: where each row begins */
};

#define CSV_AT(csv, r, c) ((csv)->cell[(r) * (csv)->columns + (c)])

/*
 * Takes text apart. E_MALFORMED when it is no such table or over a limit:
 * *where then says so in Chinese (in the arena).
 */
MUST_USE enum err csv_read(
    struct arena *a, const char *text, struct csv *out, const char **where);
