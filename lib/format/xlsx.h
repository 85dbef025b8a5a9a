#pragma once
/*
 * An XLSX file, written row by row through temporary files, so that its
 * length costs no memory. Text is text: no formula comes of it, and long
 * numbers keep their digits.
 */
#include "base/err.h"
#include "format/sheet.h"

struct arena;
struct xlsx;

#define XLSX_TYPE                                                              \
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

/*
 * Begins path, with one sheet and its titles, which stay when one scrolls.
 * Temporary files are made in dir. What is not closed goes with the arena.
 */
MUST_USE enum err xlsx_open(struct arena *a, const char *path, const char *dir,
    const char *sheet, const struct sheet_column *column, size_t n,
    struct xlsx **out);

/* a is for what the row takes. */
MUST_USE enum err xlsx_row(
    struct xlsx *x, struct arena *a, const struct sheet_cell *cell);

/* Puts the file together; E_INTERNAL when it cannot be written. */
MUST_USE enum err xlsx_close(struct xlsx *x);
