#pragma once
/* What all pages share: the frame around them, and how values are shown. */
#include "domain/review.h"
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

/* The same in each item of a list. */
void layout_times(struct arena *a, struct json_object *list, const char *key);

/* The same with seconds: 2026-11-24 15:30:08. */
void layout_moment(struct arena *a, struct json_object *o, const char *key);

/* The same as its day there: 2026-11-24. */
void layout_day(struct arena *a, struct json_object *o, const char *key);

/* Adds the amount in key_fen, when there is one, in yuan: "450.00" as key. */
void layout_yuan(struct arena *a, struct json_object *o, const char *key);

/* Bytes of a text that a person types: what is over its own length by less than
 * this is shown again, not lost. */
enum { TYPED_MAX = 8 * OPINION_MAX };

/* A text that a person typed: trimmed, its lines ended by \n alone. */
const char *layout_typed(struct request *r, const char *name);

/* A filter's value as people paste it; NULL when there is nothing. */
const char *layout_given(struct request *r, const char *value);

struct workdays;

/* Adds "waited", "2 个工作日", and whether the promise was broken, "is_late",
 * or ends today, "is_due". */
void layout_waited(const struct env *env, const struct workdays *days,
    int64_t since, struct json_object *o);

/* "1.5 MB" */
const char *layout_size(struct arena *a, int64_t bytes);

/*
 * For the partial `pager` of a list at path, which keeps the filters: "first",
 * "is_first", and the cursor in "next" turned into where the next page is.
 */
void layout_pager(struct request *r, const char *path, struct json_object *o);

/* Adds {value, title, is_selected} to a list: an <option>. */
void layout_option(struct json_object *list, const char *value,
    const char *title, const char *selected);

/* Marks the one of such a list that is chosen (or NULL). */
void layout_choose(struct json_object *list, const char *chosen);

/*
 * One labelled control of a form; the partial `fields` shows a list of them,
 * each with its help and with what is wrong with it (env.errors). None has a
 * maxlength: a browser cuts what is pasted to that without a word.
 */
struct layout_field {
	const char *name, *label, *help;
	const char *type; /* of an <input>, or "select", "area"; NULL: text */
	int rows;	  /* of an area */
	bool is_optional;
};

/*
 * Adds it to list and gives it: with what was typed, when the form was sent
 * and is shown again, else with what is stored ("" for nothing).
 */
struct json_object *layout_field(struct request *r, struct json_object *list,
    const struct layout_field *f, const char *stored);

/* Adds one called reason, a text, empty unless the form was sent. */
void layout_reason(
    struct request *r, struct json_object *list, const char *label);

/* Adds an option to such a "select". */
void layout_field_option(
    struct json_object *field, const char *value, const char *title);

/* The form's hidden version: E_VERSION_NEEDED when there is none. */
MUST_USE enum err layout_version(struct request *r, int64_t *version);

/* Whether people can put right why not: the page is shown again with it. */
bool layout_can_show(enum err e);

/* Answers the page; refused is E_OK, or why what was asked was not done. */
MUST_USE enum err layout_page(struct request *r, enum err refused,
    const char *name, struct json_object *o);
