#pragma once
/*
 * Accounts as a manager keeps them: listed, locked, unlocked, given a new
 * first password; and the sessions of an account. Nobody does any of it to
 * their own account (E_OWN_ACCOUNT) but end its sessions.
 */
#include "domain/env.h"

struct json_object;

/*
 * Adds {accounts: […], next} to o: a page of 50 by login, behind after, whose
 * login or name begins with wanted or whose unit holds it ("": all).
 */
MUST_USE enum err account_list_json(struct env *env, const char *after,
    const char *wanted, struct json_object *o);

/* Adds one account to o, with its live sessions; E_NOT_FOUND. */
MUST_USE enum err account_json(
    struct env *env, const char *id, struct json_object *o);

/* Adds {sessions: […]} of an account; is_this marks the one of that hash. */
MUST_USE enum err account_sessions_json(struct env *env, const char *id,
    const char *token_hash, struct json_object *o);

/* What is done to an account, each in a transaction of its own. */
struct account_deed {
	struct env *env;
	const char *id;
	bool is_locked;	     /* account_lock: to be */
	const char *hash;    /* account_reset: of the new password */
	const char *session; /* account_end_sessions: one, or "all" */
};

/* E_OWN_ACCOUNT when it is the actor's own. */
MUST_USE enum err account_check_other(const struct env *env, const char *id);

/* Locks or unlocks; locking ends its sessions. E_STATE: it is so already. */
MUST_USE enum err account_lock(struct account_deed *d);

/*
 * Gives a first password (*password, in the arena) that has to be changed at
 * the next sign-in; ends its sessions and the delay after failures.
 */
MUST_USE enum err account_reset(struct account_deed *d, const char **password);

/* The same inside db_tx, by the hash of the password. */
MUST_USE enum err account_set_first(
    struct env *env, const char *id, const char *hash);

/*
 * For who keeps the machine: a first password for the account of that login,
 * whose second factor is taken away. E_NOT_FOUND; E_INVALID (password).
 */
MUST_USE enum err account_recover(
    struct env *env, const char *login, const char *password);

/* Ends one of its sessions, or all; E_STATE when there is none such. */
MUST_USE enum err account_end_sessions(struct account_deed *d);
