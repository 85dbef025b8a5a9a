/* What WeChat says of a transaction: notices, and the text inside them. */
#include <openssl/err.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "format/json.h"
#include "provider/wechatpay_private.h"

enum { GCM_NONCE = 12, GCM_TAG = 16, WORD_MAX = 64 };

static const struct {
	const char *word;
	enum payment_state state;
} trade_states[] = {
	{ "SUCCESS", PAYMENT_PAID },
	{ "REFUND", PAYMENT_REFUNDED },
	{ "NOTPAY", PAYMENT_UNPAID },
	{ "USERPAYING", PAYMENT_UNPAID },
	{ "PAYERROR", PAYMENT_UNPAID },
	{ "CLOSED", PAYMENT_CLOSED },
	{ "REVOKED", PAYMENT_CLOSED },
};

static bool
trade_state(const char *word, enum payment_state *out)
{
	for (size_t i = 0; word != NULL && i < COUNT(trade_states); i++)
		if (strcmp(trade_states[i].word, word) == 0) {
			*out = trade_states[i].state;
			return true;
		}
	return false;
}

static void
money(struct json_object *amount, struct payment_fact *out)
{
	if (amount == NULL || !json_get_int(amount, "total", &out->amount_fen))
		return;
	/* Left out, it is CNY: the only one that the interface has. */
	out->currency = json_get_str(amount, "currency");
	if (out->currency == NULL)
		out->currency = "CNY";
}

const char *
wechatpay_fact(struct json_object *o, struct payment_fact *out)
{
	const char *time = json_get_str(o, "success_time");

	*out = (struct payment_fact){
		.order_no = json_get_str(o, "out_trade_no"),
		.transaction_id = json_get_str(o, "transaction_id"),
		.merchant = json_get_str(o, "mchid"),
		.app = json_get_str(o, "appid"),
	};
	money(json_get(o, "amount"), out);
	if (time == NULL || !clock_parse(time, &out->paid_at))
		out->paid_at = 0;
	if (!trade_state(json_get_str(o, "trade_state"), &out->state))
		return "trade_state is unknown";
	if (out->order_no == NULL)
		return "out_trade_no is missing";
	if (out->state != PAYMENT_PAID && out->state != PAYMENT_REFUNDED)
		return NULL;
	if (out->transaction_id == NULL || out->merchant == NULL ||
	    out->app == NULL || out->amount_fen < 1)
		return "transaction_id, mchid, appid or amount is missing";
	return NULL;
}

/* One text under AES-256-GCM, its tag after it. */
struct sealed {
	const uint8_t *text;
	size_t n; /* without the tag */
	const char *nonce, *data;
};

static bool
open_with(EVP_CIPHER_CTX *ctx, const char *key, const struct sealed *s,
    uint8_t *plain)
{
	uint8_t tag[GCM_TAG];
	int n;

	memcpy(tag, s->text + s->n, GCM_TAG);
	return EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL,
		   (const uint8_t *)key, (const uint8_t *)s->nonce) == 1 &&
	       EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)s->data,
		   (int)strlen(s->data)) == 1 &&
	       EVP_DecryptUpdate(ctx, plain, &n, s->text, (int)s->n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, tag) ==
		   1 &&
	       EVP_DecryptFinal_ex(ctx, plain + n, &n) == 1;
}

/* NULL when the tag does not match: then nothing of it may be used. */
static char *
decrypt(struct arena *a, const char *key, const struct sealed *s)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	char *plain = arena_alloc(a, s->n + 1);
	bool ok;

	ok = ctx != NULL && open_with(ctx, key, s, (uint8_t *)plain);
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	return ok ? plain : NULL;
}

static enum err
resource_open(struct arena *a, const char *key, struct json_object *resource,
    struct json_object **out, const char **plain)
{
	const char *algorithm = json_get_str(resource, "algorithm");
	const char *text = json_get_str(resource, "ciphertext"), *where;
	struct sealed s = {
		.nonce = json_get_str(resource, "nonce"),
		.data = json_get_str(resource, "associated_data"),
	};

	if (algorithm == NULL || strcmp(algorithm, "AEAD_AES_256_GCM") != 0)
		return FAIL(E_NOTICE, "the algorithm is not AEAD_AES_256_GCM");
	if (s.nonce == NULL || strlen(s.nonce) != GCM_NONCE)
		return FAIL(E_NOTICE, "the nonce is not of 12 bytes");
	if (text == NULL || (s.text = base64_decode(a, text, &s.n)) == NULL)
		return FAIL(E_NOTICE, "the ciphertext is not base64");
	if (s.n < GCM_TAG)
		return FAIL(E_NOTICE, "the ciphertext is shorter than its tag");
	s.n -= GCM_TAG;
	if (s.data == NULL)
		s.data = "";
	if ((*plain = decrypt(a, key, &s)) == NULL)
		return FAIL(E_NOTICE, "the ciphertext does not decrypt");
	if (json_parse(a, *plain, s.n, out, &where) != E_OK)
		return FAIL(E_NOTICE, "the decrypted text is not JSON");
	return E_OK;
}

static bool
is_word(const char *s)
{
	return s != NULL && *s != '\0' && strlen(s) <= WORD_MAX;
}

/* Whether it is an event of that family which names what it is of. */
static bool
is_of(const struct payment_notice *n, const char *family,
    struct json_object *plain, const char *member, const char **of)
{
	if (strncmp(n->event_type, family, strlen(family)) != 0)
		return false;
	*of = json_get_str(plain, member);
	return is_word(*of);
}

static enum err
decode(struct arena *a, const char *key, const struct payment_message *m,
    struct payment_notice *out)
{
	struct json_object *o, *resource, *plain = NULL;
	const char *where, *wrong;

	if (json_parse(a, m->body, m->n, &o, &where) != E_OK)
		return FAIL(E_NOTICE, "the body is not JSON");
	*out = (struct payment_notice){
		.event_id = json_get_str(o, "id"),
		.event_type = json_get_str(o, "event_type"),
		.kind = NOTICE_OTHER,
	};
	if (!is_word(out->event_id) || !is_word(out->event_type))
		return FAIL(E_NOTICE, "id or event_type is missing");
	if ((resource = json_get(o, "resource")) == NULL)
		return FAIL(E_NOTICE, "the resource is missing");
	TRY(resource_open(a, key, resource, &plain, &out->plain));
	if (is_of(out, "REFUND.", plain, "out_refund_no", &out->refund_no))
		out->kind = NOTICE_REFUND;
	if (is_of(out, "FAPIAO.", plain, "fapiao_apply_id", &out->apply_id))
		out->kind = NOTICE_INVOICE;
	if (strcmp(out->event_type, "TRANSACTION.SUCCESS") != 0)
		return E_OK;
	if ((wrong = wechatpay_fact(plain, &out->fact)) != NULL)
		return FAIL(E_NOTICE, "%s", wrong);
	/* Whatever its title says, only this state is a payment. */
	if (out->fact.state == PAYMENT_PAID)
		out->kind = NOTICE_PAYMENT;
	return E_OK;
}

enum err
wechatpay_notice(struct arena *a, const struct wechatpay_keys *k,
    const struct payment_message *m, struct payment_notice *out)
{
	const char *refusal = wechatpay_refusal(a, k, m);
	struct payment_notice notice;

	if (refusal != NULL)
		return FAIL(E_NOTICE, "%s", refusal);
	TRY(decode(a, k->apiv3, m, &notice));
	*out = notice;
	return E_OK;
}
