#pragma once
/*
 * Percent-encoding and name=value pairs: query strings, and bodies of type
 * application/x-www-form-urlencoded. Strict: what is not UTF-8 is refused.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;

enum { URL_PAIRS = 1024 };

/* Both parts decoded, without NUL inside; value is "" when there is no '='. */
struct url_pair {
	const char *name, *value;
};

/* Pairs in the order they came; a name may be there more than once. */
struct url_pairs {
	size_t n;
	struct url_pair *item;
};

/* s with all but letters, digits and - . _ ~ as %XX. */
const char *url_encode(struct arena *a, const char *s);

/* The way back; E_MALFORMED for a bad escape, a NUL, or what is no UTF-8. */
MUST_USE enum err url_decode(struct arena *a, const char *s, const char **out);

/*
 * Reads a query string (without '?') or a form's body; '+' is a blank, empty
 * parts between '&' count for nothing. E_MALFORMED for a bad escape or more
 * than URL_PAIRS pairs.
 */
MUST_USE enum err url_pairs_parse(
    struct arena *a, const char *p, size_t n, struct url_pairs *out);

/* The value of the first pair of that name, or NULL. */
const char *url_pair_get(const struct url_pairs *list, const char *name);

/* Whether host is localhost, of 127.0.0.0/8, or [::1]. */
bool url_is_loopback(const char *host);

/*
 * Whether url is https://host[:port][/path] in plain characters alone, so
 * that no two parsers can differ over it; http for loopback only.
 */
bool url_is_base(const char *url);

/* The TCP port that such a url leads to; 0 when it is none. */
uint16_t url_base_port(const char *url);

/* Whether url is smtp[s]://host[:port], likewise, and what that says. */
struct url_server {
	bool is_tls;  /* from the first byte on */
	bool is_near; /* on loopback */
	uint16_t port;
};
bool url_mail_server(const char *url, struct url_server *out);
