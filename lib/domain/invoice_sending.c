/* An invoice and what its provider is asked about it, as both parts of the
 * worker's work on it have it. */
#include "domain/invoice_sending.h"

#include <string.h>

#include "base/arena.h"
#include "domain/sql.h"

static void
order_of(struct sending *s, const struct cell *payment)
{
	struct arena *a = s->env->a;
	const char *const *value = s->inv.value;

	s->order = (struct invoice_order){
		.is_wechatpay = strcmp(payment[0].s, "wechatpay") == 0,
		.amount_fen = s->inv.amount_fen,
		.goods = arena_printf(a, "%s（%s）%s 年",
		    field_option_label(FIELD_BUSINESS, payment[3].s),
		    field_option_label(FIELD_CATEGORY, payment[2].s),
		    payment[4].s),
		.remark = s->inv.batch_no,
		.number = s->inv.number,
		.buyer = { .is_organisation = strcmp(value[INVOICE_TITLE_TYPE],
						  "organisation") == 0,
		    .title = value[INVOICE_TITLE],
		    .tax_no = value[INVOICE_TAX_NO],
		    .address = value[INVOICE_ADDRESS],
		    .bank_name = value[INVOICE_BANK_NAME],
		    .bank_account = value[INVOICE_BANK_ACCOUNT],
		    .mobile = value[INVOICE_MOBILE],
		    .email = value[INVOICE_EMAIL] }
	};
	s->order.apply_id = s->order.is_wechatpay ? payment[1].s : s->inv.id;
}

static enum err
load_try(struct sending *s, const char *id)
{
	struct env *env = s->env;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_INVOICE_TRY, &c,
	    ARGS(I(s->provider->reverse_seconds), S(id))));
	s->order.fapiao_id = c[0].s;
	s->order.apply_id = c[1].s;
	s->tries = c[3].i;
	s->asks = c[4].i;
	s->was_asked = c[5].i != 0;
	s->order.amount_fen = c[6].i;
	s->known = c[7].s;
	return E_OK;
}

enum err
sending_load(struct sending *s, const char *try)
{
	struct env *env = s->env;
	struct cell *c;
	enum err e;

	TRY(db_one(
	    env->db, env->a, SQL_INVOICE_PAYMENT, &c, ARGS(S(s->inv.id))));
	order_of(s, c);
	if (try != NULL)
		return load_try(s, try);
	e = db_one(
	    env->db, env->a, SQL_INVOICE_TRY_LAST, &c, ARGS(S(s->inv.id)));
	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	return load_try(s, c->s);
}

enum err
sending_run(struct sending *s, enum err (*work)(void *))
{
	enum err e = db_tx(s->env->db, work, s);

	return e == E_STATE ? E_OK : e;
}

void
sending_words(struct sending *s, const char *code, const char *message)
{
	s->code = code != NULL && *code != '\0' ? code : "UNKNOWN";
	s->word = message == NULL || *message == '\0'
		      ? s->code
		      : arena_printf(s->env->a, "%s %s", s->code, message);
}

enum err
sending_told(struct sending *s)
{
	const struct invoice_fact *f = &s->fact;

	return db_exec(s->env->db, SQL_INVOICE_TRY_TOLD,
	    ARGS(S(f->number), f->issued_at > 0 ? T(f->issued_at) : NONE,
		S(s->order.fapiao_id)));
}

enum err
sending_reverse(
    struct sending *s, enum invoice_reason reason, struct invoice_refusal *why)
{
	*why = (struct invoice_refusal){ "", NULL };
	if (s->was_asked)
		return E_OK;
	TRY(db_exec(
	    s->env->db, SQL_INVOICE_TRY_ASKED, ARGS(S(s->order.fapiao_id))));
	return s->provider->reverse(s->env->a, &s->order, reason, why);
}
