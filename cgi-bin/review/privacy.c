/* 隐私: keys and what is still under older ones; cases by a person's number. */
#include "domain/field.h"
#include "domain/person.h"
#include "domain/retention.h"
#include "domain/rotation.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "review/reveal.h"
#include "web/response.h"

/* The form by which a manager takes out what is kept of one person. */
static void
person_form_json(struct request *r, struct json_object *o)
{
	struct json_object *form;

	if (r->env.who.role != ROLE_MANAGER)
		return;
	form = json_sub(o, "person");
	json_str(form, "number_problem", layout_problem(&r->env, "number"));
	reveal_why_json(r, "subject", form);
}

static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);

	person_form_json(r, o);
	TRY(rotation_json(&r->env, o));
	TRY(retention_json(&r->env, o));
	layout_times(r->env.a, json_get(o, "classes"), "last_at");
	layout_times(r->env.a, json_get(o, "classes"), "next_at");
	layout_times(r->env.a, json_get(o, "erasures"), "at");
	json_flag(o, "has_erasures", json_count(json_get(o, "erasures")) > 0);
	return layout_page(r, refused, "privacy", o);
}

enum err
privacy_show(struct request *r)
{
	return show(r, E_OK);
}

/* The archive itself is the answer. */
enum err
person_export(struct request *r)
{
	struct find_number number;
	int64_t size;
	int fd;
	enum err e = find_read(&r->env, request_form(r, "number"), &number);

	if (e == E_OK)
		e = person_pack(&r->env, &number, request_form(r, "why"),
		    layout_typed(r, "note"), &fd, &size);
	if (e == E_NOT_FOUND) {
		problem_add(&r->env.errors, "number", "unknown",
		    "没有这个号码的申请或发票，或者保存期限已过、信息已经删除。");
		e = FAIL(E_INVALID, "nobody's number");
	}
	if (e == E_INVALID)
		return show(r, e);
	TRY(e);
	return respond_file(r, fd, size, "application/zip", "个人信息.zip");
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
	layout_times(r->env.a, items, "submitted_at");
	json_flag(o, "has_items", json_count(items) > 0);
	json_str(o, "found", field_mask(r->env.a, number.field, number.value));
	return respond_page(r, 200, "find", o);
}
