/* The worker's part: invoices that a provider is asked to issue and to take
 * back, and asked about until it is known what became of them. */

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/invoice_sending.h"
#include "domain/sql.h"

/* Seconds until one is looked at again: twice as long each time; and until
 * another try of one that the provider could not issue, four times as long. */
enum { BACK_OFF = 3, BACK_OFF_MOST = 3600, NEXT_TRY = 300 };

static int64_t
next_try(int64_t tries)
{
	int64_t seconds = NEXT_TRY;

	for (int64_t i = 1; i < tries; i++)
		seconds *= 4;
	return seconds;
}

static enum err
claim(struct sending *s, bool *is_ours)
{
	struct invoice *inv = &s->inv;

	TRY(db_exec(s->env->db, SQL_INVOICE_CLAIM,
	    ARGS(I(clock_back_off(BACK_OFF, BACK_OFF_MOST, inv->attempts)),
		S(inv->id), I(inv->version))));
	*is_ours = db_changed(s->env->db) == 1;
	inv->version += *is_ours ? 1 : 0;
	return E_OK;
}

/* It stays as it is; problem is what a person who looks is to know. */
static enum err
release(struct sending *s, const char *problem)
{
	return db_exec(s->env->db, SQL_INVOICE_RELEASE,
	    ARGS(S(invoice_note(s->env->a, problem)), S(s->inv.id),
		I(s->inv.version)));
}

/* -- issuing -- */

static enum err
note_sent(void *arg)
{
	struct sending *s = arg;
	struct env *env = s->env;
	const char *id = s->order.fapiao_id, *apply = s->order.apply_id;

	TRY(db_change(env->db, SQL_INVOICE_TRY_ADD,
	    ARGS(S(id), S(s->inv.id), S(apply), I(s->inv.amount_fen), S(apply),
		I(s->provider->tries))));
	TRY(invoice_move(env, &s->inv, INVOICE_EVENT_SEND, BACK_OFF, id));
	return audit_add(env, "send_invoice", s->inv.application_id,
	    arena_printf(env->a, "%s try %s", s->inv.id, id));
}

static enum err
note_failed(void *arg)
{
	struct sending *s = arg;
	struct env *env = s->env;

	TRY(invoice_move(env, &s->inv, INVOICE_EVENT_FAIL, 0, s->word));
	TRY(invoice_tell_failed(env, &s->inv));
	return audit_add(env, "fail_invoice", s->inv.application_id,
	    arena_printf(env->a, "%s %.64s", s->inv.id, s->code));
}

static enum err
end_try(struct sending *s, const char *state)
{
	return invoice_try_end(
	    s->env, s->order.fapiao_id, "sent", state, s->word);
}

/* The call itself was refused, and would be again. */
static enum err
note_refused(void *arg)
{
	struct sending *s = arg;

	TRY(end_try(s, "refused"));
	return note_failed(s);
}

/* It was taken, and then could not be issued: another number may do. */
static enum err
note_try_failed(void *arg)
{
	struct sending *s = arg;
	struct env *env = s->env;

	TRY(end_try(s, "failed"));
	if (s->tries >= s->provider->tries)
		return note_failed(s);
	TRY(invoice_move(
	    env, &s->inv, INVOICE_EVENT_REFUSE, next_try(s->tries), s->word));
	return audit_add(env, "fail_invoice", s->inv.application_id,
	    arena_printf(env->a, "%s try %s %.64s", s->inv.id,
		s->order.fapiao_id, s->code));
}

static enum err
send_there(struct sending *s)
{
	struct invoice_refusal why = { "", NULL };
	enum err e = s->provider->issue(s->env->a, &s->order, &why);

	if (e != E_PROVIDER || *why.code == '\0')
		return e == E_OK ? release(s, "") : e;
	sending_words(s, why.code, why.message);
	log_fault(LOG_WARN, "invoice_refused", "invoice", s->inv.id);
	return sending_run(s, note_refused);
}

/* It is written down that it is sent before it is, with the number that the
 * provider will know it by. */
static enum err
send_new(struct sending *s)
{
	struct env *env = s->env;
	enum err e;

	s->order.fapiao_id = id_make(env->a);
	e = db_tx(env->db, note_sent, s);
	if (e == E_STATE) {
		struct invoice now;

		TRY(invoice_get(env, s->inv.id, &now));
		if (now.version != s->inv.version)
			return E_OK;
		s->code = "TRIES_USED_UP";
		s->word = "开票平台对同一笔支付的开票次数已用完";
		return sending_run(s, note_failed);
	}
	TRY(e);
	TRY(invoice_get(env, s->inv.id, &s->inv));
	return send_there(s);
}

