/* Money that goes back: asked for, looked after. */
#include <string.h>

#include "base/num.h"
#include "format/json.h"
#include "provider/alipay_private.h"

static struct alipay_call
about(struct arena *a, const char *method, const char *member,
    const struct payment_refund *r)
{
	struct alipay_call c = {
		.method = method, .member = member, .content = json_object_in(a)
	};

	json_str(c.content, "trade_no", r->transaction_id);
	json_str(c.content, "out_request_no", r->refund_no);
	return c;
}

static bool
is(struct json_object *answer, const char *name, const char *value)
{
	const char *text = json_get_str(answer, name);

	return text != NULL && strcmp(text, value) == 0;
}

/*
 * fund_change is Y when this call moved money; on a repeat it is N, and asking
 * tells how it stands. refund_fee is of all refunds of the trade together.
 */
enum err
alipay_refund(struct arena *a, const struct alipay *s,
    const struct payment_refund *r, struct payment_refund_fact *out)
{
	struct alipay_call c =
	    about(a, "alipay.trade.refund", "alipay_trade_refund_response", r);
	enum err e;

	json_str(c.content, "refund_amount", num_yuan_text(a, r->amount_fen));
	json_str(c.content, "refund_reason", r->reason);
	e = alipay_perform(a, s, &c);
	if (e == E_PROVIDER && strncmp(c.sub_code, "ACQ.", 4) == 0) {
		*out = (struct payment_refund_fact){ .progress = REFUND_REFUSED,
			.word = c.sub_code };
		return E_OK;
	}
	TRY(e);
	if (!is(c.answer, "trade_no", r->transaction_id))
		return FAIL(
		    E_PROVIDER_UNKNOWN, "the answer is of another trade");
	*out = (struct payment_refund_fact){
		.progress = is(c.answer, "fund_change", "Y") ? REFUND_DONE
							     : REFUND_PENDING,
		.word = "",
		.done_at =
		    alipay_time(json_get_str(c.answer, "gmt_refund_pay")),
	};
	return E_OK;
}

/* Without a status there is none: it never came, or it failed. */
static enum err
progress_of(struct json_object *answer, const struct payment_refund *r,
    struct payment_refund_fact *out)
{
	const char *status = json_get_str(answer, "refund_status");
	const char *amount = json_get_str(answer, "refund_amount");
	int64_t fen;

	*out = (struct payment_refund_fact){ .progress = REFUND_UNKNOWN,
		.word = "" };
	if (!payment_given(status))
		return E_OK;
	if (!is(answer, "trade_no", r->transaction_id) ||
	    !is(answer, "out_request_no", r->refund_no))
		return FAIL(
		    E_PROVIDER_UNKNOWN, "the answer is of another refund");
	if (amount == NULL || !num_yuan(amount, r->total_fen, &fen) ||
	    fen != r->amount_fen)
		return FAIL(
		    E_PROVIDER_UNKNOWN, "the answer is of another amount");
	out->progress = strcmp(status, "REFUND_SUCCESS") == 0 ? REFUND_DONE
							      : REFUND_PENDING;
	out->done_at = alipay_time(json_get_str(answer, "gmt_refund_pay"));
	return E_OK;
}

enum err
alipay_refund_query(struct arena *a, const struct alipay *s,
    const struct payment_refund *r, struct payment_refund_fact *out)
{
	struct alipay_call c = about(a, "alipay.trade.fastpay.refund.query",
	    "alipay_trade_fastpay_refund_query_response", r);
	struct payment_refund_fact found = { .progress = REFUND_UNKNOWN,
		.word = "" };
	enum err e = alipay_perform(a, s, &c);

	if (e != E_PROVIDER || strcmp(c.sub_code, "ACQ.TRADE_NOT_EXIST") != 0) {
		TRY(e);
		TRY(progress_of(c.answer, r, &found));
	}
	*out = found;
	return E_OK;
}
