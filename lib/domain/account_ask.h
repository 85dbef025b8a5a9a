#pragma once
/*
 * What a manager asks for an administrator's account and another confirms
 * (domain/confirmation.h): a new account, another role, a first password, a
 * second factor taken away, a certificate bound. Of an applicant's account it
 * is done at once.
 */
#include "domain/account.h"

struct json_object;

/*
 * E_OWN_ACCOUNT, E_NOT_FOUND; for an administrator's account E_INVALID with a
 * problem under "reason", and E_ALREADY_ASKED.
 */
struct account_ask {
	struct env *env;
	const char *account_id, *reason;
	const char *role;     /* account_ask_role: the new one */
	const char *pem;      /* account_ask_certificate */
	const char *password; /* account_ask_reset: when it is done, or NULL */
};

/* E_STATE for an applicant's account; E_INVALID with one under "role". */
MUST_USE enum err account_ask_role(struct account_ask *ask);

/*
 * A first password, which has to be changed at the next sign-in; ends its
 * sessions and the delay after failures.
 */
MUST_USE enum err account_ask_reset(struct account_ask *ask);

/*
 * Its second factor taken away and its sessions ended: it is set up anew at
 * the next sign-in. E_STATE when there is none.
 */
MUST_USE enum err account_ask_factor(struct account_ask *ask);

/* E_INVALID with a problem under "pem": no certificate, over, bound already. */
MUST_USE enum err account_ask_certificate(struct account_ask *ask);

/*
 * A new account with a first password: added, when n->password is then set;
 * or *waits is the id of the confirmation. E_INVALID as of account_add.
 */
MUST_USE enum err account_ask_new(
    struct account_new *n, const char *reason, const char **waits);

/*
 * Adds {needs_second, may_change_role, roles: [{value, title}]} of an account
 * of that role, what it can become; and {role_asked, password_reset_asked,
 * second_factor_reset_asked, certificate_asked}: what already waits, or null.
 */
MUST_USE enum err account_asks_json(struct env *env, const char *account_id,
    enum role role, struct json_object *o);

/* What confirming does. */
MUST_USE enum err account_role_apply(
    struct env *env, struct json_object *payload, const char *hash);
MUST_USE enum err account_new_apply(
    struct env *env, struct json_object *payload, const char *hash);
MUST_USE enum err account_reset_apply(
    struct env *env, struct json_object *payload, const char *hash);
MUST_USE enum err account_factor_apply(
    struct env *env, struct json_object *payload, const char *hash);
MUST_USE enum err account_certificate_apply(
    struct env *env, struct json_object *payload, const char *hash);

void account_ask_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);
