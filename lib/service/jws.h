#pragma once
/*
 * Signed JSON (RFC 7515) as an ID token has it: three parts in base64url, by
 * RS256 or ES256, the key from a set of JSON Web Keys (RFC 7517, RFC 7518).
 * Nothing else is taken: no "none", no shared secrets, no key in the token.
 */
#include <stddef.h>

#include "base/err.h"

struct arena;
struct json_object;

enum { JWS_BYTES = 16 * 1024 };

/* What a token says, of which nothing is true before jws_verify. */
struct jws {
	const char *alg, *kid; /* kid is "" when it names none */
	struct json_object *claims;
	const char *text; /* what is signed, n bytes of it */
	size_t n;
	const unsigned char *signature;
	size_t signature_n;
};

/* Takes a token apart; E_MALFORMED when it is none, or not of our kinds. */
MUST_USE enum err jws_parse(
    struct arena *a, const char *token, struct jws *out);

/*
 * Checks the signature by a key of the set {"keys": […]}: the one of its kid,
 * or, of a token without, the only one of its kind. E_NOT_FOUND when the set
 * has no such key, E_MALFORMED when the signature is not that key's.
 */
MUST_USE enum err jws_verify(
    struct arena *a, const struct jws *j, struct json_object *set);
