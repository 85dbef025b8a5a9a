#include "web/route.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "domain/audit.h"
#include "web/input.h"
#include "web/response.h"
#include "web/session.h"

static bool
is_id_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool
route_match(struct request *r, const char *pattern, const char *path)
{
	size_t params = 0;

	while (*pattern != '\0') {
		size_t n = 0;

		if (*pattern != '{') {
			if (*pattern++ != *path++)
				return false;
			continue;
		}
		while (is_id_char(path[n]))
			n++;
		if (n == 0 || n > 64 || params == PATH_PARAMS)
			return false;
		r->param[params++] = arena_strndup(r->env.a, path, n);
		path += n;
		pattern += strcspn(pattern, "}") + 1;
	}
	return *path == '\0';
}

/* The route, or 404, or 405 with the methods that the path has. */
static enum err
find(struct request *r, const struct route *routes, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		if ((routes[i].surface == SURFACE_ADMIN) != r->is_admin ||
		    !route_match(r, routes[i].path, r->path))
			continue;
		if (routes[i].method == r->method) {
			r->route = &routes[i];
			return E_OK;
		}
		used += (size_t)snprintf(r->allow + used,
		    sizeof(r->allow) - used, "%s%s", used > 0 ? ", " : "",
		    method_name(routes[i].method));
	}
	return used > 0 ? FAIL(E_METHOD, "method")
			: FAIL(E_NOT_FOUND, "no such path");
}

