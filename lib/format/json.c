#include "format/json.h"

#include <json-c/json.h>

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/word.h"
#include "format/json_scan.h"

static void
put_object(void *o)
{
	json_object_put(o);
}

/* Out of memory ends the process, as it does in the arena. */
static void
need(const void *p)
{
	if (p != NULL)
		return;
	log_line(LOG_ERROR, "json", "msg=\"out of memory\"");
	abort();
}

/* The text, by json-c's grammar; false at *at. A scalar null is NULL too. */
static bool
parse_text(struct arena *a, const char *p, size_t n, struct json_object **out,
    size_t *at)
{
	/* For json-c the values in the innermost array are a level too. */
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH + 1);
	enum json_tokener_error e;

	need(tok);
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*out = json_tokener_parse_ex(tok, p, (int)n);
	*at = json_tokener_get_parse_end(tok);
	e = json_tokener_get_error(tok);
	if (e == json_tokener_continue) {
		/* A number at the end goes on until something else comes. */
		*out = json_tokener_parse_ex(tok, "", 1);
		e = json_tokener_get_error(tok);
	}
	json_tokener_free(tok);
	arena_defer(a, put_object, *out);
	return e == json_tokener_success && *at == n;
}

static enum err
malformed(struct arena *a, size_t at, const char *why, const char **where)
{
	*where = arena_printf(a, "第 %zu 个字节处：%s。", at + 1, why);
	return FAIL(E_MALFORMED, "json at byte %zu", at + 1);
}

enum err
json_parse(struct arena *a, const char *p, size_t n, struct json_object **out,
    const char **where)
{
	struct json_scan s;
	size_t at;

	*out = NULL;
	*where = NULL;
	if (!json_scan(p, n, &s))
		return malformed(a, s.at, s.why, where);
	if (!parse_text(a, p, n, out, &at)) {
		*out = NULL;
		return malformed(a, at, "不符合 JSON 语法", where);
	}
	if (s.twice != NULL) {
		*out = NULL;
		*where = arena_printf(a, "“%s”重复出现，只能有一个。",
		    json_scan_decode(a, s.twice, s.twice_end));
		return FAIL(E_UNKNOWN_MEMBER, "json member given twice");
	}
	return E_OK;
}

static struct json_object *
made(struct json_object *o)
{
	need(o);
	return o;
}

static struct json_object *
owned(struct arena *a, struct json_object *o)
{
	arena_defer(a, put_object, made(o));
	return o;
}

struct json_object *
json_object_in(struct arena *a)
{
	return owned(a, json_object_new_object());
}

struct json_object *
json_array_in(struct arena *a)
{
	return owned(a, json_object_new_array());
}

static struct json_object *
add(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add(o, key, value) != 0)
		need(NULL);
	return value;
}

static struct json_object *
append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) != 0)
		need(NULL);
	return value;
}

static struct json_object *
string_or_null(const char *value)
{
	return value == NULL ? NULL : made(json_object_new_string(value));
}

void
json_str(struct json_object *o, const char *key, const char *value)
{
	add(o, key, string_or_null(value));
}

void
json_int(struct json_object *o, const char *key, int64_t value)
{
	add(o, key, made(json_object_new_int64(value)));
}

void
json_flag(struct json_object *o, const char *key, bool value)
{
	add(o, key, made(json_object_new_boolean(value)));
}

void
json_null(struct json_object *o, const char *key)
{
	add(o, key, NULL);
}

void
json_time(struct json_object *o, const char *key, int64_t us)
{
	char t[CLOCK_TEXT];

	json_str(o, key, us != 0 ? clock_utc(t, us) : NULL);
}

struct json_object *
json_sub(struct json_object *o, const char *key)
{
	return add(o, key, made(json_object_new_object()));
}

struct json_object *
json_list(struct json_object *o, const char *key)
{
	return add(o, key, made(json_object_new_array()));
}

void
json_put(struct json_object *o, const char *key, struct json_object *child)
{
	add(o, key, json_object_get(child));
}

struct json_object *
json_item(struct json_object *array)
{
	return append(array, made(json_object_new_object()));
}

void
json_words(struct json_object *array, const struct word *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_item(array);

		json_str(item, "value", list[i].word);
		json_str(item, "title", list[i].title);
	}
}

void
json_item_str(struct json_object *array, const char *value)
{
	append(array, string_or_null(value));
}

struct json_object *
json_get(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

const char *
json_get_str(struct json_object *o, const char *key)
{
	struct json_object *v = json_get(o, key);

	return json_object_is_type(v, json_type_string)
		   ? json_object_get_string(v)
		   : NULL;
}

bool
json_get_int(struct json_object *o, const char *key, int64_t *out)
{
	struct json_object *v = json_get(o, key);

	if (!json_object_is_type(v, json_type_int))
		return false;
	*out = json_object_get_int64(v);
	return true;
}

bool
json_get_flag(struct json_object *o, const char *key)
{
	struct json_object *flag = json_get(o, key);

	return json_object_is_type(flag, json_type_boolean) &&
	       json_object_get_boolean(flag);
}

size_t
json_count(struct json_object *array)
{
	if (!json_object_is_type(array, json_type_array))
		return 0;
	return json_object_array_length(array);
}

struct json_object *
json_at(struct json_object *array, size_t i)
{
	return i < json_count(array) ? json_object_array_get_idx(array, i)
				     : NULL;
}

const char *
json_text(struct json_object *o, size_t *n)
{
	return json_object_to_json_string_length(
	    o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, n);
}
