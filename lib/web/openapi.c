#include "web/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "domain/field.h"
#include "format/json.h"

enum { ARENA = 8 << 20 };

static const struct {
	const char *schema, *name, *type;
} properties[] = {
#define PROPERTY(schema, name, type) { #schema, #name, type },
#include "web/openapi.def"
#undef PROPERTY
};

/* The primitives of openapi.def. */
static const struct {
	const char *word, *type, *format, *pattern;
} primitives[] = {
	{ "id", "string", NULL, "^[A-Za-z0-9_-]+$" },
	{ "text", "string", NULL, NULL },
	{ "int", "integer", "int64", NULL },
	{ "bool", "boolean", NULL, NULL },
	{ "time", "string", "date-time", NULL },
	{ "day", "string", "date", NULL },
};

static const char *const titles[] = {
	[0] = "",
	[1] = "成功",
	[2] = "请求有误",
};

/* "int?" as {"type":["integer","null"]}; false when it is no primitive. */
static bool
primitive(struct json_object *o, const char *type, bool is_nullable)
{
	for (size_t i = 0; i < COUNT(primitives); i++) {
		if (strcmp(primitives[i].word, type) != 0)
			continue;
		if (is_nullable) {
			struct json_object *list = json_list(o, "type");

			json_item_str(list, primitives[i].type);
			json_item_str(list, "null");
		} else {
			json_str(o, "type", primitives[i].type);
		}
		if (primitives[i].format != NULL)
			json_str(o, "format", primitives[i].format);
		if (primitives[i].pattern != NULL)
			json_str(o, "pattern", primitives[i].pattern);
		return true;
	}
	return false;
}

static void
reference(struct arena *a, struct json_object *o, const char *schema)
{
	json_str(o, "$ref", arena_printf(a, "#/components/schemas/%s", schema));
}

/* A type of openapi.def as a JSON Schema. */
static void
type_json(struct arena *a, struct json_object *o, const char *type)
{
	size_t n = strlen(type);
	bool is_nullable = type[n - 1] == '?';
	char *word = arena_strndup(a, type, is_nullable ? n - 1 : n);
	struct json_object *any;

	n = strlen(word);
	if (word[0] == '[') {
		json_str(o, "type", "array");
		word[n - 1] = '\0';
		type_json(a, json_sub(o, "items"), word + 1);
		return;
	}
	if (primitive(o, word, is_nullable))
		return;
	if (!is_nullable) {
		reference(a, o, word);
		return;
	}
	any = json_list(o, "anyOf");
	reference(a, json_item(any), word);
	json_str(json_item(any), "type", "null");
}

/* The schema called name, made when it is not there yet. */
static struct json_object *
schema_of(struct json_object *schemas, const char *name)
{
	struct json_object *o = json_get(schemas, name);

	if (o != NULL)
		return o;
	o = json_sub(schemas, name);
	json_str(o, "type", "object");
	json_sub(o, "properties");
	json_list(o, "required");
	json_flag(o, "additionalProperties", false);
	return o;
}

static void
add_property(struct arena *a, struct json_object *schemas, const char *schema,
    const char *name, const char *type)
{
	struct json_object *o = schema_of(schemas, schema);
	/* A choice field alone has its options. */
	bool is_optional =
	    strcmp(schema, "Field") == 0 && strcmp(name, "options") == 0;

	type_json(a, json_sub(json_get(o, "properties"), name), type);
	if (!is_optional)
		json_item_str(json_get(o, "required"), name);
}

static const char *
field_type_word(enum field f)
{
	enum field_type type = field_row(f)->type;

	return type == FIELD_YEARS_TYPE || type == FIELD_FEE ? "int?" : "text?";
}

static void
schemas_json(struct arena *a, struct json_object *schemas)
{
	for (size_t i = 0; i < COUNT(properties); i++)
		add_property(a, schemas, properties[i].schema,
		    properties[i].name, properties[i].type);
	for (int f = 0; f < FIELD__N; f++)
		add_property(a, schemas, "Application",
		    field_row((enum field)f)->name,
		    field_type_word((enum field)f));
}

static void
security_json(struct json_object *schemes, const char *name, const char *cookie)
{
	struct json_object *o = json_sub(schemes, name);

	json_str(o, "type", "apiKey");
	json_str(o, "in", "cookie");
	json_str(o, "name", cookie);
}

/* An object's text without its last brace, so that more can follow. */
static void
print_open(struct json_object *o)
{
	size_t n;
	const char *text = json_text(o, &n);

	printf("%.*s", (int)n - 1, text);
}

void
openapi_print_head(void)
{
	struct arena *a = arena_new(ARENA);
	struct json_object *o = json_object_in(a), *info, *components, *schemes;

	json_str(o, "openapi", "3.1.0");
	info = json_sub(o, "info");
	json_str(info, "title", "calock: CA锁在线办理");
	json_str(info, "version", "1");
	json_str(info, "description",
	    "单位在线申请、续期 CA 锁。时间为 RFC 3339，金额以分计。");
	json_str(json_item(json_list(o, "servers")), "url", "/");
	components = json_sub(o, "components");
	schemes = json_sub(components, "securitySchemes");
	security_json(schemes, "portal", "calock_session");
	security_json(schemes, "admin", "calock_admin");
	schemas_json(a, json_sub(components, "schemas"));
	print_open(o);
	printf(",\"paths\":{\n");
	arena_free(a);
}

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

