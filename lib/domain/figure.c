#include "domain/figure.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/sql.h"
#include "domain/state.h"

/* Years in which there can be cases: a list of their months is bounded. */
enum { USUAL_MONTHS = 12, YEAR_LEAST = 2000, YEAR_MOST = 2099 };

/* Months since year 0; false when it is written otherwise. */
static bool
read_month(struct arena *a, const char *text, int64_t *out)
{
	int64_t year, month;

	if (strlen(text) != 7 || text[4] != '-' ||
	    !num_int(arena_strndup(a, text, 4), YEAR_LEAST, YEAR_MOST, &year) ||
	    !num_int(text + 5 + (text[5] == '0'), 1, 12, &month))
		return false;
	*out = year * 12 + month - 1;
	return true;
}

static const char *
month_text(struct arena *a, int64_t month)
{
	return arena_printf(
	    a, "%04d-%02d", (int)(month / 12), (int)(month % 12 + 1));
}

static void
set_period(struct arena *a, int64_t from, int64_t to, struct figure_period *out)
{
	out->n = 0;
	for (int64_t m = from; m <= to; m++)
		out->month[out->n++] = month_text(a, m);
	out->from = out->month[0];
	out->to = out->month[out->n - 1];
	out->first_day = arena_printf(a, "%s-01", out->from);
	out->next_day = arena_printf(a, "%s-01", month_text(a, to + 1));
}

static bool
take_month(struct env *env, const char *field, const char *text, int64_t *out)
{
	if (text == NULL || read_month(env->a, text, out))
		return true;
	problem_add(&env->errors, field, "invalid", "请选择月份。");
	return false;
}

static int64_t
this_month(struct arena *a)
{
	char today[CLOCK_TEXT];
	int64_t now = 0;

	clock_day(today, clock_now());
	read_month(a, arena_strndup(a, today, 7), &now);
	return now;
}

enum err
figure_period(struct env *env, const char *from_text, const char *to_text,
    struct figure_period *out)
{
	int64_t now = this_month(env->a), from, to;

	set_period(env->a, now - USUAL_MONTHS + 1, now, out);
	to = now;
	if (!take_month(env, "to", to_text, &to))
		return FAIL(E_INVALID, "to");
	from = to - USUAL_MONTHS + 1;
	if (!take_month(env, "from", from_text, &from))
		return FAIL(E_INVALID, "from");
	if (to < from)
		problem_add(
		    &env->errors, "to", "order", "结束月份不能早于开始月份。");
	else if (to - from >= FIGURE_MONTHS_MAX)
		problem_add(&env->errors, "to", "too_long",
		    "一次最多统计 %d 个月，请缩短。", FIGURE_MONTHS_MAX);
	if (env->errors.n > 0)
		return FAIL(E_INVALID, "period");
	set_period(env->a, from, to, out);
	return E_OK;
}

enum err
figure_state(struct env *env, const struct figure_period *period,
    struct figure_state *out)
{
	int64_t last = this_month(env->a), first = last, month;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_FIGURE_PERIOD, &c, ARGS()));
	*out =
	    (struct figure_state){ .counted_at = c[1].i, .days_left = c[2].i };
	if (c[0].s != NULL && read_month(env->a, c[0].s, &month) &&
	    month < first)
		first = month;
	if (read_month(env->a, period->from, &month) && month < first)
		first = month;
	if (read_month(env->a, period->to, &month) && month > last)
		last = month;
	out->month = arena_alloc(
	    env->a, (size_t)(last - first + 1) * sizeof(*out->month));
	for (; first <= last; last--)
		out->month[out->months++] = month_text(env->a, last);
	return E_OK;
}

static void
add_column(struct figure_table *t, const char *title, const char *csv_title,
    enum figure_kind kind)
{
	t->column[t->columns++] =
	    (struct figure_column){ title, csv_title, kind };
}

