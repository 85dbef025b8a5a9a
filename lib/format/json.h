#pragma once
/*
 * JSON (RFC 8259), strictly, over json-c: reading what strangers send, and
 * building what we answer. Objects made here belong to the arena.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct arena;
struct json_object;
struct word;

/*
 * What a text may hold: bytes, values in all, levels of objects and arrays,
 * members in one object, bytes of a key or of a number as written. They bound
 * what a parse costs; json-c makes up to 800 bytes of a value.
 */
enum {
	JSON_BYTES = 4 * 1024 * 1024,
	JSON_VALUES = 65536,
	JSON_DEPTH = 8,
	JSON_MEMBERS = 128,
	JSON_KEY = 128,
	JSON_NUMBER = 128
};

/*
 * Parses n bytes that must be one JSON text and nothing else: UTF-8 without
 * BOM, within the limits above, no NaN or Infinity, no lone surrogates, no
 * NUL in a string, integers within int64. E_MALFORMED otherwise, and
 * E_UNKNOWN_MEMBER for a member given twice; *where then says in Chinese what
 * is wrong (in the arena, may be shown), else it is NULL. *out belongs to the
 * arena; it is NULL for the text null.
 */
MUST_USE enum err json_parse(struct arena *a, const char *p, size_t n,
    struct json_object **out, const char **where);

/* An empty object, respectively array, that belongs to the arena. */
struct json_object *json_object_in(struct arena *a);
struct json_object *json_array_in(struct arena *a);

/* Members of an object; a NULL string is null. */
void json_str(struct json_object *o, const char *key, const char *value);
void json_int(struct json_object *o, const char *key, int64_t value);
void json_flag(struct json_object *o, const char *key, bool value);
void json_null(struct json_object *o, const char *key);

/* Microseconds since 1970 as RFC 3339 in UTC; 0 is null. */
void json_time(struct json_object *o, const char *key, int64_t us);

/* A new object, respectively array, as a member; it belongs to o. */
struct json_object *json_sub(struct json_object *o, const char *key);
struct json_object *json_list(struct json_object *o, const char *key);

/* Adds each of n words as {value, title}. */
void json_words(struct json_object *array, const struct word *list, size_t n);

/* Puts child (made by json_object_in or json_array_in) into o as a member. */
void json_put(
    struct json_object *o, const char *key, struct json_object *child);

/* A new object, respectively a string, at the end of an array. */
struct json_object *json_item(struct json_object *array);
void json_item_str(struct json_object *array, const char *value);

/* The member, or NULL when there is none or it is null. */
struct json_object *json_get(struct json_object *o, const char *key);

/* The string member, or NULL when there is none or it is no string. */
const char *json_get_str(struct json_object *o, const char *key);

/* The integer member; false when there is none or it is no integer. */
bool json_get_int(struct json_object *o, const char *key, int64_t *out);

/* The boolean member; false when there is none or it is no boolean. */
bool json_get_flag(struct json_object *o, const char *key);

/* How many items an array has, 0 when it is none, and one of them. */
size_t json_count(struct json_object *array);
struct json_object *json_at(struct json_object *array, size_t i);

/* The text, without blanks; lives as long as o stays as it is. */
const char *json_text(struct json_object *o, size_t *n);
