/* The worker's days: which bills there are to be, and fetching them. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/reconcile_private.h"
#include "domain/sql.h"

enum {
	STATE_MAX = 32,
	DAYS_MAX = 85,	    /* providers keep bills for three months */
	PATIENCE_HOURS = 24 /* for a bill that is none, though money moved */
};

#define HOUR  (INT64_C(3600) * CLOCK_SECOND)
#define ROUND CLOCK_SECOND /* other work waits for so long */
/* A bill's text, what it is made of, and its lines. */
#define BILL_ARENA ((size_t)192 << 20)

/* The last day whose bill can be fetched by now. */
static int64_t
newest(const struct env *env)
{
	return clock_now() - CLOCK_DAY - env->cfg->bill_hour * HOUR;
}

/* From the day after the last one on; at first that alone. */
static enum err
add_days(struct env *env, const struct payment_provider *p)
{
	int64_t to = newest(env), at = to;
	char day[CLOCK_TEXT], last[CLOCK_TEXT];
	struct cell *c;

	clock_day(last, to);
	TRY(db_one(env->db, env->a, SQL_BILL_LAST, &c, ARGS(S(p->name))));
	if (!c->is_null && clock_parse_day(c->s, &at))
		at += CLOCK_DAY;
	if (at < to - DAYS_MAX * CLOCK_DAY)
		at = to - DAYS_MAX * CLOCK_DAY;
	for (; strcmp(clock_day(day, at), last) <= 0; at += CLOCK_DAY)
		TRY(db_exec(env->db, SQL_BILL_ADD, ARGS(S(p->name), S(day))));
	return E_OK;
}

static enum err
add_all_days(struct env *env)
{
	for (size_t i = 0; payment_providers[i] != NULL; i++)
		if (payment_given(payment_providers[i]->merchant()))
			TRY(add_days(env, payment_providers[i]));
	return E_OK;
}

/* A bill that was fetched, to be written down. */
struct taking {
	struct bill_work *w;
	const struct payment_bill *bill;
};

static enum err
add_line(const struct bill_work *w, const struct payment_bill_line *l, size_t n)
{
	struct env *env = w->env;
	const char *refund_no = NULL;

	if (l->is_refund)
		refund_no = payment_word(env->a, l->refund_no);
	return db_exec(env->db, SQL_BILL_LINE_ADD,
	    ARGS(S(w->provider->name), S(w->day), I((int64_t)n + 1),
		I(l->is_refund), S(payment_word(env->a, l->order_no)),
		S(payment_word(env->a, l->transaction_id)), S(refund_no),
		S(arena_printf(env->a, "%.*s", STATE_MAX, l->state)),
		I(l->amount_fen), I(l->charge_fen), T(l->at)));
}

/* A refund that failed there moved nothing. */
static bool
has_moved(const struct payment_bill_line *l)
{
	return strcmp(l->state, "FAIL") != 0;
}

static enum err
take(void *arg)
{
	const struct taking *t = arg;
	const struct bill_work *w = t->w;
	struct env *env = w->env;
	int64_t n[2] = { 0 }, fen[2] = { 0 }, charge = 0;

	for (size_t i = 0; i < t->bill->n; i++) {
		const struct payment_bill_line *l = &t->bill->line[i];

		charge += l->charge_fen;
		n[l->is_refund] += has_moved(l) ? 1 : 0;
		fen[l->is_refund] += has_moved(l) ? l->amount_fen : 0;
	}
	TRY(db_change(env->db, SQL_BILL_READ,
	    ARGS(I(t->bill->is_none), I(n[0]), I(fen[0]), I(n[1]), I(fen[1]),
		I(charge), S(w->provider->name), S(w->day))));
	for (size_t i = 0; i < t->bill->n; i++)
		TRY(add_line(w, &t->bill->line[i], i));
	return audit_add(env, "bill_read", w->provider->name,
	    arena_printf(env->a,
		"%s: %lld payments %lld fen, %lld refunds %lld fen, charge "
		"%lld fen",
		w->day, (long long)n[0], (long long)fen[0], (long long)n[1],
		(long long)fen[1], (long long)charge));
}

