/* WeChat Pay's invoices, against a server that plays WeChat. */
#include "wechat_fapiao_kit.h"

static const struct {
	const char *name, *code, *rate, *mark, *cause; /* NULL: taken */
} settings[] = {
	{ "费", "3040201000000000000", "6", "NO_FAVORABLE", NULL },
	{ "费", "3040201000000000000", "1.5", "NO_FAVORABLE", NULL },
	{ "费", "3040201000000000000", "0", "VAT_EXEMPT", NULL },
	{ "", "3040201000000000000", "6", "NO_FAVORABLE", "goods_name" },
	{ "费", "", "6", "NO_FAVORABLE", "tax_code" },
	{ "费", "304020100000000000", "6", "NO_FAVORABLE", "tax_code" },
	{ "费", "304020100000000000x", "6", "NO_FAVORABLE", "tax_code" },
	{ "费", "30402010000000000000", "6", "NO_FAVORABLE", "tax_code" },
	{ "费", "3040201000000000000", "", "NO_FAVORABLE", "tax_rate" },
	{ "费", "3040201000000000000", "6%", "NO_FAVORABLE", "tax_rate" },
	{ "费", "3040201000000000000", "-6", "NO_FAVORABLE", "tax_rate" },
	{ "费", "3040201000000000000", "0.125", "NO_FAVORABLE", "tax_rate" },
	{ "费", "3040201000000000000", "101", "NO_FAVORABLE", "tax_rate" },
	{ "费", "3040201000000000000", "6", "VAT_EXEMPT", "a rate of 0" },
	{ "费", "3040201000000000000", "0", "", "prefer_mark" },
	{ "费", "3040201000000000000", "0", "vat_exempt", "prefer_mark" },
};

static void
bad_settings_stop_the_start(void **state)
{
	enum err e;

	(void)state;
	for (size_t i = 0; i < COUNT(settings); i++) {
		cfg.invoice_goods_name = settings[i].name;
		cfg.invoice_tax_code = settings[i].code;
		cfg.invoice_tax_rate = settings[i].rate;
		cfg.invoice_tax_prefer_mark = settings[i].mark;
		err_clear();
		e = invoice_wechatpay.open(&cfg);
		if (e != (settings[i].cause ? E_INTERNAL : E_OK) ||
		    (settings[i].cause != NULL &&
			strstr(err_fault()->cause, settings[i].cause) == NULL))
			fail_msg("settings %zu: %s", i, err_fault()->cause);
	}
	/* All in one go. */
	cfg.invoice_goods_name = cfg.invoice_tax_code = "";
	cfg.invoice_tax_rate = cfg.invoice_tax_prefer_mark = "";
	assert_int_equal(invoice_wechatpay.open(&cfg), E_INTERNAL);
	for (size_t i = 0; i < 4; i++)
		assert_non_null(strstr(err_fault()->cause,
		    (const char *[]){ "goods_name", "tax_code", "tax_rate",
			"prefer_mark" }[i]));
}

static void
it_does_not_start_without_keys(void **state)
{
	const char *key = cfg.wechatpay_merchant_key_file;

	(void)state;
	cfg.wechatpay_merchant_key_file = "";
	assert_int_equal(invoice_wechatpay.open(&cfg), E_INTERNAL);
	assert_string_equal(
	    err_fault()->cause, "wechatpay_merchant_key_file is not set");
	cfg.wechatpay_merchant_key_file = key;
	assert_int_equal(invoice_wechatpay.open(&cfg), E_OK);
}

