#include "provider/oidc.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "format/json.h"
#include "format/url.h"
#include "provider/oidc_private.h"
#include "service/config.h"
#include "service/http.h"

enum { SECRET_MAX = 1024, CODE_MAX = 2048 };

const struct config *oidc_cfg;
/* client_id and secret, as the Authorization header has them; NULL: none. */
static const char *authorization;

bool
oidc_is_on(const struct config *cfg)
{
	return *cfg->oidc_issuer != '\0';
}

/* RFC 6749, section 2.3.1: both are encoded before they are put together. */
static enum err
read_secret(const struct config *cfg)
{
	struct arena *a = arena_new(1 << 16);
	const char *secret, *pair;
	unsigned long n;

	TRY(config_read_file(
	    a, cfg->oidc_client_secret_file, SECRET_MAX, &secret, &n));
	pair = arena_printf(a, "%s:%s", url_encode(a, cfg->oidc_client_id),
	    url_encode(a, secret));
	authorization = arena_printf(
	    a, "Authorization: Basic %s", base64_encode(a, pair, strlen(pair)));
	return E_OK;
}

enum err
oidc_open(const struct config *cfg)
{
	oidc_cfg = cfg;
	if (!oidc_is_on(cfg))
		return E_OK;
	if (*cfg->oidc_client_id == '\0')
		return FAIL(E_INTERNAL, "oidc_client_id must be given");
	if (*cfg->oidc_client_secret_file != '\0')
		TRY(read_secret(cfg));
	return http_open();
}

/* One of the things that follow from the secret of a trip, 64 digits. */
static const char *
derived(struct arena *a, const struct oidc_trip *trip, const char *what)
{
	const char *text = arena_printf(a, "%s:%s", what, trip->secret);
	char *hex = arena_alloc(a, SHA256_HEX);

	sha256_hex(text, strlen(text), hex);
	return hex;
}

static const char *
challenge(struct arena *a, const struct oidc_trip *trip)
{
	const char *verifier = derived(a, trip, "verifier");
	uint8_t digest[SHA256_LEN];

	sha256(verifier, strlen(verifier), digest);
	return base64url_encode(a, digest, sizeof(digest));
}

enum err
oidc_way_out(struct arena *a, const struct oidc_trip *trip, const char **url)
{
	const struct oidc_provider *p;

	TRY(oidc_provider(&p));
	*url = arena_printf(a,
	    "%s%cresponse_type=code&client_id=%s&redirect_uri=%s&scope=%s"
	    "&state=%s&nonce=%s&code_challenge=%s&code_challenge_method=S256",
	    p->authorization_url,
	    strchr(p->authorization_url, '?') != NULL ? '&' : '?',
	    url_encode(a, oidc_cfg->oidc_client_id),
	    url_encode(a, trip->return_to), url_encode(a, oidc_cfg->oidc_scope),
	    derived(a, trip, "state"), derived(a, trip, "nonce"),
	    challenge(a, trip));
	return E_OK;
}

static enum err
ask_for_token(struct arena *a, const struct oidc_provider *p,
    const struct oidc_trip *trip, const char *code, const char **token)
{
	struct http_request req = { .method = "POST",
		.url = p->token_url,
		.headers = { "Accept: application/json",
		    "Content-Type: application/x-www-form-urlencoded",
		    authorization } };
	struct json_object *o;

	req.body = arena_printf(a,
	    "grant_type=authorization_code&code=%s&redirect_uri=%s"
	    "&client_id=%s&code_verifier=%s",
	    url_encode(a, code), url_encode(a, trip->return_to),
	    url_encode(a, oidc_cfg->oidc_client_id),
	    derived(a, trip, "verifier"));
	req.body_n = strlen(req.body);
	TRY(oidc_send(a, &req, &o));
	if ((*token = json_get_str(o, "id_token")) == NULL)
		return FAIL(E_OIDC, "no ID token in the answer");
	return E_OK;
}

/* A key that we have not seen may be a new one: that is asked once. */
static enum err
verify(struct arena *a, const struct jws *j)
{
	struct json_object *keys;
	enum err e;

	TRY(oidc_keys(false, &keys));
	e = jws_verify(a, j, keys);
	if (e == E_NOT_FOUND) {
		TRY(oidc_keys(true, &keys));
		e = jws_verify(a, j, keys);
	}
	return e == E_OK ? E_OK : E_OIDC;
}

enum err
oidc_way_back(struct arena *a, const struct oidc_trip *trip,
    const struct oidc_return *back, struct oidc_person *out)
{
	const struct oidc_provider *p;
	const char *token;
	struct jws j;

	if (!secret_equal(derived(a, trip, "state"), back->state))
		return FAIL(E_OIDC, "the state is not this browser's");
	if (back->issuer != NULL &&
	    strcmp(back->issuer, oidc_cfg->oidc_issuer) != 0)
		return FAIL(E_OIDC, "sent back by another issuer");
	if (strlen(back->code) > CODE_MAX)
		return FAIL(E_OIDC, "the code is too long");
	TRY(oidc_provider(&p));
	TRY(ask_for_token(a, p, trip, back->code, &token));
	if (jws_parse(a, token, &j) != E_OK)
		return E_OIDC;
	TRY(verify(a, &j));
	return oidc_check_claims(
	    &(struct oidc_expected){ .issuer = oidc_cfg->oidc_issuer,
		.client_id = oidc_cfg->oidc_client_id,
		.org_claim = oidc_cfg->oidc_org_claim,
		.nonce = derived(a, trip, "nonce"),
		.now = clock_now() / CLOCK_SECOND },
	    j.claims, out);
}
