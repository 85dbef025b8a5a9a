#pragma once
/*
 * 收费标准: a new fee, which needs a second person (domain/confirmation.h).
 * Its payload: {type, category, business, years, valid_from, fee_fen}.
 */
#include "domain/env.h"

struct json_object;

/*
 * Enters it. E_INVALID with a problem when it would be in force before the
 * next day, or one of that day is there.
 */
MUST_USE enum err fee_apply(struct env *env, struct json_object *payload);

void fee_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);
