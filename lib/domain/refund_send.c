/* The worker's part: refunds that are sent, and asked about until it is known
 * what became of them. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/ledger.h"
#include "domain/message.h"
#include "domain/payment_turn.h"
#include "domain/refund.h"
#include "domain/sql.h"
#include "domain/state.h"
#include "provider/payment.h"

/* Seconds until it is looked at again: twice as many each time. */
enum { BACK_OFF = 3, BACK_OFF_MOST = 3600 };

static enum err
claim(struct env *env, struct refund *r, bool *is_ours)
{
	TRY(db_exec(env->db, SQL_REFUND_CLAIM,
	    ARGS(I(clock_back_off(BACK_OFF, BACK_OFF_MOST, r->attempts)),
		S(r->id), I(r->version))));
	*is_ours = db_changed(env->db) == 1;
	r->version += *is_ours ? 1 : 0;
	return E_OK;
}

static enum err
release(struct env *env, const struct refund *r)
{
	return db_exec(
	    env->db, SQL_REFUND_RELEASE, ARGS(S(r->id), I(r->version)));
}

/* One step of it, in a transaction of its own. */
struct step {
	struct env *env;
	const struct refund *refund;
	const struct payment_refund_fact *fact;
};

static const char *
subject(const struct refund *r)
{
	return r->application_id != NULL ? r->application_id : r->id;
}

static enum err
note_sent(void *arg)
{
	const struct step *s = arg;
	struct env *env = s->env;

	TRY(refund_move(env, s->refund, REFUND_EVENT_SEND, ""));
	return audit_add(
	    env, "refund_sent", subject(s->refund), s->refund->refund_no);
}

static enum err
note_failed(void *arg)
{
	const struct step *s = arg;
	struct env *env = s->env;
	const char *why = payment_word(env->a, s->fact->word);

	TRY(refund_move(env, s->refund, REFUND_EVENT_FAIL, why));
	return audit_add(env, "refund_failed", subject(s->refund),
	    arena_printf(env->a, "%s %s", s->refund->refund_no, why));
}

/* Whether all that was paid is back with it, of the case that is held. */
static enum err
is_all_back(const struct step *s, struct state_of *at, bool *is_all)
{
	const struct refund *r = s->refund;
	struct env *env = s->env;
	struct cell *c, *sum;

	*is_all = false;
	TRY(db_one(
	    env->db, env->a, SQL_CREDIT_CASE, &c, ARGS(S(r->application_id))));
	*at = (struct state_of){ .id = r->application_id,
		.state = state_by_word(c[0].s),
		.version = c[1].i,
		.entered_at = c[2].i };
	if (r->payment_id == NULL)
		return E_OK;
	TRY(db_one(
	    env->db, env->a, SQL_REFUND_SUM, &sum, ARGS(S(r->payment_id))));
	*is_all = sum->i == r->total_fen;
	return E_OK;
}

/* The end of it: when all is back the case is refunded, which says so by
 * message; else the message is of this part. */
static enum err
tell(const struct step *s)
{
	const struct refund *r = s->refund;
	struct env *env = s->env;
	struct state_of at;
	bool is_all;

	if (r->application_id != NULL) {
		TRY(is_all_back(s, &at, &is_all));
		if (is_all)
			return state_move(env, &at, ACTION_REFUND_IN_FULL, "");
		TRY(message_add(env,
		    &(struct message_new){ .application_id = r->application_id,
			.event = message_template(MESSAGE_REFUND)->word }));
	}
	return audit_add(env, "refund_done", subject(r), r->refund_no);
}

static enum err
note_done(void *arg)
{
	const struct step *s = arg;
	const struct refund *r = s->refund;
	struct env *env = s->env;
	int64_t now = clock_now(), when = s->fact->done_at;
	const char *there = s->fact->refund_id;

	if (when <= 0 || when > now)
		when = now;
	/* The case first, and held: two parts ending at once are the whole. */
	if (r->application_id != NULL)
		TRY(db_exec(env->db, SQL_REFUND_TOUCH_CASE,
		    ARGS(S(r->application_id))));
	TRY(refund_move(env, r, REFUND_EVENT_SUCCEED, ""));
	TRY(db_exec(env->db, SQL_REFUND_DONE,
	    ARGS(T(when), S(there != NULL ? payment_word(env->a, there) : NULL),
		S(r->id))));
	TRY(ledger_post(env,
	    &(struct ledger_posting){ .event = r->payment_id != NULL
						   ? LEDGER_REFUNDED
						   : LEDGER_UNMATCHED_REFUNDED,
		.reference = r->id,
		.provider = r->provider,
		.application_id = r->application_id,
		.amount_fen = r->amount_fen }));
	return tell(s);
}

/* Somebody else was faster: it is looked at again. */
static enum err
run(struct step *s, enum err (*work)(void *))
{
	enum err e = db_tx(s->env->db, work, s);

	return e == E_STATE ? E_OK : e;
}

