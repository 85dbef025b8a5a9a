/* One call: signed, sent, its answer verified, its failure judged. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "format/json.h"
#include "provider/bill.h"
#include "provider/wechatpay_private.h"
#include "service/config.h"
#include "service/http.h"

enum {
	ANSWER_MAX = 64 * 1024,
	CONNECT_MS = 3000,
	TIMEOUT_MS = 10000,
	MESSAGE_MAX = 300,
	NONCE_LEN = 16
};

static enum err
authorize(struct arena *a, const struct wechatpay *w,
    const struct wechatpay_call *c, const char *url, const char **header)
{
	const char *host = strstr(url, "://");
	uint8_t random[NONCE_LEN];
	char nonce[2 * NONCE_LEN + 1];
	const char *value;
	struct wechatpay_request r = {
		.method = c->method,
		/* From the first slash after https:// on. */
		.target = host != NULL ? strchr(host + 3, '/') : NULL,
		.timestamp = arena_printf(
		    a, "%lld", (long long)(clock_now() / CLOCK_SECOND)),
		.nonce = nonce,
		.body = c->body,
		.n = c->n,
	};

	if (r.target == NULL)
		return FAIL(E_PROVIDER_UNKNOWN, "no URL with a path: %s", url);
	rand_bytes(random, sizeof(random));
	hex_encode(random, sizeof(random), nonce);
	TRY(wechatpay_authorization(a, w, &r, &value));
	*header = arena_printf(a, "Authorization: %s", value);
	return E_OK;
}

/* req has the URL and what the answer may take. */
static enum err
send_signed(struct arena *a, const struct wechatpay *w,
    const struct wechatpay_call *c, struct http_request *req,
    struct http_answer **out)
{
	const char *id = c->sealed_for != NULL
			     ? c->sealed_for
			     : wechatpay_public_key_id(&w->keys);
	const char **header = req->headers;

	req->method = c->method;
	req->body = c->body;
	req->body_n = c->n;
	req->connect_ms = CONNECT_MS;
	TRY(authorize(a, w, c, req->url, header++));
	*header++ = "Accept: application/json";
	if (c->body != NULL)
		*header++ = "Content-Type: application/json";
	/*
	 * Says what was sealed with; and asks for an answer signed with the
	 * public key, not a certificate's.
	 */
	if (id != NULL)
		*header++ = arena_printf(a, "Wechatpay-Serial: %s", id);
	return http_send(a, req, out);
}

static enum err
send_call(struct arena *a, const struct wechatpay *w,
    const struct wechatpay_call *c, struct http_answer **out)
{
	struct http_request req = {
		.url = arena_printf(
		    a, "%s%s", w->cfg->wechatpay_base_url, c->path),
		.answer_max = ANSWER_MAX,
		.timeout_ms = TIMEOUT_MS,
	};

	return send_signed(a, w, c, &req, out);
}

static const char *
answer_header(void *arg, const char *name)
{
	return http_header(arg, name);
}

static enum err
verify(struct arena *a, const struct wechatpay *w, struct http_answer *ans)
{
	struct payment_message m = {
		.header = answer_header,
		.arg = ans,
		.body = ans->body,
		.n = ans->n,
		.now = clock_now(),
	};
	const char *refusal = wechatpay_refusal(a, &w->keys, &m);

	if (refusal != NULL)
		return FAIL(E_PROVIDER_UNKNOWN, "answer %d not verified: %s",
		    ans->status, refusal);
	return E_OK;
}

const char *
wechatpay_shown(struct arena *a, const char *text)
{
	size_t n = strlen(text);

	if (n > MESSAGE_MAX)
		n = utf8_whole(text, MESSAGE_MAX);
	return utf8_shown(a, arena_strndup(a, text, n));
}

/* What an error answer says; nothing when it has no code that is one. */
static void
error_read(
    struct arena *a, const struct http_answer *ans, struct wechatpay_call *c)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	struct json_object *o;
	const char *where, *code, *message;

	if (json_parse(a, ans->body, ans->n, &o, &where) != E_OK ||
	    (code = json_get_str(o, "code")) == NULL ||
	    code[strspn(code, letters)] != '\0')
		return;
	c->code = code;
	if ((message = json_get_str(o, "message")) != NULL)
		c->message = wechatpay_shown(a, message);
}

/* Only these say that nothing was done; after any other it may have been. */
static bool
is_refusal(int status)
{
	return status >= 400 && status < 500 && status != 408 && status != 429;
}

enum err
wechatpay_perform(
    struct arena *a, const struct wechatpay *w, struct wechatpay_call *c)
{
	struct http_answer *ans;
	const char *where;

	c->code = c->message = "";
	TRY(send_call(a, w, c, &ans));
	if (ans->status < 200 || ans->status >= 300) {
		error_read(a, ans, c);
		return FAIL(
		    is_refusal(ans->status) ? E_PROVIDER : E_PROVIDER_UNKNOWN,
		    "%s %s: %d %.64s", c->method, c->path, ans->status,
		    c->code);
	}
	TRY(verify(a, w, ans));
	if (ans->n > 0 &&
	    json_parse(a, ans->body, ans->n, &c->answer, &where) != E_OK)
		return FAIL(E_PROVIDER_UNKNOWN, "the answer is not JSON");
	return E_OK;
}

enum err
wechatpay_download(struct arena *a, const struct wechatpay *w, const char *url,
    struct http_answer **out)
{
	struct wechatpay_call c = { .method = "GET" };
	struct http_request req = { .url = url,
		.answer_max = BILL_FILE_MAX,
		.timeout_ms = BILL_FETCH_MS };

	return send_signed(a, w, &c, &req, out);
}

enum err
wechatpay_check_number(const char *no, size_t most)
{
	static const char letters[] = "0123456789_-"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz";
	size_t n = strlen(no);

	if (n < 6 || n > most || strspn(no, letters) != n)
		return FAIL(E_PROVIDER, "not a number for WeChat Pay");
	return E_OK;
}

/* Codes come with and without underscores: ORDER_PAID, ORDERPAID. */
bool
wechatpay_code_is(const struct wechatpay_call *c, const char *word)
{
	const char *code = c->code;

	for (;; code++, word++) {
		code += *code == '_';
		word += *word == '_';
		if (*code != *word)
			return false;
		if (*code == '\0')
			return true;
	}
}
