#pragma once
/*
 * What was sealed by a field key that seals no longer is sealed anew, while
 * everything goes on: a row or a file at a time, as it is (compare-and-set).
 */
#include "domain/env.h"

struct json_object;

/* A second's worth of it; what is not done then is done the next time. */
MUST_USE enum err rotation_due(struct env *env);

/* "key": the number of the key that seals; "left": [{title, n}], what is still
 * under others; "has_left". */
MUST_USE enum err rotation_json(struct env *env, struct json_object *o);
