#pragma once
/*
 * Verification of the sealed trail on demand: a person asks on the pages, the
 * worker, which has the key, does it.
 */
#include "domain/env.h"

struct json_object;

/* Asks for the seals of a period (days, each may be NULL) to be verified. */
MUST_USE enum err audit_check_request(
    struct env *env, const char *from, const char *to);

/* The last ones with their results, newest first, as `checks`. */
MUST_USE enum err audit_check_list_json(struct env *env, struct json_object *o);

/* The worker's: some seals of the one that waits longest. */
MUST_USE enum err audit_check_due(struct env *env);
