#pragma once
/*
 * Outgoing HTTP over libcurl: one handle a process, made after the fork.
 * Time-outs, a cap on the answer, no redirects, https alone except to
 * loopback, peer and host verified.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

enum { HTTP_HEADERS_MAX = 16 };

struct http_request {
	const char *method; /* "GET", "POST" */
	const char *url;
	const char *headers[HTTP_HEADERS_MAX]; /* "Name: value", NULL-ended */
	const char *body;		       /* NULL for none */
	size_t body_n;
	size_t answer_max; /* bytes; more is an error */
	long timeout_ms;   /* the whole call */
	long connect_ms;
};

struct http_answer {
	int status;
	const char *body; /* NUL-terminated too */
	size_t n;
	/* Headers by lower-case name, see http_header. */
	struct http_header {
		const char *name, *value;
		struct http_header *next;
	} * headers;
};

/* Once, after the fork. E_INTERNAL when libcurl cannot start. */
MUST_USE enum err http_open(void);

/* Closes the handle and its connections. */
void http_close(void);

/* Whether url may be called: https, or http to loopback. */
bool http_url_allowed(const char *url);

/*
 * Sends and reads the whole answer into the arena. E_PROVIDER when surely
 * nothing was sent (no connection, refused, name or URL not to be called);
 * E_PROVIDER_UNKNOWN when the other side may have acted (time-out, broken
 * connection, answer too large). A status is not judged.
 */
MUST_USE enum err http_send(
    struct arena *a, const struct http_request *req, struct http_answer **out);

/* The value of a header, name in lower case, or NULL. The last one wins. */
const char *http_header(const struct http_answer *ans, const char *name);
