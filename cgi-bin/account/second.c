/* 两步验证: the second step of signing in, and setting it up. */
#include <string.h>

#include "account/handlers.h"
#include "base/arena.h"
#include "base/hash.h"
#include "domain/account.h"
#include "domain/second_factor.h"
#include "domain/sql.h"
#include "format/json.h"
#include "format/qr.h"
#include "format/url.h"
#include "review/layout.h"
#include "web/response.h"
#include "web/session.h"

#define ISSUER "CA锁在线办理"

enum { GROUP = 4 };

/* What authenticators read (Key URI format). */
static enum err
key_uri(struct request *r, const char *secret, const char **uri)
{
	struct arena *a = r->env.a;
	const char *issuer = url_encode(a, ISSUER);
	struct cell *c;

	TRY(db_one(
	    r->env.db, a, SQL_ACCOUNT_BY_ID, &c, ARGS(S(r->env.who.id))));
	*uri = arena_printf(a,
	    "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=6"
	    "&period=30",
	    issuer, url_encode(a, c[0].s), secret, issuer);
	return E_OK;
}

/* "ABCD EFGH …", to be typed. */
static const char *
in_groups(struct arena *a, const char *secret)
{
	char *text = arena_alloc(a, 2 * strlen(secret) + 1), *to = text;

	for (size_t i = 0; secret[i] != '\0'; i++) {
		if (i > 0 && i % GROUP == 0)
			*to++ = ' ';
		*to++ = secret[i];
	}
	return text;
}

static enum err
enrolment_json(
    struct request *r, const struct enrolment *n, struct json_object *o)
{
	struct json_object *item = json_sub(o, "enrolment");
	struct arena *a = r->env.a;
	const char *uri, *svg;

	TRY(key_uri(r, n->secret, &uri));
	TRY(qr_svg(a, uri, "两步验证的二维码", &svg));
	json_str(item, "secret", in_groups(a, n->secret));
	json_str(item, "uri", uri);
	json_str(item, "picture",
	    arena_printf(a, "data:image/svg+xml;base64,%s",
		base64_encode(a, svg, strlen(svg))));
	json_str(item, "draft", n->draft);
	return E_OK;
}

/* n: what was being set up, or NULL. */
static enum err
show(struct request *r, enum err refused, struct enrolment *n)
{
	struct enrolment fresh = { .env = &r->env, .session = session_hash(r) };
	struct json_object *o = layout_new(r), *factor;

	TRY(second_factor_json(&r->env, r->env.who.id, o));
	factor = json_get(o, "factor");
	json_flag(o, "is_asked", r->needs_second && factor != NULL);
	json_flag(o, "is_set", !r->needs_second && factor != NULL);
	json_flag(o, "is_first", r->needs_second && factor == NULL);
	if (factor != NULL)
		layout_time(r->env.a, factor, "set_at");
	else if (n == NULL || n->draft == NULL)
		TRY(enrolment_new(n = &fresh));
	if (factor == NULL)
		TRY(enrolment_json(r, n, o));
	if (refused == E_OK)
		return respond_page(r, 200, "second-factor", o);
	if (refused == E_CODE)
		json_str(o, "code_error", err_row(refused)->advice);
	layout_refused(r, o, refused);
	return respond_page(r, err_row(refused)->status, "second-factor", o);
}

/* The page again with why it was not done; anything else is for the walk. */
static enum err
refuse(struct request *r, enum err e, struct enrolment *n)
{
	if (e == E_CODE || e == E_THROTTLED || e == E_STATE)
		return show(r, e, n);
	return e;
}

static enum err
show_codes(struct request *r, const char *const codes[RECOVERY_CODES])
{
	struct json_object *o = layout_new(r);
	struct json_object *list = json_list(o, "codes");

	for (size_t i = 0; i < RECOVERY_CODES; i++)
		json_item_str(list, codes[i]);
	return respond_page(r, 200, "recovery-codes", o);
}

enum err
second_show(struct request *r)
{
	return show(r, E_OK, NULL);
}

static enum err
take(void *arg)
{
	return second_step_take(arg);
}

/* Who is half way, as a whole account. */
static struct account
account_of(const struct request *r)
{
	const struct actor *who = &r->env.who;

	return (struct account){ .id = who->id,
		.unit_id = who->unit_id,
		.name = who->name,
		.role = who->role,
		.must_change = r->must_change };
}

enum err
second_check(struct request *r)
{
	struct second_step s = { .env = &r->env };
	struct account account = account_of(r);
	enum err e;

	if (!r->needs_second)
		return respond_see_other(r, "/admin/");
	e = second_step_prepare(&s, request_form(r, "code"));
	if (e == E_THROTTLED)
		respond_retry_after(r, s.retry_after);
	if (e == E_OK)
		e = enter(&(struct entry){ .r = r,
		    .account = &account,
		    .way = "password",
		    .second = s.how,
		    .before = take,
		    .arg = &s });
	return e == E_OK ? respond_see_other(r, "/admin/") : refuse(r, e, NULL);
}

static enum err
add(void *arg)
{
	return enrolment_add(arg);
}

/* In a session that is half way it is the second step as well; a transaction
 * of its own, because each has one row in the trail. */
static enum err
set_up(struct request *r, struct enrolment *n)
{
	struct account account = account_of(r);

	TRY(db_tx(r->env.db, add, n));
	if (!r->needs_second)
		return E_OK;
	return enter(&(struct entry){
	    .r = r, .account = &account, .way = "password", .second = "totp" });
}

/* Answered with the page itself: the codes are shown here and never again. */
enum err
second_enrol(struct request *r)
{
	struct enrolment n = { .env = &r->env, .session = session_hash(r) };
	enum err e = enrolment_open(
	    &n, request_form(r, "draft"), request_form(r, "code"));

	if (e == E_OK)
		e = set_up(r, &n);
	return e == E_OK ? show_codes(r, n.codes) : refuse(r, e, &n);
}

struct renewal {
	struct second_step step;
	const char *codes[RECOVERY_CODES];
};

static enum err
renew(void *arg)
{
	struct renewal *n = arg;

	TRY(second_step_take(&n->step));
	return recovery_renew(n->step.env, n->codes);
}

enum err
second_renew(struct request *r)
{
	struct renewal n = { .step = { .env = &r->env } };
	enum err e = second_step_prepare(&n.step, request_form(r, "code"));

	if (e == E_THROTTLED)
		respond_retry_after(r, n.step.retry_after);
	if (e == E_OK)
		e = db_tx(r->env.db, renew, &n);
	return e == E_OK ? show_codes(r, n.codes) : refuse(r, e, NULL);
}