static const struct {
	int status;
	const char *body;
	enum how how;
	enum err expected;
	enum invoice_progress progress;
} answers[] = {
	{ 200, TOLD("ISSUE_ACCEPTED", SUM), PUBLIC, E_OK, INVOICE_ACCEPTED },
	{ 200, TOLD("ISSUE_ACCEPTED", ""), PUBLIC, E_OK, INVOICE_ACCEPTED },
	{ 200, TOLD("ISSUED", BLUE SUM), PUBLIC, E_OK, INVOICE_ISSUED },
	{ 200, TOLD("ISSUED", BLUE SUM), BY_CERT, E_OK, INVOICE_ISSUED },
	{ 200, TOLD("ISSUE_FAILED", "\"fapiao_error_code\":\"E1\","), PUBLIC,
	    E_OK, INVOICE_ISSUE_FAILED },
	{ 200, TOLD("REVERSE_ACCEPTED", BLUE SUM), PUBLIC, E_OK,
	    INVOICE_REVERSE_ACCEPTED },
	{ 200, TOLD("REVERSED", BLUE RED SUM), PUBLIC, E_OK, INVOICE_REVERSED },
	{ 200, TOLD("REVERSE_FAILED", BLUE SUM), PUBLIC, E_OK,
	    INVOICE_REVERSE_FAILED },
	{ 404, CODE("RESOURCE_NOT_EXISTS"), UNSIGNED, E_OK, INVOICE_NONE },
	{ 404, CODE("NOT_FOUND"), UNSIGNED, E_OK, INVOICE_NONE },
	{ 200, OF("01kr9", "ISSUED", BLUE SUM), PUBLIC, E_OK, INVOICE_NONE },
	{ 200, "{\"total_count\":0}", PUBLIC, E_OK, INVOICE_NONE },
	/* Another one of the same application's, and ours behind it. */
	{ 200,
	    "{\"total_count\":2,\"fapiao_information\":[" ONE("01kr9",
		"REVERSED", BLUE RED SUM) "," ONE(ID, "ISSUED", BLUE SUM) "]}",
	    PUBLIC, E_OK, INVOICE_ISSUED },
	{ 200, TOLD("ISSUED", BLUE SUM), FORGED, E_PROVIDER_UNKNOWN, 0 },
	{ 200, TOLD("ISSUED", BLUE SUM), UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ 200, TOLD("ISSUED", SUM), PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ 200, TOLD("ISSUED", BLUE), PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ 200, TOLD("ISSUED", BLUE "\"total_amount\":26001,"), PUBLIC,
	    E_PROVIDER_UNKNOWN, 0 },
	{ 200, TOLD("ISSUED", BLUE "\"total_amount\":\"26000\","), PUBLIC,
	    E_PROVIDER_UNKNOWN, 0 },
	{ 200,
	    TOLD("ISSUED", "\"blue_fapiao\":{\"fapiao_number\":\"1/2\"}," SUM),
	    PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ 200, TOLD("REVERSED", BLUE SUM), PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ 200, TOLD("SOLD", BLUE SUM), PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ 200, "{", PUBLIC, E_PROVIDER_UNKNOWN, 0 },
	{ 404, "<html>", UNSIGNED, E_PROVIDER, 0 },
	{ 401, CODE("SIGN_ERROR"), UNSIGNED, E_PROVIDER, 0 },
	{ 500, CODE("SYSTEM_ERROR"), UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ 429, CODE("FREQUENCY_LIMITED"), UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
	{ 0, NULL, UNSIGNED, E_PROVIDER_UNKNOWN, 0 },
};

static void
each_answer_about_an_invoice_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct tiny_step step = wechat_answer(
		    answers[i].status, answers[i].body, answers[i].how);
		struct tiny t = begin(&step, 1);
		struct invoice_fact fact = { 0 };
		enum err e;

		err_clear();
		e = invoice_wechatpay.query(a, &order, &fact);
		tiny_stop(&t, seen, sizeof(seen));
		if (e != answers[i].expected ||
		    fact.progress != answers[i].progress ||
		    strncmp(seen,
			"GET " FAPIAO "/fapiao-applications/" APPLY
			"?fapiao_id=" ID " ",
			90) != 0)
			fail_msg("answer %zu: %s", i, err_fault()->cause);
	}
}

static void
a_fact_has_what_was_told(void **state)
{
	struct tiny_step steps[] = {
		wechat_answer(200, TOLD("REVERSED", BLUE RED SUM), PUBLIC),
		wechat_answer(200,
		    TOLD("ISSUE_FAILED",
			"\"fapiao_error_code\":\"TAX\","
			"\"fapiao_error_message\":\"税号有误\","),
		    PUBLIC),
	};
	struct tiny t = begin(steps, COUNT(steps));
	struct invoice_fact fact;

	(void)state;
	assert_int_equal(invoice_wechatpay.query(a, &order, &fact), E_OK);
	assert_string_equal(fact.number, "26332000000012345678");
	assert_string_equal(fact.red_number, "26332000000087654321");
	assert_int_equal(fact.issued_at, INT64_C(1795485600) * CLOCK_SECOND);
	assert_int_equal(fact.reversed_at, INT64_C(1795572000) * CLOCK_SECOND);
	assert_int_equal(fact.tax_fen, 1472);
	assert_null(fact.code);
	assert_int_equal(invoice_wechatpay.query(a, &order, &fact), E_OK);
	assert_string_equal(fact.code, "TAX");
	assert_string_equal(fact.message, "税号有误");
	assert_null(fact.number);
	tiny_stop(&t, seen, sizeof(seen));
}

