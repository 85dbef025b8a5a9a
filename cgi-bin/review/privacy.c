/* 隐私: keys and what is still under older ones; cases by a person's number. */
#include "domain/field.h"
#include "domain/find.h"
#include "domain/rotation.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

enum err
privacy_show(struct request *r)
{
	struct json_object *o = layout_new(r);

	TRY(rotation_json(&r->env, o));
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
	for (size_t i = 0; i < json_count(items); i++)
		layout_time(r->env.a, json_at(items, i), "submitted_at");
	json_flag(o, "has_items", json_count(items) > 0);
	json_str(o, "found", field_mask(r->env.a, number.field, number.value));
	return respond_page(r, 200, "find", o);
}
