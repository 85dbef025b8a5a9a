#include "web/openapi_private.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "domain/field.h"
#include "domain/state.h"
#include "format/json.h"
#include "web/openapi.h"
#include "web/session.h"

static const struct {
	const char *schema, *name, *type;
} properties[] = {
#define PROPERTY(schema, name, type) { #schema, #name, type },
#include "web/openapi.def"
#undef PROPERTY
};

/* The values that a word can have, from the tables that say so. */
static void
states_json(struct json_object *o)
{
	struct json_object *list = json_list(o, "enum");

	for (int s = 0; s < STATE__N; s++)
		if (state_row((enum state)s)->status != NULL)
			json_item_str(list, state_row((enum state)s)->word);
}

static void
statuses_json(struct json_object *o)
{
	struct json_object *list = json_list(o, "enum");
	const char *last = "";

	for (int s = 0; s < STATE__N; s++) {
		const char *status = state_row((enum state)s)->status;

		/* States of one tab stand together. */
		if (status == NULL || strcmp(status, last) == 0)
			continue;
		json_item_str(list, status);
		last = status;
	}
}

/* Several errors may have one code. */
static bool
is_first_of_code(int e)
{
	for (int i = E_OK + 1; i < e; i++)
		if (strcmp(err_row((enum err)i)->code,
			err_row((enum err)e)->code) == 0)
			return false;
	return true;
}

static void
codes_json(struct json_object *o)
{
	struct json_object *list = json_list(o, "enum");

	/* From there on they are not for the world. */
	for (int e = E_OK + 1; e < (int)E_DUPLICATE; e++)
		if (is_first_of_code(e))
			json_item_str(list, err_row((enum err)e)->code);
}

/* The primitives of openapi.def. */
static const struct {
	const char *word, *type, *format, *pattern, *example;
	void (*values)(struct json_object *o); /* NULL: any */
} primitives[] = {
	{ "id", "string", NULL, "^[A-Za-z0-9_-]+$",
	    "01kb1q8y3m5n7p9r1t3v5x7z90", NULL },
	{ "text", "string", NULL, NULL, NULL, NULL },
	{ "int", "integer", "int64", NULL, NULL, NULL },
	{ "bool", "boolean", NULL, NULL, NULL, NULL },
	{ "time", "string", "date-time", NULL, "2026-11-24T01:30:00.000000Z",
	    NULL },
	{ "day", "string", "date", NULL, "2026-11-24", NULL },
	{ "state", "string", NULL, NULL, NULL, states_json },
	{ "status", "string", NULL, NULL, NULL, statuses_json },
	{ "code", "string", NULL, NULL, NULL, codes_json },
};

/* A tag a program that serves requests. */
static const struct {
	enum program program;
	const char *title;
} tags[] = {
	{ P_ACCOUNT, "登录与密码" },
	{ P_APPLICATION, "CA申请：填写、提交、撤回、取消" },
	{ P_ATTACHMENT, "电子件；运行状况" },
	{ P_DOCUMENT, "申请表、空白模板、操作手册；电子件的页面" },
	{ P_PAYMENT, "CA支付" },
	{ P_INVOICE, "打印电子发票" },
	{ P_CALLBACK, "支付平台的通知" },
	{ P_REVIEW, "管理端页面" },
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
		if (primitives[i].example != NULL)
			json_item_str(
			    json_list(o, "examples"), primitives[i].example);
		if (primitives[i].values != NULL)
			primitives[i].values(o);
		return true;
	}
	return false;
}

void
openapi_reference(struct arena *a, struct json_object *o, const char *schema)
{
	json_str(o, "$ref", arena_printf(a, "#/components/schemas/%s", schema));
}

void
openapi_type(struct arena *a, struct json_object *o, const char *type)
{
	size_t n = strlen(type);
	bool is_nullable = type[n - 1] == '?';
	char *word = arena_strndup(a, type, is_nullable ? n - 1 : n);
	struct json_object *any;

	n = strlen(word);
	if (word[0] == '[') {
		json_str(o, "type", "array");
		word[n - 1] = '\0';
		openapi_type(a, json_sub(o, "items"), word + 1);
		return;
	}
	if (primitive(o, word, is_nullable))
		return;
	if (!is_nullable) {
		openapi_reference(a, o, word);
		return;
	}
	any = json_list(o, "anyOf");
	openapi_reference(a, json_item(any), word);
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

	openapi_type(a, json_sub(json_get(o, "properties"), name), type);
	if (!is_optional)
		json_item_str(json_get(o, "required"), name);
}

const char *
openapi_field_type(enum field f)
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
		    openapi_field_type((enum field)f));
}

static void
security_json(struct json_object *schemes, const char *name, const char *cookie)
{
	struct json_object *o = json_sub(schemes, name);

	json_str(o, "type", "apiKey");
	json_str(o, "in", "cookie");
	json_str(o, "name", cookie);
}

static void
tags_json(struct json_object *list)
{
	for (size_t i = 0; i < COUNT(tags); i++) {
		struct json_object *o = json_item(list);

		json_str(o, "name", program_name(tags[i].program));
		json_str(o, "description", tags[i].title);
	}
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
	static const char about[] =
	    "单位在线申请、续期 CA 锁。时间为 RFC 3339，金额以分计，"
	    "标识是不透明的字符串。有错误时回答 application/problem+json"
	    "（RFC 9457），程序读 code，人读 detail 与 errors。"
	    "列表按页给出：next 不为 null 时，作为 cursor 取下一页。"
	    "各操作列出程序的全部回答；nginx 自己还可能对任何请求回答 "
	    "408、414、502、504，格式相同。";
	struct arena *a = arena_new(OPENAPI_ARENA);
	struct json_object *o = json_object_in(a), *info, *components, *schemes;

	json_str(o, "openapi", "3.1.0");
	info = json_sub(o, "info");
	json_str(info, "title", "calock: CA锁在线办理");
	json_str(info, "version", "1");
	json_str(info, "description", about);
	tags_json(json_list(o, "tags"));
	json_str(json_item(json_list(o, "servers")), "url", "/");
	components = json_sub(o, "components");
	schemes = json_sub(components, "securitySchemes");
	security_json(schemes, "portal", session_cookie(SURFACE_PORTAL));
	security_json(schemes, "admin", session_cookie(SURFACE_ADMIN));
	schemas_json(a, json_sub(components, "schemas"));
	print_open(o);
	printf(",\"paths\":{\n");
	arena_free(a);
}