/* All rows, each number of which is 0. */
static void
make_rows(struct arena *a, struct figure_table *t, size_t rows)
{
	t->rows = rows;
	t->cell = arena_alloc(a, (rows * t->columns + 1) * sizeof(*t->cell));
}

/* A row a month, named, and one for their sum. */
static void
make_months(
    struct arena *a, struct figure_table *t, const struct figure_period *p)
{
	make_rows(a, t, p->n + 1);
	t->has_sum = true;
	for (size_t m = 0; m < p->n; m++)
		FIGURE_CELL(t, m, 0).text = p->month[m];
	FIGURE_CELL(t, p->n, 0).text = "合计";
}

/* Month, item, how many and how much of a figure. */
static enum err
load_months(struct env *env, const struct figure_period *p, const char *figure,
    struct rows *rows)
{
	return db_all(env->db, env->a, SQL_FIGURE_MONTHS, rows,
	    ARGS(S(figure), S(p->first_day), S(p->next_day)));
}

/* The row of a month, p->n when it is none of the period. */
static size_t
row_of(const struct figure_period *p, const char *month)
{
	size_t m = 0;

	while (m < p->n && strcmp(p->month[m], month) != 0)
		m++;
	return m;
}

/* To the month's row and to the sum. */
static void
add_to(struct figure_table *t, size_t row, size_t column, int64_t n)
{
	FIGURE_CELL(t, row, column).n += n;
	FIGURE_CELL(t, t->rows - 1, column).n += n;
}

static bool
is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

enum err
figure_states(
    struct env *env, const struct figure_period *p, struct figure_table *t)
{
	struct rows rows;

	*t = (struct figure_table){ 0 };
	add_column(t, "月份", NULL, FIGURE_TEXT);
	for (int s = 0; s < STATE_DISCARDED; s++)
		add_column(
		    t, state_row((enum state)s)->title, NULL, FIGURE_COUNT);
	add_column(t, "合计", NULL, FIGURE_COUNT);
	make_months(env->a, t, p);
	TRY(load_months(env, p, FIGURE_OF_STATE, &rows));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		enum state state = state_by_word(c[1].s);
		size_t row = row_of(p, c[0].s);

		if (state >= STATE_DISCARDED || row == p->n)
			continue;
		add_to(t, row, 1 + (size_t)state, c[2].i);
		add_to(t, row, t->columns - 1, c[2].i);
	}
	return E_OK;
}

/* The mean of the bucket that holds number `at` of the state's times. */
static int64_t
time_at(const struct rows *rows, const char *state, int64_t at)
{
	for (size_t r = 0; r < rows->n; r++) {
		const struct cell *c = &CELL(rows, r, 0);

		if (!is(c[0].s, state))
			continue;
		if (at < c[2].i)
			return c[3].i / c[2].i;
		at -= c[2].i;
	}
	return 0;
}

static void
time_row(const struct rows *rows, enum state state, struct sheet_cell *to)
{
	const char *word = state_row(state)->word;
	int64_t n = 0, total = 0;

	for (size_t r = 0; r < rows->n; r++)
		if (is(CELL(rows, r, 0).s, word)) {
			n += CELL(rows, r, 2).i;
			total += CELL(rows, r, 3).i;
		}
	to[0].text = state_row(state)->title;
	to[1].n = n;
	to[2].n = to[3].n = SHEET_EMPTY;
	if (n == 0)
		return;
	to[2].n =
	    (time_at(rows, word, (n - 1) / 2) + time_at(rows, word, n / 2)) / 2;
	to[3].n = total / n;
}

enum err
figure_times(
    struct env *env, const struct figure_period *p, struct figure_table *t)
{
	static const enum state states[] = { STATE_EDITING, STATE_PENDING,
		STATE_REJECTED, STATE_APPROVED, STATE_PAID, STATE_PROCESSING };
	struct rows rows;

