#include <stdbool.h>

#include "provider/payment.h"
#include "wechatpay_kit.h"

enum { NOW = 1798858805 };

/* A notice in the making: the parts that a case may spoil. */
struct letter {
	EVP_PKEY *signer;
	int64_t now;
	const char *timestamp, *nonce, *serial, *signature, *type;
	const char *id, *event_type, *algorithm, *iv;
	const char *data; /* NULL: no associated_data at all */
	const char *seal_data;
	const char *key, *plain, *ciphertext;
	const char *body;
};

static const char good_plain[] =
    "{\"mchid\":\"" KIT_MCHID "\",\"appid\":\"" KIT_APPID "\","
    "\"out_trade_no\":\"CA20261124000001\","
    "\"transaction_id\":\"4200001234202701021234567890\","
    "\"trade_type\":\"NATIVE\",\"trade_state\":\"SUCCESS\","
    "\"trade_state_desc\":\"支付成功\",\"attach\":\"\","
    "\"success_time\":\"2027-01-02T11:00:01+08:00\","
    "\"promotion_detail\":[{\"goods_detail\":[{\"quantity\":1}]}],"
    "\"amount\":{\"total\":26000,\"payer_total\":26000,"
    "\"currency\":\"CNY\"}}";

static struct letter
letter_new(void)
{
	return (struct letter){
		.signer = kit_public,
		.now = NOW * CLOCK_SECOND + 999999,
		.timestamp = "1798858805",
		.nonce = "Okxqtxc0OUyIHnn7L1Y0YnPUd3NucFqm",
		.serial = KIT_PUB_ID,
		.type = "WECHATPAY2-SHA256-RSA2048",
		.id = "EV-2027010203000500000001",
		.event_type = "TRANSACTION.SUCCESS",
		.algorithm = "AEAD_AES_256_GCM",
		.iv = "eTEY15eDAIPE",
		.data = "transaction",
		.seal_data = "transaction",
		.key = KIT_APIV3,
		.plain = good_plain,
	};
}

/* Cipher and tag in base64. */
static const char *
seal(const struct letter *l)
{
	size_t len = strlen(l->plain);
	unsigned char *out = arena_alloc(a, len + 16);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, NULL, NULL);
	EVP_CIPHER_CTX_ctrl(
	    ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)strlen(l->iv), NULL);
	EVP_EncryptInit_ex(ctx, NULL, NULL, (const unsigned char *)l->key,
	    (const unsigned char *)l->iv);
	EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)l->seal_data,
	    (int)strlen(l->seal_data));
	EVP_EncryptUpdate(
	    ctx, out, &n, (const unsigned char *)l->plain, (int)len);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, out + n, &n), 1);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + len);
	EVP_CIPHER_CTX_free(ctx);
	return kit_base64(out, len + 16);
}

static void
letter_finish(struct letter *l)
{
	const char *data =
	    l->data == NULL
		? ""
		: arena_printf(a, "\"associated_data\":\"%s\",", l->data);

	if (l->ciphertext == NULL)
		l->ciphertext = seal(l);
	if (l->body == NULL)
		l->body = arena_printf(a,
		    "{\"id\":\"%s\",\"create_time\":\"2027-01-02T11:00:05+08:00\""
		    ",\"resource_type\":\"encrypt-resource\","
		    "\"event_type\":\"%s\",\"summary\":\"支付成功\","
		    "\"resource\":{\"original_type\":\"transaction\","
		    "\"algorithm\":\"%s\",\"ciphertext\":\"%s\",%s"
		    "\"nonce\":\"%s\"}}",
		    l->id, l->event_type, l->algorithm, l->ciphertext, data,
		    l->iv);
	if (l->signature == NULL)
		l->signature =
		    kit_sign(l->signer, l->timestamp, l->nonce, l->body);
}

static const char *
letter_header(void *arg, const char *name)
{
	const struct letter *l = arg;

	if (strcmp(name, "wechatpay-timestamp") == 0)
		return l->timestamp;
	if (strcmp(name, "wechatpay-nonce") == 0)
		return l->nonce;
	if (strcmp(name, "wechatpay-serial") == 0)
		return l->serial;
	if (strcmp(name, "wechatpay-signature") == 0)
		return l->signature;
	return strcmp(name, "wechatpay-signature-type") == 0 ? l->type : NULL;
}

static enum err
take(struct letter *l, struct payment_notice *out)
{
	struct payment_message m = {
		.header = letter_header,
		.arg = l,
		.body = l->body,
		.n = strlen(l->body),
		.now = l->now,
	};

	return payment_wechatpay.notice(a, &m, out);
}

