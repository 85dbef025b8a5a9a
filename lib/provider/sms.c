#include "provider/sms.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/arena.h"
#include "format/json.h"
#include "provider/sms_private.h"
#include "service/config.h"
#include "service/http.h"

enum { CONNECT_MS = 3000, TIMEOUT_MS = 10000 };

static const struct sms_provider *const providers[] = {
	&sms_log,
	&sms_aliyun,
	&sms_tencent,
};

const struct sms_provider *
sms_provider(const char *name)
{
	for (size_t i = 0; i < COUNT(providers); i++)
		if (strcmp(providers[i]->name, name) == 0)
			return providers[i];
	return NULL;
}

static enum err
read_secret(struct sms_account *s)
{
	struct arena *a = arena_new(SMS_SECRET_MAX * 2);
	const char *text;
	unsigned long n;
	enum err e = config_read_file(
	    a, s->cfg->sms_key_secret_file, SMS_SECRET_MAX, &text, &n);

	if (e == E_OK)
		memcpy(s->secret, text, n + 1);
	arena_free(a);
	return e;
}

enum err
sms_account_open(
    const struct config *cfg, const char *url, struct sms_account *out)
{
	*out = (struct sms_account){ .cfg = cfg,
		.base_url =
		    *cfg->sms_base_url != '\0' ? cfg->sms_base_url : url };
	out->host = strstr(out->base_url, "://") + 3;
	if (strchr(out->host, '/') != NULL)
		return FAIL(E_INTERNAL, "sms_base_url has a path");
	if (*cfg->sms_key_id == '\0' || *cfg->sms_key_secret_file == '\0' ||
	    *cfg->sms_sign_name == '\0')
		return FAIL(E_INTERNAL,
		    "sms_provider %s needs sms_key_id, sms_key_secret_file "
		    "and sms_sign_name",
		    cfg->sms_provider);
	return read_secret(out);
}

void
sms_hmac(const void *key, size_t n, const char *text, uint8_t out[SHA256_LEN])
{
	unsigned int length;

	HMAC(EVP_sha256(), key, (int)n, (const uint8_t *)text, strlen(text),
	    out, &length);
}

const char *
sms_digest(struct arena *a, const char *text)
{
	char *hex = arena_alloc(a, SHA256_HEX);

	sha256_hex(text, strlen(text), hex);
	return hex;
}

struct sent
sms_unclear(const char *what)
{
	(void)FAIL(E_PROVIDER_UNKNOWN, "%s", what);
	return (struct sent){ SENT_UNKNOWN, "", "" };
}

/* What is kept of an answer is a word of this kind. */
static bool
is_word(const char *text)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz0123456789._:^-");

	return n > 0 && n <= SMS_WORD_MAX && text[n] == '\0';
}

struct sent
sms_taken(const char *code, const char *serial)
{
	return serial != NULL && is_word(serial)
		   ? (struct sent){ SENT_TAKEN, code, serial }
		   : sms_unclear("taken, without a serial");
}

const char *
sms_word(const char *text)
{
	return text != NULL && is_word(text) ? text : "";
}

static enum err
post(struct arena *a, const struct sms_account *s, const char *query,
    struct http_request *req, struct http_answer **ans)
{
	req->method = "POST";
	req->url = arena_printf(a, "%s/%s", s->base_url, query);
	req->answer_max = SMS_ANSWER_MAX;
	req->timeout_ms = TIMEOUT_MS;
	req->connect_ms = CONNECT_MS;
	return http_send(a, req, ans);
}

enum err
sms_ask_call(struct arena *a, const struct sms_account *s, const char *query,
    struct http_request *req, struct json_object **out)
{
	struct http_answer *ans;
	const char *where;

	TRY(post(a, s, query, req, &ans));
	return json_parse(a, ans->body, ans->n, out, &where) == E_OK &&
		       *out != NULL
		   ? E_OK
		   : FAIL(E_PROVIDER, "the answer is no JSON");
}

enum err
sms_receipts_read(struct arena *a, const char *body, size_t n,
    bool (*read)(struct json_object *, struct sms_receipt *),
    struct sms_receipts *out)
{
	struct json_object *list;
	const char *where;

	TRY(json_parse(a, body, n, &list, &where));
	out->n = json_count(list);
	out->item = arena_alloc(a, (out->n + 1) * sizeof(*out->item));
	for (size_t i = 0; i < out->n; i++)
		if (!read(json_at(list, i), &out->item[i]))
			return FAIL(E_MALFORMED, "no receipt");
	return out->n > 0 ? E_OK : FAIL(E_MALFORMED, "no receipts");
}

bool
sms_call(struct arena *a, const struct sms_account *s, const char *query,
    struct http_request *req, struct http_answer **ans, struct sent *out)
{
	enum err e = post(a, s, query, req, ans);

	*out = (struct sent){ e == E_PROVIDER ? SENT_LATER : SENT_UNKNOWN, "",
		"" };
	return e == E_OK;
}

struct sent
sms_refused(const struct sms_code *codes, const char *code)
{
	struct sent answer = { SENT_BLOCKED, code, "" };

	if (!is_word(code))
		return sms_unclear("a code that is no word");
	for (; codes->prefix != NULL; codes++)
		if (strncmp(code, codes->prefix, strlen(codes->prefix)) == 0) {
			answer.outcome = codes->outcome;
			break;
		}
	(void)FAIL(
	    answer.outcome == SENT_UNKNOWN ? E_PROVIDER_UNKNOWN : E_PROVIDER,
	    "refused: %.64s", code);
	return answer;
}
