#pragma once
/* What all pages share: the frame around them, and how values are shown. */
#include "web/request.h"

struct json_object;

/* The data of a page: who is signed in, and the areas that the role may see. */
struct json_object *layout_new(struct request *r);

/* Adds the banner that says why what was asked for was not done. */
void layout_refused(struct request *r, struct json_object *o, enum err e);

/* The message about a field in env.errors or env.warnings, or NULL. */
const char *layout_problem(const struct env *env, const char *field);

/* Turns a member from RFC 3339 into the time in Shanghai: 2026-11-24 15:30. */
void layout_time(struct arena *a, struct json_object *o, const char *key);

/* The same with seconds: 2026-11-24 15:30:08. */
void layout_moment(struct arena *a, struct json_object *o, const char *key);

/* The same as its day there: 2026-11-24. */
void layout_day(struct arena *a, struct json_object *o, const char *key);

/* A text that a person typed: trimmed, its lines ended by \n alone. */
const char *layout_typed(struct request *r, const char *name);

struct workdays;

/* Adds "waited", "2 个工作日", and whether the promise was broken, "is_late",
 * or ends today, "is_due". */
void layout_waited(const struct env *env, const struct workdays *days,
    int64_t since, struct json_object *o);

/* "1.5 MB" */
const char *layout_size(struct arena *a, int64_t bytes);

/* Adds {value, title, is_selected} to a list: an <option>. */
void layout_option(struct json_object *list, const char *value,
    const char *title, const char *selected);