	*t = (struct figure_table){ 0 };
	add_column(t, "环节", NULL, FIGURE_TEXT);
	add_column(t, "件次", NULL, FIGURE_COUNT);
	add_column(t, "中位用时", "中位用时（分钟）", FIGURE_SECONDS);
	add_column(t, "平均用时", "平均用时（分钟）", FIGURE_SECONDS);
	make_rows(env->a, t, COUNT(states));
	TRY(db_all(env->db, env->a, SQL_FIGURE_SPANS, &rows,
	    ARGS(S(p->first_day), S(p->next_day))));
	for (size_t i = 0; i < COUNT(states); i++)
		time_row(&rows, states[i], &FIGURE_CELL(t, i, 0));
	return E_OK;
}

enum err
figure_yield(
    struct env *env, const struct figure_period *p, struct figure_table *t)
{
	const char *approve = action_row(ACTION_APPROVE)->word;
	struct rows rows;

	*t = (struct figure_table){ 0 };
	add_column(t, "月份", NULL, FIGURE_TEXT);
	add_column(t, "首次审核", NULL, FIGURE_COUNT);
	add_column(t, "其中通过", NULL, FIGURE_COUNT);
	add_column(t, "首次通过率", "首次通过率（%）", FIGURE_PERCENT);
	make_months(env->a, t, p);
	TRY(load_months(env, p, FIGURE_OF_FIRST, &rows));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		size_t row = row_of(p, c[0].s);

		if (row == p->n)
			continue;
		add_to(t, row, 1, c[2].i);
		if (is(c[1].s, approve))
			add_to(t, row, 2, c[2].i);
	}
	for (size_t r = 0; r < t->rows; r++) {
		int64_t n = FIGURE_CELL(t, r, 1).n;

		FIGURE_CELL(t, r, 3).n =
		    n == 0 ? SHEET_EMPTY
			   : (FIGURE_CELL(t, r, 2).n * 10000 + n / 2) / n;
	}
	return E_OK;
}

enum err
figure_reasons(
    struct env *env, const struct figure_period *p, struct figure_table *t)
{
	struct rows rows;

	*t = (struct figure_table){ 0 };
	add_column(t, "原因", NULL, FIGURE_TEXT);
	add_column(t, "次数", NULL, FIGURE_COUNT);
	TRY(db_all(env->db, env->a, SQL_FIGURE_TOP, &rows,
	    ARGS(S(p->first_day), S(p->next_day))));
	make_rows(env->a, t, rows.n);
	for (size_t r = 0; r < rows.n; r++) {
		FIGURE_CELL(t, r, 0).text = CELL(&rows, r, 1).s;
		FIGURE_CELL(t, r, 1).n = CELL(&rows, r, 2).i;
	}
	return E_OK;
}

/* What came, or went back, with its sign. */
static enum err
add_money(struct env *env, const struct figure_period *p, const char *figure,
    size_t column, int sign, struct figure_table *t)
{
	struct rows rows;

	TRY(load_months(env, p, figure, &rows));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		size_t row = row_of(p, c[0].s);

		if (row == p->n)
			continue;
		add_to(t, row, column, c[2].i);
		add_to(t, row, column + 1, c[3].i);
		add_to(t, row, t->columns - 1, sign * c[3].i);
	}
	return E_OK;
}

enum err
figure_income(
    struct env *env, const struct figure_period *p, struct figure_table *t)
{
	*t = (struct figure_table){ 0 };
	add_column(t, "月份", NULL, FIGURE_TEXT);
	add_column(t, "收款笔数", NULL, FIGURE_COUNT);
	add_column(t, "收款（元）", NULL, FIGURE_FEN);
	add_column(t, "退款笔数", NULL, FIGURE_COUNT);
	add_column(t, "退款（元）", NULL, FIGURE_FEN);
	add_column(t, "净收入（元）", NULL, FIGURE_FEN);
	make_months(env->a, t, p);
	TRY(add_money(env, p, FIGURE_OF_INCOME, 1, 1, t));
	return add_money(env, p, FIGURE_OF_REFUND, 3, -1, t);
}
