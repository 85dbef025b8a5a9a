#include "web/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/field.h"
#include "format/json.h"
#include "web/openapi_private.h"

/* What is said of text besides that it is text. */
static void
text_json(const struct member *m, struct json_object *schema)
{
	if (m->type == MEMBER_TEXT || m->type == MEMBER_WORD)
		json_int(schema, "maxLength", (int64_t)m->max);
	if (m->type == MEMBER_WORD)
		json_str(schema, "pattern", "^[!-~]*$");
}

static void
parameter(struct json_object *list, const char *in, const char *name,
    const struct member *m)
{
	struct json_object *o = json_item(list), *schema;

	json_str(o, "name", name);
	json_str(o, "in", in);
	json_flag(o, "required", m == NULL || m->is_required);
	schema = json_sub(o, "schema");
	json_str(schema, "type",
	    m != NULL && m->type == MEMBER_INT ? "integer" : "string");
	if (m != NULL)
		text_json(m, schema);
}

static void
header_parameter(struct json_object *list, const char *name, const char *what)
{
	struct json_object *o = json_item(list);

	json_str(o, "name", name);
	json_str(o, "in", "header");
	json_str(o, "description", what);
	json_str(json_sub(o, "schema"), "type", "string");
}

/* The API's POST of somebody who is signed in can be sent again. */
static bool
takes_key(const struct route *t)
{
	return t->method == M_POST && t->who != 0 &&
	       t->surface == SURFACE_PORTAL;
}

static bool
takes_version(const struct route *t)
{
	/* A form carries its version itself. */
	return t->surface == SURFACE_PORTAL &&
	       strstr(t->answers, "412") != NULL;
}

/* Every {name} of the path, the query, and the headers that are ours. */
static void
parameters_json(struct arena *a, const struct route *t, struct json_object *o)
{
	struct json_object *list = json_list(o, "parameters");
	const char *p = t->path;

	while ((p = strchr(p, '{')) != NULL) {
		size_t n = strcspn(++p, "}");

		parameter(list, "path", arena_strndup(a, p, n), NULL);
	}
	for (const struct member *m = t->query; m != NULL && m->name != NULL;
	     m++)
		parameter(list, "query", m->name, m);
	if (takes_version(t))
		header_parameter(list, "If-Match",
		    "所依据的版本，即 ETag；也可以用成员 version");
	if (takes_key(t))
		header_parameter(list, "Idempotency-Key",
		    "重发同一请求时不变，只办理一次；默认保留 30 天");
}

static void
member_json(const struct member *m, struct json_object *o)
{
	static const char *const types[] = {
		[MEMBER_TEXT] = "string",
		[MEMBER_WORD] = "string",
		[MEMBER_INT] = "integer",
		[MEMBER_BOOL] = "boolean",
	};

	if (m->type == MEMBER_ANY)
		return;
	json_str(o, "type", types[m->type]);
	text_json(m, o);
	if (m->type == MEMBER_INT) {
		json_int(o, "minimum", 0);
		json_int(o, "maximum", (int64_t)m->max);
	}
}

/* A draft holds text of any form up to its length; null clears. */
static void
field_member_json(struct arena *a, enum field f, struct json_object *props)
{
	const struct field_row *row = field_row(f);
	struct json_object *o = json_sub(props, row->name);

	openapi_type(a, o, openapi_field_type(f));
	json_str(o, "title", row->label);
	json_str(o, "description", row->help);
	if (row->type != FIELD_YEARS_TYPE)
		json_int(o, "maxLength", row->max);
}

static void
members_json(struct arena *a, const struct route *t, struct json_object *schema)
{
	struct json_object *props, *required = NULL;

	json_str(schema, "type", "object");
	props = json_sub(schema, "properties");
	for (const struct member *m = t->members; m != NULL && m->name != NULL;
	     m++) {
		member_json(m, json_sub(props, m->name));
		if (!m->is_required)
			continue;
		if (required == NULL)
			required = json_list(schema, "required");
		json_item_str(required, m->name);
	}
	for (int f = 0; f < FIELD__N && (t->flags & ROUTE_FORM) != 0; f++)
		if (field_is_input((enum field)f))
			field_member_json(a, (enum field)f, props);
	if (t->body == BODY_JSON)
		json_flag(schema, "additionalProperties", false);
}

