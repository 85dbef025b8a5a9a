/* Sign-in through the trading system: the way there, and back. */
#include <string.h>

#include "account/handlers.h"
#include "base/arena.h"
#include "base/hash.h"
#include "domain/account_subject.h"
#include "domain/audit.h"
#include "format/cookie.h"
#include "format/json.h"
#include "provider/oidc.h"
#include "web/response.h"
#include "web/session.h"

#define TRIP_COOKIE "calock_trip"
#define TRIP_PATH   "/api/session/oidc"

enum { TRIP_SECONDS = 600 };

enum err
oidc_ways(struct request *r)
{
	struct json_object *o = json_object_in(r->env.a);

	json_flag(o, "password", true);
	json_str(
	    o, "oidc", oidc_is_on(r->env.cfg) ? r->env.cfg->oidc_title : NULL);
	json_flag(o, "certificate", r->env.cfg->certificates != 0);
	return respond_json(r, 200, o);
}

/* Lax: it has to come back with who is led here from another site. */
static enum err
send_trip(struct request *r, const char *secret)
{
	struct cookie c = { .name = TRIP_COOKIE,
		.value = secret != NULL ? secret : "",
		.path = TRIP_PATH,
		.max_age = secret != NULL ? TRIP_SECONDS : 0,
		.is_secure = session_is_secure(r),
		.is_lax = true };
	const char *line;

	TRY(cookie_set(r->env.a, &c, &line));
	respond_header(r, "Set-Cookie", line);
	return E_OK;
}

static struct oidc_trip
trip_of(struct request *r, const char *secret)
{
	return (struct oidc_trip){ .secret = secret,
		.return_to = arena_printf(r->env.a, "%s" TRIP_PATH "/return",
		    r->env.cfg->public_url) };
}

/* To the portal, which says what has come of it: a browser waits, no script. */
static enum err
to_portal(struct request *r, const char *outcome)
{
	return respond_see_other(
	    r, arena_printf(r->env.a, "/?sign_in=%s", outcome));
}

/* What is wrong with the provider is nothing that a person can put right. */
static enum err
refused(struct request *r, enum err e)
{
	switch (e) {
	case E_OIDC:
	case E_OIDC_UNBOUND:
		return to_portal(r, err_row(e)->code);
	case E_PROVIDER:
	case E_PROVIDER_UNKNOWN:
		return to_portal(r, err_row(E_BUSY)->code);
	default:
		return e;
	}
}

enum err
oidc_go(struct request *r)
{
	char secret[TOKEN_TEXT];
	struct oidc_trip trip;
	const char *url;
	enum err e;

	if (!oidc_is_on(r->env.cfg))
		return to_portal(r, err_row(E_OIDC)->code);
	token_new(secret);
	trip = trip_of(r, secret);
	if ((e = oidc_way_out(r->env.a, &trip, &url)) != E_OK)
		return refused(r, e);
	TRY(send_trip(r, secret));
	return respond_see_other(r, url);
}

static enum err
come_back(struct request *r, const char *secret)
{
	struct oidc_trip trip = trip_of(r, secret);
	struct oidc_return back = { request_query(r, "code"),
		request_query(r, "state"), request_query(r, "iss") };
	struct oidc_person person;
	struct account account;

	if (secret == NULL || strlen(secret) != TOKEN_TEXT - 1)
		return FAIL(E_OIDC, "not set out from this browser");
	if (back.code == NULL || back.state == NULL)
		return FAIL(E_OIDC, "sent back without a code");
	TRY(oidc_way_back(r->env.a, &trip, &back, &person));
	TRY(account_of_person(&r->env, &person, &account));
	return enter(
	    &(struct entry){ .r = r, .account = &account, .way = "oidc" });
}

enum err
oidc_come_back(struct request *r)
{
	const char *secret =
	    cookie_get(r->env.a, request_param(r, "HTTP_COOKIE"), TRIP_COOKIE);
	enum err e;

	if (!oidc_is_on(r->env.cfg))
		return to_portal(r, err_row(E_OIDC)->code);
	e = come_back(r, secret);
	if (e == E_OIDC)
		audit_refusal(&r->env, "sign_in", err_row(e)->code);
	TRY(send_trip(r, NULL));
	return e == E_OK ? to_portal(r, "done") : refused(r, e);
}
