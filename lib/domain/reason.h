#pragma once
/*
 * The catalogue of reasons that a reviewer chooses from (常用原因). One that
 * is retired is offered no more and stays: earlier reviews name it.
 */
#include "domain/env.h"

struct json_object;

enum { REASON_TEXT_MAX = 200, REASON_PLACE_MAX = 9999 };

/* "reasons": [{code, text, place, is_retired}], those in use first. */
MUST_USE enum err reason_list_json(struct env *env, struct json_object *o);

/* One of them, with its version, into o; E_NOT_FOUND. */
MUST_USE enum err reason_json(
    struct env *env, const char *code, struct json_object *o);

/* What a manager does with one, each in a transaction of its own. */
struct reason_deed {
	struct env *env;
	const char *code;	  /* reason_add makes it */
	const char *text, *place; /* as typed */
	int64_t version;	  /* that was looked at; not of reason_add */
	bool is_retired;	  /* reason_retire: to be */
	int64_t place_n;	  /* place, once it was read */
};

/*
 * Adds one, changes text and place of one, takes one out of use or back into
 * it. E_INVALID with env->errors filled, E_STALE.
 */
MUST_USE enum err reason_add(struct reason_deed *d);
MUST_USE enum err reason_change(struct reason_deed *d);
MUST_USE enum err reason_retire(struct reason_deed *d);
