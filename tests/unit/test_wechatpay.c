/* Keys and settings, and our signature. */
#include "provider/wechatpay_private.h"
#include "wechatpay_kit.h"

#define ORDER_NO "CA20261124000001"

static const struct payment_order order = {
	.order_no = ORDER_NO,
	.description = "企业CA锁 续期",
	.amount_fen = 26000,
	.expires_at = INT64_C(1793000000) * CLOCK_SECOND,
};

/*
 * The signatures were made with OpenSSL's command line:
 * printf 'GET\n/v3/…\n1793000000\n593B…\n\n' |
 *     openssl dgst -sha256 -sign merchant.pem | base64 -w0
 */
static const struct {
	struct wechatpay_request request;
	const char *signature;
} known[] = {
	{ { .method = "GET",
	      .target = "/v3/pay/transactions/out-trade-no/" ORDER_NO
			"?mchid=" KIT_MCHID,
	      .timestamp = "1793000000",
	      .nonce = "593BEC0C930BF1AFEB40B4A08C8FB242" },
	    "XHsLUXB+YEhZlXIi1kjoi7L0iXNX884KX73LZ4YonG5q9n29DUS5k83oUAjU"
	    "g22SYIQG791w9Z89IwW6lIuJpNnJOP8QQleY0PVJvwS/A4f30R3SLpZ469RA"
	    "EhsDlfv9p/sdQCm3D9U5eI1KSJc0KAukIhCACpV/S9hTLkUhX/P6AeJQr9AO"
	    "4QGwT3JsgN04p2cCODid2fy5IjaL8oX0Vq5yxYHAijW5zqbEiB2Exn034sDq"
	    "eIUmrWobPxyd3aDCOB0GPjXId0gZoBA6ywpfQ0O0j+a60TEVhzMG61NwqTAE"
	    "oIyRUc+/CnE45xJONjaC6lJdj5uzSrvKeAgZiOSGIA==" },
	{ { .method = "POST",
	      .target = "/v3/pay/transactions/native",
	      .timestamp = "1793000001",
	      .nonce = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
	      .body = "{\"description\":\"证书锁 新办\","
		      "\"amount\":{\"total\":26000}}" },
	    "gMrm3rGrbV2IkSVNLE8O+WYFy9bXiN/zFwrtOyff9HapHlXbg1D+vPuNhKAC"
	    "oY28Z9krtGj/4UD9N9nQUXx5gQY4i3bAzGl/OU7Sdqw1T/pcALkodMyD/++z"
	    "aaDurj6G/4MsvB2p5KPayNCwCs1VJZP2M19beA2kjxttKu2+KFrzO6Nr23BW"
	    "h2K6vomSI//67zOYQVZbu9kKmItVlmOeLvNKo7ruXMvoaoOsx6Sy8GOfS+OY"
	    "00l7gK542gtg0AEq6YrTudJ7eL5DBL+YZPhwfnkDFu1pdjZ3nDOriArR3qx6"
	    "6G1GccaR35HBuFfLp9yi5jjsPFnn26iWJvhxqAWXJg==" },
};

static void
signature_is_the_known_one(void **state)
{
	struct wechatpay w = { .a = a, .cfg = &cfg };
	const char *value;

	(void)state;
	assert_int_equal(wechatpay_keys_read(&w), E_OK);
	for (size_t i = 0; i < COUNT(known); i++) {
		struct wechatpay_request r = known[i].request;

		r.n = r.body != NULL ? strlen(r.body) : 0;
		assert_int_equal(
		    wechatpay_authorization(a, &w, &r, &value), E_OK);
		assert_string_equal(value,
		    arena_printf(a,
			"WECHATPAY2-SHA256-RSA2048 mchid=\"" KIT_MCHID
			"\",nonce_str=\"%s\",timestamp=\"%s\","
			"serial_no=\"D7CE59D1F522D701\",signature=\"%s\"",
			r.nonce, r.timestamp, known[i].signature));
	}
}

static const char *
written(EVP_PKEY *key, const EVP_CIPHER *cipher)
{
	char word[] = "word";
	const char *path = kit_path("bad.pem");
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PrivateKey(f, key, cipher, NULL, 0, NULL,
			     cipher != NULL ? word : NULL),
	    1);
	assert_int_equal(fclose(f), 0);
	EVP_PKEY_free(key);
	return path;
}

static const char *
weak_public(void)
{
	EVP_PKEY *key = EVP_RSA_gen(1024);
	const char *path = kit_write_public("bad.pem", key);

	EVP_PKEY_free(key);
	return path;
}

static const char *
list_of_many(void)
{
	const char *list = "";

	for (int i = 0; i <= WECHATPAY_PLATFORM_KEYS; i++)
		list = arena_printf(
		    a, "%sPUB_KEY_ID_%d=%s,", list, i, kit_path("pub.pem"));
	return list;
}

static void
platform_key(const char *id, const char *path)
{
	cfg.wechatpay_platform_keys = arena_printf(a, "%s=%s", id, path);
}

#define SPOIL(name, ...)                                                       \
	static void name(void)                                                 \
	{                                                                      \
		__VA_ARGS__;                                                   \
	}

SPOIL(short_apiv3, kit_write("apiv3", "0123456789abcdefghijklmnopqrstu\n"))
SPOIL(long_apiv3, kit_write("apiv3", KIT_APIV3 "w\n"))
SPOIL(no_apiv3_file, cfg.wechatpay_apiv3_key_file = "/nonexistent/apiv3")
SPOIL(no_serial, cfg.wechatpay_merchant_serial = "")
SPOIL(no_merchant_key, cfg.wechatpay_merchant_key_file = NULL)
SPOIL(no_platform_keys, cfg.wechatpay_platform_keys = "")
SPOIL(no_mchid, cfg.wechatpay_mchid = NULL)
SPOIL(no_appid, cfg.wechatpay_appid = "")
SPOIL(odd_mchid, cfg.wechatpay_mchid = "123&x=1")
SPOIL(odd_serial, cfg.wechatpay_merchant_serial = "D7\",x=\"")
SPOIL(
    public_merchant_key, cfg.wechatpay_merchant_key_file = kit_path("pub.pem"))