static const struct {
	int status;
	const char *body;
	enum how how;
	int asked; /* the answer to the query behind a refusal; 0: not asked */
	const char *known;
	enum err expected;
	const char *code;
} issues[] = {
	{ 202, "", PUBLIC, 0, NULL, E_OK, "" },
	{ 202, "", UNSIGNED, 0, NULL, E_PROVIDER_UNKNOWN, "" },
	{ 202, "", FORGED, 0, NULL, E_PROVIDER_UNKNOWN, "" },
	{ 400, CODE("PARAM_ERROR"), UNSIGNED, 404, CODE("RESOURCE_NOT_EXISTS"),
	    E_PROVIDER, "PARAM_ERROR" },
	{ 403, CODE("NO_AUTH"), UNSIGNED, 404, CODE("RESOURCE_NOT_EXISTS"),
	    E_PROVIDER, "NO_AUTH" },
	{ 400, CODE("INVALID_REQUEST"), UNSIGNED, 200,
	    TOLD("ISSUE_ACCEPTED", SUM), E_OK, "INVALID_REQUEST" },
	{ 400, CODE("INVALID_REQUEST"), UNSIGNED, 500, "", E_PROVIDER_UNKNOWN,
	    "INVALID_REQUEST" },
	{ 401, CODE("SIGN_ERROR"), UNSIGNED, 0, NULL, E_PROVIDER, "" },
	{ 403, "<html>", UNSIGNED, 0, NULL, E_PROVIDER, "" },
	{ 429, CODE("FREQUENCY_LIMITED"), UNSIGNED, 0, NULL, E_PROVIDER_UNKNOWN,
	    "" },
	{ 500, CODE("SYSTEM_ERROR"), UNSIGNED, 0, NULL, E_PROVIDER_UNKNOWN,
	    "" },
	{ 0, NULL, UNSIGNED, 0, NULL, E_PROVIDER_UNKNOWN, "" },
};

static void
each_answer_to_an_issue_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(issues); i++) {
		struct tiny_step steps[] = {
			wechat_answer(200, "{}", PUBLIC),
			wechat_answer(
			    issues[i].status, issues[i].body, issues[i].how),
			wechat_answer(issues[i].asked, issues[i].known,
			    issues[i].asked == 200 ? PUBLIC : UNSIGNED),
		};
		struct tiny t = begin(steps, COUNT(steps));
		struct invoice_refusal why;
		enum err e;

		err_clear();
		e = invoice_wechatpay.issue(a, &order, &why);
		tiny_stop(&t, seen, sizeof(seen));
		if (e != issues[i].expected ||
		    strcmp(why.code, issues[i].code) != 0)
			fail_msg("issue %zu: %s", i, err_fault()->cause);
	}
}

/* What only WeChat can read, in clear. */
static const char *
opened(const char *sealed)
{
	unsigned char raw[512], *plain = arena_alloc(a, 512);
	int n = EVP_DecodeBlock(
	    raw, (const unsigned char *)sealed, (int)strlen(sealed));
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(kit_public, NULL);
	size_t out = 511;

	assert_true(n >= 256);
	assert_int_equal(EVP_PKEY_decrypt_init(ctx), 1);
	EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING);
	assert_int_equal(EVP_PKEY_decrypt(ctx, plain, &out, raw, 256), 1);
	EVP_PKEY_CTX_free(ctx);
	plain[out] = '\0';
	return (const char *)plain;
}

/* Where the n-th request, from 0, begins, and the body it has. */
static const char *
sent(int n, struct json_object **body)
{
	const char *p = seen, *end, *where;
	size_t length;

	for (;; n--) {
		const char *said = strcasestr(p, "\r\nContent-Length: ");

		end = strstr(p, "\r\n\r\n");
		assert_non_null(end);
		end += 4;
		length = said != NULL && said < end
			     ? strtoul(said + 18, NULL, 10)
			     : 0;
		if (n == 0)
			break;
		p = end + length;
	}
	assert_int_equal(json_parse(a, end, length, body, &where), E_OK);
	return p;
}

