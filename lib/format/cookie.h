#pragma once
/* Cookies (RFC 6265): one out of a Cookie header, one into Set-Cookie. */
#include <stdbool.h>

#include "base/err.h"

struct arena;

/*
 * The value of the first cookie of exactly that name in a Cookie header, or
 * NULL when there is none; header may be NULL.
 */
const char *cookie_get(struct arena *a, const char *header, const char *name);

/* A cookie of ours: always HttpOnly; SameSite=Strict, but for a way back. */
struct cookie {
	const char *name, *value, *path;
	long max_age; /* seconds; 0 has it removed, < 0 ends with the browser */
	bool is_secure;
	bool is_lax; /* also sent when another site leads here */
};

/*
 * The value of a Set-Cookie header. E_INTERNAL when a part holds what may not
 * be in it: the name is a token, the value has cookie octets, the path no ';'.
 */
MUST_USE enum err cookie_set(
    struct arena *a, const struct cookie *c, const char **line);