static void
body_json(struct arena *a, const struct route *t, struct json_object *o)
{
	const char *type = body_type(t->body);
	struct json_object *schema;

	if (t->body == BODY_NONE)
		return;
	schema =
	    json_sub(json_sub(json_sub(json_sub(o, "requestBody"), "content"),
			 type != NULL ? type : "application/octet-stream"),
		"schema");
	if (t->body != BODY_RAW && t->body != BODY_STREAM)
		members_json(a, t, schema);
}

/* What the first error of that status is called, or what went well. */
static const char *
status_title(int status)
{
	static const struct {
		int status;
		const char *title;
	} good[] = {
		{ 200, "成功" },
		{ 201, "已创建" },
		{ 202, "已受理" },
		{ 204, "成功，没有内容" },
		{ 303, "转到另一页" },
		{ 304, "没有变化" },
	};

	for (size_t i = 0; i < COUNT(good); i++)
		if (good[i].status == status)
			return good[i].title;
	for (int e = E_OK + 1; e < E__N; e++)
		if (err_row((enum err)e)->status == status)
			return err_row((enum err)e)->title;
	return NULL;
}

static void
header_json(struct json_object *o, const char *name, const char *what)
{
	struct json_object *header = json_sub(o, name);

	json_str(header, "description", what);
	json_flag(header, "required", true);
	json_str(json_sub(header, "schema"), "type", "string");
}

/* The headers that always come with an answer. */
static void
headers_json(struct json_object *o, int status, const char *what)
{
	bool has_version =
	    strcmp(what, "Application") == 0 || strcmp(what, "Invoice") == 0;
	/* What was only taken up leads to its resource, where it has one. */
	bool leads =
	    status == 201 || status == 303 || (status == 202 && has_version);
	bool waits = status == 429 || status == 503;
	struct json_object *headers;

	if (!has_version && !leads && !waits)
		return;
	headers = json_sub(o, "headers");
	if (leads)
		header_json(headers, "Location", "所创建的内容，或要转到的页");
	if (has_version)
		header_json(headers, "ETag", "版本，供 If-Match 使用");
	if (waits)
		header_json(headers, "Retry-After", "多少秒后再试");
}

/* One of what an answer may be: a schema of openapi.def, or a media type. */
static void
content_json(struct arena *a, struct json_object *content, const char *what)
{
	bool is_schema = isupper((unsigned char)*what);
	const char *type = !is_schema ? what
			   : strcmp(what, "Problem") == 0
			       ? "application/problem+json"
			       : "application/json";
	struct json_object *schema =
	    json_sub(json_sub(content, type), "schema");

	if (is_schema)
		openapi_reference(a, schema, what);
}

/* what has one of these, several, or none. */
static void
answer_json(struct arena *a, struct json_object *responses, int status,
    const char *what)
{
	struct json_object *o =
	    json_sub(responses, arena_printf(a, "%d", status));
	struct json_object *content;
	char *rest, *one;

	json_str(o, "description", status_title(status));
	headers_json(o, status, what);
	if (*what == '\0')
		return;
	content = json_sub(o, "content");
	rest = arena_strdup(a, what);
	while ((one = strsep(&rest, " ")) != NULL)
		content_json(a, content, one);
}

/* "201 Application, 409, 422": success first, refusals as problems. */
static void
declared_json(struct arena *a, const struct route *t,
    struct json_object *responses, const char *refusal)
{
	char *rest = arena_strdup(a, t->answers), *one;