static const char *
text_at(struct json_object *o, const char *name)
{
	const char *text = json_get_str(o, name);

	return text != NULL ? text : "(none)";
}

static int64_t
number_at(struct json_object *o, const char *name)
{
	int64_t n = -1;

	json_get_int(o, name, &n);
	return n;
}

static void
an_issue_is_as_specified(void **state)
{
	struct tiny_step steps[] = { wechat_answer(200, "{}", PUBLIC),
		wechat_answer(202, "", PUBLIC),
		wechat_answer(202, "", PUBLIC) };
	struct invoice_order other = { .apply_id = ID,
		.fapiao_id = ID "X",
		.amount_fen = 1,
		.buyer = { .title = "张三" } };
	struct invoice_refusal why;
	struct json_object *o, *buyer, *item;
	struct tiny t = begin(steps, COUNT(steps));

	(void)state;
	assert_int_equal(invoice_wechatpay.issue(a, &order, &why), E_OK);
	assert_int_equal(invoice_wechatpay.issue(a, &other, &why), E_OK);
	tiny_stop(&t, seen, sizeof(seen));

	/* Where notices go is told once. */
	assert_int_equal(
	    strncmp(sent(0, &o),
		"PATCH " FAPIAO "/merchant/development-config ", 60),
	    0);
	assert_string_equal(text_at(o, "callback_url"),
	    "https://ca.example.cn/callback/wechatpay");

	assert_non_null(
	    strstr(sent(1, &o), "\r\nWechatpay-Serial: " KIT_PUB_ID "\r\n"));
	assert_string_equal(text_at(o, "scene"), "WITH_WECHATPAY");
	assert_string_equal(text_at(o, "fapiao_apply_id"), APPLY);
	buyer = json_get(o, "buyer_information");
	assert_string_equal(text_at(buyer, "type"), "ORGANIZATION");
	assert_string_equal(text_at(buyer, "name"), "示例建设有限公司");
	assert_string_equal(
	    text_at(buyer, "taxpayer_id"), "91330100MA27XF5K6T");
	assert_null(json_get(buyer, "address"));
	assert_string_equal(opened(text_at(buyer, "phone")), "13812345678");
	assert_string_equal(opened(text_at(buyer, "email")), "cai@example.com");
	o = json_get(o, "fapiao_information");
	assert_int_equal(json_count(o), 1);
	o = json_at(o, 0);
	assert_string_equal(text_at(o, "fapiao_id"), ID);
	assert_int_equal(number_at(o, "total_amount"), 26000);
	assert_string_equal(text_at(o, "remark"), "CA20261124000001");
	assert_int_equal(json_count(json_get(o, "items")), 1);
	item = json_at(json_get(o, "items"), 0);
	assert_string_equal(text_at(item, "tax_code"), "3040201000000000000");
	assert_string_equal(text_at(item, "goods_name"), "数字证书服务费");
	assert_string_equal(text_at(item, "goods_category"), "信息技术服务");
	assert_string_equal(text_at(item, "specification"), "数字证书 1 年");
	assert_string_equal(text_at(item, "unit"), "项");
	assert_int_equal(number_at(item, "quantity"), 100000000);
	assert_int_equal(number_at(item, "total_amount"), 26000);
	assert_int_equal(number_at(item, "tax_rate"), 600);
	assert_string_equal(text_at(item, "tax_prefer_mark"), "NO_FAVORABLE");

	/* Nothing empty goes along, and nothing is sealed that is not there. */
	sent(2, &o);
	assert_string_equal(text_at(o, "scene"), "WITHOUT_WECHATPAY");
	buyer = json_get(o, "buyer_information");
	assert_string_equal(text_at(buyer, "type"), "INDIVIDUAL");
	assert_null(json_get(buyer, "taxpayer_id"));
	assert_null(json_get(buyer, "phone"));
	assert_null(
	    json_get(json_at(json_get(o, "fapiao_information"), 0), "remark"));
}

