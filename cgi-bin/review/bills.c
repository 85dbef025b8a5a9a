/* 对账: the days of each provider, and what differs on one. */
#include <string.h>

#include "base/arena.h"
#include "domain/reconcile.h"
#include "format/json.h"
#include "format/xlsx.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

/* Every member in fen also in yuan. */
static void
yuan(struct request *r, struct json_object *o)
{
	static const char *const names[] = { "paid", "refunded", "charge",
		"net", "ours", "theirs" };

	for (size_t i = 0; i < COUNT(names); i++)
		layout_yuan(r->env.a, o, names[i]);
}

static bool
is_state(struct json_object *bill, const char *state)
{
	return strcmp(json_get_str(bill, "state"), state) == 0;
}

static void
bill_json(struct request *r, struct json_object *o)
{
	const char *error = json_get_str(o, "error");

	yuan(r, o);
	layout_time(r->env.a, o, "read_at");
	layout_time(r->env.a, o, "closed_at");
	layout_time(r->env.a, o, "next_at");
	json_flag(o, "is_waiting", is_state(o, "waiting"));
	json_flag(o, "is_open", is_state(o, "open"));
	json_flag(o, "is_closed", is_state(o, "closed"));
	json_flag(o, "has_numbers", !is_state(o, "waiting"));
	json_flag(o, "has_error", error != NULL && *error != '\0');
}

enum err
bills_show(struct request *r)
{
	struct json_object *o = layout_new(r), *list;

	TRY(reconcile_list_json(&r->env, request_query(r, "cursor"), o));
	list = json_get(o, "bills");
	for (size_t i = 0; i < json_count(list); i++)
		bill_json(r, json_at(list, i));
	json_flag(o, "has_bills", json_count(list) > 0);
	list = json_get(o, "months");
	for (size_t i = 0; i < json_count(list); i++)
		yuan(r, json_at(list, i));
	layout_pager(r, "/admin/bills", o);
	return respond_page(r, 200, "bills", o);
}

static struct reconcile_day
day_of(struct request *r)
{
	return (struct reconcile_day){ &r->env, r->param[0], r->param[1] };
}

static const char *
path_of(struct request *r, const struct reconcile_day *d)
{
	return arena_printf(
	    r->env.a, "/admin/bills/%s/%s", d->provider, d->day);
}

static void
differences_json(struct request *r, struct json_object *o, const char *typed_id)
{
	struct json_object *list = json_get(o, "differences");
	bool is_manager = r->env.who.role == ROLE_MANAGER;

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);
		bool is_typed = typed_id != NULL &&
				strcmp(typed_id, json_get_str(item, "id")) == 0;

		yuan(r, item);
		layout_time(r->env.a, item, "found_at");
		layout_time(r->env.a, item, "settled_at");
		json_flag(item, "can_settle",
		    is_manager && json_get_flag(item, "is_open"));
		json_str(
		    item, "typed", is_typed ? request_form(r, "opinion") : "");
		if (is_typed)
			json_str(item, "problem",
			    layout_problem(&r->env, "opinion"));
	}
	json_flag(o, "has_differences", json_count(list) > 0);
}

static enum err
show(struct request *r, enum err refused, const char *typed_id)
{
	struct json_object *o = layout_new(r);
	struct reconcile_day d = day_of(r);

	TRY(reconcile_day_json(&d, request_query(r, "cursor"), o));
	bill_json(r, json_get(o, "bill"));
	differences_json(r, o, typed_id);
	layout_pager(r, path_of(r, &d), o);
	return layout_page(r, refused, "bill", o);
}

enum err
bill_show(struct request *r)
{
	return show(r, E_OK, NULL);
}

enum err
bill_take_settle(struct request *r)
{
	struct reconcile_settle s = { .of = day_of(r),
		.id = request_form(r, "difference"),
		.opinion = layout_typed(r, "opinion") };
	enum err e = reconcile_settle(&s);

	if (e != E_OK)
		return layout_can_show(e) ? show(r, e, s.id) : e;
	return respond_see_other(r, path_of(r, &s.of));
}

enum err
bill_export(struct request *r)
{
	struct reconcile_day d = day_of(r);
	int64_t size;
	int fd;

	TRY(reconcile_export(&d, &fd, &size));
	return respond_file(r, fd, size, XLSX_TYPE,
	    arena_printf(r->env.a, "对账单_%s_%s.xlsx", d.provider, d.day));
}
