/* Asking for a refund, confirming it, and what a manager does afterwards. */
#include "domain/refund.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/num.h"
#include "domain/audit.h"
#include "domain/money.h"
#include "domain/review.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "format/json.h"

/* -- asking -- */

/* What is being asked for. */
struct asking {
	struct refund_ask *wanted;
	struct refund_new refund;
	struct confirmation_ask confirmation;
};

/* Of the payment of a case: what was typed, and no more than is left. */
static enum err
take_payment(struct asking *s)
{
	struct refund_ask *w = s->wanted;
	struct env *env = w->env;
	int64_t left;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_REFUND_PAYMENT, &c,
	    ARGS(S(w->application_id))));
	if (c[4].s != NULL)
		return FAIL(E_INVOICED, "%s", c[4].s);
	left = c[1].i - c[3].i;
	if (left <= 0)
		return FAIL(E_STATE, "all of it goes back already");
	if (!num_yuan(
		ident_fold(env->a, w->amount), left, &s->refund.amount_fen) ||
	    s->refund.amount_fen == 0) {
		problem_add(&env->errors, "amount", "range",
		    "请填写退款金额，单位元，如 100 或 100.50，最多 %s 元。",
		    num_yuan_text(env->a, left));
		return FAIL(E_INVALID, "amount");
	}
	s->refund.payment_id = c[0].s;
	s->refund.application_id = w->application_id;
	return E_OK;
}

static enum err
take_notice(struct asking *s)
{
	struct unmatched money;

	TRY(money_unmatched_get(s->wanted->env, s->wanted->notice_id, &money));
	if (money.is_settled || money.refund_id != NULL ||
	    !money_is_refundable(&money))
		return FAIL(E_STATE, "%s", money.reason);
	s->refund.notice_id = money.id;
	s->refund.application_id = money.application_id;
	s->refund.amount_fen = money.amount_fen;
	return E_OK;
}

static enum err
take(struct asking *s)
{
	return s->wanted->application_id != NULL ? take_payment(s)
						 : take_notice(s);
}

/*
 * The case is held first, so that neither another refund nor a work order can
 * come between; what can go back is looked at after that.
 */
static enum err
add(void *arg)
{
	struct asking *s = arg;
	struct env *env = s->wanted->env;
	enum err e;

	env->errors.n = 0; /* of an attempt before */
	if (s->wanted->application_id != NULL)
		TRY(db_change(env->db, SQL_REFUND_LOCK,
		    ARGS(S(s->wanted->application_id))));
	TRY(take(s));
	e = refund_add(env, &s->refund);
	if (e == E_DUPLICATE && db_duplicate_is(env->db, "refunds_live_notice"))
		return FAIL(E_STATE, "it goes back already");
	TRY(e);
	return confirmation_add(&s->confirmation);
}

static void
payload(struct asking *s)
{
	struct json_object *o = s->confirmation.payload;

	json_str(o, "refund", s->refund.id);
	json_int(o, "amount_fen", s->refund.amount_fen);
	json_str(o, "application", s->refund.application_id);
	json_str(o, "notice", s->refund.notice_id);
}

enum err
refund_ask(struct refund_ask *ask)
{
	struct env *env = ask->env;
	const char *id = id_make(env->a);
	struct asking s = { .wanted = ask,
		.refund = { .id = id, .reason = ask->reason, .rule = "" },
		.confirmation = { .env = env,
		    .kind = CONFIRM_REFUND,
		    .subject = id,
		    .payload = json_object_in(env->a),
		    .reason = ask->reason } };

	TRY(take(&s));
	TRY(confirmation_prepare(&s.confirmation));
	if (!problem_prose(
		&env->errors, "reason", ask->reason, REFUND_REASON_MAX, NULL))
		return FAIL(E_INVALID, "reason");
	payload(&s);
	TRY(db_tx(env->db, add, &s));
	ask->confirmation_id = s.confirmation.id;
	ask->refund_id = id;
	return E_OK;
}

static enum err
load_of(struct env *env, struct json_object *of, struct refund *r)
{
	return refund_get(env, confirmation_text(of, "refund"), r);
}

enum err
refund_apply(struct env *env, struct json_object *of, const char *hash)
{
	struct refund r;

	(void)hash;
	TRY(load_of(env, of, &r));
	TRY(refund_move(env, &r, REFUND_EVENT_CONFIRM, ""));
	/* Nobody, where one person did both. */
	return db_exec(env->db, SQL_REFUND_DECIDED,
	    ARGS(S(env->who.id), S(r.id), S(env->who.id)));
}

enum err
refund_drop(struct env *env, struct json_object *of)
{
	struct refund r;

	TRY(load_of(env, of, &r));
	return refund_move(env, &r, REFUND_EVENT_DECLINE, "");
}

void
refund_show(struct arena *a, struct json_object *of, struct json_object *facts)
{
	bool is_unmatched = json_get_str(of, "notice") != NULL;
	int64_t fen = 0;

	json_get_int(of, "amount_fen", &fen);
	confirmation_fact(
	    facts, "退款金额", arena_printf(a, "%s 元", num_yuan_text(a, fen)));
	confirmation_fact(
	    facts, "款项", is_unmatched ? "未对上的收款" : "申请的办理费");
}

/* -- what has failed -- */

/* The provider has refused it, or closed it: then it is not done later. */
bool
refund_is_loose(const struct refund *r)
{
	return r->state == REFUND_STATE_FAILED &&
	       strcmp(r->problem, "ABNORMAL") != 0;
}

struct deciding {
	struct refund_decision *d;
	struct refund refund;
	enum refund_event event;
};

static enum err
load_failed(struct deciding *s)
{
	TRY(refund_get(s->d->env, s->d->id, &s->refund));
	if (s->refund.version != s->d->version)
		return FAIL(E_STALE, "changed meanwhile");
	return s->refund.state == REFUND_STATE_FAILED
		   ? E_OK
		   : FAIL(E_STATE, "it has not failed");
}

static enum err
decide(void *arg)
{
	const struct deciding *s = arg;
	const struct refund *r = &s->refund;
	struct env *env = s->d->env;

	TRY(refund_move(env, r, s->event, s->d->opinion));
	if (s->event == REFUND_EVENT_AGAIN && strcmp(r->problem, "CLOSED") == 0)
		TRY(db_change(env->db, SQL_REFUND_NEW_NUMBER, ARGS(S(r->id))));
	return audit_add(env,
	    s->event == REFUND_EVENT_AGAIN ? "refund_again" : "refund_given_up",
	    r->application_id != NULL ? r->application_id : r->id,
	    r->refund_no);
}

/* required: what to write when there is no opinion, or NULL. */
static enum err
check_opinion(struct refund_decision *d, const char *required)
{
	return problem_prose(&d->env->errors, "opinion", d->opinion,
		   OPINION_MAX, required)
		   ? E_OK
		   : FAIL(E_INVALID, "opinion");
}

enum err
refund_again(struct refund_decision *d)
{
	struct deciding s = { .d = d, .event = REFUND_EVENT_AGAIN };

	TRY(load_failed(&s));
	TRY(check_opinion(d, NULL));
	return db_tx(d->env->db, decide, &s);
}

enum err
refund_give_up(struct refund_decision *d)
{
	struct deciding s = { .d = d, .event = REFUND_EVENT_DROP };

	TRY(load_failed(&s));
	if (!refund_is_loose(&s.refund))
		return FAIL(E_REFUND_STUCK, "%s", s.refund.problem);
	TRY(check_opinion(d, "请写明为什么不再退款。"));
	return db_tx(d->env->db, decide, &s);
}
