/* Money that goes back: asked for, looked after. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "format/json.h"
#include "provider/wechatpay_private.h"
#include "service/config.h"

#define REFUNDS "/v3/refund/domestic/refunds"

static const struct {
	const char *word;
	enum refund_progress progress;
} statuses[] = {
	{ "SUCCESS", REFUND_DONE },
	{ "PROCESSING", REFUND_PENDING },
	{ "ABNORMAL", REFUND_ABNORMAL },
	{ "CLOSED", REFUND_CLOSED },
};

/* NULL, or what is wrong with it. */
static const char *
status_of(const char *word, struct payment_refund_fact *out)
{
	for (size_t i = 0; word != NULL && i < COUNT(statuses); i++)
		if (strcmp(statuses[i].word, word) == 0) {
			out->progress = statuses[i].progress;
			out->word = statuses[i].word;
			return NULL;
		}
	return "status is unknown";
}

/* The answer to both calls; it has to be of the refund that was meant. */
static const char *
fact(struct json_object *o, const struct payment_refund *r,
    struct payment_refund_fact *out)
{
	const char *no = json_get_str(o, "out_refund_no");
	const char *transaction = json_get_str(o, "transaction_id");
	const char *time = json_get_str(o, "success_time");
	struct json_object *amount = json_get(o, "amount");
	int64_t fen;

	*out = (struct payment_refund_fact){ .refund_id =
						 json_get_str(o, "refund_id") };
	if (no == NULL || strcmp(no, r->refund_no) != 0 ||
	    transaction == NULL || strcmp(transaction, r->transaction_id) != 0)
		return "it is of another refund";
	if (amount == NULL || !json_get_int(amount, "refund", &fen) ||
	    fen != r->amount_fen)
		return "it is of another amount";
	if (time == NULL || !clock_parse(time, &out->done_at))
		out->done_at = 0;
	return status_of(json_get_str(o, "status"), out);
}

static enum err
take(struct json_object *answer, const struct payment_refund *r,
    struct payment_refund_fact *out)
{
	struct payment_refund_fact found;
	const char *wrong = fact(answer, r, &found);

	if (wrong != NULL)
		return FAIL(
		    E_PROVIDER_UNKNOWN, "the refund's answer: %s", wrong);
	*out = found;
	return E_OK;
}

static void
refund_body(struct arena *a, const struct wechatpay *w,
    const struct payment_refund *r, struct wechatpay_call *c)
{
	struct json_object *body = json_object_in(a), *amount;

	json_str(body, "transaction_id", r->transaction_id);
	json_str(body, "out_refund_no", r->refund_no);
	json_str(body, "reason", r->reason);
	json_str(body, "notify_url",
	    arena_printf(a, "%s/callback/wechatpay", w->cfg->public_url));
	amount = json_sub(body, "amount");
	json_int(amount, "refund", r->amount_fen);
	json_int(amount, "total", r->total_fen);
	json_str(amount, "currency", "CNY");
	c->body = json_text(body, &c->n);
}

/* Of this refund, and not of how we call, or of a moment. */
static bool
is_about_refund(const struct wechatpay_call *c)
{
	return *c->code != '\0' && !wechatpay_code_is(c, "SIGN_ERROR");
}

enum err
wechatpay_refund(struct arena *a, const struct wechatpay *w,
    const struct payment_refund *r, struct payment_refund_fact *out)
{
	struct wechatpay_call c = { .method = "POST", .path = REFUNDS };
	enum err e;

	refund_body(a, w, r, &c);
	e = wechatpay_perform(a, w, &c);
	if (e == E_PROVIDER && is_about_refund(&c)) {
		*out = (struct payment_refund_fact){ .progress = REFUND_REFUSED,
			.word = c.code };
		return E_OK;
	}
	TRY(e);
	return take(c.answer, r, out);
}

enum err
wechatpay_refund_query(struct arena *a, const struct wechatpay *w,
    const struct payment_refund *r, struct payment_refund_fact *out)
{
	struct wechatpay_call c = { .method = "GET",
		.path = arena_printf(a, REFUNDS "/%s", r->refund_no) };
	enum err e = wechatpay_perform(a, w, &c);

	if (e == E_PROVIDER && wechatpay_code_is(&c, "RESOURCE_NOT_EXISTS")) {
		*out = (struct payment_refund_fact){ .progress = REFUND_UNKNOWN,
			.word = "" };
		return E_OK;
	}
	TRY(e);
	return take(c.answer, r, out);
}
