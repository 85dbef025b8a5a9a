#pragma once
/* The audit trail as people read it. */
#include "domain/env.h"

struct json_object;

/* Each NULL: not filtered by it. */
struct audit_filter {
	const char *account; /* a login */
	const char *object;  /* a batch number, or what the trail has */
	const char *action;
	const char *from, *to; /* days in Shanghai, both included */
	const char *cursor;
};

/* The words there are, with their titles: an array of {value, title}. */
void audit_actions_json(struct json_object *array);

/*
 * A period as times: from its first moment to its last. E_INVALID with
 * problems in env->errors when a day is none.
 */
MUST_USE enum err audit_period(struct env *env, const char *from,
    const char *to, int64_t *from_at, int64_t *to_at);

/*
 * One page, newest first: `items` and `next`. Whom or what there is not has
 * no rows, and a problem in env->errors.
 */
MUST_USE enum err audit_trail_json(
    struct env *env, const struct audit_filter *filter, struct json_object *o);
