#pragma once
/* One request as a handler sees it: who asks is known, the input is valid. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "domain/env.h"

struct json_object;
struct FCGX_Request;
struct parts;
struct template;
struct url_pairs;
struct route;

enum method {
	M_GET = 1 << 0,
	M_POST = 1 << 1,
	M_PUT = 1 << 2,
	M_DELETE = 1 << 3,
	M_OPTIONS = 1 << 4
};

/* "GET"; the method of a name, or 0 for one that no route can have. */
const char *method_name(enum method method);
enum method method_by_name(const char *name);

/* The portal's API, the administrators' pages, providers, or all of them. */
enum surface { SURFACE_PORTAL, SURFACE_ADMIN, SURFACE_CALLBACK };

enum body {
	BODY_NONE,
	BODY_JSON,	/* r->in, its members checked against the route's */
	BODY_FORM,	/* r->form: an HTML form, csrf checked */
	BODY_MULTIPART, /* r->parts and r->form, csrf checked */
	BODY_RAW,	/* r->body: the bytes as they came */
	BODY_STREAM	/* not read: the handler does, by request_read */
};

/* The media type that a request brings; NULL: any. */
const char *body_type(enum body body);

/* What a member, a form field or a query parameter may be. */
enum member_type {
	MEMBER_TEXT,
	MEMBER_WORD, /* text of visible ASCII: our own words, numbers, ids */
	MEMBER_INT,
	MEMBER_BOOL,
	MEMBER_ANY
};

struct member {
	const char *name;
	enum member_type type;
	size_t max; /* code points of text; largest integer */
	bool is_required;
};

/* A page of a list: how many items, and behind which. */
enum { LIMIT_USUAL = 20, LIMIT_MOST = 100 };
#define PAGE_QUERY                                                             \
	{ "limit", MEMBER_INT, LIMIT_MOST, false },                            \
	{                                                                      \
		"cursor", MEMBER_WORD, ID_TEXT - 1, false                      \
	}

enum route_flag {
	ROUTE_QUIET = 1 << 0,	   /* does not extend the session: polling */
	ROUTE_SIGN_IN = 1 << 1,	   /* nginx: rate class of sign-in */
	ROUTE_UPLOAD = 1 << 2,	   /* nginx: rate class of uploads */
	ROUTE_FORM = 1 << 3,	   /* members of the field table belong too */
	ROUTE_UNSEALED = 1 << 4,   /* may change while seals are overdue */
	ROUTE_HALF_WAY = 1 << 5,   /* open while a new password is due */
	ROUTE_FIRST_STEP = 1 << 6, /* open before the second step */
	ROUTE_CERTIFICATE = 1 << 7 /* nginx: as sign-in, with what TLS knows */
};

enum { PATH_PARAMS = 4 };

struct request;

/* One row of a program's table: everything about a URL and method. */
struct route {
	enum method method;
	const char *path; /* "/api/applications/{id}" */
	enum surface surface;
	unsigned who; /* bits of enum role; 0: nobody needs to sign in */
	enum body body;
	int64_t limit; /* bytes of body; also file_max_bytes when streamed */
	const struct member *members; /* NULL-name-ended; JSON or form */
	const struct member *query;   /* the same for the query string */
	unsigned flags;
	enum err (*handle)(struct request *);
	const char *title; /* for `make routes` and OpenAPI */
	/*
	 * What it answers, for OpenAPI: "201 Application, 404, 409": success
	 * with its schema (openapi.def) or media types, then the refusals that
	 * the row does not imply.
	 */
	const char *answers;
};

struct header {
	const char *name, *value;
};

/*
 * The next piece of a body that is not in memory, *n 0 at its end; it lasts
 * until the next one is asked for.
 */
typedef enum err next_piece(void *from, const void **p, size_t *n);

struct response {
	int status; /* 0: nothing answered yet */
	const char *type;
	const char *body;
	size_t n;
	next_piece *next; /* NULL, or gives what follows body: size in all */
	void *from;
	int64_t size;
	struct header header[16];
	size_t headers;
};

struct request {
	struct env env; /* env.a is the request's arena */
	const struct route *route;
	enum method method;
	bool is_head;
	bool is_admin; /* came by the administrators' server, says nginx */
	const char *path, *query_text;
	const char *param[PATH_PARAMS]; /* {…} in order */
	struct url_pairs *query;
	struct json_object *in; /* BODY_JSON; an object */
	struct url_pairs *form; /* BODY_FORM, BODY_MULTIPART: text fields */
	struct parts *parts;	/* BODY_MULTIPART: all */
	const char *body;	/* BODY_RAW and what in, form and parts were */
	size_t body_n;
	const char *body_sha256; /* BODY_STREAM: by the handler, once read */
	int64_t content_length;
	int patience_ms;	 /* what is left of it for the body */
	const char *token;	 /* the session's, from the cookie */
	const char *csrf;	 /* of the session, for forms */
	int64_t session_expires; /* microseconds since 1970 */
	bool must_change;	 /* the password, before anything else */
	bool needs_second;	 /* step of signing in, before that */
	char allow[64];		 /* of the path, for 405 */
	struct FCGX_Request *fcgi;
	struct response out;
};

/* A request header by its name as FastCGI spells it ("HTTP_IF_MATCH"). */
const char *request_param(const struct request *r, const char *name);

/*
 * Reads up to n bytes of a BODY_STREAM; *got 0 at its end. E_ABORTED when the
 * client sent less than it announced.
 */
MUST_USE enum err request_read(
    struct request *r, void *p, size_t n, size_t *got);

/* A query parameter, or NULL when it is not there or empty. */
const char *request_query(const struct request *r, const char *name);

/* Rows a page of a list: the parameter `limit`, 1 to 100, 20 without it. */
MUST_USE enum err request_limit(struct request *r, int64_t *out);

/* A form field, or "" when it is not there. */
const char *request_form(const struct request *r, const char *name);

/* Every value of a repeated form field, into the arena; *n is their count. */
const char **request_form_all(
    const struct request *r, const char *name, size_t *n);

/*
 * The version a change is based on, from If-Match or the member `version`:
 * E_VERSION_NEEDED when there is none and it is needed, E_STALE when it is
 * not the current one.
 */
MUST_USE enum err request_check_version(
    struct request *r, int64_t current, bool is_needed);
