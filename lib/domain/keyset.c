#include "domain/keyset.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "format/json.h"

static size_t
shown(const struct rows *rows, size_t most)
{
	return rows->n > most ? most : rows->n;
}

size_t
keyset_by_id(
    const struct rows *rows, size_t most, size_t id, struct json_object *o)
{
	size_t n = shown(rows, most);

	json_str(o, "next", n < rows->n ? CELL(rows, n - 1, id).s : NULL);
	return n;
}

size_t
keyset_by_time(struct arena *a, const struct rows *rows, size_t most, size_t at,
    size_t id, struct json_object *o)
{
	size_t n = shown(rows, most);

	json_str(o, "next",
	    n < rows->n
		? arena_printf(a, "%lld-%s", (long long)CELL(rows, n - 1, at).i,
		      CELL(rows, n - 1, id).s)
		: NULL);
	return n;
}

size_t
keyset_by_day(struct arena *a, const struct rows *rows, size_t most, size_t day,
    size_t id, struct json_object *o)
{
	size_t n = shown(rows, most);

	json_str(o, "next",
	    n < rows->n ? arena_printf(a, "%s_%s", CELL(rows, n - 1, day).s,
			      CELL(rows, n - 1, id).s)
			: NULL);
	return n;
}

/* What is before the first of that character, and what is behind it. */
static enum err
cut(struct arena *a, const char *cursor, char at, const char **first,
    const char **rest)
{
	const char *sign = strchr(cursor, at);

	if (sign == NULL)
		return FAIL(E_MALFORMED, "cursor");
	*first = arena_strndup(a, cursor, (size_t)(sign - cursor));
	*rest = sign + 1;
	return E_OK;
}

enum err
keyset_time(struct arena *a, const char *cursor, int64_t *at, const char **id)
{
	const char *text;

	if (cursor == NULL)
		return E_OK;
	TRY(cut(a, cursor, '-', &text, id));
	return num_int(text, 0, CLOCK_LAST, at) ? E_OK
						: FAIL(E_MALFORMED, "cursor");
}

enum err
keyset_day(
    struct arena *a, const char *cursor, const char **day, const char **id)
{
	int64_t at;

	if (cursor == NULL)
		return E_OK;
	TRY(cut(a, cursor, '_', day, id));
	return clock_parse_day(*day, &at) ? E_OK : FAIL(E_MALFORMED, "cursor");
}
