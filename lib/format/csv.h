#pragma once
/*
 * CSV (RFC 4180) for spreadsheets: UTF-8 with a byte order mark, every cell
 * in quotes, and no cell that a spreadsheet would take for a formula.
 */
#include "format/sheet.h"

struct buf;

#define CSV_TYPE "text/csv; charset=utf-8"

/* The mark and the row of titles. */
void csv_head(struct buf *out, const struct sheet_column *column, size_t n);

/* A row: n cells, by the types of their columns. */
void csv_row(struct buf *out, const struct sheet_column *column,
    const struct sheet_cell *cell, size_t n);
