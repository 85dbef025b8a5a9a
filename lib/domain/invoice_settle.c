/* What people find out of an invoice that its provider leaves open, with a
 * second person. */
#include <string.h>

#include "base/clock.h"
#include "base/word.h"
#include "domain/confirmation.h"
#include "domain/invoice_private.h"
#include "domain/review.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "format/json.h"

/* What is applied: the invoice as it is now, its try, and what was said. */
struct settling {
	struct env *env;
	struct invoice inv;
	const char *try, *number;
	int64_t when;
};

static enum err
learn(const struct settling *s)
{
	struct env *env = s->env;

	TRY(db_change(env->db, SQL_INVOICE_TRY_LEARN,
	    ARGS(S(s->number), T(s->when), S(s->try))));
	return invoice_move(env, &s->inv, INVOICE_EVENT_LEARN, 0, s->number);
}

static enum err
close_try(const struct settling *s)
{
	static const char word[] = "查明没有开具";
	struct env *env = s->env;

	TRY(db_change(
	    env->db, SQL_INVOICE_TRY_CLOSE, ARGS(S(word), S(s->try))));
	TRY(invoice_move(env, &s->inv, INVOICE_EVENT_CLOSE, 0, word));
	return invoice_tell_failed(env, &s->inv);
}

static enum err
reversed(const struct settling *s)
{
	return invoice_taken_back(
	    s->env, &s->inv, INVOICE_EVENT_RED_LEARN, s->number, s->when);
}

static const struct {
	struct word word;
	enum invoice_event event;
	bool has_number;
	enum err (*work)(const struct settling *);
} outcomes[INVOICE_OUTCOME__N] = {
	[INVOICE_OUTCOME_ISSUED] = { { "issued", "查明已开具" },
	    INVOICE_EVENT_LEARN, true, learn },
	[INVOICE_OUTCOME_NONE] = { { "none", "查明没有开具" },
	    INVOICE_EVENT_CLOSE, false, close_try },
	[INVOICE_OUTCOME_REVERSED] = { { "reversed", "查明已红冲" },
	    INVOICE_EVENT_RED_LEARN, true, reversed },
};

const struct word *
invoice_outcome_word(enum invoice_outcome_kind kind)
{
	return &outcomes[kind].word;
}

/* INVOICE_OUTCOME__N for a word there is not. */
static enum invoice_outcome_kind
kind_of(const char *word)
{
	int k = 0;

	while (
	    k < INVOICE_OUTCOME__N && strcmp(outcomes[k].word.word, word) != 0)
		k++;
	return (enum invoice_outcome_kind)k;
}

/* Of the provider's own word people say nothing else. */
bool
invoice_may_settle(const struct env *env, const struct invoice *inv,
    enum invoice_outcome_kind kind)
{
	return !invoice_is_by_hand(inv) && !inv->is_told &&
	       invoice_can(env, inv, outcomes[kind].event);
}

static void
check_number(struct invoice_outcome *o)
{
	struct problems *errors = &o->env->errors;
	int64_t day;

	if (!invoice_is_number(o->number))
		problem_add(errors, "issued_number", "format",
		    "请填写查到的号码，%d 到 %d 位数字。", INVOICE_NUMBER_MIN,
		    INVOICE_NUMBER_MAX);
	if (!clock_parse_day(o->day, &day) || day > clock_now())
		problem_add(errors, "day", "format",
		    "请填写开具的日期，不能晚于今天。");
}

static enum err
check(struct invoice_outcome *o, enum invoice_outcome_kind *kind)
{
	struct env *env = o->env;

	if (o->inv->version != o->version)
		return FAIL(E_STALE, "changed meanwhile");
	*kind = kind_of(o->kind);
	if (*kind == INVOICE_OUTCOME__N) {
		problem_add(
		    &env->errors, "kind", "option", "请选择查明的结果。");
		return FAIL(E_INVALID, "kind");
	}
	if (!invoice_may_settle(env, o->inv, *kind))
		return FAIL(
		    E_STATE, "%s", invoice_machine.state[o->inv->state].word);
	o->number = ident_fold(env->a, o->number);
	if (outcomes[*kind].has_number)
		check_number(o);
	else
		o->number = o->day = "";
	problem_prose(&env->errors, "reason", o->reason, OPINION_MAX,
	    "请写明是怎样查明的，另一位管理员据此确认。");
	return env->errors.n > 0 ? FAIL(E_INVALID, "outcome") : E_OK;
}

enum err
invoice_settle_ask(struct invoice_outcome *o)
{
	struct env *env = o->env;
	struct json_object *payload = json_object_in(env->a);
	struct confirmation_ask ask = { .env = env,
		.kind = CONFIRM_INVOICE,
		.subject = o->inv->id,
		.payload = payload,
		.reason = o->reason };
	enum invoice_outcome_kind kind;
	struct cell *c;

	TRY(check(o, &kind));
	TRY(db_one(
	    env->db, env->a, SQL_INVOICE_TRY_LAST, &c, ARGS(S(o->inv->id))));
	json_str(payload, "invoice", o->inv->id);
	json_str(payload, "batch_no", o->inv->batch_no);
	json_str(payload, "try", c->s);
	json_str(payload, "outcome", outcomes[kind].word.word);
	json_str(payload, "number", o->number);
	json_str(payload, "day", o->day);
	TRY(confirmation_ask(&ask));
	o->confirmation_id = ask.id;
	return E_OK;
}

enum err
invoice_settle_apply(
    struct env *env, struct json_object *payload, const char *hash)
{
	struct settling s = { .env = env,
		.try = confirmation_text(payload, "try"),
		.number = confirmation_text(payload, "number") };
	enum invoice_outcome_kind kind =
	    kind_of(confirmation_text(payload, "outcome"));
	struct cell *c;

	(void)hash;
	TRY(invoice_get(env, confirmation_text(payload, "invoice"), &s.inv));
	TRY(db_one(
	    env->db, env->a, SQL_INVOICE_TRY_LAST, &c, ARGS(S(s.inv.id))));
	if (kind == INVOICE_OUTCOME__N || strcmp(c->s, s.try) != 0 ||
	    !invoice_may_settle(env, &s.inv, kind))
		return FAIL(E_STATE, "not so any more");
	if (outcomes[kind].has_number)
		clock_parse_day(confirmation_text(payload, "day"), &s.when);
	return invoice_explain(env, outcomes[kind].work(&s));
}

void
invoice_settle_show(
    struct arena *a, struct json_object *payload, struct json_object *facts)
{
	enum invoice_outcome_kind kind =
	    kind_of(confirmation_text(payload, "outcome"));

	(void)a;
	confirmation_fact(
	    facts, "批次号", confirmation_text(payload, "batch_no"));
	confirmation_fact(facts, "发票编号", confirmation_text(payload, "try"));
	if (kind == INVOICE_OUTCOME__N)
		return;
	confirmation_fact(facts, "查明的结果", outcomes[kind].word.title);
	if (!outcomes[kind].has_number)
		return;
	confirmation_fact(facts, "号码", confirmation_text(payload, "number"));
	confirmation_fact(facts, "开具日期", confirmation_text(payload, "day"));
}
