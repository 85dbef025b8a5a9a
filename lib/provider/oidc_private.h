#pragma once
/* What the files of the OpenID provider share. */
#include <stdint.h>

#include "provider/oidc.h"
#include "service/jws.h"

struct http_request;

extern const struct config *oidc_cfg;

/* What the provider says of itself; lives until it is next asked. */
struct oidc_provider {
	const char *authorization_url, *token_url, *keys_url;
};

/* oidc_fetch.c: what the process keeps of the provider */
MUST_USE enum err oidc_provider(const struct oidc_provider **out);

/*
 * The set of its keys, as kept; when they are old, or is_unknown (a token
 * names none of them), fetched, but that once a minute at most. The set lives
 * until the next call.
 */
MUST_USE enum err oidc_keys(bool is_unknown, struct json_object **out);

/*
 * Calls the provider, with limits of our own; its answer of JSON in a.
 * E_OIDC when it refuses (4xx), E_PROVIDER when there is no use in it.
 */
MUST_USE enum err oidc_send(
    struct arena *a, struct http_request *req, struct json_object **out);

/* oidc_claims.c: what an ID token must say (OpenID Connect Core, 3.1.3.7) */
struct oidc_expected {
	const char *issuer, *client_id, *nonce;
	const char *org_claim; /* "": none */
	int64_t now;	       /* seconds since 1970 */
};

/* E_OIDC, or whom the token is about. */
MUST_USE enum err oidc_check_claims(const struct oidc_expected *want,
    struct json_object *claims, struct oidc_person *out);
