/* What the office does with an invoice by hand: brings what was issued
 * elsewhere, takes back, has it tried again. */
#include <string.h>

#include "base/arena.h"
#include "domain/audit.h"
#include "domain/invoice_private.h"
#include "domain/sql.h"
#include "format/ident.h"

enum { RED_NUMBER = 20 };

bool
invoice_is_by_hand(const struct invoice *inv)
{
	return strcmp(inv->provider, invoice_manual.name) == 0;
}

/* -- what was issued elsewhere -- */

/* What the worker is at is not touched meanwhile, unless it is known how it
 * was issued and only the file is not to be had. */
bool
invoice_may_take(const struct env *env, const struct invoice *inv)
{
	bool is_loose =
	    inv->state == INVOICE_STATE_SENT
		? inv->known_number != NULL
		: invoice_is_by_hand(inv) || inv->state == INVOICE_STATE_FAILED;

	return inv->application_state == STATE_COMPLETED && is_loose &&
	       invoice_can(env, inv, INVOICE_EVENT_TAKE);
}

/* That it may be issued all the same, and for how much. */
static enum err
revive(struct env *env, const struct invoice *inv, const char *provider)
{
	return db_change(
	    env->db, SQL_INVOICE_REVIVE, ARGS(S(provider), S(inv->id)));
}

static enum err
take(void *arg)
{
	const struct invoice_issued *i = arg;
	struct env *env = i->env;

	TRY(revive(env, i->inv, i->provider));
	return invoice_issued_as(env, i);
}

/* The file of what its provider has issued: it stays that one's. */
static enum err
take_known(void *arg)
{
	struct invoice_issued *i = arg;
	struct env *env = i->env;
	struct cell *c;

	TRY(db_one(
	    env->db, env->a, SQL_INVOICE_TRY_KNOWN, &c, ARGS(S(i->inv->id))));
	if (strcmp(c[1].s, i->number) != 0)
		return FAIL(E_STATE, "known under another number by now");
	i->when = c[2].i;
	TRY(invoice_try_end(env, c[0].s, "sent", "issued", ""));
	return invoice_issued_as(env, i);
}

static enum err
check_known(struct env *env, const struct invoice *inv, const char *number)
{
	if (inv->known_number == NULL || strcmp(inv->known_number, number) == 0)
		return E_OK;
	problem_add(&env->errors, "number", "differs",
	    "这张发票的号码是 %s，请上传它的文件。", inv->known_number);
	return FAIL(E_INVALID, "of another number");
}

enum err
invoice_take(struct env *env, const struct invoice *inv, int64_t version,
    struct invoice_document *doc)
{
	bool is_known = inv->state == INVOICE_STATE_SENT;
	struct invoice_issued i = { .env = env,
		.inv = inv,
		.event = INVOICE_EVENT_TAKE,
		.provider = is_known ? inv->provider : invoice_manual.name,
		.has = { [INVOICE_PDF] = true } };

	if (inv->version != version || !invoice_may_take(env, inv))
		return FAIL(
		    E_STATE, "%s", invoice_machine.state[inv->state].word);
	TRY(invoice_manual.take(env->a, env->cfg, doc, &env->errors));
	TRY(check_known(env, inv, doc->number));
	i.number = doc->number;
	TRY(invoice_keep(env, doc->pdf, doc->n, &i.file[INVOICE_PDF]));
	return invoice_explain(
	    env, db_tx(env->db, is_known ? take_known : take, &i));
}

/* -- what is decided -- */

static enum err
audit(struct invoice_decision *d, const char *action, const char *what)
{
	struct env *env = d->env;

	return audit_add(env, action, d->inv->application_id,
	    arena_printf(env->a, "%s %s", d->inv->id, what));
}

static enum err
move(struct invoice_decision *d, enum invoice_event event, const char *note)
{
	return invoice_move(d->env, d->inv, event, 0, note);
}

static enum err
why(struct invoice_decision *d, bool is_mistaken)
{
	return db_change(d->env->db, SQL_INVOICE_WHY,
	    ARGS(S(d->reason), S(is_mistaken ? "mistaken" : "returned"),
		S(d->inv->id)));
}

static enum err
do_void(void *arg)
{
	struct invoice_decision *d = arg;

	TRY(why(d, false));
	TRY(move(d, INVOICE_EVENT_VOID, d->reason));
	if (d->inv->state == INVOICE_STATE_REQUESTED)
		TRY(invoice_tell_failed(d->env, d->inv));
	return audit(d, "reverse_invoice", "red none");
}

/* Whoever asked for it has said why. */
static enum err
do_red(void *arg)
{
	struct invoice_decision *d = arg;

	if (d->inv->state == INVOICE_STATE_ISSUED)
		TRY(why(d, d->is_mistaken));
	return invoice_reversed(
	    d->env, d->inv, INVOICE_EVENT_RED, d->red_number, 0);
}

static enum err
do_reverse(void *arg)
{
	struct invoice_decision *d = arg;

	TRY(why(d, d->is_mistaken));
	TRY(move(d, INVOICE_EVENT_REVERSE, d->reason));
	return audit(
	    d, "ask_reverse_invoice", d->is_mistaken ? "mistaken" : "returned");
}

