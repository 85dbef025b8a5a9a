/* WeChat Pay API v3, Native: the payer scans a code. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "format/json.h"
#include "provider/wechatpay_private.h"
#include "service/config.h"

enum { ARENA_CAP = 1024 * 1024, ORDER_NO_MAX = 32, REFUND_NO_MAX = 64 };

/* Set by open, for as long as the program runs. */
static struct wechatpay self;

static const char *
lacks_to_take_notices(void)
{
	return payment_given(self.cfg->wechatpay_apiv3_key_file)
		   ? wechatpay_lacks_to_verify(&self)
		   : "wechatpay_apiv3_key_file";
}

/*
 * payment has no APIv3 key and callback no merchant key; but what a program
 * does have must be whole before it starts.
 */
static enum err
wechatpay_open(const struct config *cfg)
{
	const char *key = NULL;

	arena_free(self.a);
	self = (struct wechatpay){ .a = arena_new(ARENA_CAP), .cfg = cfg };
	if (payment_given(cfg->wechatpay_merchant_key_file) ||
	    payment_given(cfg->wechatpay_merchant_serial))
		key = wechatpay_lacks_to_call(&self);
	if (key == NULL && payment_given(cfg->wechatpay_apiv3_key_file))
		key = lacks_to_take_notices();
	if (key != NULL)
		return FAIL(E_INTERNAL, "%s is not set", key);
	return wechatpay_keys_read(&self);
}

static const char *
merchant(void)
{
	return self.cfg->wechatpay_mchid;
}

static const char *
app(void)
{
	return self.cfg->wechatpay_appid;
}

static enum err
check_order_no(const char *no)
{
	return wechatpay_check_number(no, ORDER_NO_MAX);
}

static void
order_body(
    struct arena *a, const struct payment_order *o, struct wechatpay_call *c)
{
	struct json_object *body = json_object_in(a), *amount;
	char expires[CLOCK_TEXT];

	json_str(body, "appid", self.cfg->wechatpay_appid);
	json_str(body, "mchid", self.cfg->wechatpay_mchid);
	json_str(body, "description", o->description);
	json_str(body, "out_trade_no", o->order_no);
	json_str(body, "time_expire", clock_shanghai(expires, o->expires_at));
	json_str(body, "notify_url",
	    arena_printf(a, "%s/callback/wechatpay", self.cfg->public_url));
	amount = json_sub(body, "amount");
	json_int(amount, "total", o->amount_fen);
	json_str(amount, "currency", "CNY");
	c->body = json_text(body, &c->n);
}

/*
 * Refusals because an order of that number is there already. INVALID_REQUEST
 * has other causes too, but is also what a repeat that differs is told.
 */
static bool
may_be_there(const struct wechatpay_call *c)
{
	return wechatpay_code_is(c, "ORDER_PAID") ||
	       wechatpay_code_is(c, "ORDER_CLOSED") ||
	       wechatpay_code_is(c, "INVALID_REQUEST") ||
	       wechatpay_code_is(c, "OUT_TRADE_NO_USED");
}

static enum err
create(struct arena *a, const struct payment_order *o, const char **code_url)
{
	struct wechatpay_call c = {
		.method = "POST",
		.path = "/v3/pay/transactions/native",
	};
	enum err e;

	TRY(wechatpay_can_call(&self));
	TRY(check_order_no(o->order_no));
	order_body(a, o, &c);
	e = wechatpay_perform(a, &self, &c);
	if (e == E_PROVIDER && may_be_there(&c))
		return FAIL(E_PROVIDER_UNKNOWN, "create: %s", c.code);
	TRY(e);
	*code_url = json_get_str(c.answer, "code_url");
	if (!payment_given(*code_url))
		return FAIL(E_PROVIDER_UNKNOWN, "the answer has no code_url");
	return E_OK;
}

static enum err
query(struct arena *a, const char *order_no, struct payment_fact *out)
{
	struct wechatpay_call c = { .method = "GET" };
	struct payment_fact fact;
	const char *wrong;
	enum err e;

	TRY(wechatpay_can_call(&self));
	TRY(check_order_no(order_no));
	c.path =
	    arena_printf(a, "/v3/pay/transactions/out-trade-no/%s?mchid=%s",
		order_no, self.cfg->wechatpay_mchid);
	e = wechatpay_perform(a, &self, &c);
	if (e == E_PROVIDER && wechatpay_code_is(&c, "ORDER_NOT_EXIST")) {
		*out = (struct payment_fact){
			.state = PAYMENT_UNPAID,
			.order_no = order_no,
		};
		return E_OK;
	}
	TRY(e);
	if ((wrong = wechatpay_fact(c.answer, &fact)) != NULL)
		return FAIL(E_PROVIDER_UNKNOWN, "the answer: %s", wrong);
	if (strcmp(fact.order_no, order_no) != 0)
		return FAIL(
		    E_PROVIDER_UNKNOWN, "the answer is of another order");
	*out = fact;
	return E_OK;
}

static enum err
wechatpay_close(struct arena *a, const char *order_no)
{
	struct json_object *body = json_object_in(a);
	struct wechatpay_call c = { .method = "POST" };
	enum err e;

	TRY(wechatpay_can_call(&self));
	TRY(check_order_no(order_no));
	c.path = arena_printf(
	    a, "/v3/pay/transactions/out-trade-no/%s/close", order_no);
	json_str(body, "mchid", self.cfg->wechatpay_mchid);
	c.body = json_text(body, &c.n);
	e = wechatpay_perform(a, &self, &c);
	if (e == E_PROVIDER && (wechatpay_code_is(&c, "ORDER_CLOSED") ||
				   wechatpay_code_is(&c, "ORDER_NOT_EXIST")))
		return E_OK;
	return e;
}

static enum err
refund(struct arena *a, const struct payment_refund *r,
    struct payment_refund_fact *out)
{
	TRY(wechatpay_can_call(&self));
	TRY(wechatpay_check_number(r->refund_no, REFUND_NO_MAX));
	return wechatpay_refund(a, &self, r, out);
}

static enum err
refund_query(struct arena *a, const struct payment_refund *r,
    struct payment_refund_fact *out)
{
	TRY(wechatpay_can_call(&self));
	TRY(wechatpay_check_number(r->refund_no, REFUND_NO_MAX));
	return wechatpay_refund_query(a, &self, r, out);
}

static int64_t
rate(void)
{
	return self.cfg->wechatpay_rate;
}

static enum err
bill(struct arena *a, const char *day, struct payment_bill *out)
{
	TRY(wechatpay_can_call(&self));
	return wechatpay_bill(a, &self, day, out);
}

static enum err
notice(struct arena *a, const struct payment_message *m,
    struct payment_notice *out)
{
	const char *key = lacks_to_take_notices();

	if (key != NULL)
		return FAIL(E_NOTICE, "%s is not set", key);
	return wechatpay_notice(a, &self.keys, m, out);
}

static struct payment_answer
notice_answer(bool taken)
{
	return (struct payment_answer){ .status = taken ? 200 : 401,
		.type = "application/json",
		.body = taken ? "{\"code\":\"SUCCESS\",\"message\":\"成功\"}"
			      : "{\"code\":\"FAIL\",\"message\":\"失败\"}" };
}

const struct payment_provider payment_wechatpay = {
	.name = "wechatpay",
	.title = "微信支付",
	.open = wechatpay_open,
	.merchant = merchant,
	.app = app,
	.create = create,
	.query = query,
	.close = wechatpay_close,
	.refund = refund,
	.refund_query = refund_query,
	.rate = rate,
	.bill = bill,
	.notice = notice,
	.notice_answer = notice_answer,
};
