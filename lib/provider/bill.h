#pragma once
/* What the bills of all providers have in common: a table of text with a head
 * and a line for each time that money came or went back. */
#include "provider/payment.h"

#include "service/unpack.h"

struct http_answer;

enum {
	BILL_FILE_MAX = 8 << 20, /* as it is fetched */
	BILL_FETCH_MS = 30000,
	BILL_CELLS = 64
};

/* What is in a file that was fetched. E_PROVIDER when it is not what it ought
 * to be. */
MUST_USE enum err bill_unpack(struct arena *a, enum unpack_kind kind,
    const struct http_answer *file, const char **text, size_t *n);

/* A table whose cells were found in one line of text, which is cut up. */
struct bill_row {
	const char *cell[BILL_CELLS];
	size_t n;
};

/* Cuts a line at each separator; false when it has too many cells. */
bool bill_cut(char *line, const char *separator, struct bill_row *out);

/* The next line of a text, cut off it; NULL at its end. */
char *bill_line(char **text);

/* Blanks, tabs and quotes of spreadsheets at both ends are no part of it. */
const char *bill_trim(char *cell);

/*
 * Finds n columns by their titles in a head, which is cut up, and says how many
 * it has; NULL, or what is wrong with it.
 */
const char *bill_head(char *line, const char *const *titles, size_t n,
    size_t *column, size_t *columns);

/*
 * "-1.56" or "0.02700" yuan as fen, to the nearest one. False when it is no
 * amount, or one beyond all reason.
 */
bool bill_fen(const char *text, int64_t *out);

/* A list that grows in an arena. */
struct bill_lines {
	struct arena *a;
	struct payment_bill_line *line;
	size_t n, room;
};

/* Room for another line, or NULL when there are too many. */
struct payment_bill_line *bill_add(struct bill_lines *lines);