/* It is another one's turn before it. */
static enum err
let_go(struct sending *s)
{
	TRY(invoice_get(s->env, s->inv.id, &s->inv));
	return s->inv.state == INVOICE_STATE_REQUESTED ||
		       s->inv.state == INVOICE_STATE_SENT
		   ? release(s, "先前提交的一次有了结果，先办理那一次")
		   : E_OK;
}

/* What was closed as never issued is asked about first. */
static enum err
send_first(struct sending *s)
{
	bool is_clear;

	if (s->inv.application_state != STATE_COMPLETED) {
		s->code = "REFUNDED";
		s->word = "费用已退回，不再开具";
		return sending_run(s, note_failed);
	}
	TRY(sending_ask_closed(s, &is_clear));
	return is_clear ? send_new(s) : let_go(s);
}

/* -- its files -- */

struct issue {
	struct sending *s;
	struct invoice_issued issued;
};

static enum err
note_issued(void *arg)
{
	struct issue *i = arg;
	struct sending *s = i->s;

	s->word = "";
	TRY(end_try(s, "issued"));
	return invoice_issued_as(s->env, &i->issued);
}

static enum err
keep_files(struct issue *i)
{
	struct sending *s = i->s;
	struct invoice_file file[INVOICE_FILES] = { 0 };

	TRY(s->provider->files(s->env->a, &s->order, file));
	for (int k = 0; k < INVOICE_FILES; k++) {
		i->issued.has[k] = file[k].bytes != NULL;
		if (i->issued.has[k])
			TRY(invoice_keep(s->env, file[k].bytes, file[k].n,
			    &i->issued.file[k]));
	}
	return E_OK;
}

static enum err
fetch(struct sending *s)
{
	struct issue i = { .s = s,
		.issued = { .env = s->env,
		    .inv = &s->inv,
		    .event = INVOICE_EVENT_ISSUE,
		    .provider = s->inv.provider,
		    .number = s->fact.number,
		    .when = s->fact.issued_at } };
	enum err e;

	if (s->fact.number == NULL)
		return FAIL(E_PROVIDER, "issued without a number");
	s->order.number = s->fact.number;
	TRY(sending_told(s));
	s->trouble = "开票平台已开具，但发票文件取不到或不能用，系统会再取";
	TRY(keep_files(&i));
	s->trouble = "开票平台给的发票号码已登记在另一张发票上，请核对";
	e = db_tx(s->env->db, note_issued, &i);
	if (e == E_DUPLICATE)
		return FAIL(E_PROVIDER, "another invoice has its number");
	return e == E_STATE ? E_OK : e;
}

/* Two persons say that it was issued: nothing is sent any more, whatever the
 * provider makes of it. */
static bool
is_contrary(const struct sending *s)
{
	return s->known != NULL &&
	       (s->fact.progress == INVOICE_NONE ||
		   s->fact.progress == INVOICE_ISSUE_FAILED);
}

static enum err
settle_sent(struct sending *s)
{
	struct invoice_fact *f = &s->fact;

	TRY(s->provider->query(s->env->a, &s->order, f));
	if (is_contrary(s))
		return release(s, "开票平台的结果与登记的号码不符，请再核对");
	switch (f->progress) {
	case INVOICE_NONE:
		return send_there(s);
	case INVOICE_ACCEPTED:
		return release(s, "");
	case INVOICE_ISSUED:
		return fetch(s);
	case INVOICE_ISSUE_FAILED:
		sending_words(s, f->code, f->message);
		return sending_run(s, note_try_failed);
	case INVOICE_REVERSE_ACCEPTED:
	case INVOICE_REVERSED:
	case INVOICE_REVERSE_FAILED:
		break;
	}
	s->trouble = "在开票平台上已红冲或正在红冲，请核对后登记结果";
	return FAIL(E_PROVIDER, "reversed there, and not by us");
}

/* -- 红冲 -- */

static enum err
note_taken(void *arg)
{
	struct sending *s = arg;

	return invoice_reversed(s->env, &s->inv, INVOICE_EVENT_TAKEN,
	    s->fact.red_number, s->fact.reversed_at);
}

static enum err
note_red_failed(void *arg)
{
	struct sending *s = arg;
	struct env *env = s->env;

	TRY(invoice_move(env, &s->inv, INVOICE_EVENT_RED_FAIL, 0, s->word));
	return audit_add(env, "fail_invoice", s->inv.application_id,
	    arena_printf(env->a, "%s red %.64s", s->inv.id, s->code));
}

static enum err
reverse_there(struct sending *s)
{
	struct invoice_refusal why;
	enum err e = sending_reverse(
	    s, s->inv.is_mistaken ? INVOICE_MISTAKEN : INVOICE_RETURNED, &why);

	if (e != E_PROVIDER || *why.code == '\0')
		return e == E_OK ? release(s, s->word) : e;
	sending_words(s, why.code, why.message);
	return sending_run(s, note_red_failed);
}

