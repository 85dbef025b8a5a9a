/* 告知确认书: its versions, and a new one. */
#include "base/arena.h"
#include "domain/consent.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

/* The new version begins as the one in force is. */
static enum err
fields_json(struct request *r, struct json_object *o)
{
	struct json_object *now = json_object_in(r->env.a);
	struct json_object *list = json_list(o, "fields");
	int64_t version = 0;

	TRY(consent_current_json(&r->env, now));
	json_get_int(now, "version", &version);
	json_int(o, "version", version);
	layout_field(r, list,
	    &(struct layout_field){ .name = "title", .label = "标题" },
	    json_get_str(now, "title"));
	layout_field(r, list,
	    &(struct layout_field){ .name = "body",
		.label = "正文",
		.help = "一段一行。",
		.type = "area",
		.rows = 16 },
	    json_get_str(now, "text"));
	return E_OK;
}

static enum err
show_list(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);
	bool is_manager = r->env.who.role == ROLE_MANAGER;

	TRY(consent_list_json(&r->env, o));
	layout_times(r->env.a, json_get(o, "consents"), "created_at");
	json_flag(o, "is_manager", is_manager);
	if (is_manager)
		TRY(fields_json(r, o));
	return layout_page(r, refused, "consents", o);
}

enum err
consents_show(struct request *r)
{
	return show_list(r, E_OK);
}

enum err
consent_show(struct request *r)
{
	struct json_object *o = layout_new(r);

	TRY(consent_json(&r->env, r->param[0], o));
	layout_time(r->env.a, o, "created_at");
	return respond_page(r, 200, "consent", o);
}

enum err
consents_add(struct request *r)
{
	struct consent_new n = { .env = &r->env,
		.title = layout_typed(r, "title"),
		.body = layout_typed(r, "body") };
	enum err e;

	TRY(layout_version(r, &n.version));
	e = consent_add(&n);
	if (e != E_OK)
		return layout_can_show(e) ? show_list(r, e) : e;
	return respond_see_other(
	    r, arena_printf(
		   r->env.a, "/admin/consents/%lld", (long long)n.version));
}
