/* The calls, against a server that plays WeChat. */
#include "base/err.h"
#include "provider/payment.h"
#include "service/http.h"
#include "wechatpay_server.h"

#define ORDER_NO "CA20261124000001"

static const struct payment_order order = {
	.order_no = ORDER_NO,
	.description = "企业CA锁 续期",
	.amount_fen = 26000,
	.expires_at = INT64_C(1793000000) * CLOCK_SECOND,
};

static struct tiny
wechat_answers(int status, const char *body, enum how how)
{
	struct tiny_step step = wechat_answer(status, body, how);
	struct tiny t = wechat_start(&step, 1);

	assert_int_equal(payment_wechatpay.open(&cfg), E_OK);
	return t;
}

enum operation { CREATE, QUERY, CLOSE };

static enum err
operate(enum operation op, struct payment_fact *fact)
{
	const char *url = NULL;

	if (op == CREATE)
		return payment_wechatpay.create(a, &order, &url);
	if (op == QUERY)
		return payment_wechatpay.query(a, ORDER_NO, fact);
	return payment_wechatpay.close(a, ORDER_NO);
}

#define URL_BODY "{\"code_url\":\"weixin://wxpay/bizpayurl?pr=x\"}"
#define FACT(state, rest)                                                      \
	"{\"mchid\":\"" KIT_MCHID "\",\"appid\":\"" KIT_APPID                  \
	"\",\"out_trade_no\":\"" ORDER_NO "\",\"trade_state\":\"" state        \
	"\"" rest "}"
#define PAID                                                                   \
	",\"transaction_id\":\"42\",\"amount\":{\"total\":26000},"             \
	"\"success_time\":\"2026-11-24T10:00:00+08:00\""

static const struct {
	enum operation op;
	int status; /* 0: the connection ends without an answer */
	const char *body;
	enum how how;
	enum err expected;
	enum payment_state state; /* of a query */
} calls[] = {
	{ CREATE, 200, URL_BODY, PUBLIC, E_OK, 0 },
	{ CREATE, 200, URL_BODY, BY_CERT, E_OK, 0 },
	{ CREATE, 200, URL_BODY, UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 200, URL_BODY, FORGED, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 200, URL_BODY, OLD, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 200, URL_BODY, OTHER_BODY, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 200, "{}", PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 200, "", PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 200, "{", PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 302, "", PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 400, CODE("PARAM_ERROR"), UNSIGNED, E_PROVIDER, 0 },
	{ CREATE, 401, CODE("SIGN_ERROR"), UNSIGNED, E_PROVIDER, 0 },
	{ CREATE, 403, "<html>", UNSIGNED, E_PROVIDER, 0 },
	{ CREATE, 400, CODE("ORDERPAID"), UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 400, CODE("INVALID_REQUEST"), UNSIGNED, E_PROVIDER_UNKNOWN,
	    0 },
	{ CREATE, 403, CODE("OUT_TRADE_NO_USED"), UNSIGNED, E_PROVIDER_UNKNOWN,
	    0 },
	{ CREATE, 429, CODE("FREQUENCY_LIMITED"), UNSIGNED, E_PROVIDER_UNKNOWN,
	    0 },
	{ CREATE, 500, CODE("SYSTEM_ERROR"), UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ CREATE, 0, NULL, UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ QUERY, 200, FACT("SUCCESS", PAID), PUBLIC, E_OK, PAYMENT_PAID },
	{ QUERY, 200, FACT("REFUND", PAID), PUBLIC, E_OK, PAYMENT_REFUNDED },
	{ QUERY, 200, FACT("NOTPAY", ""), PUBLIC, E_OK, PAYMENT_UNPAID },
	{ QUERY, 200, FACT("USERPAYING", ""), PUBLIC, E_OK, PAYMENT_UNPAID },
	{ QUERY, 200, FACT("CLOSED", ""), PUBLIC, E_OK, PAYMENT_CLOSED },
	{ QUERY, 200, FACT("REVOKED", ""), PUBLIC, E_OK, PAYMENT_CLOSED },
	{ QUERY, 404, CODE("ORDER_NOT_EXIST"), UNSIGNED, E_OK, PAYMENT_UNPAID },
	{ QUERY, 404, CODE("ORDERNOTEXIST"), UNSIGNED, E_OK, PAYMENT_UNPAID },
	{ QUERY, 404, CODE("ORDER_NOT_EXISTS"), UNSIGNED, E_PROVIDER, 0 },
	{ QUERY, 404, "", UNSIGNED, E_PROVIDER, 0 },
	{ QUERY, 500, CODE("ORDER_NOT_EXIST"), UNSIGNED, E_PROVIDER_UNKNOWN,
	    0 },
	{ QUERY, 200, FACT("SUCCESS", PAID), FORGED, E_PROVIDER_UNKNOWN, 0 },
	{ QUERY, 200, FACT("SUCCESS", ""), PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ QUERY, 200, FACT("SOLD", PAID), PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ QUERY, 200, "{\"out_trade_no\":\"CA2\",\"trade_state\":\"NOTPAY\"}",
	    PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ QUERY, 0, NULL, UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ CLOSE, 204, "", PUBLIC, E_OK, 0 },
	{ CLOSE, 204, "", UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ CLOSE, 400, CODE("ORDER_CLOSED"), UNSIGNED, E_OK, 0 },
	{ CLOSE, 404, CODE("ORDERNOTEXIST"), UNSIGNED, E_OK, 0 },
	{ CLOSE, 400, CODE("ORDER_PAID"), UNSIGNED, E_PROVIDER, 0 },
	{ CLOSE, 503, "", UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
};

static void
each_answer_is_judged(void **state)
{
	struct payment_fact fact;
	struct tiny t;
	enum err e;

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		t = wechat_answers(
		    calls[i].status, calls[i].body, calls[i].how);
		err_clear();
		fact = (struct payment_fact){ 0 };
		e = operate(calls[i].op, &fact);
		tiny_stop(&t, seen, sizeof(seen));
		if (e != calls[i].expected || fact.state != calls[i].state ||
		    strstr(seen, "\r\nAuthorization: WECHATPAY2-") == NULL)
			fail_msg("call %zu: %s", i, err_fault()->cause);
	}
}