	while ((one = strsep(&rest, ",")) != NULL) {
		char *what;
		int status;

		one += strspn(one, " ");
		what = one + strcspn(one, " ");
		if (*what != '\0')
			*what++ = '\0';
		status =
		    (one[0] - '0') * 100 + (one[1] - '0') * 10 + one[2] - '0';
		answer_json(a, responses, status,
		    status < 400 || *what != '\0' ? what : refusal);
	}
}

/* The refusals that the row itself implies; 400, 413 and 422 any route has,
 * for its query and for a body that nobody asked for. */
static void
implied_json(struct arena *a, const struct route *t,
    struct json_object *responses, const char *refusal)
{
	bool unsafe = t->method != M_GET && t->surface != SURFACE_CALLBACK;
	bool is_page = t->surface == SURFACE_ADMIN;
	bool is_limited = (t->who & ROLE_ADMIN) != ROLE_ADMIN && is_page;
	const struct {
		int status;
		bool is_so;
	} implied[] = {
		{ 303, t->who != 0 && is_page && !unsafe },
		{ 400, true },
		{ 401, t->who != 0 && !(is_page && !unsafe) },
		{ 403, unsafe || (t->who != 0 && is_limited) },
		{ 404, strchr(t->path, '{') != NULL },
		{ 409, takes_key(t) },
		{ 413, true },
		{ 415, t->body != BODY_NONE && t->body != BODY_RAW },
		{ 422, true },
		{ 429, (t->flags & (ROUTE_SIGN_IN | ROUTE_UPLOAD)) != 0 },
		{ 503, t->who != 0 || t->method != M_GET },
	};

	for (size_t i = 0; i < COUNT(implied); i++)
		if (implied[i].is_so)
			answer_json(a, responses, implied[i].status,
			    implied[i].status < 400 ? "" : refusal);
}

static const char *
method_word(struct arena *a, enum method m)
{
	char *word = arena_strdup(a, method_name(m));

	for (char *p = word; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return word;
}

/* "get_api_applications_id_payment": a name for generated clients. */
static const char *
operation_id(struct arena *a, const struct route *t)
{
	char *id = arena_printf(a, "%s%s", method_word(a, t->method), t->path);
	char *to = id;

	for (const char *p = id; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p))
			*to++ = *p;
		else if (to > id && to[-1] != '_')
			*to++ = '_';
	}
	if (to[-1] == '_')
		to--;
	*to = '\0';
	return id;
}

static void
operation_json(struct arena *a, const struct route *t, enum program program,
    struct json_object *o)
{
	const char *refusal =
	    t->surface == SURFACE_ADMIN ? "text/html" : "Problem";
	struct json_object *security, *responses;

	json_str(o, "operationId", operation_id(a, t));
	json_str(o, "summary", t->title);
	json_item_str(json_list(o, "tags"), program_name(program));
	parameters_json(a, t, o);
	body_json(a, t, o);
	security = json_list(o, "security");
	if (t->who != 0)
		json_list(json_item(security),
		    t->surface == SURFACE_ADMIN ? "admin" : "portal");
	responses = json_sub(o, "responses");
	implied_json(a, t, responses, refusal);
	declared_json(a, t, responses, refusal);
}

static bool
is_first_of_path(const struct route *routes, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(routes[j].path, routes[i].path) == 0)
			return false;
	return true;
}

void
openapi_print_paths(const struct route *routes, size_t n, enum program program)
{
	struct arena *a = arena_new(OPENAPI_ARENA);
	const char *sep = "";

	for (size_t i = 0; i < n; i++) {
		struct json_object *item;
		size_t len;

		if (!is_first_of_path(routes, i))
			continue;
		item = json_object_in(a);
		for (size_t j = i; j < n; j++)
			if (strcmp(routes[j].path, routes[i].path) == 0)
				operation_json(a, &routes[j], program,
				    json_sub(item,
					method_word(a, routes[j].method)));
		printf("%s\"%s\":%s\n", sep, routes[i].path,
		    json_text(item, &len));
		sep = ",";
	}
	arena_free(a);
}
