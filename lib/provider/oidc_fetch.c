/* The provider's description and keys, kept in the process. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "format/json.h"
#include "provider/oidc_private.h"
#include "service/config.h"
#include "service/http.h"

enum {
	ANSWER_MAX = 64 * 1024,
	ARENA_MAX = 8 << 20,
	CONNECT_MS = 2000,
	TIMEOUT_MS = 5000
};

#define FRESH (3600 * CLOCK_SECOND)
#define PAUSE (60 * CLOCK_SECOND)

/* One fetched document; o is NULL before the first. */
struct kept {
	struct arena *a;
	struct json_object *o;
	int64_t at, tried_at; /* clock_span */
};

static struct kept description, keys;
static struct oidc_provider provider;

enum err
oidc_send(struct arena *a, struct http_request *req, struct json_object **out)
{
	struct http_answer *ans;
	const char *where;

	req->answer_max = ANSWER_MAX;
	req->timeout_ms = TIMEOUT_MS;
	req->connect_ms = CONNECT_MS;
	TRY(http_send(a, req, &ans));
	if (ans->status >= 400 && ans->status < 500)
		return FAIL(E_OIDC, "refused with %d", ans->status);
	if (ans->status != 200)
		return FAIL(E_PROVIDER, "answered %d", ans->status);
	if (json_parse(a, ans->body, ans->n, out, &where) != E_OK ||
	    *out == NULL)
		return FAIL(E_PROVIDER, "the answer is not JSON");
	return E_OK;
}

/* Takes a new document in the place of the old, which stays if it fails. */
static enum err
fetch(struct kept *k, const char *url, bool (*is_good)(struct json_object *))
{
	struct arena *a = arena_new(ARENA_MAX);
	struct http_request req = { .method = "GET",
		.url = url,
		.headers = { "Accept: application/json" } };
	struct json_object *o;
	enum err e = oidc_send(a, &req, &o);

	k->tried_at = clock_span();
	if (e == E_OK && !is_good(o))
		e = FAIL(E_PROVIDER, "%.100s: not what it should be", url);
	if (e != E_OK) {
		arena_free(a);
		return e == E_OIDC ? E_PROVIDER : e;
	}
	if (k->a != NULL)
		arena_free(k->a);
	*k = (struct kept){ a, o, k->tried_at, k->tried_at };
	return E_OK;
}

/* An old one is better than none while a new one is not to be had. */
static bool
is_due(const struct kept *k)
{
	int64_t now = clock_span();

	return k->o == NULL ||
	       (now - k->tried_at >= PAUSE && now - k->at >= FRESH);
}

/* Anybody can name a key that nobody knows: asking for it has its limit. */
static bool
may_look_again(void)
{
	static int64_t looked_at;
	int64_t now = clock_span();

	if (looked_at != 0 && now - looked_at < PAUSE)
		return false;
	looked_at = now;
	return true;
}

static const char *
url_of(struct json_object *o, const char *name)
{
	const char *url = json_get_str(o, name);

	return url != NULL && http_url_allowed(url) ? url : NULL;
}

/* It must be the one that it is taken for (OpenID Connect Discovery, 4.3). */
static bool
is_description(struct json_object *o)
{
	const char *issuer = json_get_str(o, "issuer");

	return issuer != NULL && strcmp(issuer, oidc_cfg->oidc_issuer) == 0 &&
	       url_of(o, "authorization_endpoint") != NULL &&
	       url_of(o, "token_endpoint") != NULL &&
	       url_of(o, "jwks_uri") != NULL;
}

static bool
is_key_set(struct json_object *o)
{
	return json_count(json_get(o, "keys")) > 0;
}

static const char *
description_url(struct arena *a)
{
	return arena_printf(
	    a, "%s/.well-known/openid-configuration", oidc_cfg->oidc_issuer);
}

/* Makes sure that one is kept, if need be the old one. */
static enum err
renew(struct kept *k, const char *url, bool (*is_good)(struct json_object *))
{
	enum err e = fetch(k, url, is_good);

	return k->o != NULL ? E_OK : e;
}

static enum err
renew_description(void)
{
	struct arena *a = arena_new(1 << 16);
	enum err e = renew(&description, description_url(a), is_description);

	arena_free(a);
	return e;
}

enum err
oidc_provider(const struct oidc_provider **out)
{
	if (is_due(&description))
		TRY(renew_description());
	provider = (struct oidc_provider){
		.authorization_url =
		    url_of(description.o, "authorization_endpoint"),
		.token_url = url_of(description.o, "token_endpoint"),
		.keys_url = url_of(description.o, "jwks_uri"),
	};
	*out = &provider;
	return E_OK;
}

enum err
oidc_keys(bool is_unknown, struct json_object **out)
{
	const struct oidc_provider *p;

	TRY(oidc_provider(&p));
	if (is_due(&keys) || (is_unknown && may_look_again()))
		TRY(renew(&keys, p->keys_url, is_key_set));
	*out = keys.o;
	return E_OK;
}
