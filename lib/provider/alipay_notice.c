/* What Alipay says of a trade: answers, and notices as form bodies. */
#include <json-c/json.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "format/json.h"
#include "format/url.h"
#include "provider/alipay_private.h"
#include "service/config.h"
#include "service/rsa.h"

/* A hundred million yuan: more than any trade there. */
#define FEN_MOST INT64_C(10000000000)

enum { WORD_MAX = 64 };

static const struct {
	const char *word;
	enum payment_state state;
} trade_states[] = {
	{ "WAIT_BUYER_PAY", PAYMENT_UNPAID },
	{ "TRADE_SUCCESS", PAYMENT_PAID },
	{ "TRADE_FINISHED", PAYMENT_PAID },
	{ "TRADE_CLOSED", PAYMENT_CLOSED },
};

/* False when the word is unknown. */
static bool
read_state(const char *word, enum payment_state *out)
{
	for (size_t i = 0; word != NULL && i < COUNT(trade_states); i++)
		if (strcmp(trade_states[i].word, word) == 0) {
			*out = trade_states[i].state;
			return true;
		}
	return false;
}

int64_t
alipay_time(const char *text)
{
	int64_t us;

	return text != NULL && clock_parse_china(text, &us) ? us : 0;
}

/* A trade that is closed was refunded when somebody had paid for it. */
static enum payment_state
state_of(enum payment_state state, bool was_paid)
{
	return state == PAYMENT_CLOSED && was_paid ? PAYMENT_REFUNDED : state;
}

const char *
alipay_fact(
    const struct config *cfg, struct json_object *o, struct payment_fact *out)
{
	const char *amount = json_get_str(o, "total_amount");
	const char *paid_at = json_get_str(o, "send_pay_date");

	/* The answer is to our application's own question. */
	*out = (struct payment_fact){
		.order_no = json_get_str(o, "out_trade_no"),
		.transaction_id = json_get_str(o, "trade_no"),
		.merchant = cfg->alipay_seller_id,
		.app = cfg->alipay_appid,
		.currency = "CNY",
	};
	if (!read_state(json_get_str(o, "trade_status"), &out->state))
		return "trade_status is unknown";
	out->state = state_of(out->state, payment_given(paid_at));
	if (out->order_no == NULL)
		return "out_trade_no is missing";
	if (out->state != PAYMENT_PAID && out->state != PAYMENT_REFUNDED)
		return NULL;
	if (out->transaction_id == NULL || amount == NULL ||
	    !num_yuan(amount, FEN_MOST, &out->amount_fen) ||
	    out->amount_fen < 1)
		return "trade_no or total_amount is missing";
	return NULL;
}

/* Every parameter but the signature and its type, each name once. */
static enum err
collect(struct arena *a, const struct url_pairs *form, struct alipay_pair **out,
    size_t *n)
{
	*out = arena_alloc(a, (form->n + 1) * sizeof(**out));
	*n = 0;
	for (size_t i = 0; i < form->n; i++) {
		const struct url_pair *p = &form->item[i];

		for (size_t j = 0; j < i; j++)
			if (strcmp(form->item[j].name, p->name) == 0)
				return FAIL(
				    E_NOTICE, "%.32s came twice", p->name);
		if (strcmp(p->name, "sign") != 0 &&
		    strcmp(p->name, "sign_type") != 0)
			(*out)[(*n)++] =
			    (struct alipay_pair){ p->name, p->value };
	}
	return E_OK;
}

static const char *
value(const struct url_pairs *form, const char *name)
{
	const char *text = url_pair_get(form, name);

	return text != NULL ? text : "";
}

static enum err
verify(struct arena *a, const struct alipay *s, const struct url_pairs *form,
    const char **plain)
{
	struct alipay_pair *pairs;
	const char *refusal;
	size_t n;

	if (strcmp(value(form, "sign_type"), "RSA2") != 0)
		return FAIL(E_NOTICE, "not signed by RSA2");
	TRY(collect(a, form, &pairs, &n));
	*plain = alipay_message(a, pairs, n, false);
	refusal = rsa_refusal(
	    a, s->keys.alipay, *plain, strlen(*plain), value(form, "sign"));
	return refusal == NULL ? E_OK : FAIL(E_NOTICE, "%s", refusal);
}

static bool
is_word(const char *s)
{
	return *s != '\0' && strlen(s) <= WORD_MAX;
}

/* Only money that came is a payment: with a refund the same state tells of
 * that. */
static bool
is_payment(const struct url_pairs *form, enum payment_state state)
{
	return state == PAYMENT_PAID &&
	       strcmp(value(form, "notify_type"), "trade_status_sync") == 0 &&
	       *value(form, "refund_fee") == '\0' &&
	       *value(form, "out_biz_no") == '\0';
}

static enum err
decode(const struct url_pairs *form, struct payment_notice *out)
{
	struct payment_fact *f = &out->fact;
	const char *event = value(form, "trade_status");

	out->event_id = value(form, "notify_id");
	out->event_type = *event != '\0' ? event : value(form, "notify_type");
	if (!is_word(out->event_id) || !is_word(out->event_type))
		return FAIL(E_NOTICE, "notify_id or its type is missing");
	*f = (struct payment_fact){ .order_no = value(form, "out_trade_no"),
		.transaction_id = value(form, "trade_no"),
		.merchant = value(form, "seller_id"),
		.app = value(form, "app_id"),
		.currency = "CNY",
		.paid_at = alipay_time(value(form, "gmt_payment")) };
	if (is_word(value(form, "out_biz_no")) &&
	    *value(form, "refund_fee") != '\0') {
		out->refund_no = value(form, "out_biz_no");
		out->kind = NOTICE_REFUND;
		return E_OK;
	}
	if (!read_state(event, &f->state) || !is_payment(form, f->state))
		return E_OK;
	if (!is_word(f->order_no) || !is_word(f->transaction_id) ||
	    !num_yuan(value(form, "total_amount"), FEN_MOST, &f->amount_fen) ||
	    f->amount_fen < 1)
		return FAIL(E_NOTICE, "out_trade_no, trade_no or total_amount");
	out->kind = NOTICE_PAYMENT;
	return E_OK;
}

enum err
alipay_notice(struct arena *a, const struct alipay *s,
    const struct payment_message *m, struct payment_notice *out)
{
	struct payment_notice notice = { .kind = NOTICE_OTHER };
	struct url_pairs form;

	if (url_pairs_parse(a, m->body, m->n, &form) != E_OK)
		return FAIL(E_NOTICE, "the body is no form");
	TRY(verify(a, s, &form, &notice.plain));
	TRY(decode(&form, &notice));
	*out = notice;
	return E_OK;
}
