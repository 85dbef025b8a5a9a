/* The signature of our requests, and the check of WeChat's. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "provider/wechatpay_private.h"
#include "service/config.h"
#include "service/rsa.h"

#define SIGNATURE_TYPE "WECHATPAY2-SHA256-RSA2048"

enum { LINES_MAX = 4096 };

/* What is signed: every part and a line feed after it, the last one too. */
static struct buf
message(struct arena *a, const char *const *lines, size_t count,
    const char *body, size_t n)
{
	struct buf b;

	buf_init(&b, a, n + LINES_MAX);
	for (size_t i = 0; i < count; i++) {
		buf_puts(&b, lines[i]);
		buf_putc(&b, '\n');
	}
	buf_add(&b, body, n);
	buf_putc(&b, '\n');
	return b;
}

enum err
wechatpay_authorization(struct arena *a, const struct wechatpay *w,
    const struct wechatpay_request *r, const char **out)
{
	const char *lines[] = { r->method, r->target, r->timestamp, r->nonce };
	struct buf b = message(a, lines, COUNT(lines), r->body, r->n);
	const char *signature =
	    b.failed ? NULL : rsa_sign(a, w->keys.merchant, b.p, b.n);

	if (signature == NULL)
		return FAIL(E_INTERNAL, "the merchant key does not sign");
	*out = arena_printf(a,
	    SIGNATURE_TYPE " mchid=\"%s\",nonce_str=\"%s\",timestamp=\"%s\","
			   "serial_no=\"%s\",signature=\"%s\"",
	    w->cfg->wechatpay_mchid, r->nonce, r->timestamp,
	    w->cfg->wechatpay_merchant_serial, signature);
	return E_OK;
}

/* Both in whole seconds, as the provider counts. */
static bool
is_now(const char *timestamp, int64_t now)
{
	int64_t then;

	return num_int(timestamp, 0, UINT32_MAX, &then) &&
	       llabs(now / CLOCK_SECOND - then) <= WECHATPAY_WINDOW;
}

static const char *
header(const struct payment_message *m, const char *name)
{
	const char *value = m->header(m->arg, name);

	return value != NULL ? value : "";
}

const char *
wechatpay_refusal(struct arena *a, const struct wechatpay_keys *k,
    const struct payment_message *m)
{
	const char *serial = header(m, "wechatpay-serial");
	const char *signature = header(m, "wechatpay-signature");
	const char *type = header(m, "wechatpay-signature-type");
	const char *lines[] = { header(m, "wechatpay-timestamp"),
		header(m, "wechatpay-nonce") };
	EVP_PKEY *key;
	struct buf b;

	if (*lines[0] == '\0' || *lines[1] == '\0' || *serial == '\0' ||
	    *signature == '\0')
		return "a signature header is missing";
	if (*type != '\0' && strcmp(type, SIGNATURE_TYPE) != 0)
		return "the signature is of another type";
	if ((key = wechatpay_platform_key(k, serial)) == NULL)
		return arena_printf(a, "serial %.64s is unknown", serial);
	if (!is_now(lines[0], m->now))
		return arena_printf(a,
		    "time %.20s is not now, %lld: late, repeated, or a clock "
		    "is wrong",
		    lines[0], (long long)(m->now / CLOCK_SECOND));
	/* A probe (WECHATPAY/SIGNTEST/…) is no special case: it fails here. */
	b = message(a, lines, COUNT(lines), m->body, m->n);
	return b.failed ? "the message is too long"
			: rsa_refusal(a, key, b.p, b.n, signature);
}
