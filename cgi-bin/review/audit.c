/* 审计: who did what, and whether the trail is as it was sealed. */
#include <string.h>

#include "base/arena.h"
#include "domain/audit.h"
#include "domain/audit_check.h"
#include "domain/audit_trail.h"
#include "domain/evidence.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static const char *const filters[] = { "account", "object", "action", "from",
	"to" };

static struct audit_filter
read_filter(struct request *r)
{
	return (struct audit_filter){
		.account = layout_given(r, request_query(r, "account")),
		.object = layout_given(r, request_query(r, "object")),
		.action = layout_given(r, request_query(r, "action")),
		.from = layout_given(r, request_query(r, "from")),
		.to = layout_given(r, request_query(r, "to")),
		.cursor = request_query(r, "cursor"),
	};
}

static void
filters_json(struct request *r, struct json_object *o)
{
	struct json_object *filter = json_sub(o, "filter");
	struct json_object *list = json_list(filter, "actions");

	for (size_t i = 0; i < COUNT(filters); i++)
		json_str(filter, filters[i], request_query(r, filters[i]));
	audit_actions_json(list);
	layout_choose(list, request_query(r, "action"));
}

static void
rows_json(struct request *r, struct json_object *o)
{
	struct json_object *items = json_get(o, "items");

	for (size_t i = 0; i < json_count(items); i++)
		layout_moment(r->env.a, json_at(items, i), "at");
	json_flag(o, "has_items", json_count(items) > 0);
	layout_pager(r, "/admin/audit", o);
}

static void
checks_json(struct request *r, struct json_object *o)
{
	struct json_object *list = json_get(o, "checks");

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);
		const char *state = json_get_str(item, "state");

		layout_time(r->env.a, item, "requested_at");
		layout_time(r->env.a, item, "done_at");
		layout_day(r->env.a, item, "since");
		layout_day(r->env.a, item, "until");
		json_flag(item, "is_open", strcmp(state, "open") == 0);
		json_flag(item, "is_whole", strcmp(state, "whole") == 0);
		json_flag(item, "is_bad", strcmp(state, "bad") == 0);
	}
	json_flag(o, "has_checks", json_count(list) > 0);
}

/* refused is E_OK, or why a verification was not asked for. */
static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);
	struct audit_filter filter = read_filter(r);
	enum err e = audit_trail_json(&r->env, &filter, o);

	if (e != E_OK && e != E_INVALID)
		return e;
	if (e != E_OK || refused != E_OK)
		layout_refused(r, o, E_INVALID);
	err_clear();
	filters_json(r, o);
	rows_json(r, o);
	TRY(audit_check_list_json(&r->env, o));
	checks_json(r, o);
	return respond_page(
	    r, refused == E_OK ? 200 : err_row(refused)->status, "audit", o);
}

enum err
audit_show(struct request *r)
{
	return show(r, E_OK);
}

enum err
audit_check(struct request *r)
{
	enum err e = audit_check_request(&r->env,
	    layout_given(r, request_form(r, "from")),
	    layout_given(r, request_form(r, "to")));

	if (e == E_INVALID)
		return show(r, e);
	TRY(e);
	return respond_see_other(r, "/admin/audit#checks");
}

enum err
case_evidence(struct request *r)
{
	struct application app;
	int64_t size;
	int fd;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(audit_note(&r->env, "evidence", app.id, app.batch_no));
	TRY(evidence_pack(&r->env, &app, &fd, &size));
	return respond_file(r, fd, size, "application/zip",
	    arena_printf(r->env.a, "%s.zip", app.batch_no));
}
