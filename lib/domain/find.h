#pragma once
/*
 * Cases by the handler's mobile or ID number or the recipient's mobile, which
 * are sealed: found by their keyed digests, so that neither stands in a URL, a
 * log or the database.
 */
#include "domain/application.h"
#include "domain/sql.h"

struct json_object;

/* A number that was typed, as it is stored; a mobile may be the recipient's. */
struct find_number {
	enum field field; /* FIELD_HANDLER_MOBILE or FIELD_HANDLER_ID_NO */
	const char *value;
};

/* E_INVALID, with a problem of `number`, for what is neither. */
MUST_USE enum err find_read(
    struct env *env, const char *typed, struct find_number *out);

/* What is looked up by a value's digest, and what is done with each row. */
struct find_walk {
	struct env *env;
	enum field field;
	enum sql stmt; /* takes the digest; with is_all the id to go on behind,
			  gives it first, and is in its order */
	bool is_all;   /* page after page, else the first alone */
	enum err (*fn)(void *arg, const struct cell *row);
	void *arg;
};

/* Under any key: while values are sealed anew there are rows under each. */
MUST_USE enum err find_each(const struct find_walk *walk, const char *value);

/*
 * "items": the cases of that person that administrators see, as handler, then
 * as recipient (is_recipient) alone, newest first, at most 100 of each key and
 * part; that somebody looked is in the trail, the number is not.
 */
MUST_USE enum err find_json(
    struct env *env, const struct find_number *number, struct json_object *o);