static enum err
settle_reversing(struct sending *s)
{
	struct invoice_fact *f = &s->fact;

	s->word = "";
	TRY(s->provider->query(s->env->a, &s->order, f));
	switch (f->progress) {
	case INVOICE_ISSUED:
		return reverse_there(s);
	case INVOICE_REVERSE_ACCEPTED:
		return release(s, "");
	case INVOICE_REVERSED:
		return sending_run(s, note_taken);
	case INVOICE_REVERSE_FAILED:
		sending_words(s, f->code, f->message);
		return s->asks >= RED_ASKS ? sending_run(s, note_red_failed)
					   : reverse_there(s);
	case INVOICE_NONE:
	case INVOICE_ACCEPTED:
	case INVOICE_ISSUE_FAILED:
		break;
	}
	s->trouble = "开票平台上没有这张已开具的发票，请核对后登记结果";
	return FAIL(E_PROVIDER, "what is to be reversed is not issued there");
}

/* -- the round -- */

static enum err
settle(struct sending *s)
{
	TRY(sending_load(s, NULL));
	switch (s->inv.state) {
	case INVOICE_STATE_REQUESTED:
		return send_first(s);
	case INVOICE_STATE_SENT:
		return settle_sent(s);
	case INVOICE_STATE_REVERSING:
		return settle_reversing(s);
	case INVOICE_STATE_START:
	case INVOICE_STATE_WAITING:
	case INVOICE_STATE_ISSUED:
	case INVOICE_STATE_FAILED:
	case INVOICE_STATE_RED_FAILED:
	case INVOICE_STATE_REVERSED:
		break;
	}
	return E_OK;
}

static bool
is_trouble(enum err e)
{
	return e == E_PROVIDER || e == E_PROVIDER_UNKNOWN;
}

static const char *
trouble_of(const struct sending *s, enum err e)
{
	if (s->trouble != NULL)
		return s->trouble;
	return e == E_PROVIDER ? "开票平台暂时不能办理，系统会再试"
			       : "开票平台没有回音，系统会再查询";
}

static enum err
watch(struct env *env, const struct invoice_provider *provider, const char *id)
{
	struct sending s = {
		.env = env, .provider = provider, .code = "", .word = ""
	};
	bool is_ours;
	enum err e;

	TRY(invoice_get(env, id, &s.inv));
	TRY(claim(&s, &is_ours));
	if (!is_ours)
		return E_OK;
	e = settle(&s);
	if (is_trouble(e)) {
		struct fault why = *err_fault();

		TRY(release(&s, trouble_of(&s, e)));
		return err_set(e, why.file, why.line, "%s", why.cause);
	}
	return e;
}

static enum err
watch_closed(struct env *env, const struct invoice_provider *provider,
    const struct cell *try)
{
	bool is_clear;

	TRY(db_exec(env->db, SQL_INVOICE_TRY_WATCH, ARGS(S(try[0].s))));
	if (db_changed(env->db) != 1)
		return E_OK;
	return sending_look_at_closed(env, provider, try, &is_clear);
}

/* A provider's trouble is logged, and ends the round. */
static enum err
heard(enum err e, const char *id, bool *is_over)
{
	*is_over = is_trouble(e);
	if (!*is_over)
		return e;
	log_fault(LOG_WARN, "provider", "invoice", id);
	return E_OK;
}

/* What was looked at is not due again at once, so the others get their turn. */
enum err
invoice_watch(struct env *env, const struct invoice_provider *provider)
{
	struct rows due;
	bool is_over = false;

	if (provider->issue == NULL)
		return E_OK;
	TRY(db_all(
	    env->db, env->a, SQL_INVOICE_DUE, &due, ARGS(S(provider->name))));
	for (size_t r = 0; r < due.n && !is_over; r++) {
		const char *id = CELL(&due, r, 0).s;

		TRY(heard(watch(env, provider, id), id, &is_over));
	}
	TRY(db_all(env->db, env->a, SQL_INVOICE_TRIES_WATCHED, &due, ARGS()));
	for (size_t r = 0; r < due.n && !is_over; r++) {
		const struct cell *try = &CELL(&due, r, 0);

		TRY(heard(
		    watch_closed(env, provider, try), try[1].s, &is_over));
	}
	return E_OK;
}

enum err
invoice_told(struct env *env, const char *apply_id)
{
	TRY(db_exec(env->db, SQL_INVOICE_TOLD, ARGS(S(apply_id))));
	return db_exec(env->db, SQL_INVOICE_TOLD_CLOSED, ARGS(S(apply_id)));
}
