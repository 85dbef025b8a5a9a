#pragma once
/* Money that nobody could place: for the people who answer for it. */
#include "domain/env.h"

struct json_object;

/* "notices" and "next": unmatched ones, newest first; cursor may be NULL. */
MUST_USE enum err money_unmatched_json(
    struct env *env, const char *cursor, struct json_object *o);
