#include "domain/figure_count.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/figure.h"
#include "domain/sql.h"
#include "domain/state.h"

/*
 * What was under way when it last looked, a change or a count that had not
 * seen it yet, is found the next time: nothing takes so long. Nobody has cases
 * older than ten years.
 */
#define MARGIN (120 * CLOCK_SECOND)
#define OLDEST (3653 * CLOCK_DAY)
/* What else the worker has to do waits for no longer. */
#define ROUND	   (CLOCK_SECOND / 4)
#define BATCH_DAYS 8 /* digits of the day in a batch number */

static enum err
mark(struct env *env, const char *day)
{
	return db_exec(env->db, SQL_FIGURE_MARK, ARGS(S(day)));
}

/* Each day from one moment to another; the latest, which people look at, is
 * the first in the queue. */
static enum err
mark_days(struct env *env, int64_t from, int64_t to)
{
	char day[CLOCK_TEXT], first[CLOCK_TEXT];

	clock_day(first, from);
	for (; strcmp(clock_day(day, to), first) >= 0; to -= CLOCK_DAY)
		TRY(mark(env, day));
	return E_OK;
}

/* "20261124…" as 2026-11-24; false when it is no day. */
static bool
day_of_digits(const char *digits, char day[CLOCK_TEXT], int64_t *us)
{
	if (strspn(digits, "0123456789") < BATCH_DAYS)
		return false;
	memcpy(day, digits, 4);
	day[4] = day[7] = '-';
	memcpy(day + 5, digits + 4, 2);
	memcpy(day + 8, digits + 6, 2);
	day[10] = '\0';
	return clock_parse_day(day, us);
}

/* The day of the first case, when nothing was ever counted. */
static enum err
first_day(struct env *env, int64_t now, int64_t *out)
{
	char day[CLOCK_TEXT];
	struct cell *c;

	*out = now;
	TRY(db_one(env->db, env->a, SQL_FIGURE_FIRST_CASE, &c, ARGS()));
	if (c->s != NULL && strlen(c->s) > 2 &&
	    !day_of_digits(c->s + 2, day, out))
		*out = now;
	if (*out < now - OLDEST)
		*out = now - OLDEST;
	return E_OK;
}

/* The days that a statement gives: with dashes, or the digits alone. */
static enum err
mark_found(struct env *env, enum sql stmt, int64_t since)
{
	char day[CLOCK_TEXT];
	struct rows rows;
	int64_t us;

	TRY(db_all(env->db, env->a, (int)stmt, &rows, ARGS(T(since))));
	for (size_t r = 0; r < rows.n; r++) {
		const char *found = CELL(&rows, r, 0).s;

		if (clock_parse_day(found, &us))
			TRY(mark(env, found));
		else if (day_of_digits(found, day, &us))
			TRY(mark(env, day));
	}
	return E_OK;
}

static enum err
look(void *arg)
{
	struct env *env = arg;
	int64_t now = clock_now(), since;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_FIGURE_SEEN, &c, ARGS()));
	if (c->is_null) {
		TRY(first_day(env, now, &since));
		return mark_days(env, since, now);
	}
	since = c->i - MARGIN;
	TRY(mark_days(env, since, now));
	TRY(mark_found(env, SQL_FIGURE_MOVED, since));
	TRY(mark_found(env, SQL_FIGURE_PAID, since));
	return mark_found(env, SQL_FIGURE_WENT, since);
}

enum err
figure_look(struct env *env)
{
	return db_tx(env->db, look, env);
}

struct count {
	struct env *env;
	const char *day;
	int64_t due_at, from, to;
};

static enum err
add(const struct count *c, const char *figure, const char *item, int64_t bucket,
    int64_t n, int64_t total)
{
	return db_exec(c->env->db, SQL_FIGURE_ADD,
	    ARGS(S(c->day), S(figure), S(item), I(bucket), I(n), I(total)));
}

/* By a statement over the moments of the day: item, n and maybe total. */
static enum err
count_by(const struct count *c, const char *figure, enum sql stmt)
{
	struct env *env = c->env;
	struct rows rows;

	TRY(db_all(
	    env->db, env->a, (int)stmt, &rows, ARGS(T(c->from), T(c->to))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *row = &CELL(&rows, r, 0);

		TRY(add(c, figure, row[0].s, 0, row[1].i,
		    rows.columns > 2 ? row[2].i : 0));
	}
	return E_OK;
}

/* The cases of the day by the state that they are in now. */
static enum err
count_states(const struct count *c)
{
	struct env *env = c->env;
	const char *digits = arena_printf(
	    env->a, "CA%.4s%.2s%.2s", c->day, c->day + 5, c->day + 8);
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_FIGURE_STATES, &rows,
	    ARGS(S(arena_printf(env->a, "%s000000", digits)),
		S(arena_printf(env->a, "%s999999", digits)))));
	for (size_t r = 0; r < rows.n; r++)
		TRY(add(c, FIGURE_OF_STATE, CELL(&rows, r, 0).s, 0,
		    CELL(&rows, r, 1).i, 0));
	return E_OK;
}

