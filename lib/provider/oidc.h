#pragma once
/*
 * Sign-in through another system: OpenID Connect Core 1.0, the code flow with
 * PKCE (RFC 7636). The provider's description and keys are fetched when they
 * are first needed and kept in the process.
 */
#include <stdbool.h>

#include "base/err.h"

struct arena;
struct config;

/* Whether there is a provider to sign in through. */
bool oidc_is_on(const struct config *cfg);

/* Once, after the fork; E_INTERNAL when what is configured does not do. */
MUST_USE enum err oidc_open(const struct config *cfg);

/*
 * One way there and back. All of it follows from one secret, which the
 * person's own browser keeps meanwhile: what leaves does not betray it.
 */
struct oidc_trip {
	const char *secret;    /* token_new */
	const char *return_to; /* our URL that the provider sends back to */
};

/* Where to send the person; E_PROVIDER while the provider cannot be asked. */
MUST_USE enum err oidc_way_out(
    struct arena *a, const struct oidc_trip *trip, const char **url);

/* What the provider sent back. */
struct oidc_return {
	const char *code, *state;
	const char *issuer; /* RFC 9207; NULL when it does not say */
};

/* Whom it vouches for, verified. */
struct oidc_person {
	const char *issuer, *subject;
	const char *name;     /* NULL when it does not say */
	const char *org_code; /* of oidc_org_claim; NULL when there is none */
};

/*
 * Trades the code for an ID token and checks that: signature, issuer,
 * audience, time, nonce. E_OIDC when anything of it is not as it must be;
 * E_PROVIDER or E_PROVIDER_UNKNOWN when the provider could not be asked.
 */
MUST_USE enum err oidc_way_back(struct arena *a, const struct oidc_trip *trip,
    const struct oidc_return *back, struct oidc_person *out);
