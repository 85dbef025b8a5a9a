#pragma once
/* Tables that leave the system, row by row: what CSV and XLSX share. */
#include <stddef.h>
#include <stdint.h>

enum sheet_type {
	SHEET_TEXT,
	SHEET_INT,
	SHEET_YUAN, /* n in fen */
	SHEET_DAY,  /* n in microseconds; its day in Shanghai */
	SHEET_TIME
};

struct sheet_column {
	const char *title;
	enum sheet_type type;
	int width; /* in characters; 0: as wide as the title */
};

struct sheet_cell {
	const char *text; /* of SHEET_TEXT; NULL: empty */
	int64_t n;	  /* of the others; SHEET_EMPTY: empty */
};

#define SHEET_EMPTY INT64_MIN
