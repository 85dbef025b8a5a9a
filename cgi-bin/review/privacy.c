/* 隐私: keys and what is still under older ones; cases by a person's number. */
#include "domain/field.h"
#include "domain/person.h"
#include "domain/retention.h"
#include "domain/reveal.h"
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

/* The form by which a manager takes out what is kept of one person. */
static void
person_form_json(struct request *r, struct json_object *o)
{
	struct json_object *form;
	bool was_posted = r->form != NULL;

	if (r->env.who.role != ROLE_MANAGER)
		return;
	form = json_sub(o, "person");
	reveal_reasons_json(
	    form, was_posted ? request_form(r, "why") : "subject");
	json_str(form, "note", was_posted ? request_form(r, "note") : NULL);
	json_int(form, "most", REVEAL_NOTE_MAX);
	json_str(form, "number_problem", layout_problem(&r->env, "number"));
	json_str(form, "why_problem", layout_problem(&r->env, "why"));
	json_str(form, "note_problem", layout_problem(&r->env, "note"));
}

static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);

	if (refused != E_OK)
		layout_refused(r, o, refused);
	person_form_json(r, o);
	TRY(rotation_json(&r->env, o));
	TRY(retention_json(&r->env, o));
	times_json(r, json_get(o, "classes"), "last_at");
	times_json(r, json_get(o, "classes"), "next_at");
	times_json(r, json_get(o, "erasures"), "at");
	json_flag(o, "has_erasures", json_count(json_get(o, "erasures")) > 0);
	return respond_page(
	    r, refused == E_OK ? 200 : err_row(refused)->status, "privacy", o);
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
	times_json(r, items, "submitted_at");
	json_flag(o, "has_items", json_count(items) > 0);
	json_str(o, "found", field_mask(r->env.a, number.field, number.value));
	return respond_page(r, 200, "find", o);
}
