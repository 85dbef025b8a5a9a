/*
 * Money that came. One transaction: the notice, then the application and then
 * the order (always in this order), payment, history, audit and message. A
 * race shows in a compare-and-set that fails: then all of it is read and
 * decided again.
 */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/num.h"
#include "domain/audit.h"
#include "domain/ledger.h"
#include "domain/order.h"
#include "domain/sql.h"

struct credit {
	const struct order_money *money;
	const char *order_no, *transaction_id; /* of the fact, fit to be kept */
	bool is_seen;	/* this transaction was settled before */
	bool has_order; /* and it belongs to the merchant that we are */
	struct order order;
	struct state_of at; /* the order's application */
	int64_t fee_fen;
	const char *payment_id;
	const char *outcome, *reason; /* as in `notices` */
	const char *notice_id;	      /* once there is one */
};

/* When it was paid; what cannot be is now. */
static int64_t
paid_at(const struct payment_fact *fact)
{
	int64_t now = clock_now();

	return fact->paid_at > 0 && fact->paid_at < now + CLOCK_DAY
		   ? fact->paid_at
		   : now;
}

/* What was read is outdated: db_tx runs it again. */
static enum err
again(enum err e)
{
	return e == E_STATE ? FAIL(E_BUSY, "changed meanwhile") : e;
}

static enum err
load_application(struct credit *c)
{
	struct env *env = c->money->env;
	struct cell *row;

	TRY(db_one(env->db, env->a, SQL_CREDIT_CASE, &row,
	    ARGS(S(c->order.application_id))));
	c->at = (struct state_of){ .id = c->order.application_id,
		.state = state_by_word(row[0].s),
		.version = row[1].i,
		.entered_at = row[2].i };
	c->fee_fen = row[3].i;
	c->payment_id = row[4].s;
	return E_OK;
}

static bool
is_ours(const struct order_money *m)
{
	return strcmp(m->fact->merchant, m->provider->merchant()) == 0 &&
	       strcmp(m->fact->app, m->provider->app()) == 0;
}

static enum err
load(struct credit *c)
{
	const struct order_money *m = c->money;
	struct env *env = m->env;
	struct cell *row;
	enum err e;

	c->order_no = payment_word(env->a, m->fact->order_no);
	c->transaction_id = payment_word(env->a, m->fact->transaction_id);
	TRY(db_one(env->db, env->a, SQL_MONEY_SEEN, &row,
	    ARGS(S(m->provider->name), S(c->transaction_id),
		S(m->provider->name), S(c->transaction_id))));
	c->is_seen = row->i != 0;
	e = order_get(env, c->order_no, &c->order);
	c->has_order = e == E_OK && is_ours(m) &&
		       strcmp(c->order.provider, m->provider->name) == 0;
	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	return c->has_order ? load_application(c) : E_OK;
}

/* Why it cannot be credited, or NULL. */
static const char *
mismatch(const struct credit *c)
{
	const struct payment_fact *fact = c->money->fact;

	if (!is_ours(c->money))
		return "other_merchant";
	if (!c->has_order)
		return "unknown_order";
	if (fact->state != PAYMENT_PAID)
		return "refunded";
	if (strcmp(fact->currency, c->order.currency) != 0)
		return "other_currency";
	if (fact->amount_fen != c->order.amount_fen ||
	    fact->amount_fen != c->fee_fen)
		return "other_amount";
	if (c->at.state == STATE_CANCELLED)
		return "cancelled";
	if (c->payment_id != NULL)
		return "paid_twice";
	if (c->at.state != STATE_APPROVED)
		return "wrong_state";
	return NULL;
}

static void
judge(struct credit *c)
{
	const char *why = c->is_seen ? NULL : mismatch(c);

	c->reason = why != NULL ? why : "";
	c->outcome = c->is_seen	   ? "repeated"
		     : why != NULL ? "unmatched"
				   : "credited";
}

/* What we found by asking needs a row only where nothing else tells of it. */
static enum err
add_notice(struct credit *c)
{
	const struct order_money *m = c->money;
	struct env *env = m->env;
	const char *event_id = m->event_id, *event_type = m->event_type;
	enum err e;

	if (event_id == NULL) {
		if (strcmp(c->outcome, "unmatched") != 0)
			return E_OK;
		event_id = payment_word(env->a,
		    arena_printf(env->a, "query:%s", c->transaction_id));
		event_type = "query";
	}
	c->notice_id = id_make(env->a);
	e = db_exec(env->db, SQL_NOTICE_ADD,
	    ARGS(S(c->notice_id), S(m->provider->name), S(event_id),
		S(event_type), S(c->order_no), S(c->transaction_id),
		S(c->outcome), S(c->reason), I(m->fact->amount_fen)));
	/* Told of by another event at the same moment: read again. */
	return e == E_DUPLICATE && db_duplicate_is(env->db, "notices_unmatched")
		   ? FAIL(E_BUSY, "unmatched meanwhile")
		   : e;
}

