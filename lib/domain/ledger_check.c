/* The ledger against what it is about, day by day of Shanghai. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/ledger.h"
#include "domain/sql.h"

/* Nobody has been paid for longer. */
#define OLDEST (3653 * CLOCK_DAY)

enum { FAULTS_MAX = 2000 };

/* Days that nobody has looked at yet, up to today. */
static enum err
add_days(struct env *env)
{
	int64_t now = clock_now(), at;
	char day[CLOCK_TEXT], today[CLOCK_TEXT];
	struct cell *c;

	clock_day(today, now);
	TRY(db_one(env->db, env->a, SQL_LEDGER_LAST_DAY, &c, ARGS()));
	if (c->is_null || !clock_parse_day(c->s, &at)) {
		TRY(db_one(env->db, env->a, SQL_LEDGER_FIRST_DAY, &c, ARGS()));
		at = c->i > now - OLDEST ? c->i - CLOCK_DAY : now - OLDEST;
	}
	for (; strcmp(clock_day(day, at), today) <= 0; at += CLOCK_DAY)
		TRY(db_exec(env->db, SQL_LEDGER_ADD_DAY, ARGS(S(day))));
	return E_OK;
}

struct check {
	struct env *env;
	const char *day;
	int64_t from;
	int64_t faults_n;
	const char *faults, *before;
};

static enum err
sum_up(const struct check *c)
{
	struct env *env = c->env;
	struct rows rows;

	TRY(db_exec(env->db, SQL_LEDGER_SUM_CLEAR, ARGS(S(c->day))));
	TRY(db_all(env->db, env->a, SQL_LEDGER_SUMS, &rows, ARGS(S(c->day))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *s = &CELL(&rows, r, 0);

		TRY(db_exec(env->db, SQL_LEDGER_SUM_ADD,
		    ARGS(S(c->day), S(s[0].s), S(s[1].s), S(s[2].s), S(s[3].s),
			I(s[4].i), I(s[5].i))));
	}
	return E_OK;
}

/* What a statement finds wrong: event and reference. */
static enum err
find(struct check *c, enum sql stmt, const char *what, struct buf *out,
    const struct arg *args, size_t n)
{
	struct env *env = c->env;
	struct rows rows;

	TRY(db_all(env->db, env->a, (int)stmt, &rows, args, n));
	for (size_t r = 0; r < rows.n; r++, c->faults_n++)
		if (out->n < FAULTS_MAX - 200)
			buf_printf(out, "%s%s %s %s", out->n > 0 ? "; " : "",
			    what, CELL(&rows, r, 0).s, CELL(&rows, r, 1).s);
	return E_OK;
}

static enum err
compare(struct check *c)
{
	static const enum sql missing[] = { SQL_LEDGER_NO_PAYMENT,
		SQL_LEDGER_NO_NOTICE, SQL_LEDGER_NO_REFUND, SQL_LEDGER_NO_BILL,
		SQL_LEDGER_NO_SETTLEMENT };
	struct buf out;

	c->faults_n = 0;
	buf_init(&out, c->env->a, FAULTS_MAX);
	for (size_t i = 0; i < COUNT(missing); i++)
		TRY(find(c, missing[i], "missing", &out,
		    ARGS(T(c->from), T(c->from + CLOCK_DAY))));
	TRY(find(c, SQL_LEDGER_NO_EVENT, "extra", &out, ARGS(S(c->day))));
	c->faults = buf_str(&out);
	return E_OK;
}

static enum err
check(void *arg)
{
	struct check *c = arg;
	struct env *env = c->env;
	struct cell *row;

	TRY(db_exec(env->db, SQL_LEDGER_TAKE, ARGS(S(c->day))));
	TRY(db_one(env->db, env->a, SQL_LEDGER_DAY, &row, ARGS(S(c->day))));
	c->before = row->s;
	TRY(sum_up(c));
	TRY(compare(c));
	return db_exec(env->db, SQL_LEDGER_CHECKED,
	    ARGS(I(c->faults_n), S(c->faults), S(c->day)));
}

/* Says what it found when that is new. */
static enum err
check_day(struct env *env, const char *day)
{
	struct check c = { .env = env, .day = day };
	char text[FAULTS_MAX + 200];

	if (!clock_parse_day(day, &c.from))
		return FAIL(E_INTERNAL, "no day");
	TRY(db_tx(env->db, check, &c));
	if (strcmp(c.faults, c.before) != 0)
		log_line(c.faults_n > 0 ? LOG_ERROR : LOG_INFO, "ledger",
		    "day=%s faults=%lld which=%s", day, (long long)c.faults_n,
		    log_quote(text, sizeof(text), c.faults));
	return E_OK;
}

/* Yesterday again: what began on it may have been committed since. */
enum err
ledger_check_due(struct env *env)
{
	char day[CLOCK_TEXT];
	int64_t now = clock_now();
	struct cell *c;

	TRY(add_days(env));
	TRY(check_day(env, clock_day(day, now)));
	TRY(check_day(env, clock_day(day, now - CLOCK_DAY)));
	TRY(db_one(env->db, env->a, SQL_LEDGER_OLDEST, &c, ARGS()));
	return check_day(env, c->s);
}