/* The text with one character put in place of another. */
static const char *
changed(const char *s, size_t at, char c)
{
	char *copy = arena_strdup(a, s);

	copy[at] = c;
	return copy;
}

#define SPOIL(name, ...)                                                       \
	static void name(struct letter *l)                                     \
	{                                                                      \
		__VA_ARGS__;                                                   \
	}

/* Before it is sealed and signed. */
SPOIL(by_certificate, l->signer = kit_cert_key; l->serial = KIT_SERIAL)
SPOIL(no_data, l->data = NULL; l->seal_data = "")
SPOIL(empty_data, l->data = ""; l->seal_data = "")
SPOIL(no_type, l->type = NULL)
SPOIL(late_300, l->now += 300 * CLOCK_SECOND)
SPOIL(early_300, l->now -= 300 * CLOCK_SECOND)
SPOIL(late_301, l->now += 301 * CLOCK_SECOND)
SPOIL(early_301, l->now -= 301 * CLOCK_SECOND)
SPOIL(odd_time, l->timestamp = "+1798858805")
SPOIL(word_time, l->timestamp = "now")
SPOIL(huge_time, l->timestamp = "99999999999999999999")
SPOIL(negative_time, l->timestamp = "-1798858805")
SPOIL(other_signer, l->signer = kit_other)
SPOIL(wrong_pair, l->serial = KIT_SERIAL)
SPOIL(not_json, l->body = "id=EV-1")
SPOIL(an_array, l->body = "[]")
SPOIL(no_resource, l->body = "{\"id\":\"E\",\"event_type\":\"X\"}")
SPOIL(text_resource,
    l->body = "{\"id\":\"E\",\"event_type\":\"X\",\"resource\":\"R\"}")
SPOIL(twice, l->body = "{\"id\":\"E\",\"id\":\"F\"}")
SPOIL(no_body, l->body = "")
SPOIL(no_id, l->id = "")
SPOIL(long_id, l->id = arena_printf(a, "%065d", 1))
SPOIL(no_event, l->event_type = "")
SPOIL(algorithm, l->algorithm = "AEAD_AES_128_GCM")
SPOIL(short_iv, l->iv = "eTEY15eDAIP")
SPOIL(long_iv, l->iv = "eTEY15eDAIPEX")
SPOIL(bad_cipher, l->ciphertext = "!!!!")
SPOIL(short_cipher, l->ciphertext = "AAAAAAAAAAAAAAAAAAAA")
SPOIL(flipped_tag, l->ciphertext = seal(l);
      l->ciphertext = changed(l->ciphertext, strlen(l->ciphertext) - 6, '/'))
SPOIL(flipped_text,
    l->ciphertext = changed(seal(l), 8, seal(l)[8] == 'A' ? 'B' : 'A'))
SPOIL(other_data, l->data = "refund")
SPOIL(missing_data, l->data = NULL)
SPOIL(other_key, l->key = "vutsrqponmlkjihgfedcba9876543210")
SPOIL(sealed_text, l->plain = "paid")
SPOIL(sealed_nothing, l->plain = "")
SPOIL(refund, l->event_type = "REFUND.SUCCESS")
SPOIL(refund_plain, l->event_type = "REFUND.SUCCESS";
      l->plain = "{\"refund_status\":\"SUCCESS\"}")
SPOIL(refund_of, l->event_type = "REFUND.SUCCESS";
      l->plain = "{\"out_refund_no\":\"CA0001R1\"}")
SPOIL(invoice, l->event_type = "FAPIAO.ISSUED";
      l->plain = "{\"mchid\":\"1\",\"fapiao_apply_id\":\"4200\"}")
SPOIL(invoice_applied, l->event_type = "FAPIAO.USER_APPLIED";
      l->plain = "{\"fapiao_apply_id\":\"4200\"}")
SPOIL(invoice_of_none, l->event_type = "FAPIAO.REVERSED"; l->plain = "{}")
SPOIL(invoice_number, l->event_type = "FAPIAO.ISSUED";
      l->plain = "{\"fapiao_apply_id\":4200}")
SPOIL(invoices, l->event_type = "FAPIAOS.ISSUED";
      l->plain = "{\"fapiao_apply_id\":\"4200\"}")
SPOIL(refunded, l->plain = "{\"trade_state\":\"REFUND\",\"mchid\":\"1\","
			   "\"appid\":\"w\",\"out_trade_no\":\"CA0001\","
			   "\"transaction_id\":\"4\",\"amount\":{\"total\":1}}")
SPOIL(no_state, l->plain = "{\"out_trade_no\":\"CA0001\"}")
SPOIL(new_state, l->plain = "{\"out_trade_no\":\"CA0001\","
			    "\"trade_state\":\"BETTER\"}")
