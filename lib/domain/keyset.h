#pragma once
/*
 * Lists in pages. A statement reads one row more than a page has; what the last
 * row of the page is ordered by is the cursor, behind which the next begins.
 */
#include "domain/env.h"

struct json_object;

/*
 * How many of the rows are on a page of most. "next" in o is its cursor, NULL
 * when there are no more: what stands in the column id.
 */
size_t keyset_by_id(
    const struct rows *rows, size_t most, size_t id, struct json_object *o);

/* The same of rows by a moment: "1764000000000000-01kb…". */
size_t keyset_by_time(struct arena *a, const struct rows *rows, size_t most,
    size_t at, size_t id, struct json_object *o);

/* The same of rows by a day: "2026-11-28_01kb…". */
size_t keyset_by_day(struct arena *a, const struct rows *rows, size_t most,
    size_t day, size_t id, struct json_object *o);

/* What such a cursor says; with NULL, the first page, both stay as they are.
 * E_MALFORMED. */
MUST_USE enum err keyset_time(
    struct arena *a, const char *cursor, int64_t *at, const char **id);
MUST_USE enum err keyset_day(
    struct arena *a, const char *cursor, const char **day, const char **id);
