/* 隐私: keys and what is still under older ones; cases by a person's number. */
#include "domain/field.h"
#include "domain/find.h"
#include "domain/retention.h"
#include "domain/rotation.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static void
times_json(struct request *r, struct json_object *list, const char *key)
{
	for (size_t i = 0; i < json_count(list); i++)
		layout_time(r->env.a, json_at(list, i), key);
}

enum err
privacy_show(struct request *r)
{
	struct json_object *o = layout_new(r);

	TRY(rotation_json(&r->env, o));
	TRY(retention_json(&r->env, o));
	times_json(r, json_get(o, "classes"), "last_at");
	times_json(r, json_get(o, "classes"), "next_at");
	times_json(r, json_get(o, "erasures"), "at");
	json_flag(o, "has_erasures", json_count(json_get(o, "erasures")) > 0);
	return respond_page(r, 200, "privacy", o);
}

enum err
find_show(struct request *r)
{
	return respond_page(r, 200, "find", layout_new(r));
}

/* Posted, and answered with the page itself: a URL would hold the number. */
enum err
find_post(struct request *r)
{
	struct json_object *o = layout_new(r), *items;
	struct find_number number;
	enum err e = find_read(&r->env, request_form(r, "number"), &number);

	json_str(o, "number_problem", layout_problem(&r->env, "number"));
	if (e == E_INVALID)
		return respond_page(r, err_row(e)->status, "find", o);
	TRY(e);
	TRY(find_json(&r->env, &number, o));
	items = json_get(o, "items");
	times_json(r, items, "submitted_at");
	json_flag(o, "has_items", json_count(items) > 0);
	json_str(o, "found", field_mask(r->env.a, number.field, number.value));
	return respond_page(r, 200, "find", o);
}