/*
 * A provider has the same word for "nothing" and "not yet": where we know of
 * money it is not believed at once.
 */
static enum err
check_none(const struct bill_work *w)
{
	struct env *env = w->env;
	int64_t ready = w->to + env->cfg->bill_hour * HOUR;
	const char *name = w->provider->name;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_BILL_HAS_OURS, &c,
	    ARGS(S(name), T(w->from), T(w->to), S(name), T(w->from), T(w->to),
		S(name), T(w->from), T(w->to))));
	if (c->i != 0 && clock_now() < ready + PATIENCE_HOURS * HOUR)
		return FAIL(E_PROVIDER, "no bill yet, though money moved");
	return E_OK;
}

static enum err
fetch_into(struct bill_work *w, struct arena *a)
{
	struct payment_bill bill;
	struct taking t = { w, &bill };

	TRY(w->provider->bill(a, w->day, &bill));
	if (bill.is_none)
		TRY(check_none(w));
	return db_tx(w->env->db, take, &t);
}

/* In memory of its own, as it can be much. */
static enum err
fetch(struct bill_work *w)
{
	struct arena *mine = w->env->a, *a = arena_new(BILL_ARENA);
	enum err e;

	w->env->a = a;
	e = fetch_into(w, a);
	w->env->a = mine;
	arena_free(a);
	return e;
}

/* Why not is on the page until it succeeds. */
static enum err
failed(struct bill_work *w)
{
	struct env *env = w->env;
	const char *cause = arena_strdup(env->a, err_fault()->cause);

	log_fault(LOG_WARN, "bill", "provider", w->provider->name);
	err_clear();
	return db_exec(env->db, SQL_BILL_FAILED,
	    ARGS(S(cause), S(w->provider->name), S(w->day)));
}

static enum err
step(struct bill_work *w, const char *state)
{
	if (strcmp(state, "read") == 0)
		return reconcile_compare(w);
	if (strcmp(state, "open") == 0)
		return reconcile_close(w);
	return fetch(w);
}

static enum err
claim(struct env *env, const struct cell *c, bool *is_ours)
{
	TRY(db_exec(env->db, SQL_BILL_CLAIM,
	    ARGS(I(env->cfg->bill_retry_seconds), S(c[0].s), S(c[1].s),
		I(c[3].i))));
	*is_ours = db_changed(env->db) == 1;
	return E_OK;
}

/* A step of the bill that is due, where there is one. */
static enum err
take_step(struct env *env, bool *is_there)
{
	struct bill_work w = { .env = env };
	struct cell *c;
	bool is_ours;
	enum err e = db_one(env->db, env->a, SQL_BILL_DUE, &c, ARGS());

	*is_there = e == E_OK;
	if (e == E_NOT_FOUND) {
		err_clear();
		return E_OK;
	}
	TRY(e);
	TRY(claim(env, c, &is_ours));
	w.provider = payment_provider(c[0].s);
	w.day = c[1].s;
	if (!is_ours || w.provider == NULL)
		return E_OK;
	if (!clock_parse_day(w.day, &w.from))
		return FAIL(E_INTERNAL, "no day");
	w.to = w.from + CLOCK_DAY;
	e = step(&w, c[2].s);
	/* Another worker was faster. */
	if (e == E_STATE)
		err_clear();
	if (payment_is_trouble(e))
		return failed(&w);
	return e == E_STATE ? E_OK : e;
}

enum err
reconcile_due(struct env *env)
{
	int64_t end = clock_span() + ROUND;
	bool is_more = true;

	TRY(add_all_days(env));
	TRY(reconcile_came(env));
	while (is_more && clock_span() < end)
		TRY(take_step(env, &is_more));
	return E_OK;
}