SPOIL(no_order, l->plain = "{\"trade_state\":\"SUCCESS\"}")

#define PAID(amount)                                                              \
	"{\"mchid\":\"1\",\"appid\":\"w\",\"out_trade_no\":\"CA0001\","           \
	"\"transaction_id\":\"4\",\"trade_state\":\"SUCCESS\",\"amount\":" amount \
	"}"
SPOIL(no_amount, l->plain = PAID("null"))
SPOIL(text_amount, l->plain = PAID("{\"total\":\"26000\"}"))
SPOIL(yuan_amount, l->plain = PAID("{\"total\":260.00}"))
SPOIL(zero_amount, l->plain = PAID("{\"total\":0}"))
SPOIL(huge_amount, l->plain = PAID("{\"total\":9223372036854775808}"))

/* On its way, after it was signed. */
SPOIL(lose_timestamp, l->timestamp = NULL)
SPOIL(lose_nonce, l->nonce = NULL)
SPOIL(lose_serial, l->serial = NULL)
SPOIL(lose_signature, l->signature = NULL)
SPOIL(empty_nonce, l->nonce = "")
SPOIL(other_type, l->type = "WECHATPAY2-SM2-WITH-SM3")
SPOIL(unknown_serial, l->serial = "PUB_KEY_ID_1")
SPOIL(tampered_body, l->body = changed(l->body, 10, 'X'))
SPOIL(longer_body, l->body = arena_printf(a, "%s\n", l->body))
SPOIL(other_timestamp, l->timestamp = "1798858806")
SPOIL(other_nonce, l->nonce = changed(l->nonce, 0, 'o'))
SPOIL(probe,
    l->signature = arena_printf(a, "WECHATPAY/SIGNTEST/%s", l->signature + 19))
SPOIL(longer_probe,
    l->signature = arena_printf(a, "WECHATPAY/SIGNTEST/%s", l->signature))
SPOIL(broken_base64, l->signature = changed(l->signature, 5, '_'))
SPOIL(cut_base64, l->signature = arena_strndup(a, l->signature, 342))
SPOIL(short_signature, l->signature = "AAAA")

static const struct {
	const char *label;
	void (*before)(struct letter *), (*after)(struct letter *);
	const char *cause; /* NULL: taken */
	enum notice_kind kind;
} letters[] = {
	{ .label = "good", .kind = NOTICE_PAYMENT },
#define TAKEN(part, kind_)                                                     \
	{                                                                      \
		.label = #part, .before = part, .kind = kind_                  \
	}
	TAKEN(by_certificate, NOTICE_PAYMENT),
	TAKEN(no_data, NOTICE_PAYMENT),
	TAKEN(empty_data, NOTICE_PAYMENT),
	TAKEN(no_type, NOTICE_PAYMENT),
	TAKEN(late_300, NOTICE_PAYMENT),
	TAKEN(early_300, NOTICE_PAYMENT),
	TAKEN(refund, NOTICE_OTHER),
	TAKEN(refund_plain, NOTICE_OTHER),
	TAKEN(refund_of, NOTICE_REFUND),
	TAKEN(invoice, NOTICE_INVOICE),
	TAKEN(invoice_applied, NOTICE_INVOICE),
	TAKEN(invoice_of_none, NOTICE_OTHER),
	TAKEN(invoice_number, NOTICE_OTHER),
	TAKEN(invoices, NOTICE_OTHER),
	TAKEN(refunded, NOTICE_OTHER),
#define SIGNED(part, why)                                                      \
	{                                                                      \
		.label = #part, .before = part, .cause = why                   \
	}
	SIGNED(late_301, "is not now"),
	SIGNED(early_301, "is not now"),
	SIGNED(odd_time, "is not now"),
	SIGNED(word_time, "is not now"),
	SIGNED(huge_time, "is not now"),
	SIGNED(negative_time, "is not now"),
	SIGNED(other_signer, "does not match"),
	SIGNED(wrong_pair, "does not match"),
	SIGNED(not_json, "body is not JSON"),
	SIGNED(an_array, "id or event_type"),
	SIGNED(no_resource, "resource is missing"),
	SIGNED(text_resource, "algorithm"),
	SIGNED(twice, "body is not JSON"),
	SIGNED(no_body, "body is not JSON"),
	SIGNED(no_id, "id or event_type"),
	SIGNED(long_id, "id or event_type"),
	SIGNED(no_event, "id or event_type"),
	SIGNED(algorithm, "algorithm"),
	SIGNED(short_iv, "12 bytes"),
	SIGNED(long_iv, "12 bytes"),
	SIGNED(bad_cipher, "ciphertext is not base64"),
	SIGNED(short_cipher, "shorter than its tag"),
	SIGNED(flipped_tag, "does not decrypt"),
	SIGNED(flipped_text, "does not decrypt"),
	SIGNED(other_data, "does not decrypt"),
	SIGNED(missing_data, "does not decrypt"),
	SIGNED(other_key, "does not decrypt"),
	SIGNED(sealed_text, "decrypted text is not JSON"),
	SIGNED(sealed_nothing, "decrypted text is not JSON"),
	SIGNED(no_state, "trade_state"),
	SIGNED(new_state, "trade_state"),
	SIGNED(no_order, "out_trade_no"),
	SIGNED(no_amount, "amount is missing"),
	SIGNED(text_amount, "amount is missing"),
	SIGNED(yuan_amount, "amount is missing"),
	SIGNED(zero_amount, "amount is missing"),
	SIGNED(huge_amount, "decrypted text is not JSON"),
#define SPOILT(part, why)                                                      \
	{                                                                      \
		.label = #part, .after = part, .cause = why                    \
	}
	SPOILT(lose_timestamp, "header is missing"),
	SPOILT(lose_nonce, "header is missing"),
	SPOILT(lose_serial, "header is missing"),
	SPOILT(lose_signature, "header is missing"),
	SPOILT(empty_nonce, "header is missing"),
	SPOILT(other_type, "another type"),
	SPOILT(unknown_serial, "serial PUB_KEY_ID_1 is unknown"),
	SPOILT(tampered_body, "does not match"),
	SPOILT(longer_body, "does not match"),
	SPOILT(other_timestamp, "does not match"),
	SPOILT(other_nonce, "does not match"),
	SPOILT(probe, "does not match"),
	SPOILT(longer_probe, "the signature"),
	SPOILT(broken_base64, "signature is not base64"),
	SPOILT(cut_base64, "signature is not base64"),
	SPOILT(short_signature, "does not match"),
};

