#pragma once
/*
 * 统计: tables over a period of whole months, made from what the worker has
 * counted (figure_count.h). Each is shown, drawn and given as CSV from here.
 */
#include "domain/env.h"
#include "format/sheet.h"

/* What is counted, in the column `figure`. */
#define FIGURE_OF_STATE	 "state"
#define FIGURE_OF_TIME	 "time"
#define FIGURE_OF_FIRST	 "first"
#define FIGURE_OF_REASON "reason"
#define FIGURE_OF_INCOME "paid"
#define FIGURE_OF_REFUND "refunded"

/* Months that a period may have at most, and what a table may. */
enum { FIGURE_MONTHS_MAX = 36, FIGURE_COLUMNS_MAX = 16 };

/* Whole months, "YYYY-MM", both within. */
struct figure_period {
	const char *from, *to;
	const char *month[FIGURE_MONTHS_MAX];
	size_t n;
	const char *first_day, *next_day; /* next_day is behind the last */
};

/*
 * The period that a person asked for; without months the twelve up to this
 * one. E_INVALID with env->errors filled for what is none, too long or the
 * wrong way round; it is the usual one then.
 */
MUST_USE enum err figure_period(struct env *env, const char *from,
    const char *to, struct figure_period *out);

/*
 * What there is: its months and those of the period, latest first, and as of
 * when it was counted; 0 while never.
 */
struct figure_state {
	const char **month;
	size_t months;
	int64_t counted_at;
	int64_t days_left; /* that were never counted */
};
MUST_USE enum err figure_state(struct env *env,
    const struct figure_period *period, struct figure_state *out);

enum figure_kind {
	FIGURE_TEXT,
	FIGURE_COUNT,
	FIGURE_FEN,
	FIGURE_PERCENT, /* in hundredths */
	FIGURE_SECONDS
};

struct figure_column {
	const char *title;
	const char *csv_title; /* NULL: the title */
	enum figure_kind kind;
};

/* Cells row by row; SHEET_EMPTY where there is nothing to say. */
struct figure_table {
	size_t columns, rows;
	struct figure_column column[FIGURE_COLUMNS_MAX];
	struct sheet_cell *cell;
	bool has_sum; /* the last row is one */
};

#define FIGURE_CELL(t, r, c) ((t)->cell[(r) * (t)->columns + (c)])

/*
 * 各月申请: a row a month, the month of the case's number, a column a state,
 * the one that it is in by now; then their sum.
 */
MUST_USE enum err figure_states(struct env *env,
    const struct figure_period *period, struct figure_table *out);

/*
 * 各环节用时: a row a state, of the times that ended in the period: how many,
 * median and mean. The median is exact where few are, and within 4 % else.
 */
MUST_USE enum err figure_times(struct env *env,
    const struct figure_period *period, struct figure_table *out);

/*
 * 首次通过率: a row a month: cases that were decided on for the first time,
 * and how many of them were approved.
 */
MUST_USE enum err figure_yield(struct env *env,
    const struct figure_period *period, struct figure_table *out);

/* 不通过原因: those given most often, 20 at most. */
MUST_USE enum err figure_reasons(struct env *env,
    const struct figure_period *period, struct figure_table *out);

/* 收入: a row a month: paid, refunded, and what is left. */
MUST_USE enum err figure_income(struct env *env,
    const struct figure_period *period, struct figure_table *out);