static bool
is_type(const struct request *r, const char *wanted)
{
	const char *type = request_param(r, "CONTENT_TYPE");
	size_t n = strlen(wanted);

	return type != NULL && strncasecmp(type, wanted, n) == 0 &&
	       (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

static enum err
check_body(const struct request *r)
{
	enum body body = r->route->body;
	int64_t limit = r->route->limit;

	if (body == BODY_STREAM && r->env.cfg->file_max_bytes < limit)
		limit = r->env.cfg->file_max_bytes;
	if (r->content_length > limit)
		return FAIL(
		    E_TOO_LARGE, "%lld bytes", (long long)r->content_length);
	if (body_type(body) == NULL)
		return E_OK;
	/* A POST without content is an empty object. */
	if (body == BODY_JSON && r->content_length == 0)
		return E_OK;
	return is_type(r, body_type(body)) ? E_OK : FAIL(E_MEDIA_TYPE, "type");
}

/* Whether an origin stands in the comma-separated list of further portals. */
static bool
is_listed(const char *list, const char *origin)
{
	size_t n = strlen(origin);

	for (const char *p = list; *p != '\0';) {
		size_t len = strcspn(p, ", ");

		if (len == n && strncmp(p, origin, n) == 0)
			return true;
		p += len;
		p += strspn(p, ", ");
	}
	return false;
}

/* Unsafe methods come from our own pages only. */
static enum err
check_origin(const struct request *r)
{
	const char *origin = request_param(r, "HTTP_ORIGIN");
	const char *site = request_param(r, "HTTP_SEC_FETCH_SITE");
	const struct config *cfg = r->env.cfg;

	if (r->method == M_GET || r->route->surface == SURFACE_CALLBACK)
		return E_OK;
	if (origin == NULL)
		return site != NULL && strcmp(site, "same-origin") == 0
			   ? E_OK
			   : FAIL(E_ORIGIN, "no origin");
	if (strcmp(origin, !r->is_admin ? cfg->public_url : cfg->admin_url) ==
		0 ||
	    (!r->is_admin && is_listed(cfg->portal_origins, origin)))
		return E_OK;
	return FAIL(E_ORIGIN, "foreign origin");
}

static enum err
authorise(struct request *r)
{
	enum err e = E_OK;

	/* Where nobody needs to sign in, a session is known if it can be. */
	if (r->route->surface != SURFACE_CALLBACK)
		e = session_load(r);
	if (e != E_OK && r->route->who != 0)
		return e;
	err_clear();
	if (r->route->who != 0 && r->needs_second &&
	    (r->route->flags & ROUTE_FIRST_STEP) == 0)
		return FAIL(E_SECOND_FACTOR, "half way");
	if (r->route->who != 0 && (r->route->who & r->env.who.role) == 0) {
		audit_refusal(&r->env, r->env.who.id, "forbidden");
		return FAIL(E_FORBIDDEN, "%s", role_name(r->env.who.role));
	}
	if (r->route->who != 0 && r->must_change && !r->needs_second &&
	    (r->route->flags & ROUTE_HALF_WAY) == 0)
		return FAIL(E_PASSWORD_CHANGE, "password is another's");
	return check_origin(r);
}

/* What changes waits until what was changed before is sealed. */
static enum err
check_sealed(struct request *r)
{
	if (r->method == M_GET || (r->route->flags & ROUTE_UNSEALED) != 0)
		return E_OK;
	return audit_check_sealed(&r->env);
}

/* A portal on a listed origin gets to read our answers (CORS). */
static void
allow_origin(struct request *r)
{
	const char *origin = request_param(r, "HTTP_ORIGIN");

	if (origin == NULL || r->is_admin ||
	    !is_listed(r->env.cfg->portal_origins, origin))
		return;
	respond_header(
	    r, "Access-Control-Allow-Origin", arena_strdup(r->env.a, origin));
	respond_header(r, "Access-Control-Allow-Credentials", "true");
	respond_header(r, "Access-Control-Expose-Headers", "Location, ETag");
	respond_header(r, "Vary", "Origin");
}

static enum err
preflight(struct request *r)
{
	respond_header(
	    r, "Access-Control-Allow-Methods", "GET, POST, PUT, DELETE");
	respond_header(r, "Access-Control-Allow-Headers",
	    "Content-Type, If-Match, Idempotency-Key");
	respond_header(r, "Access-Control-Max-Age", "600");
	return respond_nothing(r);
}

static enum err
walk(struct request *r, const struct route *routes, size_t n)
{
	enum err e = find(r, routes, n);

	allow_origin(r);
	if (r->method == M_OPTIONS && e == E_METHOD && r->out.headers > 0)
		return preflight(r);
	TRY(e);
	TRY(check_body(r));
	TRY(authorise(r));
	TRY(check_sealed(r));
	TRY(input_read(r));
	return r->route->handle(r);
}

static void
log_request_line(const struct request *r, enum err e, int64_t began)
{
	enum log_level level =
	    e != E_OK && err_row(e)->is_ours ? LOG_ERROR : LOG_INFO;

	log_line(level, "request",
	    "ip=%s route=\"%s\" role=%s st=%d err=%s us=%lld", r->env.ip,
	    r->route != NULL ? r->route->path : "-", role_name(r->env.who.role),
	    r->out.status, e == E_OK ? "-" : err_row(e)->name,
	    (long long)(clock_span() - began));
	if (e != E_OK && err_fault()->err != E_OK)
		log_fault(level, "fault", NULL, NULL);
}

void
route_serve(struct request *r, const struct route *routes, size_t n)
{
	int64_t began = clock_span();
	enum err e = walk(r, routes, n);

	/* What only callers of the database understand is our own fault. */
	if (e == E_DUPLICATE)
		e = E_INTERNAL;
	if (e != E_OK)
		respond_error(r, e);
	log_request_line(r, e, began);
}

static void
print_roles(unsigned who)
{
	const char *sep = "";

	if (who == 0)
		printf("-");
	for (unsigned role = ROLE_APPLICANT; role <= ROLE_AUDITOR; role <<= 1)
		if ((who & role) != 0) {
			printf("%s%s", sep, role_name(role));
			sep = ",";
		}
}

void
route_print(const struct route *routes, size_t n, enum program program)
{
	static const char *const surfaces[] = { "portal", "admin", "callback" };

	for (size_t i = 0; i < n; i++) {
		const struct route *t = &routes[i];

		printf("%s\t%s\t", method_name(t->method), t->path);
		print_roles(t->who);
		printf("\t%lld\t%s\t%s\t%s\t%s\n", (long long)t->limit,
		    (t->flags & ROUTE_CERTIFICATE) != 0 ? "certificate"
		    : (t->flags & ROUTE_SIGN_IN) != 0	? "sign_in"
		    : (t->flags & ROUTE_UPLOAD) != 0	? "upload"
							: "-",
		    surfaces[t->surface], program_name(program), t->title);
	}
}
