/* 常用原因: the catalogue from which reviewers choose. */
#include "base/arena.h"
#include "domain/reason.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

/* What follows the last one is shown as the next: 10, 20, 30 leave room. */
enum { PLACE_STEP = 10 };

static bool
is_manager(const struct request *r)
{
	return r->env.who.role == ROLE_MANAGER;
}

static void
fields_json(struct request *r, struct json_object *o, const char *text,
    const char *place)
{
	struct json_object *list = json_list(o, "fields");

	layout_field(r, list,
	    &(struct layout_field){ .name = "text",
		.label = "原因",
		.help = "写给申请单位看：哪里不对，怎样修改。" },
	    text);
	layout_field(r, list,
	    &(struct layout_field){ .name = "place",
		.label = "次序",
		.help = "小的排在前面。",
		.type = "number" },
	    place);
}

/* Behind the last one that is in use. */
static const char *
next_place(struct arena *a, struct json_object *list)
{
	int64_t last = 0, place = 0;

	for (size_t i = 0; i < json_count(list); i++)
		if (json_get_int(json_at(list, i), "place", &place) &&
		    place > last)
			last = place;
	return arena_printf(a, "%lld", (long long)last + PLACE_STEP);
}

static enum err
show_list(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r), *list;

	TRY(reason_list_json(&r->env, o));
	list = json_get(o, "reasons");
	json_flag(o, "has_reasons", json_count(list) > 0);
	json_flag(o, "is_manager", is_manager(r));
	fields_json(r, o, "", next_place(r->env.a, list));
	return layout_page(r, refused, "reasons", o);
}

enum err
reasons_show(struct request *r)
{
	return show_list(r, E_OK);
}

enum err
reasons_add(struct request *r)
{
	struct reason_deed d = { .env = &r->env,
		.text = layout_typed(r, "text"),
		.place = layout_typed(r, "place") };
	enum err e = reason_add(&d);

	if (e != E_OK)
		return layout_can_show(e) ? show_list(r, e) : e;
	return respond_see_other(r, "/admin/reasons");
}

static enum err
show_one(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);
	int64_t place = 0;

	TRY(reason_json(&r->env, r->param[0], o));
	json_get_int(o, "place", &place);
	json_flag(o, "is_manager", is_manager(r));
	fields_json(r, o, json_get_str(o, "text"),
	    arena_printf(r->env.a, "%lld", (long long)place));
	return layout_page(r, refused, "reason", o);
}

enum err
reason_show(struct request *r)
{
	return show_one(r, E_OK);
}

static enum err
take(struct request *r, enum err (*work)(struct reason_deed *), bool is_retired)
{
	struct reason_deed d = { .env = &r->env,
		.code = r->param[0],
		.text = layout_typed(r, "text"),
		.place = layout_typed(r, "place"),
		.is_retired = is_retired };
	struct json_object *now = json_object_in(r->env.a);
	enum err e;

	TRY(reason_json(&r->env, d.code, now));
	TRY(layout_version(r, &d.version));
	e = work(&d);
	if (e != E_OK)
		return layout_can_show(e) ? show_one(r, e) : e;
	return respond_see_other(r, "/admin/reasons");
}

enum err
reason_take_change(struct request *r)
{
	return take(r, reason_change, false);
}

enum err
reason_take_retire(struct request *r)
{
	return take(r, reason_retire, true);
}

enum err
reason_take_restore(struct request *r)
{
	return take(r, reason_retire, false);
}
