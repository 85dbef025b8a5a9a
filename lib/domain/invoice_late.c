/*
 * What a provider issues although two persons have found that it never did:
 * the try was closed, and is asked about all the same. It is the invoice when
 * nothing else was decided since; else it is reversed.
 */
#include "base/arena.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/invoice_sending.h"
#include "domain/sql.h"

static enum err
note_found(void *arg)
{
	struct sending *s = arg;
	struct env *env = s->env;
	const char *id = s->order.fapiao_id;

	TRY(db_change(env->db, SQL_INVOICE_TRY_FOUND, ARGS(S(id))));
	TRY(invoice_move(env, &s->inv, INVOICE_EVENT_FOUND, 0, id));
	return audit_add(env, "find_invoice", s->inv.application_id,
	    arena_printf(env->a, "%s try %s", s->inv.id, id));
}

static enum err
note_undone(void *arg)
{
	struct sending *s = arg;
	struct env *env = s->env;
	const char *id = s->order.fapiao_id, *red = s->fact.red_number;

	TRY(invoice_try_end(env, id, "closed", "reversed",
	    arena_printf(env->a, "红字发票号码 %s", red)));
	return audit_add(env, "reverse_invoice", s->inv.application_id,
	    arena_printf(env->a, "%s try %s red %s", s->inv.id, id, red));
}

static enum err
take_back(struct sending *s)
{
	struct invoice_refusal why;
	enum err e;

	s->order.number = s->fact.number;
	if (s->asks >= RED_ASKS)
		return E_OK;
	e = sending_reverse(s, INVOICE_MISTAKEN, &why);
	if (e != E_PROVIDER || *why.code == '\0')
		return e;
	log_fault(LOG_WARN, "invoice_refused", "invoice", s->inv.id);
	return E_OK;
}

/* A person may have been at it meanwhile: then it is for another time. */
static enum err
find(struct sending *s)
{
	enum err e = db_tx(s->env->db, note_found, s);
	struct invoice now;

	if (e != E_STATE && e != E_DUPLICATE)
		return e;
	TRY(invoice_get(s->env, s->inv.id, &now));
	if (now.version != s->inv.version || s->fact.progress != INVOICE_ISSUED)
		return E_OK;
	TRY(sending_told(s));
	return take_back(s);
}

static enum err
settle(struct sending *s, bool *is_clear)
{
	struct invoice_fact *f = &s->fact;

	*is_clear = false;
	TRY(s->provider->query(s->env->a, &s->order, f));
	switch (f->progress) {
	case INVOICE_NONE:
	case INVOICE_ISSUE_FAILED:
		*is_clear = true;
		return E_OK;
	case INVOICE_ACCEPTED:
	case INVOICE_ISSUED:
		return find(s);
	case INVOICE_REVERSED:
		*is_clear = true;
		return sending_run(s, note_undone);
	case INVOICE_REVERSE_FAILED:
		return take_back(s);
	case INVOICE_REVERSE_ACCEPTED:
		break;
	}
	return E_OK;
}

enum err
sending_look_at_closed(struct env *env, const struct invoice_provider *provider,
    const struct cell *try, bool *is_clear)
{
	struct sending s = {
		.env = env, .provider = provider, .code = "", .word = ""
	};

	TRY(invoice_get(env, try[1].s, &s.inv));
	TRY(sending_load(&s, try[0].s));
	return settle(&s, is_clear);
}

enum err
sending_ask_closed(struct sending *s, bool *is_clear)
{
	struct env *env = s->env;
	struct rows closed;

	*is_clear = true;
	TRY(db_all(env->db, env->a, SQL_INVOICE_TRIES_CLOSED, &closed,
	    ARGS(S(s->inv.id))));
	for (size_t r = 0; r < closed.n && *is_clear; r++)
		TRY(sending_look_at_closed(
		    env, s->provider, &CELL(&closed, r, 0), is_clear));
	return E_OK;
}
