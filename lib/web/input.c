#include "web/input.h"

#include <json-c/json.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/utf8.h"
#include "domain/field.h"
#include "format/json.h"
#include "format/multipart.h"
#include "format/url.h"

static enum err
read_body(struct request *r)
{
	size_t n = (size_t)r->content_length, got = 1, at = 0;
	char *p = arena_alloc(r->env.a, n + 1);

	while (at < n && got > 0) {
		TRY(request_read(r, p + at, n - at, &got));
		at += got;
	}
	r->body = p;
	r->body_n = at;
	return E_OK;
}

static const struct member *
declared(const struct member *list, const char *name)
{
	for (; list != NULL && list->name != NULL; list++)
		if (strcmp(list->name, name) == 0)
			return list;
	return NULL;
}

static enum err
unknown(struct request *r, const char *name)
{
	problem_add(&r->env.errors, arena_strdup(r->env.a, name), "unknown",
	    "没有名为“%s”的项，请删除。", name);
	return FAIL(E_UNKNOWN_MEMBER, "unknown member");
}

static enum err
refuse(struct request *r, const struct member *m, const char *code,
    const char *advice)
{
	problem_add(&r->env.errors, m->name, code, "%s%s", m->name, advice);
	return FAIL(E_INVALID, "%s: %s", m->name, code);
}

/* Text as the member wants it. */
static enum err
check_text(struct request *r, const struct member *m, const char *value)
{
	size_t n = utf8_length(value);

	if (n > m->max) {
		/* Far over what its field takes; who shows it has the label. */
		problem_add(&r->env.errors, m->name, "too_long",
		    "内容过长，现在是 %zu 个字，请缩短。", n);
		return FAIL(E_INVALID, "%s: too_long", m->name);
	}
	for (; m->type == MEMBER_WORD && *value != '\0'; value++)
		if (*value <= ' ' || *value > '~')
			return refuse(r, m, "alphabet",
			    " 只能由英文字母、数字和英文符号组成，请改正。");
	return E_OK;
}

static bool
is_text(const struct member *m)
{
	return m->type == MEMBER_TEXT || m->type == MEMBER_WORD;
}

/* One declared JSON member's type and size; null is as if it was not there. */
static enum err
check_member(struct request *r, const struct member *m, struct json_object *v)
{
	enum json_type type = json_object_get_type(v);

	if (v == NULL || m->type == MEMBER_ANY)
		return E_OK;
	if (is_text(m) && type != json_type_string)
		return refuse(r, m, "type", " 应为文字。");
	if (m->type == MEMBER_INT && type != json_type_int)
		return refuse(r, m, "type", " 应为整数。");
	if (m->type == MEMBER_BOOL && type != json_type_boolean)
		return refuse(r, m, "type", " 应为 true 或 false。");
	if (is_text(m))
		return check_text(r, m, json_object_get_string(v));
	if (m->type == MEMBER_INT &&
	    (json_object_get_int64(v) < 0 ||
		(uint64_t)json_object_get_int64(v) > m->max))
		return refuse(r, m, "range", " 超出范围。");
	return E_OK;
}

static enum err
check_members(struct request *r)
{
	bool takes_fields = (r->route->flags & ROUTE_FORM) != 0;
	enum err all = E_OK, e;

	json_object_object_foreach(r->in, name, value)
	{
		const struct member *m = declared(r->route->members, name);
		enum field f;

		if (m == NULL) {
			f = takes_fields ? field_by_name(name) : FIELD__N;
			e = f != FIELD__N && field_is_input(f)
				? E_OK
				: unknown(r, name);
		} else {
			e = check_member(r, m, value);
		}
		if (e != E_OK && all != E_UNKNOWN_MEMBER)
			all = e;
	}
	for (const struct member *m = r->route->members;
	     m != NULL && m->name != NULL; m++)
		if (m->is_required && json_get(r->in, m->name) == NULL &&
		    all != E_UNKNOWN_MEMBER)
			all = refuse(r, m, "required", " 不能为空。");
	return all;
}

