/*
 * A notice of WeChat. The first line says how far it gets:
 *   as-it-is  then timestamp, nonce, serial, signature and type, a line each,
 *             then the body: nobody can sign, so none of them is taken
 *   signed    then the body, which is signed here
 *   sealed    then an event type, then the text that is sealed, put into a
 *             body and signed here
 */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/hash.h"
#include "format/json.h"
#include "fuzz.h"
#include "provider/wechatpay_private.h"

#define SERIAL "PUB_KEY_ID_0114232134912410000000000000"
#define APIV3  "0123456789abcdefghijklmnopqrstuv"
#define NOW    "1790000000"
#define NONCE  "0123456789ab"

/* In the order of the lines. */
static const char *const names[] = { "wechatpay-timestamp", "wechatpay-nonce",
	"wechatpay-serial", "wechatpay-signature", "wechatpay-signature-type" };

struct headers {
	const char *value[COUNT(names)];
};

static const char *
header(void *arg, const char *name)
{
	const struct headers *h = arg;

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], name) == 0)
			return h->value[i];
	return NULL;
}

/* Made once a process. */
static const struct wechatpay_keys *
keys(void)
{
	static struct wechatpay_keys k = { .apiv3 = APIV3, .n = 1 };

	if (k.platform[0].key == NULL) {
		k.platform[0].id = SERIAL;
		k.platform[0].key = EVP_RSA_gen(2048);
	}
	return &k;
}

static const char *
sign(struct arena *a, const char *body, size_t n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const char *head = NOW "\n" NONCE "\n";
	uint8_t raw[512];
	size_t size = sizeof(raw);

	PROMISE(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
		    keys()->platform[0].key) == 1);
	PROMISE(EVP_DigestSignUpdate(ctx, head, strlen(head)) == 1);
	PROMISE(EVP_DigestSignUpdate(ctx, body, n) == 1);
	PROMISE(EVP_DigestSignUpdate(ctx, "\n", 1) == 1);
	PROMISE(EVP_DigestSignFinal(ctx, raw, &size) == 1);
	EVP_MD_CTX_free(ctx);
	return base64_encode(a, raw, size);
}

/* Under APIv3's key, the tag after it, in base64. */
static const char *
seal(struct arena *a, const char *p, size_t n)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *out = arena_alloc(a, n + 16);
	int size;

	PROMISE(EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL,
		    (const uint8_t *)APIV3, (const uint8_t *)NONCE) == 1);
	PROMISE(EVP_EncryptUpdate(
		    ctx, out, &size, (const uint8_t *)p, (int)n) == 1);
	PROMISE(EVP_EncryptFinal_ex(ctx, out + size, &size) == 1);
	PROMISE(
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + n) == 1);
	EVP_CIPHER_CTX_free(ctx);
	return base64_encode(a, out, n + 16);
}

static void
seal_body(struct arena *a, struct input *in, struct payment_message *m)
{
	struct json_object *o = json_object_in(a), *resource;

	json_str(o, "id", "EV-1");
	json_str(o, "event_type", fuzz_line(a, in));
	resource = json_sub(o, "resource");
	json_str(resource, "algorithm", "AEAD_AES_256_GCM");
	json_str(resource, "nonce", NONCE);
	json_str(
	    resource, "ciphertext", seal(a, in->p, (size_t)(in->end - in->p)));
	m->body = json_text(o, &m->n);
}

static void
check_taken(const struct payment_notice *notice)
{
	const struct payment_fact *f = &notice->fact;

	PROMISE(notice->event_id[0] != '\0' && notice->event_type[0] != '\0');
	PROMISE(notice->plain != NULL);
	if (notice->kind != NOTICE_PAYMENT)
		return;
	PROMISE(strcmp(notice->event_type, "TRANSACTION.SUCCESS") == 0);
	PROMISE(f->state == PAYMENT_PAID && f->amount_fen >= 1);
	PROMISE(f->order_no != NULL && f->transaction_id != NULL);
	PROMISE(f->merchant != NULL && f->app != NULL && f->currency != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = fuzz_arena();
	struct input in = { (const char *)data, (const char *)data + n };
	const char *mode = fuzz_line(a, &in);
	bool as_it_is = strcmp(mode, "as-it-is") == 0;
	struct headers h = { { NOW, NONCE, SERIAL, NULL, NULL } };
	struct payment_message m = { .header = header,
		.arg = &h,
		.now = INT64_C(1790000000) * CLOCK_SECOND };
	struct payment_notice notice;
	enum err e;

	if (as_it_is)
		for (size_t i = 0; i < COUNT(names); i++)
			h.value[i] = fuzz_line(a, &in);
	m.body = in.p;
	m.n = (size_t)(in.end - in.p);
	if (strcmp(mode, "sealed") == 0)
		seal_body(a, &in, &m);
	if (!as_it_is)
		h.value[3] = sign(a, m.body, m.n);
	e = wechatpay_notice(a, keys(), &m, &notice);
	PROMISE(e == E_NOTICE || (e == E_OK && !as_it_is));
	if (e == E_OK)
		check_taken(&notice);
	return 0;
}