static void
a_certificate_seals_where_there_is_no_public_key(void **state)
{
	struct tiny_step steps[] = { wechat_answer(200, "{}", BY_CERT),
		wechat_answer(202, "", BY_CERT) };
	struct invoice_refusal why;
	struct json_object *o;
	struct tiny t;

	(void)state;
	cfg.wechatpay_platform_keys =
	    arena_printf(a, "%s=%s", KIT_SERIAL, kit_path("cert.pem"));
	t = begin(steps, COUNT(steps));
	assert_int_equal(invoice_wechatpay.issue(a, &order, &why), E_OK);
	tiny_stop(&t, seen, sizeof(seen));
	assert_non_null(
	    strstr(sent(1, &o), "\r\nWechatpay-Serial: " KIT_SERIAL "\r\n"));
	assert_null(strstr(seen, "13812345678"));
	assert_null(strstr(seen, "cai@example.com"));
}

static const struct {
	const char *known; /* what a query says first */
	int status;	   /* of the reverse; 0: it is not asked for */
	const char *body;
	enum how how;
	enum err expected;
	const char *code;
} reverses[] = {
	{ TOLD("ISSUED", BLUE SUM), 202, "", PUBLIC, E_OK, "" },
	{ TOLD("REVERSE_FAILED", BLUE SUM), 202, "", PUBLIC, E_OK, "" },
	{ TOLD("REVERSE_ACCEPTED", BLUE SUM), 0, NULL, PUBLIC, E_OK, "" },
	{ TOLD("REVERSED", BLUE RED SUM), 0, NULL, PUBLIC, E_OK, "" },
	{ TOLD("ISSUE_ACCEPTED", SUM), 0, NULL, PUBLIC, E_PROVIDER,
	    "NOT_ISSUED" },
	{ TOLD("ISSUE_FAILED", SUM), 0, NULL, PUBLIC, E_PROVIDER,
	    "NOT_ISSUED" },
	{ "{\"total_count\":0}", 0, NULL, PUBLIC, E_PROVIDER, "NOT_ISSUED" },
	{ TOLD("ISSUED",
	      "\"blue_fapiao\":{\"fapiao_number\":\"12345678\"}," SUM),
	    0, NULL, PUBLIC, E_PROVIDER, "NOT_ISSUED" },
	{ TOLD("ISSUED", BLUE SUM), 202, "", UNSIGNED, E_PROVIDER_UNKNOWN, "" },
	{ TOLD("ISSUED", BLUE SUM), 400, CODE("INVALID_REQUEST"), UNSIGNED,
	    E_PROVIDER, "INVALID_REQUEST" },
	{ TOLD("ISSUED", BLUE SUM), 401, CODE("SIGN_ERROR"), UNSIGNED,
	    E_PROVIDER, "" },
	{ TOLD("ISSUED", BLUE SUM), 429, CODE("FREQUENCY_LIMITED"), UNSIGNED,
	    E_PROVIDER_UNKNOWN, "" },
	{ TOLD("ISSUED", BLUE SUM), 500, CODE("SYSTEM_ERROR"), UNSIGNED,
	    E_PROVIDER_UNKNOWN, "" },
};

static void
each_answer_to_a_reverse_is_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reverses); i++) {
		struct tiny_step steps[] = {
			wechat_answer(200, reverses[i].known, PUBLIC),
			wechat_answer(reverses[i].status, reverses[i].body,
			    reverses[i].how),
		};
		struct tiny t = begin(steps, COUNT(steps));
		struct invoice_refusal why;
		enum err e;

		err_clear();
		e = invoice_wechatpay.reverse(
		    a, &order, INVOICE_MISTAKEN, &why);
		tiny_stop(&t, seen, sizeof(seen));
		if (e != reverses[i].expected ||
		    strcmp(why.code, reverses[i].code) != 0 ||
		    (strstr(seen, "/reverse ") != NULL) !=
			(reverses[i].status != 0))
			fail_msg("reverse %zu: %s", i, err_fault()->cause);
	}
}