static enum err
read_json(struct request *r)
{
	const char *where = NULL;
	enum err e;

	TRY(read_body(r));
	if (r->body_n == 0) {
		r->in = json_object_in(r->env.a);
		return check_members(r);
	}
	e = json_parse(r->env.a, r->body, r->body_n, &r->in, &where);
	if (e != E_OK) {
		problem_add(&r->env.errors, "", err_row(e)->code, "%s", where);
		return e;
	}
	if (json_object_get_type(r->in) != json_type_object) {
		problem_add(
		    &r->env.errors, "", "type", "请求内容应为 JSON 对象。");
		return FAIL(E_MALFORMED, "not an object");
	}
	return check_members(r);
}

static enum err
check_pairs(struct request *r, const struct url_pairs *pairs,
    const struct member *list, bool repeats)
{
	for (size_t i = 0; i < pairs->n; i++) {
		const struct url_pair *p = &pairs->item[i];
		const struct member *m = declared(list, p->name);
		int64_t number;

		if (m == NULL)
			return unknown(r, p->name);
		if (!repeats && url_pair_get(pairs, p->name) != p->value)
			return unknown(r, p->name);
		if (is_text(m))
			TRY(check_text(r, m, p->value));
		if (m->type == MEMBER_INT && *p->value != '\0' &&
		    !num_int(p->value, 0, (int64_t)m->max, &number))
			return refuse(r, m, "type", " 应为整数。");
	}
	return E_OK;
}

static enum err
check_query(struct request *r)
{
	TRY(check_pairs(r, r->query, r->route->query, false));
	for (const struct member *m = r->route->query;
	     m != NULL && m->name != NULL; m++)
		if (m->is_required && request_query(r, m->name) == NULL)
			return refuse(r, m, "required", " 不能为空。");
	return E_OK;
}

static enum err
check_form(struct request *r)
{
	static const struct member csrf[] = {
		{ "csrf", MEMBER_TEXT, SHA256_HEX, true },
		{ 0 },
	};
	struct url_pairs rest = { 0,
		arena_alloc(
		    r->env.a, (r->form->n + 1) * sizeof(struct url_pair)) };

	for (size_t i = 0; i < r->form->n; i++)
		if (declared(csrf, r->form->item[i].name) == NULL)
			rest.item[rest.n++] = r->form->item[i];
	if (r->csrf != NULL &&
	    !secret_equal(request_form(r, csrf[0].name), r->csrf))
		return FAIL(E_CSRF, "csrf token");
	/* Checkboxes repeat their name. */
	return check_pairs(r, &rest, r->route->members, true);
}

static enum err
read_form(struct request *r)
{
	TRY(read_body(r));
	r->form = ARENA_NEW(r->env.a, struct url_pairs);
	TRY(url_pairs_parse(r->env.a, r->body, r->body_n, r->form));
	return check_form(r);
}

/* Text parts become form fields; parts with a file name stay parts. */
static enum err
read_multipart(struct request *r)
{
	TRY(read_body(r));
	r->parts = ARENA_NEW(r->env.a, struct parts);
	TRY(multipart_parse(r->env.a, request_param(r, "CONTENT_TYPE"), r->body,
	    r->body_n, r->parts));
	r->form = ARENA_NEW(r->env.a, struct url_pairs);
	r->form->item =
	    arena_alloc(r->env.a, (r->parts->n + 1) * sizeof(struct url_pair));
	for (size_t i = 0; i < r->parts->n; i++) {
		const struct part *p = &r->parts->item[i];

		if (p->filename != NULL)
			continue;
		if (!utf8_valid(p->data, p->n) ||
		    memchr(p->data, '\0', p->n) != NULL)
			return FAIL(E_MALFORMED, "form text");
		r->form->item[r->form->n++] = (struct url_pair){ p->name,
			arena_strndup(r->env.a, p->data, p->n) };
	}
	return check_form(r);
}

enum err
input_read(struct request *r)
{
	const char *query = r->query_text != NULL ? r->query_text : "";

	r->query = ARENA_NEW(r->env.a, struct url_pairs);
	TRY(url_pairs_parse(r->env.a, query, strlen(query), r->query));
	TRY(check_query(r));
	switch (r->route->body) {
	case BODY_JSON:
		return read_json(r);
	case BODY_FORM:
		return read_form(r);
	case BODY_MULTIPART:
		return read_multipart(r);
	case BODY_RAW:
		return read_body(r);
	case BODY_NONE:
	case BODY_STREAM:
		break;
	}
	return E_OK;
}
