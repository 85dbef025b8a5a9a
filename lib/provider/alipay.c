/* Alipay, precreate: the payer scans a code. The trade comes to be when they
 * do: before, Alipay knows none, and cannot close the code either. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "format/json.h"
#include "provider/alipay_private.h"
#include "service/config.h"

enum { ARENA_CAP = 1024 * 1024 };

/* Set by open, for as long as the program runs. */
static struct alipay self;

/* What is missing to verify what Alipay says, or to call it; NULL: nothing. */
static const char *
lacks_to_verify(void)
{
	const struct payment_setting settings[] = {
		{ "alipay_appid", self.cfg->alipay_appid },
		{ "alipay_seller_id", self.cfg->alipay_seller_id },
		{ "alipay_alipay_key_file", self.cfg->alipay_alipay_key_file }
	};

	return payment_lacks(settings, COUNT(settings));
}

static const char *
lacks_to_call(void)
{
	const struct payment_setting settings[] = {
		{ "alipay_app_key_file", self.cfg->alipay_app_key_file },
		{ "alipay_base_url", self.cfg->alipay_base_url }
	};
	const char *key = payment_lacks(settings, COUNT(settings));

	return key != NULL ? key : lacks_to_verify();
}

/* Certificates come together, or not at all. */
static const char *
lacks_certificates(void)
{
	const struct payment_setting settings[] = {
		{ "alipay_app_cert_file", self.cfg->alipay_app_cert_file },
		{ "alipay_root_cert_file", self.cfg->alipay_root_cert_file }
	};

	return payment_given(settings[0].value) ||
		       payment_given(settings[1].value)
		   ? payment_lacks(settings, COUNT(settings))
		   : NULL;
}

static enum err
can_call(void)
{
	const char *key = lacks_to_call();

	return key == NULL ? E_OK : FAIL(E_PROVIDER, "%s is not set", key);
}

static bool
is_digits(const char *s)
{
	return s[strspn(s, "0123456789")] == '\0';
}

static enum err
alipay_open(const struct config *cfg)
{
	const char *key;

	arena_free(self.a);
	self = (struct alipay){ .a = arena_new(ARENA_CAP), .cfg = cfg };
	if (!payment_given(cfg->alipay_appid))
		return E_OK;
	key = lacks_to_verify();
	if (key == NULL)
		key = lacks_certificates();
	if (key != NULL)
		return FAIL(E_INTERNAL, "%s is not set", key);
	if (!is_digits(cfg->alipay_appid) || !is_digits(cfg->alipay_seller_id))
		return FAIL(E_INTERNAL,
		    "alipay_appid and alipay_seller_id are numbers");
	return alipay_keys_read(&self);
}

static const char *
merchant(void)
{
	return self.cfg->alipay_seller_id;
}

static const char *
app(void)
{
	return self.cfg->alipay_appid;
}

/* How long it can still be paid, in whole minutes: "90m". */
static const char *
minutes_left(struct arena *a, const struct payment_order *o)
{
	int64_t left = (o->expires_at - clock_now()) / (60 * CLOCK_SECOND);

	return arena_printf(a, "%lldm", (long long)(left > 1 ? left : 1));
}

/* Refusals because a trade of that number is there already. */
static bool
may_be_there(const char *sub_code)
{
	return strncmp(sub_code, "ACQ.TRADE_HAS_", 14) == 0 ||
	       strcmp(sub_code, "ACQ.CONTEXT_INCONSISTENT") == 0;
}

static enum err
create(struct arena *a, const struct payment_order *o, const char **code_url)
{
	struct json_object *content = json_object_in(a);
	struct alipay_call c = { .method = "alipay.trade.precreate",
		.member = "alipay_trade_precreate_response",
		.content = content };
	enum err e;

	TRY(can_call());
	c.notify_url =
	    arena_printf(a, "%s/callback/alipay", self.cfg->public_url);
	json_str(content, "out_trade_no", o->order_no);
	json_str(content, "total_amount", num_yuan_text(a, o->amount_fen));
	json_str(content, "subject", o->description);
	json_str(content, "seller_id", self.cfg->alipay_seller_id);
	json_str(content, "timeout_express", minutes_left(a, o));
	json_str(content, "qr_code_timeout_express", minutes_left(a, o));
	e = alipay_perform(a, &self, &c);
	if (e == E_PROVIDER && may_be_there(c.sub_code))
		return FAIL(E_PROVIDER_UNKNOWN, "create: %s", c.sub_code);
	TRY(e);
	*code_url = json_get_str(c.answer, "qr_code");
	return payment_given(*code_url)
		   ? E_OK
		   : FAIL(E_PROVIDER_UNKNOWN, "the answer has no qr_code");
}

