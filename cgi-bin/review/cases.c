/* One case: looking at it, claiming it, deciding on it, and its files. */
#include "base/arena.h"
#include "domain/audit.h"
#include "domain/reveal.h"
#include "domain/review.h"
#include "review/case_page.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"
#include "web/stored.h"

static enum err
back(struct request *r, const struct application *app)
{
	return respond_see_other(
	    r, arena_printf(r->env.a, "/admin/applications/%s", app->id));
}

/* What people can put right is shown on the page, as the case is by now. */
static enum err
refuse(struct request *r, const char *id, enum err e, enum action action)
{
	struct application now;

	if (!layout_can_show(e))
		return e;
	TRY(application_load(&r->env, id, &now));
	return case_page(r, &now, e, action);
}

/* Using a claim keeps it: as often as once a minute. */
static enum err
renew(struct request *r, struct application *app)
{
	struct review_claim claim = { &r->env, app };
	enum err e;

	if (app->state != STATE_PENDING || !review_is_holder(&r->env, app) ||
	    !review_claim_is_old(&r->env, app))
		return E_OK;
	e = db_tx(r->env.db, review_claim, &claim);
	if (e != E_OK && err_row(e)->status != 409)
		return e;
	return application_load(&r->env, app->id, app);
}

/* Once for each version that its holder looks at. */
static enum err
note_view(struct request *r, const struct application *app)
{
	struct review_claim claim = { &r->env, app };
	bool has_viewed;

	if (app->state != STATE_PENDING || !review_is_holder(&r->env, app))
		return E_OK;
	TRY(review_has_viewed(&r->env, app, &has_viewed));
	return has_viewed ? E_OK : db_tx(r->env.db, review_view, &claim);
}

enum err
case_show(struct request *r)
{
	struct application app;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(renew(r, &app));
	TRY(note_view(r, &app));
	return case_page(r, &app, E_OK, ACTION__N);
}

enum err
case_reveal(struct request *r)
{
	struct application app;
	unsigned fields;
	enum err e;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(renew(r, &app));
	fields = reveal_fields(&r->env, &app);
	e = fields != 0 ? reveal_case(&r->env, &app, fields,
			      request_form(r, "why"), layout_typed(r, "note"))
			: FAIL(r->env.who.role == ROLE_REVIEWER ? E_CLAIM_NEEDED
								: E_STATE,
			      "nothing to see");
	return e == E_OK ? case_page_revealed(r, &app, fields)
			 : refuse(r, app.id, e, ACTION__N);
}

static enum err
change_claim(struct request *r, enum err (*work)(void *))
{
	struct application app;
	struct review_claim claim = { &r->env, &app };
	enum err e;

	TRY(application_load(&r->env, r->param[0], &app));
	e = db_tx(r->env.db, work, &claim);
	return e == E_OK ? back(r, &app) : refuse(r, app.id, e, ACTION__N);
}

enum err
case_claim(struct request *r)
{
	return change_claim(r, review_claim);
}

enum err
case_release(struct request *r)
{
	return change_claim(r, review_release);
}

/* The form carries the version that was looked at. */
static enum err
check_version(struct request *r, const struct application *app)
{
	int64_t version;

	TRY(layout_version(r, &version));
	return version == app->version ? E_OK : FAIL(E_STATE, "version");
}

static enum err
decide(struct request *r, enum action action)
{
	struct application app;
	struct review_decision d = { .env = &r->env,
		.app = &app,
		.action = action,
		.opinion = layout_typed(r, "opinion") };
	enum err e;

	d.pins = request_form_all(r, "pin", &d.pins_n);
	d.reasons = request_form_all(r, "reason", &d.reasons_n);
	TRY(application_load(&r->env, r->param[0], &app));
	e = check_version(r, &app);
	if (e == E_OK)
		e = review_prepare(&d);
	if (e == E_OK)
		e = db_tx(r->env.db, review_decide, &d);
	return e == E_OK ? back(r, &app) : refuse(r, app.id, e, action);
}

enum err
case_approve(struct request *r)
{
	return decide(r, ACTION_APPROVE);
}

enum err
case_reject(struct request *r)
{
	return decide(r, ACTION_REJECT);
}

/* Scans show people's papers, so each look is on record. */
enum err
case_attachment(struct request *r)
{
	struct application app;
	struct attachment file;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(attachment_get(&r->env, app.id, r->param[1], r->param[2], &file));
	TRY(audit_note(&r->env, "download", app.id,
	    arena_printf(r->env.a, "%s %s", file.kind, file.id)));
	return respond_stored(
	    r, file.store_key, file.size, "application/pdf", file.name);
}