static void
each_letter(void **state)
{
	struct payment_notice out;
	enum err e;

	(void)state;
	assert_int_equal(payment_wechatpay.open(&cfg), E_OK);
	for (size_t i = 0; i < COUNT(letters); i++) {
		struct letter l = letter_new();

		if (letters[i].before != NULL)
			letters[i].before(&l);
		letter_finish(&l);
		if (letters[i].after != NULL)
			letters[i].after(&l);
		err_clear();
		out = (struct payment_notice){ 0 };
		e = take(&l, &out);
		if (letters[i].cause == NULL) {
			if (e != E_OK || out.kind != letters[i].kind)
				fail_msg("%s: %s", letters[i].label,
				    err_fault()->cause);
		} else if (e != E_NOTICE || out.event_id != NULL ||
			   strstr(err_fault()->cause, letters[i].cause) ==
			       NULL) {
			fail_msg(
			    "%s: %s", letters[i].label, err_fault()->cause);
		}
	}
}

static void
good_letter_is_decoded(void **state)
{
	struct letter l = letter_new();
	struct payment_notice out;
	int64_t paid_at;

	(void)state;
	assert_int_equal(payment_wechatpay.open(&cfg), E_OK);
	letter_finish(&l);
	assert_int_equal(take(&l, &out), E_OK);
	assert_string_equal(out.event_id, l.id);
	assert_string_equal(out.event_type, "TRANSACTION.SUCCESS");
	assert_string_equal(out.plain, good_plain);
	assert_int_equal(out.fact.state, PAYMENT_PAID);
	assert_string_equal(out.fact.order_no, "CA20261124000001");
	assert_string_equal(
	    out.fact.transaction_id, "4200001234202701021234567890");
	assert_string_equal(out.fact.merchant, payment_wechatpay.merchant());
	assert_string_equal(out.fact.app, payment_wechatpay.app());
	assert_string_equal(out.fact.currency, "CNY");
	assert_int_equal(out.fact.amount_fen, 26000);
	assert_true(clock_parse("2027-01-02T03:00:01Z", &paid_at));
	assert_int_equal(out.fact.paid_at, paid_at);
}

static void
answer_tells_the_provider(void **state)
{
	struct payment_answer taken = payment_wechatpay.notice_answer(true);
	struct payment_answer refused = payment_wechatpay.notice_answer(false);

	(void)state;
	assert_non_null(strstr(taken.body, "SUCCESS"));
	assert_int_equal(taken.status, 200);
	assert_non_null(strstr(refused.body, "FAIL"));
	assert_in_range(refused.status, 400, 599);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_letter, kit_setup, kit_teardown),
		cmocka_unit_test_setup_teardown(
		    good_letter_is_decoded, kit_setup, kit_teardown),
		cmocka_unit_test(answer_tells_the_provider),
	};

	return cmocka_run_group_tests(tests, kit_open, kit_close);
}