static enum err
mark_order(const struct credit *c)
{
	return again(order_move(c->money->env, &c->order, ORDER_EVENT_PAY));
}

static enum err
post(const struct credit *c, enum ledger_event event, const char *reference,
    const char *application_id)
{
	const struct order_money *m = c->money;

	return ledger_post(m->env, &(struct ledger_posting){ .event = event,
				       .reference = reference,
				       .provider = m->provider->name,
				       .application_id = application_id,
				       .amount_fen = m->fact->amount_fen });
}

/* Its order is done with all the same: the provider has the money. */
static enum err
keep_unmatched(const struct credit *c)
{
	const struct order_money *m = c->money;

	if (c->has_order)
		TRY(mark_order(c));
	if (m->fact->amount_fen > 0 && ledger_takes(c->reason))
		TRY(post(c, LEDGER_UNMATCHED, c->notice_id, NULL));
	return audit_add(m->env, "unmatched",
	    c->has_order ? c->order.application_id : m->provider->name,
	    arena_printf(m->env->a, "%s %s %lld fen", c->transaction_id,
		c->reason, (long long)m->fact->amount_fen));
}

static enum err
add_payment(const struct credit *c, const char *id, int64_t when)
{
	const struct order_money *m = c->money;
	const struct payment_fact *fact = m->fact;

	return db_exec(m->env->db, SQL_PAYMENT_ADD,
	    ARGS(S(id), S(c->order.order_no), S(c->at.id), S(m->provider->name),
		S(c->transaction_id), I(fact->amount_fen), S(fact->currency),
		T(when), S(m->event_id != NULL ? "notice" : "query")));
}

static enum err
pay(const struct credit *c)
{
	const struct order_money *m = c->money;
	struct env *env = m->env;
	int64_t when = paid_at(m->fact);
	const char *id = id_make(env->a);

	TRY(again(db_change(
	    env->db, SQL_CASE_TO_PAY, ARGS(S(c->at.id), I(c->at.version)))));
	TRY(mark_order(c));
	/* Late money of a given-up order ends the one that followed it. */
	TRY(order_give_up(env, c->at.id, ORDER_EVENT_SUPERSEDE));
	TRY(add_payment(c, id, when));
	TRY(post(c, LEDGER_FEE_DUE, id, c->at.id));
	TRY(post(c, LEDGER_CREDITED, id, c->at.id));
	TRY(again(db_change(env->db, SQL_CREDIT_APPLICATION,
	    ARGS(S(id), T(when), S(c->at.id), I(c->at.version)))));
	return again(state_move(env, &c->at, ACTION_PAY,
	    arena_printf(env->a, "%s %s 元", m->provider->title,
		num_yuan_text(env->a, m->fact->amount_fen))));
}

static enum err
credit(void *arg)
{
	struct credit *c = arg;
	const struct order_money *m = c->money;

	*c = (struct credit){ .money = m };
	TRY(load(c));
	judge(c);
	TRY(add_notice(c));
	if (strcmp(c->outcome, "credited") == 0)
		return pay(c);
	if (strcmp(c->outcome, "unmatched") == 0)
		return keep_unmatched(c);
	return m->event_id == NULL
		   ? E_OK
		   : audit_add(m->env, "notice", m->provider->name,
			 arena_printf(m->env->a, "%s repeats %s", m->event_id,
			     c->transaction_id));
}

/* A notice that is there already was taken when it came first. */
static enum err
taken_before(struct env *env, enum err e)
{
	return e == E_DUPLICATE && db_duplicate_is(env->db, "notices_event")
		   ? E_OK
		   : e;
}

enum err
order_credit(const struct order_money *money)
{
	struct credit c = { .money = money };
	char order[80];
	enum err e = db_tx(money->env->db, credit, &c);

	if (e == E_OK)
		log_line(*c.reason != '\0' ? LOG_WARN : LOG_INFO, "money",
		    "provider=%s order=%s outcome=%s reason=%s",
		    money->provider->name,
		    log_quote(order, sizeof(order), c.order_no), c.outcome,
		    *c.reason != '\0' ? c.reason : "-");
	return taken_before(money->env, e);
}

struct note {
	struct env *env;
	const struct payment_provider *provider;
	const struct payment_notice *notice;
};

static enum err
add_note(void *arg)
{
	const struct note *n = arg;
	struct env *env = n->env;

	TRY(db_exec(env->db, SQL_NOTICE_ADD,
	    ARGS(S(id_make(env->a)), S(n->provider->name),
		S(n->notice->event_id), S(n->notice->event_type), NONE, NONE,
		S("noted"), S(""), NONE)));
	return audit_add(env, "notice", n->provider->name,
	    arena_printf(
		env->a, "%s %s", n->notice->event_id, n->notice->event_type));
}

enum err
order_note(struct env *env, const struct payment_provider *provider,
    const struct payment_notice *notice)
{
	struct note n = { env, provider, notice };

	return taken_before(env, db_tx(env->db, add_note, &n));
}