static enum err
conclude(struct env *env, const struct refund *r,
    const struct payment_refund_fact *fact)
{
	struct step s = { .env = env, .refund = r, .fact = fact };

	log_line(LOG_INFO, "refund", "refund=%s progress=%d word=%.64s",
	    r->refund_no, (int)fact->progress,
	    *fact->word != '\0' ? fact->word : "-");
	switch (fact->progress) {
	case REFUND_DONE:
		return run(&s, note_done);
	case REFUND_REFUSED:
	case REFUND_ABNORMAL:
	case REFUND_CLOSED:
		if (r->state == REFUND_STATE_SENT)
			return run(&s, note_failed);
		break;
	case REFUND_UNKNOWN:
	case REFUND_PENDING:
		break;
	}
	return release(env, r);
}

static struct payment_refund
there(const struct refund *r)
{
	return (struct payment_refund){ .refund_no = r->refund_no,
		.transaction_id = r->transaction_id,
		.amount_fen = r->amount_fen,
		.total_fen = r->total_fen,
		.reason = "CA锁办理费退款" };
}

/*
 * A refusal says what this call did. Whether an earlier one with the same
 * number, of which nobody heard, did it all the same is asked.
 */
static enum err
send_there(struct env *env, const struct payment_provider *p,
    const struct refund *r, struct payment_refund_fact *fact)
{
	struct payment_refund wanted = there(r);
	struct payment_refund_fact known;

	TRY(p->refund(env->a, &wanted, fact));
	if (fact->progress != REFUND_REFUSED)
		return E_OK;
	TRY(p->refund_query(env->a, &wanted, &known));
	if (known.progress != REFUND_UNKNOWN)
		*fact = known;
	return E_OK;
}

/* It is written down that it is sent before it is; from then on it is asked
 * about first, and sent again, under its number, only when nobody knows it. */
static enum err
settle(struct env *env, const struct payment_provider *p, struct refund *r)
{
	struct step s = { .env = env, .refund = r };
	struct payment_refund wanted;
	struct payment_refund_fact fact = { .progress = REFUND_UNKNOWN,
		.word = "" };

	if (r->state == REFUND_STATE_CONFIRMED) {
		TRY(db_tx(env->db, note_sent, &s));
		TRY(refund_get(env, r->id, r));
	} else {
		wanted = there(r);
		TRY(p->refund_query(env->a, &wanted, &fact));
	}
	if (r->state == REFUND_STATE_SENT && fact.progress == REFUND_UNKNOWN)
		TRY(send_there(env, p, r, &fact));
	return conclude(env, r, &fact);
}

static enum err
watch(const struct payment_turn *t, const char *id)
{
	struct env *env = t->env;
	struct refund r;
	bool is_ours;
	enum err e;

	TRY(refund_get(env, id, &r));
	TRY(claim(env, &r, &is_ours));
	if (!is_ours)
		return E_OK;
	e = settle(env, t->provider, &r);
	if (payment_is_trouble(e)) {
		struct fault why = *err_fault();

		TRY(release(env, &r));
		return err_again(&why);
	}
	return e == E_STATE ? E_OK : e;
}

enum err
refund_watch(struct env *env)
{
	static const struct payment_work sending = { "refund", watch };

	for (size_t i = 0; payment_providers[i] != NULL; i++) {
		struct payment_turn t = { .env = env,
			.provider = payment_providers[i] };

		TRY(payment_turn_take(
		    &t, &sending, SQL_REFUND_DUE, ARGS(S(t.provider->name))));
	}
	return E_OK;
}

/* -- by rule -- */

/* Why the payer gets it back, for people. */
static const char *
rule_reason(const char *rule)
{
	return strcmp(rule, "paid_twice") == 0
		   ? "同一申请重复缴费，按规则原路退回"
		   : "申请取消后到账，按规则原路退回";
}

static enum err
add_by_rule(void *arg)
{
	const struct refund_new *n = arg;
	struct env *env = n->env;
	struct refund r;

	TRY(refund_add(env, n));
	TRY(refund_get(env, n->id, &r));
	TRY(refund_move(env, &r, REFUND_EVENT_CONFIRM, ""));
	return audit_add(env, "refund_by_rule", n->application_id,
	    arena_printf(env->a, "%s %s %lld fen", n->id, n->rule,
		(long long)n->amount_fen));
}

enum err
refund_by_rule(struct env *env)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_REFUND_BY_RULE, &rows, ARGS()));
	for (size_t i = 0; i < rows.n; i++) {
		const struct cell *c = &CELL(&rows, i, 0);
		struct refund_new n = { .env = env,
			.id = id_make(env->a),
			.notice_id = c[0].s,
			.application_id = c[1].s,
			.amount_fen = c[3].i,
			.reason = rule_reason(c[2].s),
			.rule = c[2].s };
		enum err e = db_tx(env->db, add_by_rule, &n);

		/* A manager was faster, or another worker. */
		if (e != E_DUPLICATE && e != E_STATE)
			TRY(e);
	}
	return E_OK;
}
