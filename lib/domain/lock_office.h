#pragma once
/* The locks of a unit as the office keeps them: added, and put right. */
#include "domain/env.h"

struct json_object;

enum { LOCK_SERIAL_MAX = 40, LOCK_HOLDER_MAX = 50 };

/*
 * "locks": [{lock_id, serial, holder, kind, kind_title, valid_from, valid_to,
 * days_left, version}] of a unit, main ones first.
 */
MUST_USE enum err lock_office_list_json(
    struct env *env, const char *unit_id, struct json_object *o);

/* One of them into o; E_NOT_FOUND. */
MUST_USE enum err lock_office_json(struct env *env, const char *unit_id,
    const char *id, struct json_object *o);

/* What was typed about one; "" for what was not. */
struct lock_deed {
	struct env *env;
	const char *unit_id;
	const char *id;	    /* lock_office_add makes it */
	int64_t version;    /* that was looked at; not of lock_office_add */
	const char *serial; /* of lock_office_add: the serial stays */
	const char *holder; /* may be "" */
	const char *kind;   /* "main": the unit's others become "sub" */
	const char *valid_from, *valid_to; /* YYYY-MM-DD */
};

/*
 * Adds one, corrects one, each in a transaction of its own. E_INVALID with
 * env->errors filled, E_STALE when another changed it meanwhile.
 */
MUST_USE enum err lock_office_add(struct lock_deed *d);
MUST_USE enum err lock_office_change(struct lock_deed *d);