SPOIL(locked_merchant_key, cfg.wechatpay_merchant_key_file = written(
			       EVP_RSA_gen(2048), EVP_aes_128_cbc()))
SPOIL(ec_merchant_key,
    cfg.wechatpay_merchant_key_file = written(EVP_EC_gen("P-256"), NULL))
SPOIL(weak_platform_key, platform_key(KIT_PUB_ID, weak_public()))
SPOIL(certificate_as_key, platform_key(KIT_PUB_ID, kit_path("cert.pem")))
SPOIL(key_as_certificate, platform_key(KIT_SERIAL, kit_path("pub.pem")))
SPOIL(other_serial, platform_key("4157", kit_path("cert.pem")))
SPOIL(no_id, cfg.wechatpay_platform_keys = kit_path("pub.pem"))
SPOIL(empty_id, platform_key("", kit_path("pub.pem")))
SPOIL(empty_item, cfg.wechatpay_platform_keys = arena_printf(
		      a, "%s,", cfg.wechatpay_platform_keys))
SPOIL(many_keys, cfg.wechatpay_platform_keys = list_of_many())

#define CASE(name, why)                                                        \
	{                                                                      \
		.label = #name, .spoil = name, .cause = why                    \
	}
static const struct {
	const char *label;
	void (*spoil)(void);
	const char *cause;
} bad_configs[] = {
	CASE(short_apiv3, "31 bytes, must be 32"),
	CASE(long_apiv3, "33 bytes, must be 32"),
	CASE(no_apiv3_file, "No such file"),
	CASE(no_serial, "wechatpay_merchant_serial is not set"),
	CASE(no_merchant_key, "wechatpay_merchant_key_file is not set"),
	CASE(no_platform_keys, "wechatpay_platform_keys is not set"),
	CASE(no_mchid, "wechatpay_mchid is not set"),
	CASE(no_appid, "wechatpay_appid is not set"),
	CASE(odd_mchid, "wechatpay_mchid is not a number"),
	CASE(odd_serial, "wechatpay_merchant_serial is not hexadecimal"),
	CASE(public_merchant_key, "not the PEM expected"),
	CASE(locked_merchant_key, "not the PEM expected"),
	CASE(ec_merchant_key, "not RSA of 2048 bits"),
	CASE(weak_platform_key, "not RSA of 2048 bits"),
	CASE(certificate_as_key, "not the PEM expected"),
	CASE(key_as_certificate, "not a certificate"),
	CASE(other_serial, "has serial " KIT_SERIAL ", not 4157"),
	CASE(no_id, "is not ID=file"),
	CASE(empty_id, "is not ID=file"),
	CASE(empty_item, "is not ID=file"),
	CASE(many_keys, "over 16"),
};

static void
bad_settings_stop_the_start(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_configs); i++) {
		kit_configure();
		bad_configs[i].spoil();
		assert_int_equal(payment_wechatpay.open(&cfg), E_INTERNAL);
		if (strstr(err_fault()->cause, bad_configs[i].cause) == NULL)
			fail_msg(
			    "%s: %s", bad_configs[i].label, err_fault()->cause);
	}
}

static const char *
no_header(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

/* payment has no APIv3 key, callback no merchant key; worker has all. */
static void
programs_have_their_part(void **state)
{
	struct payment_message m = { .header = no_header, .body = "" };
	struct payment_notice notice;
	struct payment_fact fact;
	const char *url;

	(void)state;
	cfg.wechatpay_apiv3_key_file = NULL;
	assert_int_equal(payment_wechatpay.open(&cfg), E_OK);
	assert_int_equal(payment_wechatpay.notice(a, &m, &notice), E_NOTICE);
	assert_string_equal(
	    err_fault()->cause, "wechatpay_apiv3_key_file is not set");

	kit_configure();
	cfg.wechatpay_merchant_key_file = NULL;
	cfg.wechatpay_merchant_serial = NULL;
	cfg.wechatpay_base_url = NULL;
	assert_int_equal(payment_wechatpay.open(&cfg), E_OK);
	assert_int_equal(payment_wechatpay.notice(a, &m, &notice), E_NOTICE);
	assert_int_equal(payment_wechatpay.create(a, &order, &url), E_PROVIDER);
	assert_int_equal(
	    payment_wechatpay.query(a, ORDER_NO, &fact), E_PROVIDER);
	assert_int_equal(payment_wechatpay.close(a, ORDER_NO), E_PROVIDER);
	assert_string_equal(
	    err_fault()->cause, "wechatpay_merchant_key_file is not set");

	cfg = (struct config){ .public_url = "https://ca.example.cn" };
	assert_int_equal(payment_wechatpay.open(&cfg), E_OK);
	assert_int_equal(payment_wechatpay.notice(a, &m, &notice), E_NOTICE);
}

static void
providers_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(payment_provider("wechatpay"), &payment_wechatpay);
	assert_null(payment_provider("wechat"));
	assert_null(payment_provider(""));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
	const struct CMUnitTest tests[] = {
		TEST(signature_is_the_known_one),
		TEST(bad_settings_stop_the_start),
		TEST(programs_have_their_part),
		TEST(providers_are_found_by_name),
	};

	return cmocka_run_group_tests(tests, kit_open, kit_close);
}
