#pragma once
/*
 * Another role for an administrator's account, which needs a second person
 * (domain/confirmation.h); and what confirming it does.
 */
#include "domain/env.h"

struct json_object;

/*
 * Asks for it. E_OWN_ACCOUNT, E_NOT_FOUND; E_STATE for an applicant's account;
 * E_INVALID with problems under "role" and "reason"; E_ALREADY_ASKED.
 */
struct role_ask {
	struct env *env;
	const char *account_id, *role, *reason;
};
MUST_USE enum err account_ask_role(const struct role_ask *ask);

/*
 * Adds {may_change_role, roles: [{value, title}], role_asked}: what an account
 * of that role can become, and the id of what already waits.
 */
MUST_USE enum err account_roles_json(struct env *env, const char *account_id,
    enum role role, struct json_object *o);

/* Sets the role and ends the account's sessions; E_OWN_ACCOUNT, E_STATE. */
MUST_USE enum err account_role_apply(
    struct env *env, struct json_object *payload);

void account_role_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);
