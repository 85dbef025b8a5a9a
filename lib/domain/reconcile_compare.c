/* A bill that was read: differences are opened, settled, and posted. */
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/ledger.h"
#include "domain/order.h"
#include "domain/reconcile_private.h"
#include "domain/refund.h"
#include "domain/sql.h"

/*
 * What is known by the provider's own word is taken as if it had told us. What
 * it cannot be asked about stays a difference.
 */
static enum err
ask(const struct bill_work *w, const char *order_no)
{
	struct env *env = w->env;
	struct payment_fact fact;
	struct order_money money = {
		.env = env, .provider = w->provider, .fact = &fact
	};
	enum err e = w->provider->query(env->a, order_no, &fact);

	if (e == E_PROVIDER) {
		err_clear();
		return E_OK;
	}
	TRY(e);
	if (fact.state != PAYMENT_PAID && fact.state != PAYMENT_REFUNDED)
		return E_OK;
	return order_credit(&money);
}

/* Some at a time; *more when there may be others. */
static enum err
ask_some(const struct bill_work *w, bool *more)
{
	struct env *env = w->env;
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_BILL_UNHEARD, &rows,
	    ARGS(S(w->provider->name), S(w->day))));
	*more = rows.n > 0;
	for (size_t r = 0; r < rows.n; r++) {
		TRY(ask(w, CELL(&rows, r, 1).s));
		TRY(db_exec(env->db, SQL_BILL_LINE_ASKED,
		    ARGS(S(w->provider->name), S(w->day),
			I(CELL(&rows, r, 0).i))));
	}
	return E_OK;
}

/* Refunds that were helped on there: the worker looks at them again, and what
 * is done is no difference any more. */
static enum err
tell_refunds(const struct bill_work *w)
{
	struct env *env = w->env;
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_BILL_REFUNDS_UNHEARD, &rows,
	    ARGS(S(w->provider->name), S(w->day))));
	for (size_t r = 0; r < rows.n; r++)
		TRY(refund_told(env, CELL(&rows, r, 0).s));
	return E_OK;
}

struct opening {
	struct bill_work *w;
	size_t n;
};

static enum err
add_difference(const struct bill_work *w, const struct cell *c)
{
	struct env *env = w->env;
	struct arg ours = c[4].is_null ? NONE : I(c[4].i);
	struct arg theirs = c[5].is_null ? NONE : I(c[5].i);

	return db_exec(env->db, SQL_DIFFERENCE_ADD,
	    ARGS(S(id_make(env->a)), S(w->provider->name), S(w->day), S(c[0].s),
		I(c[2].i), S(c[1].s), S(c[3].s), ours, theirs));
}

static enum err
open_found(struct opening *o, enum sql stmt, const struct arg *args, size_t n)
{
	struct env *env = o->w->env;
	struct rows rows;

	TRY(db_all(env->db, env->a, (int)stmt, &rows, args, n));
	for (size_t r = 0; r < rows.n; r++, o->n++)
		TRY(add_difference(o->w, &CELL(&rows, r, 0)));
	return E_OK;
}

static enum err
open_some(void *arg)
{
	static const enum sql lines[] = { SQL_DIFFERENCE_OF_PAYMENTS,
		SQL_DIFFERENCE_OF_REFUNDS };
	static const enum sql ours[] = { SQL_DIFFERENCE_PAID_THERE,
		SQL_DIFFERENCE_UNMATCHED_THERE };
	struct opening *o = arg;
	const struct bill_work *w = o->w;
	const char *name = w->provider->name;

	o->n = 0;
	for (size_t i = 0; i < COUNT(lines); i++)
		TRY(open_found(
		    o, lines[i], ARGS(S(name), S(w->day), S(name), S(w->day))));
	for (size_t i = 0; i < COUNT(ours); i++)
		TRY(open_found(o, ours[i],
		    ARGS(S(name), T(w->from), T(w->to), S(name), S(w->day))));
	TRY(open_found(o, SQL_DIFFERENCE_REFUNDED_THERE,
	    ARGS(T(w->from), T(w->to), S(name), S(name), S(w->day))));
	TRY(open_found(o, SQL_DIFFERENCE_OF_CHARGES,
	    ARGS(I(w->provider->rate()), S(name), S(w->day), S(name),
		S(w->day))));
	if (o->n > 0)
		return E_OK;
	return db_change(
	    w->env->db, SQL_BILL_COMPARED, ARGS(S(name), S(w->day)));
}

