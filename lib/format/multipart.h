#pragma once
/*
 * multipart/form-data (RFC 7578) over a body that is in memory. Strict: no
 * text before the first boundary or after the last, no folded headers.
 */
#include <stddef.h>

#include "base/err.h"

struct arena;

/* Parts in a body; bytes of a boundary, and of one header. */
enum { MULTIPART_PARTS = 32, MULTIPART_BOUNDARY = 70, MULTIPART_HEADER = 1024 };

/*
 * name and filename (NULL when there is none) are UTF-8 without control
 * characters, the quotes that browsers encode in them decoded. data points
 * into the body and is what came, not NUL-terminated.
 */
struct part {
	const char *name, *filename;
	const char *data;
	size_t n;
};

struct parts {
	size_t n;
	struct part item[MULTIPART_PARTS];
};

/*
 * Takes a body apart; content_type is the request's header with the boundary.
 * E_MALFORMED for anything out of form or more than MULTIPART_PARTS parts.
 */
MUST_USE enum err multipart_parse(struct arena *a, const char *content_type,
    const char *body, size_t n, struct parts *out);

/* The first part of that name, or NULL. */
const struct part *multipart_get(const struct parts *list, const char *name);