static void
a_reverse_is_as_specified(void **state)
{
	static const char *const words[] = { "ISSUE_ERROR", "SALES_RETURN",
		"SERVICE_SUSPENTION" };

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct tiny_step steps[] = {
			wechat_answer(200, TOLD("ISSUED", BLUE SUM), PUBLIC),
			wechat_answer(202, "", PUBLIC),
		};
		struct tiny t = begin(steps, COUNT(steps));
		struct invoice_refusal why;
		struct json_object *o;

		assert_int_equal(invoice_wechatpay.reverse(
				     a, &order, (enum invoice_reason)i, &why),
		    E_OK);
		tiny_stop(&t, seen, sizeof(seen));
		assert_non_null(strstr(seen,
		    "POST " FAPIAO "/fapiao-applications/" APPLY "/reverse "));
		sent(1, &o);
		assert_string_equal(text_at(o, "reverse_reason"), words[i]);
		o = json_at(json_get(o, "fapiao_information"), 0);
		assert_string_equal(text_at(o, "fapiao_id"), ID);
		assert_string_equal(text_at(o, "fapiao_number"), order.number);
		assert_null(json_get(o, "fapiao_code"));
	}
}

static const char *
bytes_of(size_t n)
{
	char *s = arena_alloc(a, n + 1);

	memset(s, 'a', n);
	return s;
}

static void
what_there_is_no_room_for_is_a_problem(void **state)
{
	struct invoice_buyer b = { .title = bytes_of(256),
		.address = bytes_of(128),
		.bank_name = bytes_of(128) };
	struct problems errors = { .a = a };

	(void)state;
	invoice_wechatpay.check(&b, &errors);
	invoice_wechatpay.check(&(struct invoice_buyer){ 0 }, &errors);
	assert_int_equal(errors.n, 0);
	b = (struct invoice_buyer){ .title = bytes_of(257),
		.address = bytes_of(129),
		.bank_name = bytes_of(129) };
	/* Once each, also where something is wrong already. */
	problem_add(&errors, "title", "too_long", "%s", "…");
	invoice_wechatpay.check(&b, &errors);
	assert_int_equal(errors.n, 3);
	errors.n = 0;
	invoice_wechatpay.check(&b, &errors);
	assert_int_equal(errors.n, 3);
	assert_string_equal(problem_message(&errors, "title"),
	    "开票平台的发票抬头最多 85 个汉字，请缩短。");
	assert_non_null(problem_message(&errors, "address"));
	assert_non_null(problem_message(&errors, "bank_name"));
}

static void
odd_ids_do_not_go_out(void **state)
{
	static const char *const odd[] = { "", "01kr", "01kr0000/x",
		"01kr0000?x", "01kr 0000",
		"01kr00000000000000000000000000000" };
	struct invoice_order o = order;
	struct invoice_fact fact;
	struct invoice_refusal why;

	(void)state;
	assert_int_equal(invoice_wechatpay.open(&cfg), E_OK);
	for (size_t i = 0; i < COUNT(odd); i++) {
		o.fapiao_id = odd[i];
		assert_int_equal(
		    invoice_wechatpay.query(a, &o, &fact), E_PROVIDER);
		o.fapiao_id = ID;
		o.apply_id = odd[i];
		assert_int_equal(
		    invoice_wechatpay.issue(a, &o, &why), E_PROVIDER);
		o.apply_id = APPLY;
	}
}

static void
the_setting_names_it(void **state)
{
	const struct invoice_provider *p = NULL;

	(void)state;
	cfg.invoice_provider = "wechatpay";
	assert_int_equal(invoice_provider_open(&cfg, &p), E_OK);
	assert_ptr_equal(p, &invoice_wechatpay);
	cfg.invoice_tax_code = "";
	assert_int_equal(invoice_provider_open(&cfg, &p), E_INTERNAL);
	cfg.invoice_provider = "manual";
	assert_int_equal(invoice_provider_open(&cfg, &p), E_OK);
	assert_string_equal(invoice_kind_name(INVOICE_OFD), "ofd");
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(bad_settings_stop_the_start),
		TEST(it_does_not_start_without_keys),
		TEST(each_answer_about_an_invoice_is_judged),
		TEST(a_fact_has_what_was_told),
		TEST(each_answer_to_an_issue_is_judged),
		TEST(an_issue_is_as_specified),
		TEST(a_certificate_seals_where_there_is_no_public_key),
		TEST(each_answer_to_a_reverse_is_judged),
		TEST(a_reverse_is_as_specified),
		TEST(what_there_is_no_room_for_is_a_problem),
		TEST(odd_ids_do_not_go_out),
		TEST(the_setting_names_it),
	};

	return cmocka_run_group_tests(tests, kit_open, kit_close);
}
