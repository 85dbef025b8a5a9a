#pragma once
/* 账号: who signs in, and how accounts come to be. */
#include "domain/env.h"

/* What a person's name has, in characters. */
enum { ACCOUNT_NAME_LEAST = 2, ACCOUNT_NAME_MOST = 50 };

struct account {
	const char *id, *unit_id, *name;
	enum role role;
	bool must_change;  /* the password is one that a manager gave */
	bool needs_second; /* beside the password */
};

/* What a failed sign-in leaves: how long to wait, when E_THROTTLED. */
struct sign_in {
	struct account account;
	int64_t retry_after; /* seconds */
};

/*
 * Checks a password for one of the roles (bits). E_SIGN_IN for every reason
 * but one, in about the same time; E_THROTTLED while the account's growing
 * delay lasts. Failures are counted and audited.
 */
MUST_USE enum err account_check(struct env *env, const char *login,
    const char *password, unsigned roles, struct sign_in *out);

/*
 * Counts a failure of an account, with the audit row of that action: from the
 * third on its delay grows.
 */
MUST_USE enum err account_failed(
    struct env *env, const char *id, const char *action);

/* E_THROTTLED, counted, while an account still has to wait. */
MUST_USE enum err account_check_wait(
    struct env *env, const char *id, int64_t wait, int64_t *retry_after);

/*
 * Forgets the failures, with the audit row; inside db_tx after a sign-in. how
 * is "" by password, else by what.
 */
MUST_USE enum err account_signed_in(
    struct env *env, const char *id, const char *how);

/*
 * A new password for the actor: the old one must be right (E_SIGN_IN, and
 * E_THROTTLED as when signing in), the new one long enough and another
 * (E_INVALID, with problems). account_set_password, inside db_tx, then stores
 * new_hash.
 */
struct password_change {
	struct env *env;
	const char *old_hash, *new_hash;
	int64_t retry_after; /* seconds, when E_THROTTLED */
};
MUST_USE enum err account_prepare_password(
    struct password_change *c, const char *old, const char *fresh);
MUST_USE enum err account_set_password(struct password_change *c);

/*
 * A new account, in a transaction of its own: E_INVALID with a problem for
 * each of login, name, role, unit, org_code and password that is no good. The
 * unit with that code is made when there is none yet. Fills id.
 */
struct account_new {
	struct env *env;
	const char *role, *login, *name, *password;
	const char *unit, *org_code; /* of an applicant */
	bool must_change;	     /* the password, before anything else */
	const char *id, *hash;	     /* made by account_add */
};
MUST_USE enum err account_add(struct account_new *n);

/* Its two halves but for the password: the checks; and, inside db_tx, the
 * row of id and hash without an audit row. */
MUST_USE enum err account_check_new(struct account_new *n);
MUST_USE enum err account_insert(struct account_new *n);