static struct alipay_call
about(struct arena *a, const char *method, const char *member,
    const char *order_no)
{
	struct alipay_call c = {
		.method = method, .member = member, .content = json_object_in(a)
	};

	json_str(c.content, "out_trade_no", order_no);
	return c;
}

static enum err
query(struct arena *a, const char *order_no, struct payment_fact *out)
{
	struct alipay_call c = about(
	    a, "alipay.trade.query", "alipay_trade_query_response", order_no);
	struct payment_fact fact;
	const char *wrong;
	enum err e;

	TRY(can_call());
	e = alipay_perform(a, &self, &c);
	/* Nobody has scanned the code yet. */
	if (e == E_PROVIDER && strcmp(c.sub_code, "ACQ.TRADE_NOT_EXIST") == 0) {
		*out = (struct payment_fact){ .state = PAYMENT_UNPAID,
			.order_no = order_no };
		return E_OK;
	}
	TRY(e);
	if ((wrong = alipay_fact(self.cfg, c.answer, &fact)) != NULL)
		return FAIL(E_PROVIDER_UNKNOWN, "the answer: %s", wrong);
	if (strcmp(fact.order_no, order_no) != 0)
		return FAIL(
		    E_PROVIDER_UNKNOWN, "the answer is of another order");
	fact.paid_at = alipay_time(json_get_str(c.answer, "send_pay_date"));
	*out = fact;
	return E_OK;
}

/* A code that nobody has scanned cannot be closed: it is watched. */
static enum err
alipay_close(struct arena *a, const char *order_no)
{
	struct alipay_call c = about(
	    a, "alipay.trade.close", "alipay_trade_close_response", order_no);
	enum err e;

	TRY(can_call());
	e = alipay_perform(a, &self, &c);
	if (e == E_PROVIDER &&
	    (strcmp(c.sub_code, "ACQ.TRADE_NOT_EXIST") == 0 ||
		strcmp(c.sub_code, "ACQ.TRADE_HAS_CLOSE") == 0))
		return E_OK;
	return e;
}

static enum err
refund(struct arena *a, const struct payment_refund *r,
    struct payment_refund_fact *out)
{
	TRY(can_call());
	return alipay_refund(a, &self, r, out);
}

static enum err
refund_query(struct arena *a, const struct payment_refund *r,
    struct payment_refund_fact *out)
{
	TRY(can_call());
	return alipay_refund_query(a, &self, r, out);
}

static int64_t
rate(void)
{
	return self.cfg->alipay_rate;
}

static enum err
bill(struct arena *a, const char *day, struct payment_bill *out)
{
	TRY(can_call());
	return alipay_bill(a, &self, day, out);
}

static enum err
notice(struct arena *a, const struct payment_message *m,
    struct payment_notice *out)
{
	const char *key = lacks_to_verify();

	if (key != NULL)
		return FAIL(E_NOTICE, "%s is not set", key);
	return alipay_notice(a, &self, m, out);
}

static struct payment_answer
notice_answer(bool taken)
{
	return (struct payment_answer){ .status = taken ? 200 : 401,
		.type = "text/plain; charset=utf-8",
		.body = taken ? "success" : "fail" };
}

const struct payment_provider payment_alipay = {
	.name = "alipay",
	.title = "支付宝",
	.open = alipay_open,
	.merchant = merchant,
	.app = app,
	.create = create,
	.query = query,
	.close = alipay_close,
	.refund = refund,
	.refund_query = refund_query,
	.rate = rate,
	.bill = bill,
	.notice = notice,
	.notice_answer = notice_answer,
};
