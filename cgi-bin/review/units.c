/* 单位: looked up by name or code, with their locks, accounts and cases. */
#include "base/arena.h"
#include "domain/lock_office.h"
#include "domain/unit.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static bool
may_change(const struct request *r)
{
	return (r->env.who.role & ROLE_OFFICE) != 0;
}

static const char *
path_of(struct request *r, const char *unit_id)
{
	return arena_printf(r->env.a, "/admin/units/%s", unit_id);
}

enum err
units_show(struct request *r)
{
	struct json_object *o = layout_new(r);
	const char *wanted = layout_given(r, request_query(r, "wanted"));

	TRY(unit_list_json(&r->env, request_query(r, "cursor"), wanted, o));
	json_flag(o, "has_units", json_count(json_get(o, "units")) > 0);
	json_str(o, "wanted", wanted);
	layout_pager(r, "/admin/units", o);
	return respond_page(r, 200, "units", o);
}

/* What of a lock can be put right, in the order of the form. */
static void
fields_json(struct request *r, struct json_object *list, const char *holder,
    const char *kind, const char *from, const char *to)
{
	struct json_object *select;

	layout_field(r, list,
	    &(struct layout_field){ .name = "holder",
		.label = "持有人（可不填）",
		.is_optional = true },
	    holder);
	select = layout_field(r, list,
	    &(struct layout_field){ .name = "kind",
		.label = "主锁或副锁",
		.help =
		    "一个单位只有一把主锁：设为主锁时，原来的主锁改为副锁。",
		.type = "select" },
	    kind);
	layout_field_option(select, "main", "主锁");
	layout_field_option(select, "sub", "副锁");
	layout_field(r, list,
	    &(struct layout_field){
		.name = "valid_from", .label = "有效期自", .type = "date" },
	    from);
	layout_field(r, list,
	    &(struct layout_field){
		.name = "valid_to", .label = "有效期至", .type = "date" },
	    to);
}

static void
add_form_json(struct request *r, struct json_object *o)
{
	struct json_object *list = json_list(o, "fields");

	layout_field(r, list,
	    &(struct layout_field){ .name = "serial",
		.label = "锁序列号",
		.help = "印在锁身上，登记后不能修改。" },
	    "");
	/* The first lock of a unit is its main one. */
	fields_json(r, list, "",
	    json_count(json_get(o, "locks")) == 0 ? "main" : "sub", "", "");
}

static enum err
show_unit(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r), *cases;

	TRY(unit_json(&r->env, r->param[0], o));
	cases = json_get(o, "cases");
	for (size_t i = 0; i < json_count(cases); i++)
		layout_day(r->env.a, json_at(cases, i), "created_at");
	json_str(o, "path", path_of(r, r->param[0]));
	json_flag(o, "has_locks", json_count(json_get(o, "locks")) > 0);
	json_flag(o, "has_accounts", json_count(json_get(o, "accounts")) > 0);
	json_flag(o, "has_cases", json_count(cases) > 0);
	json_flag(o, "may_change", may_change(r));
	json_flag(o, "is_overseer", (r->env.who.role & ROLE_OVERSEER) != 0);
	add_form_json(r, o);
	return layout_page(r, refused, "unit", o);
}

enum err
unit_show(struct request *r)
{
	return show_unit(r, E_OK);
}

static struct lock_deed
read_form(struct request *r)
{
	return (struct lock_deed){ .env = &r->env,
		.unit_id = r->param[0],
		.serial = layout_typed(r, "serial"),
		.holder = layout_typed(r, "holder"),
		.kind = layout_typed(r, "kind"),
		.valid_from = layout_typed(r, "valid_from"),
		.valid_to = layout_typed(r, "valid_to") };
}

enum err
unit_take_lock(struct request *r)
{
	struct lock_deed d = read_form(r);
	struct json_object *unit = json_object_in(r->env.a);
	enum err e;

	TRY(unit_json(&r->env, d.unit_id, unit));
	e = lock_office_add(&d);
	if (e != E_OK)
		return layout_can_show(e) ? show_unit(r, e) : e;
	return respond_see_other(r, path_of(r, d.unit_id));
}

static enum err
show_lock(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);

	TRY(unit_json(&r->env, r->param[0], o));
	TRY(lock_office_json(&r->env, r->param[0], r->param[1], o));
	json_str(o, "path", path_of(r, r->param[0]));
	json_flag(o, "may_change", may_change(r));
	fields_json(r, json_list(o, "fields"), json_get_str(o, "holder"),
	    json_get_str(o, "kind"), json_get_str(o, "valid_from"),
	    json_get_str(o, "valid_to"));
	return layout_page(r, refused, "lock", o);
}

enum err
lock_show(struct request *r)
{
	return show_lock(r, E_OK);
}

enum err
lock_take_change(struct request *r)
{
	struct lock_deed d = read_form(r);
	struct json_object *lock = json_object_in(r->env.a);
	enum err e;

	d.id = r->param[1];
	TRY(lock_office_json(&r->env, d.unit_id, d.id, lock));
	d.serial = json_get_str(lock, "serial");
	TRY(layout_version(r, &d.version));
	e = lock_office_change(&d);
	if (e != E_OK)
		return layout_can_show(e) ? show_lock(r, e) : e;
	return respond_see_other(r, path_of(r, d.unit_id));
}
