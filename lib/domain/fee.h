#pragma once
/*
 * 收费标准: a new fee, which needs a second person (domain/confirmation.h).
 * Its payload: {type, category, business, years, valid_from, fee_fen}.
 */
#include "domain/env.h"

struct json_object;

/*
 * Enters it. E_INVALID with a problem when its day is over, is today while
 * another fee is in force, or has a fee already.
 */
MUST_USE enum err fee_apply(
    struct env *env, struct json_object *payload, const char *hash);

void fee_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);

/*
 * "fees": [{category, business, years, valid_from, fee, is_future,
 * is_current}], as people read them; of the same the latest first.
 */
MUST_USE enum err fee_list_json(struct env *env, struct json_object *o);

/* What was typed of a new fee of 企业, and what for. */
struct fee_ask {
	struct env *env;
	const char *category, *business, *years, *valid_from, *fee, *reason;
	const char *id; /* of the confirmation, made by fee_ask */
};

/*
 * Asks for it: E_INVALID with env->errors filled, E_ALREADY_ASKED. What was
 * submitted before keeps the fee that was frozen then.
 */
MUST_USE enum err fee_ask(struct fee_ask *ask);
