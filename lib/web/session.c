#include "web/session.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "domain/sql.h"
#include "format/cookie.h"
#include "web/response.h"

enum { TOUCH_SECONDS = 60 };

static const char *
surface_name(enum surface surface)
{
	return surface == SURFACE_ADMIN ? "admin" : "portal";
}

const char *
session_cookie(enum surface surface)
{
	return surface == SURFACE_ADMIN ? "calock_admin" : "calock_session";
}

static const char *
hash_of(struct request *r, const char *token)
{
	char *hex = arena_alloc(r->env.a, SHA256_HEX);

	sha256_hex(token, strlen(token), hex);
	return hex;
}

const char *
session_hash(struct request *r)
{
	return hash_of(r, r->token);
}

const char *
session_csrf(struct request *r, const char *token)
{
	return hash_of(r, arena_printf(r->env.a, "csrf:%s", token));
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A session in use is extended, at most once a minute. */
static enum err
touch(struct request *r, const char *hash, int64_t idle_seconds, int64_t *used)
{
	if ((r->route->flags & ROUTE_QUIET) != 0 ||
	    idle_seconds < TOUCH_SECONDS)
		return E_OK;
	*used = clock_now();
	return db_exec(r->env.db, SQL_SESSION_TOUCH, ARGS(S(hash)));
}

enum err
session_load(struct request *r)
{
	const struct config *cfg = r->env.cfg;
	enum surface surface = r->route->surface;
	const char *token = cookie_get(
	    r->env.a, request_param(r, "HTTP_COOKIE"), session_cookie(surface));
	const char *hash;
	struct cell *c;
	enum err e;
	int64_t used;

	if (token == NULL || strlen(token) != TOKEN_TEXT - 1)
		return FAIL(E_SIGNED_OUT, "no cookie");
	hash = hash_of(r, token);
	e = db_one(r->env.db, r->env.a, SQL_SESSION_GET, &c,
	    ARGS(S(hash), S(surface_name(surface)),
		I(cfg->session_idle_minutes), I(cfg->session_hours)));
	if (e == E_NOT_FOUND)
		return FAIL(E_SIGNED_OUT, "no live session");
	TRY(e);
	r->env.who = (struct actor){ .id = c[0].s,
		.role = role_by_name(c[1].s),
		.unit_id = c[2].s,
		.name = c[3].s };
	r->token = token;
	r->csrf = session_csrf(r, token);
	r->must_change = c[7].i != 0;
	r->needs_second = c[8].i != 0;
	used = c[5].i;
	TRY(touch(r, hash, c[6].i, &used));
	r->session_expires =
	    earlier(used + cfg->session_idle_minutes * 60 * CLOCK_SECOND,
		c[4].i + cfg->session_hours * 3600 * CLOCK_SECOND);
	return E_OK;
}

enum err
session_begin(struct request *r, const struct session_new *s)
{
	/* Signing in again ends the session it is done from. */
	if (r->token != NULL)
		TRY(session_end(r));
	return db_exec(r->env.db, SQL_SESSION_ADD,
	    ARGS(S(hash_of(r, s->token)), S(s->account_id),
		S(surface_name(r->route->surface)), S(r->env.ip), S(s->way),
		I(s->is_whole)));
}

bool
session_is_secure(const struct request *r)
{
	const char *url = r->route->surface == SURFACE_ADMIN
			      ? r->env.cfg->admin_url
			      : r->env.cfg->public_url;

	return strncmp(url, "https:", 6) == 0;
}

void
session_send(struct request *r, const char *token)
{
	struct cookie c = { .name = session_cookie(r->route->surface),
		.value = token != NULL ? token : "",
		.path = "/",
		.max_age = token != NULL ? -1 : 0,
		.is_secure = session_is_secure(r) };
	const char *line;

	if (cookie_set(r->env.a, &c, &line) == E_OK)
		respond_header(r, "Set-Cookie", line);
}

enum err
session_end(struct request *r)
{
	return db_exec(
	    r->env.db, SQL_SESSION_END, ARGS(S(hash_of(r, r->token))));
}

enum err
session_end_others(struct request *r)
{
	return db_exec(r->env.db, SQL_SESSION_END_OTHERS,
	    ARGS(S(r->env.who.id), S(hash_of(r, r->token))));
}
