#pragma once
/* Units, as administrators look them up. */
#include "domain/env.h"

struct json_object;

/*
 * "units": [{id, name, org_code, locks}] and "next": a page of 50 by name,
 * behind the unit after (E_MALFORMED when it is none), of those whose name
 * holds wanted or whose code begins with it. Both may be NULL.
 */
MUST_USE enum err unit_list_json(struct env *env, const char *after,
    const char *wanted, struct json_object *o);

/*
 * One into o: id, name, org_code, "locks", its "accounts" and its latest
 * "cases", drafts left out. E_NOT_FOUND.
 */
MUST_USE enum err unit_json(
    struct env *env, const char *id, struct json_object *o);
