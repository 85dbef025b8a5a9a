#pragma once
/* X.509 certificates of people, as a TLS client or a manager gives them. */
#include <stdint.h>

#include "base/err.h"

struct arena;

/* Characters of a name that are kept. */
enum { CERTIFICATE_NAME = 200 };

struct certificate {
	const char *fingerprint;      /* SHA-256 of its bytes, 64 digits */
	const char *subject, *issuer; /* RFC 4514, in UTF-8, perhaps cut off */
	const char *serial;	      /* hexadecimal */
	int64_t valid_from, valid_to; /* microseconds since 1970 */
};

/* The first certificate of a text in PEM; E_MALFORMED when there is none. */
MUST_USE enum err certificate_read(
    struct arena *a, const char *pem, struct certificate *out);