/* Where an action led: the state that the next one leaves. */
static const char *
state_after(const char *action)
{
	const struct machine *m = &state_machine;
	int a = (int)action_by_word(action);

	for (size_t i = 0; i < m->moves; i++)
		if (m->move[i].event == a)
			return m->state[m->move[i].to].word;
	return m->state[m->birth.to].word;
}

/* Several actions lead to one state. */
static enum err
add_time(const struct count *c, const struct rows *rows, size_t r)
{
	const struct cell *row = &CELL(rows, r, 0);
	const char *state = state_after(row[0].s);
	int64_t n = row[2].i, total = row[3].i;

	for (size_t i = 0; i < rows->n; i++) {
		const struct cell *other = &CELL(rows, i, 0);

		if (i == r || other[1].i != row[1].i ||
		    strcmp(state_after(other[0].s), state) != 0)
			continue;
		if (i < r)
			return E_OK; /* added with that one */
		n += other[2].i;
		total += other[3].i;
	}
	return add(c, FIGURE_OF_TIME, state, row[1].i, n, total);
}

/* Whether an action leaves the state as it is. */
static bool
stays(const char *action)
{
	const struct machine *m = &state_machine;
	int a = (int)action_by_word(action);

	for (size_t i = 0; i < m->moves; i++)
		if (m->move[i].event == a && m->move[i].from != m->move[i].to)
			return false;
	return true;
}

/* A step within a state does not end the time in it. */
static void
drop_stays(struct rows *rows)
{
	size_t n = 0;

	for (size_t r = 0; r < rows->n; r++)
		if (!stays(CELL(rows, r, 4).s))
			memmove(&CELL(rows, n++, 0), &CELL(rows, r, 0),
			    rows->columns * sizeof(*rows->cell));
	rows->n = n;
}

static enum err
count_times(const struct count *c)
{
	struct env *env = c->env;
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_FIGURE_TIMES, &rows,
	    ARGS(T(c->from), T(c->to))));
	drop_stays(&rows);
	for (size_t r = 0; r < rows.n; r++)
		TRY(add_time(c, &rows, r));
	return E_OK;
}

static enum err
count_refunds(const struct count *c)
{
	struct env *env = c->env;
	struct cell *row;

	TRY(db_one(env->db, env->a, SQL_FIGURE_REFUNDS, &row,
	    ARGS(T(c->from), T(c->to))));
	return row[0].i == 0
		   ? E_OK
		   : add(c, FIGURE_OF_REFUND, "", 0, row[0].i, row[1].i);
}

/* What is marked anew meanwhile is counted again. */
static enum err
count(void *arg)
{
	const struct count *c = arg;
	struct env *env = c->env;

	TRY(db_exec(env->db, SQL_FIGURE_COUNTED,
	    ARGS(T(c->due_at), S(c->day), T(c->due_at))));
	if (db_changed(env->db) != 1)
		return E_OK;
	TRY(db_exec(env->db, SQL_FIGURE_CLEAR, ARGS(S(c->day))));
	TRY(count_states(c));
	TRY(count_times(c));
	TRY(count_by(c, FIGURE_OF_FIRST, SQL_FIGURE_FIRST));
	TRY(count_by(c, FIGURE_OF_REASON, SQL_FIGURE_REASONS));
	TRY(count_by(c, FIGURE_OF_INCOME, SQL_FIGURE_INCOME));
	return count_refunds(c);
}

static enum err
count_day(struct env *env, const struct cell *row)
{
	struct count c = { .env = env, .day = row[0].s, .due_at = row[1].i };

	if (!clock_parse_day(c.day, &c.from))
		return FAIL(E_INTERNAL, "no day: %s", c.day);
	c.to = c.from + CLOCK_DAY;
	return db_tx(env->db, count, &c);
}

enum err
figure_count_due(struct env *env)
{
	int64_t began = clock_span();
	struct cell *row;

	do {
		enum err e =
		    db_one(env->db, env->a, SQL_FIGURE_DUE, &row, ARGS());

		if (e == E_NOT_FOUND)
			return E_OK;
		TRY(e);
		TRY(count_day(env, row));
	} while (clock_span() - began < ROUND);
	return E_OK;
}