/* Until nothing new is found: then it is compared. */
enum err
reconcile_compare(struct bill_work *w)
{
	struct opening o = { .w = w, .n = 1 };
	size_t found = 0;
	bool more = true;

	while (more)
		TRY(ask_some(w, &more));
	TRY(tell_refunds(w));
	for (; o.n > 0; found += o.n)
		TRY(db_tx(w->env->db, open_some, &o));
	log_line(found > 0 ? LOG_WARN : LOG_INFO, "bill",
	    "provider=%s day=%s differences=%zu", w->provider->name, w->day,
	    found);
	return E_OK;
}

/*
 * What a difference that stays makes of the money at the provider: more than
 * our books say, or less (below 0).
 */
static int64_t
effect(const struct cell *c)
{
	const char *kind = c[1].s;
	int64_t ours = c[4].i, theirs = c[5].i;
	int64_t more = strcmp(kind, "missing_here") == 0    ? theirs
		       : strcmp(kind, "missing_there") == 0 ? -ours
							    : theirs - ours;

	return c[3].i != 0 ? -more : more;
}

static enum err
post(struct env *env, enum ledger_event event, const char *reference,
    const char *provider, int64_t fen)
{
	return ledger_post(env, &(struct ledger_posting){ .event = event,
				    .reference = reference,
				    .provider = provider,
				    .amount_fen = fen < 0 ? -fen : fen });
}

static enum err
post_day(const struct bill_work *w)
{
	struct env *env = w->env;
	const char *name = w->provider->name;
	struct rows rows;
	struct cell *c;

	TRY(db_one(
	    env->db, env->a, SQL_BILL_CHARGE, &c, ARGS(S(name), S(w->day))));
	if (c->i != 0)
		TRY(post(env, c->i > 0 ? LEDGER_CHARGE : LEDGER_CHARGE_BACK,
		    arena_printf(env->a, "%s:%s", name, w->day), name, c->i));
	TRY(db_all(env->db, env->a, SQL_DIFFERENCE_SETTLED, &rows,
	    ARGS(S(name), S(w->day))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *d = &CELL(&rows, r, 0);
		int64_t fen = effect(d);

		if (fen != 0)
			TRY(post(env, fen > 0 ? LEDGER_MORE : LEDGER_LESS,
			    d[0].s, name, fen));
	}
	return E_OK;
}

/* E_STATE: a difference is left. */
static enum err
close_day(void *arg)
{
	const struct bill_work *w = arg;
	struct env *env = w->env;
	struct cell *c;

	TRY(db_change(
	    env->db, SQL_BILL_CLOSE, ARGS(S(w->provider->name), S(w->day))));
	TRY(db_one(env->db, env->a, SQL_DIFFERENCE_LEFT, &c,
	    ARGS(S(w->provider->name), S(w->day))));
	if (c->i > 0)
		return FAIL(E_STATE, "%lld are left", (long long)c->i);
	TRY(post_day(w));
	return audit_add(env, "bill_closed", w->provider->name, w->day);
}

enum err
reconcile_close(struct bill_work *w)
{
	enum err e;

	TRY(db_exec(w->env->db, SQL_DIFFERENCE_SETTLE_GONE,
	    ARGS(S("已自行消除：双方记录现已一致。"), S(w->provider->name),
		S(w->day))));
	e = db_tx(w->env->db, close_day, w);
	if (e == E_STATE) {
		err_clear();
		return E_OK;
	}
	TRY(e);
	log_line(LOG_INFO, "bill", "provider=%s day=%s closed=1",
	    w->provider->name, w->day);
	return E_OK;
}

static enum err
post_came(void *arg)
{
	struct env *env = arg;
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_DIFFERENCE_CAME, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);

		TRY(post(env,
		    strcmp(c[2].s, "more") == 0 ? LEDGER_MORE_GONE
						: LEDGER_LESS_GONE,
		    c[0].s, c[1].s, c[3].i));
	}
	return E_OK;
}

enum err
reconcile_came(struct env *env)
{
	return db_tx(env->db, post_came, env);
}
