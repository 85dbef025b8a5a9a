#pragma once
/* Carriers of mailed locks, made from carrier.def. */
#include <stdbool.h>

struct arena;
struct json_object;

/* Characters that one types of a tracking number at most. */
enum { TRACKING_NO_MAX = 40 };

struct carrier {
	const char *word, *name; /* "SF", 顺丰速运 */
	const char *pattern;	 /* of its numbers */
	const char *url;	 /* where they are asked after */
};

/* The carrier of a word, or of the beginning of its name; NULL: not ours. */
const struct carrier *carrier_find(const char *word);

/*
 * A number as people type it, folded: half-width capitals and digits, no
 * blanks or hyphens. NULL when it is none of this carrier's.
 */
const char *carrier_number(
    struct arena *a, const struct carrier *c, const char *typed);

/* Adds the name of each. */
void carrier_names_json(struct json_object *list);

/* Adds {value, title} for each. */
void carrier_options_json(struct json_object *list);