/* Every {name} of the path, then the query. */
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
			type_json(a,
			    json_sub(props, field_row((enum field)f)->name),
			    field_type_word((enum field)f));
	if (t->body == BODY_JSON)
		json_flag(schema, "additionalProperties", false);
}

static void
body_json(struct arena *a, const struct route *t, struct json_object *o)
{
	static const char *const types[] = {
		[BODY_JSON] = "application/json",
		[BODY_FORM] = "application/x-www-form-urlencoded",
		[BODY_MULTIPART] = "multipart/form-data",
		[BODY_RAW] = "application/octet-stream",
		[BODY_STREAM] = "application/pdf",
	};
	struct json_object *schema;

	if (t->body == BODY_NONE)
		return;
	schema =
	    json_sub(json_sub(json_sub(json_sub(o, "requestBody"), "content"),
			 types[t->body]),
		"schema");
	if (t->body != BODY_RAW && t->body != BODY_STREAM)
		members_json(a, t, schema);
}

static void
answer_json(struct arena *a, struct json_object *responses, int status,
    const char *what)
{
	struct json_object *o =
	    json_sub(responses, arena_printf(a, "%d", status));
	struct json_object *schema;

	json_str(o, "description", titles[status < 400 ? 1 : 2]);
	if (*what == '\0')
		return;
	schema = json_sub(
	    json_sub(json_sub(o, "content"),
		isupper((unsigned char)*what) ? strcmp(what, "Problem") == 0
						    ? "application/problem+json"
						    : "application/json"
					      : what),
	    "schema");
	if (isupper((unsigned char)*what))
		reference(a, schema, what);
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
		answer_json(
		    a, responses, status, status < 400 ? what : refusal);
	}
}

/* The refusals that the row itself implies. */
static void
implied_json(struct arena *a, const struct route *t,
    struct json_object *responses, const char *refusal)
{
	bool reads = t->body == BODY_JSON || t->body == BODY_FORM ||
		     t->body == BODY_MULTIPART;
	bool unsafe = t->method != M_GET && t->surface != SURFACE_CALLBACK;
	bool is_page = t->surface == SURFACE_ADMIN;
	bool is_limited = (t->who & ROLE_ADMIN) != ROLE_ADMIN && is_page;
	const struct {
		int status;
		bool is_so;
	} implied[] = {
		{ 303, t->who != 0 && is_page && !unsafe },
		{ 400, reads },
		{ 401, t->who != 0 && !(is_page && !unsafe) },
		{ 403, unsafe || (t->who != 0 && is_limited) },
		{ 404, strchr(t->path, '{') != NULL },
		{ 413, t->body != BODY_NONE },
		{ 415, t->body != BODY_NONE && t->body != BODY_RAW },
		{ 422, t->members != NULL || t->query != NULL ||
			   t->body == BODY_JSON },
		{ 429, (t->flags & (ROUTE_SIGN_IN | ROUTE_UPLOAD)) != 0 },
		{ 503, t->who != 0 || t->method != M_GET },
	};

	for (size_t i = 0; i < COUNT(implied); i++)
		if (implied[i].is_so)
			answer_json(a, responses, implied[i].status,
			    implied[i].status < 400 ? "" : refusal);
}

static const char *
method_word(enum method m)
{
	return m == M_GET    ? "get"
	       : m == M_POST ? "post"
	       : m == M_PUT  ? "put"
			     : "delete";
}

/* "get_api_applications_id_payment": a name for generated clients. */
static const char *
operation_id(struct arena *a, const struct route *t)
{
	char *id = arena_printf(a, "%s%s", method_word(t->method), t->path);
	char *to = id;

	for (const char *p = id; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p))
			*to++ = *p;
		else if (to > id && to[-1] != '_')
			*to++ = '_';
	}
	*to = '\0';
	return id;
}

static void
operation_json(struct arena *a, const struct route *t, struct json_object *o)
{
	const char *refusal =
	    t->surface == SURFACE_ADMIN ? "text/html" : "Problem";
	struct json_object *security, *responses;

	json_str(o, "operationId", operation_id(a, t));
	json_str(o, "summary", t->title);
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
openapi_print_paths(const struct route *routes, size_t n)
{
	struct arena *a = arena_new(ARENA);
	const char *sep = "";

	for (size_t i = 0; i < n; i++) {
		struct json_object *item;
		size_t len;

		if (!is_first_of_path(routes, i))
			continue;
		item = json_object_in(a);
		for (size_t j = i; j < n; j++)
			if (strcmp(routes[j].path, routes[i].path) == 0)
				operation_json(a, &routes[j],
				    json_sub(
					item, method_word(routes[j].method)));
		printf("%s\"%s\":%s\n", sep, routes[i].path,
		    json_text(item, &len));
		sep = ",";
	}
	arena_free(a);
}
