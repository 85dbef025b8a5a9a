/* One call: signed, sent, its answer verified, its failure judged. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "format/json.h"
#include "format/url.h"
#include "provider/alipay_private.h"
#include "service/config.h"
#include "service/http.h"
#include "service/rsa.h"

enum {
	ANSWER_MAX = 64 * 1024,
	CONNECT_MS = 3000,
	TIMEOUT_MS = 10000,
	PAIRS = 13,
	URL_MAX = 8192
};

#define SUCCESS "10000"

/* "2026-11-29 15:30:08", the time in China. */
static const char *
timestamp(struct arena *a)
{
	char *out = arena_alloc(a, CLOCK_TEXT);

	clock_shanghai(out, clock_now());
	out[10] = ' ';
	out[19] = '\0';
	return out;
}

/* The query of the request: all but the content, and the signature. */
static enum err
sign(struct arena *a, const struct alipay *s, const struct alipay_call *c,
    const char *content, const char **query)
{
	const struct alipay_keys *k = &s->keys;
	struct alipay_pair pairs[PAIRS] = {
		{ "app_id", s->cfg->alipay_appid },
		{ "method", c->method },
		{ "format", "JSON" },
		{ "charset", "utf-8" },
		{ "sign_type", "RSA2" },
		{ "timestamp", timestamp(a) },
		{ "version", "1.0" },
		{ "notify_url", c->notify_url != NULL ? c->notify_url : "" },
		{ "app_cert_sn", k->app_sn != NULL ? k->app_sn : "" },
		{ "alipay_root_cert_sn", k->root_sn != NULL ? k->root_sn : "" },
		{ "biz_content", content },
	};
	size_t n = PAIRS - 2;
	const char *text = alipay_message(a, pairs, n, true), *signature;
	struct buf b;

	signature = rsa_sign(a, k->app, text, strlen(text));
	if (signature == NULL)
		return FAIL(E_INTERNAL, "the application's key does not sign");
	buf_init(&b, a, URL_MAX);
	for (size_t i = 0; i < n; i++)
		if (*pairs[i].value != '\0' &&
		    strcmp(pairs[i].name, "biz_content") != 0)
			buf_printf(&b, "%s=%s&", pairs[i].name,
			    url_encode(a, pairs[i].value));
	buf_printf(&b, "sign=%s", url_encode(a, signature));
	*query = buf_str(&b);
	return E_OK;
}

static enum err
send_signed(struct arena *a, const struct alipay *s,
    const struct alipay_call *c, struct http_answer **out)
{
	size_t n;
	const char *content = json_text(c->content, &n), *query;
	struct http_request req = {
		.method = "POST",
		.headers = { "Content-Type: application/x-www-form-urlencoded;"
			     "charset=utf-8",
		    "Accept: application/json" },
		.body =
		    arena_printf(a, "biz_content=%s", url_encode(a, content)),
		.answer_max = ANSWER_MAX,
		.timeout_ms = TIMEOUT_MS,
		.connect_ms = CONNECT_MS,
	};

	TRY(sign(a, s, c, content, &query));
	req.url = arena_printf(a, "%s?%s", s->cfg->alipay_base_url, query);
	req.body_n = strlen(req.body);
	return http_send(a, &req, out);
}

/* The signed part of an answer, parsed from the very text that is signed. */
static enum err
verify(struct arena *a, const struct alipay *s, struct alipay_call *c,
    const struct http_answer *ans)
{
	const char *inner = alipay_inner(a, ans->body, ans->n, c->member);
	const char *where, *signature, *named, *refusal;
	struct json_object *outer;

	if (inner == NULL ||
	    json_parse(a, ans->body, ans->n, &outer, &where) != E_OK)
		return FAIL(E_PROVIDER_UNKNOWN, "no %s", c->member);
	signature = json_get_str(outer, "sign");
	named = json_get_str(outer, "alipay_cert_sn");
	if (signature == NULL)
		return FAIL(E_PROVIDER_UNKNOWN, "the answer is not signed");
	if (s->keys.alipay_sn != NULL && named != NULL &&
	    strcmp(named, s->keys.alipay_sn) != 0)
		return FAIL(
		    E_PROVIDER_UNKNOWN, "signed by certificate %.64s", named);
	refusal =
	    rsa_refusal(a, s->keys.alipay, inner, strlen(inner), signature);
	if (refusal != NULL)
		return FAIL(
		    E_PROVIDER_UNKNOWN, "answer not verified: %s", refusal);
	if (json_parse(a, inner, strlen(inner), &c->answer, &where) != E_OK)
		return FAIL(E_PROVIDER_UNKNOWN, "the answer is not JSON");
	return E_OK;
}

/* After these the provider may have done it. */
static bool
is_unclear(const char *code, const char *sub_code)
{
	return strcmp(code, "20000") == 0 || strcmp(code, "10003") == 0 ||
	       strstr(sub_code, "SYSTEM_ERROR") != NULL;
}

enum err
alipay_perform(struct arena *a, const struct alipay *s, struct alipay_call *c)
{
	struct http_answer *ans;
	const char *code, *sub;

	c->sub_code = "";
	TRY(send_signed(a, s, c, &ans));
	if (ans->status != 200)
		return FAIL(
		    E_PROVIDER_UNKNOWN, "%s: %d", c->method, ans->status);
	TRY(verify(a, s, c, ans));
	code = json_get_str(c->answer, "code");
	sub = json_get_str(c->answer, "sub_code");
	if (code != NULL && strcmp(code, SUCCESS) == 0)
		return E_OK;
	c->sub_code = sub != NULL ? sub : "";
	return FAIL(code == NULL || is_unclear(code, c->sub_code)
			? E_PROVIDER_UNKNOWN
			: E_PROVIDER,
	    "%s: %.16s %.64s", c->method, code != NULL ? code : "",
	    c->sub_code);
}