/* The provider is asked at once, and asked for its red invoice anew. */
static enum err
ask(struct invoice_decision *d, enum invoice_event event)
{
	TRY(db_exec(d->env->db, SQL_INVOICE_ASK_AGAIN, ARGS(S(d->inv->id))));
	return move(d, event, "");
}

static enum err
do_red_again(void *arg)
{
	struct invoice_decision *d = arg;

	TRY(ask(d, INVOICE_EVENT_RED_AGAIN));
	return audit(d, "ask_reverse_invoice", "again");
}

/* Its applicant is told that it will not be, and reads why. */
static enum err
drop_next(struct invoice_decision *d)
{
	struct env *env = d->env;
	struct invoice next;
	enum err e = invoice_next(env, d->inv, &next);

	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	TRY(invoice_get(env, next.id, &next));
	TRY(db_change(
	    env->db, SQL_INVOICE_WHY, ARGS(S(d->reason), S(""), S(next.id))));
	TRY(invoice_move(env, &next, INVOICE_EVENT_DROP, 0, d->reason));
	return invoice_tell_kept(env, &next);
}

static enum err
do_keep(void *arg)
{
	struct invoice_decision *d = arg;

	TRY(db_change(
	    d->env->db, SQL_INVOICE_WHY, ARGS(S(""), S(""), S(d->inv->id))));
	TRY(move(d, INVOICE_EVENT_KEEP, d->reason));
	TRY(drop_next(d));
	return audit(d, "keep_invoice", "");
}

static enum err
do_again(void *arg)
{
	struct invoice_decision *d = arg;

	TRY(revive(d->env, d->inv, d->env->cfg->invoice_provider));
	TRY(move(d, INVOICE_EVENT_AGAIN, ""));
	return audit(d, "again_invoice", "");
}

static enum err
do_ask(void *arg)
{
	struct invoice_decision *d = arg;

	TRY(ask(d, INVOICE_EVENT_ASK));
	return audit(d, "ask_invoice", "");
}

enum hand { ANY, BY_API };

static const struct {
	enum invoice_event event;
	enum hand hand; /* who has issued it */
	bool has_reason;
	enum err (*work)(void *);
} decisions[INVOICE_DECISION__N] = {
	[INVOICE_VOID] = { INVOICE_EVENT_VOID, ANY, true, do_void },
	[INVOICE_RED] = { INVOICE_EVENT_RED, ANY, false, do_red },
	[INVOICE_REVERSE] = { INVOICE_EVENT_REVERSE, BY_API, true, do_reverse },
	[INVOICE_RED_AGAIN] = { INVOICE_EVENT_RED_AGAIN, BY_API, false,
	    do_red_again },
	[INVOICE_KEEP] = { INVOICE_EVENT_KEEP, ANY, true, do_keep },
	[INVOICE_AGAIN] = { INVOICE_EVENT_AGAIN, ANY, false, do_again },
	[INVOICE_ASK] = { INVOICE_EVENT_ASK, BY_API, false, do_ask },
};

/* What the provider was asked for may be done at any moment: until that is
 * known nobody says otherwise. */
static bool
is_free(const struct invoice *inv, enum invoice_decision_kind kind)
{
	bool is_there = !invoice_is_by_hand(inv);

	if (decisions[kind].hand == BY_API && !is_there)
		return false;
	if (kind == INVOICE_RED && inv->state == INVOICE_STATE_ISSUED)
		return !is_there;
	return !is_there || kind == INVOICE_ASK ||
	       inv->state != INVOICE_STATE_REVERSING;
}

bool
invoice_may(const struct env *env, const struct invoice *inv,
    enum invoice_decision_kind kind)
{
	return invoice_can(env, inv, decisions[kind].event) &&
	       is_free(inv, kind) &&
	       (kind != INVOICE_VOID || inv->state != INVOICE_STATE_FAILED ||
		   *inv->problem != '\0') &&
	       (kind != INVOICE_AGAIN ||
		   inv->application_state == STATE_COMPLETED);
}

/* Of one that was issued: also when it is taken back by hand. */
static bool
needs_reason(const struct invoice_decision *d)
{
	return decisions[d->kind].has_reason ||
	       (d->kind == INVOICE_RED &&
		   d->inv->state == INVOICE_STATE_ISSUED);
}

static enum err
check(struct invoice_decision *d)
{
	struct problems *errors = &d->env->errors;
	const char *no = d->red_number;

	if (d->kind == INVOICE_RED &&
	    (strlen(no) != RED_NUMBER ||
		strspn(no, "0123456789") != RED_NUMBER))
		problem_add(errors, "red_number", "format",
		    "请填写红字发票的号码，%d 位数字。", RED_NUMBER);
	problem_prose(errors, "reason", d->reason, INVOICE_REASON_MAX,
	    needs_reason(d) ? "请写明原因。" : NULL);
	return errors->n > 0 ? FAIL(E_INVALID, "decision") : E_OK;
}

enum err
invoice_decide(struct invoice_decision *d)
{
	struct env *env = d->env;

	if (d->inv->version != d->version)
		return FAIL(E_STALE, "changed meanwhile");
	if (!invoice_may(env, d->inv, d->kind))
		return FAIL(
		    E_STATE, "%s", invoice_machine.state[d->inv->state].word);
	d->red_number = ident_fold(env->a, d->red_number);
	TRY(check(d));
	return invoice_explain(env, db_tx(env->db, decisions[d->kind].work, d));
}