/* The value of name="…" in the Authorization header that was sent. */
static const char *
sent_part(const char *name)
{
	const char *p = strstr(seen, "\r\nAuthorization: ");

	assert_non_null(p);
	p = strstr(p, arena_printf(a, "%s=\"", name));
	assert_non_null(p);
	p += strlen(name) + 2;
	return arena_strndup(a, p, strcspn(p, "\""));
}

/* Verifies what was sent, as the provider would. */
static void
assert_signed(const char *line, const char *body)
{
	BIO *bio = BIO_new_mem_buf(kit_merchant_pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	const char *first =
	    arena_printf(a, "%s\n%s", line, sent_part("timestamp"));

	/* The signature is deterministic, so it can be made again. */
	assert_string_equal(sent_part("signature"),
	    kit_sign(key, first, sent_part("nonce_str"), body));
	EVP_PKEY_free(key);
	BIO_free(bio);
}

static void
requests_are_as_specified(void **state)
{
	static const char created[] =
	    "{\"appid\":\"" KIT_APPID "\",\"mchid\":\"" KIT_MCHID "\","
	    "\"description\":\"企业CA锁 续期\",\"out_trade_no\":\"" ORDER_NO
	    "\",\"time_expire\":\"2026-10-26T15:33:20+08:00\","
	    "\"notify_url\":\"https://ca.example.cn/callback/wechatpay\","
	    "\"amount\":{\"total\":26000,\"currency\":\"CNY\"}}";
	static const char path[] =
	    "/v3/pay/transactions/out-trade-no/" ORDER_NO;
	struct payment_fact fact;
	const char *url;
	struct tiny t;

	(void)state;
	t = wechat_answers(200, URL_BODY, PUBLIC);
	assert_int_equal(payment_wechatpay.create(a, &order, &url), E_OK);
	tiny_stop(&t, seen, sizeof(seen));
	assert_string_equal(url, "weixin://wxpay/bizpayurl?pr=x");
	assert_string_equal(strstr(seen, "\r\n\r\n") + 4, created);
	assert_non_null(strstr(seen, "\r\nWechatpay-Serial: " KIT_PUB_ID));
	assert_non_null(strstr(seen, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(seen, "\r\nContent-Type: application/json\r\n"));
	assert_signed("POST\n/v3/pay/transactions/native", created);

	t = wechat_answers(200, FACT("SUCCESS", PAID), PUBLIC);
	assert_int_equal(payment_wechatpay.query(a, ORDER_NO, &fact), E_OK);
	tiny_stop(&t, seen, sizeof(seen));
	assert_string_equal(fact.transaction_id, "42");
	assert_string_equal(fact.currency, "CNY");
	assert_int_equal(fact.amount_fen, 26000);
	assert_signed(arena_printf(a, "GET\n%s?mchid=" KIT_MCHID, path), "");

	t = wechat_answers(204, "", PUBLIC);
	assert_int_equal(payment_wechatpay.close(a, ORDER_NO), E_OK);
	tiny_stop(&t, seen, sizeof(seen));
	assert_signed(arena_printf(a, "POST\n%s/close", path),
	    "{\"mchid\":\"" KIT_MCHID "\"}");
}

static void
odd_order_numbers_do_not_go_out(void **state)
{
	static const char *const odd[] = { "", "CA001", "CA0001/close",
		"CA0001?x", "CA00 01", "CA000000000000000000000000000000001" };
	struct payment_fact fact;

	(void)state;
	assert_int_equal(payment_wechatpay.open(&cfg), E_OK);
	for (size_t i = 0; i < COUNT(odd); i++) {
		assert_int_equal(
		    payment_wechatpay.query(a, odd[i], &fact), E_PROVIDER);
		assert_string_equal(
		    err_fault()->cause, "not a number for WeChat Pay");
	}
}

static void
surely_not_sent_without_a_connection(void **state)
{
	const char *url;
	int port, fd = tiny_listen(&port);

	(void)state;
	close(fd);
	cfg.wechatpay_base_url = arena_printf(a, "http://127.0.0.1:%d", port);
	assert_int_equal(payment_wechatpay.open(&cfg), E_OK);
	assert_int_equal(payment_wechatpay.create(a, &order, &url), E_PROVIDER);
}

static const struct payment_refund refund = {
	.refund_no = "01kr00000000000000000000R1_2",
	.transaction_id = "42",
	.amount_fen = 1005,
	.total_fen = 26000,
	.reason = "CA锁办理费退款",
};

#define REFUND_OF(no, transaction, fen, status)                                \
	"{\"refund_id\":\"50\",\"out_refund_no\":\"" no                        \
	"\",\"transaction_id\":\"" transaction "\",\"status\":\"" status       \
	"\",\"success_time\":\"2026-11-24T10:00:00+08:00\","                   \
	"\"amount\":{\"total\":26000,\"refund\":" fen "}}"
#define REFUND(status)                                                         \
	REFUND_OF("01kr00000000000000000000R1_2", "42", "1005", status)

static const struct {
	bool asks; /* or asks for it */
	int status;
	const char *body;
	enum how how;
	enum err expected;
	enum refund_progress progress;
} refunds[] = {
	{ false, 200, REFUND("PROCESSING"), PUBLIC, E_OK, REFUND_PENDING },
	{ false, 200, REFUND("SUCCESS"), BY_CERT, E_OK, REFUND_DONE },
	{ false, 200, REFUND("ABNORMAL"), PUBLIC, E_OK, REFUND_ABNORMAL },
	{ false, 200, REFUND("CLOSED"), PUBLIC, E_OK, REFUND_CLOSED },
	{ false, 200, REFUND("DONE"), PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ false, 200, REFUND("SUCCESS"), FORGED, E_PROVIDER_UNKNOWN, 0 },
	{ false, 200, REFUND("SUCCESS"), UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ false, 403, CODE("NOT_ENOUGH"), UNSIGNED, E_OK, REFUND_REFUSED },
	{ false, 400, CODE("INVALID_REQUEST"), UNSIGNED, E_OK, REFUND_REFUSED },
	{ false, 404, CODE("RESOURCE_NOT_EXISTS"), UNSIGNED, E_OK,
	    REFUND_REFUSED },
	{ false, 401, CODE("SIGN_ERROR"), UNSIGNED, E_PROVIDER, 0 },
	{ false, 403, "<html>", UNSIGNED, E_PROVIDER, 0 },
	{ false, 429, CODE("FREQUENCY_LIMITED"), UNSIGNED, E_PROVIDER_UNKNOWN,
	    0 },
	{ false, 500, CODE("SYSTEM_ERROR"), UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ false, 0, NULL, UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ true, 200, REFUND("SUCCESS"), PUBLIC, E_OK, REFUND_DONE },
	{ true, 404, CODE("RESOURCE_NOT_EXISTS"), UNSIGNED, E_OK,
	    REFUND_UNKNOWN },
	{ true, 404, CODE("ORDER_NOT_EXIST"), UNSIGNED, E_PROVIDER, 0 },
	{ true, 200, REFUND_OF("01kr", "42", "1005", "SUCCESS"), PUBLIC,
	    E_PROVIDER_UNKNOWN, 0 },
	{ true, 200,
	    REFUND_OF("01kr00000000000000000000R1_2", "43", "1005", "SUCCESS"),
	    PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ true, 200,
	    REFUND_OF("01kr00000000000000000000R1_2", "42", "1006", "SUCCESS"),
	    PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ true, 200, "{}", PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ true, 500, "", UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
};

static void
each_answer_about_a_refund_is_judged(void **state)
{
	struct payment_refund_fact fact;
	struct tiny t;
	enum err e;

	(void)state;
	for (size_t i = 0; i < COUNT(refunds); i++) {
		t = wechat_answers(
		    refunds[i].status, refunds[i].body, refunds[i].how);
		err_clear();
		fact = (struct payment_refund_fact){ 0 };
		e = refunds[i].asks
			? payment_wechatpay.refund_query(a, &refund, &fact)
			: payment_wechatpay.refund(a, &refund, &fact);
		tiny_stop(&t, seen, sizeof(seen));
		if (e != refunds[i].expected ||
		    (e == E_OK && fact.progress != refunds[i].progress))
			fail_msg("refund %zu: %s", i, err_fault()->cause);
	}
}

static void
refunds_are_as_specified(void **state)
{
	static const char sent[] =
	    "{\"transaction_id\":\"42\",\"out_refund_no\":"
	    "\"01kr00000000000000000000R1_2\",\"reason\":\"CA锁办理费退款\","
	    "\"notify_url\":\"https://ca.example.cn/callback/wechatpay\","
	    "\"amount\":{\"refund\":1005,\"total\":26000,\"currency\":\"CNY\"}}";
	struct payment_refund_fact fact;
	struct tiny t;

	(void)state;
	t = wechat_answers(200, REFUND("PROCESSING"), PUBLIC);
	assert_int_equal(payment_wechatpay.refund(a, &refund, &fact), E_OK);
	tiny_stop(&t, seen, sizeof(seen));
	assert_string_equal(strstr(seen, "\r\n\r\n") + 4, sent);
	assert_signed("POST\n/v3/refund/domestic/refunds", sent);
	assert_string_equal(fact.refund_id, "50");
	t = wechat_answers(200, REFUND("SUCCESS"), PUBLIC);
	assert_int_equal(
	    payment_wechatpay.refund_query(a, &refund, &fact), E_OK);
	tiny_stop(&t, seen, sizeof(seen));
	assert_signed("GET\n/v3/refund/domestic/refunds/"
		      "01kr00000000000000000000R1_2",
	    "");
	assert_int_equal(fact.done_at, INT64_C(1795485600) * CLOCK_SECOND);
}

static int
setup(void **state)
{
	return kit_setup(state) == 0 && http_open() == E_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	http_close();
	return kit_teardown(state);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(each_answer_is_judged),
		TEST(requests_are_as_specified),
		TEST(each_answer_about_a_refund_is_judged),
		TEST(refunds_are_as_specified),
		TEST(odd_order_numbers_do_not_go_out),
		TEST(surely_not_sent_without_a_connection),
	};

	return cmocka_run_group_tests(tests, kit_open, kit_close);
}
