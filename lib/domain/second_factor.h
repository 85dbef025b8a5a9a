#pragma once
/*
 * 两步验证: what administrators have besides the password: an authenticator
 * that shows codes by the clock, and recovery codes for who has lost it.
 */
#include "domain/env.h"
#include "service/totp.h"

struct json_object;

enum { RECOVERY_CODES = 10 };

/* Adds {factor: {set_at, recovery_left}} of an account, or null. */
MUST_USE enum err second_factor_json(
    struct env *env, const char *account_id, struct json_object *o);

/* A row of ROTATION_FACTORS sealed anew. */
MUST_USE enum err second_factor_reseal(struct env *env, const struct cell *row);

/*
 * A code that the actor has typed, of the authenticator or for recovery.
 * E_CODE when it is wrong, which counts as a failure of the account and is
 * audited; E_THROTTLED as when signing in; E_STATE when nothing is set up.
 * second_step_take, inside db_tx, uses it up: E_CODE when it is used already.
 */
struct second_step {
	struct env *env;
	const char *how;     /* "totp" or "recovery", for the trail */
	int64_t step;	     /* of the authenticator's code */
	const char *used;    /* hash of the recovery code */
	int64_t retry_after; /* seconds, when E_THROTTLED */
};
MUST_USE enum err second_step_prepare(struct second_step *s, const char *typed);
MUST_USE enum err second_step_take(struct second_step *s);

/*
 * Setting it up. Nothing is stored until a code shows that the authenticator
 * has the secret: till then the page keeps it, sealed for this session alone.
 */
struct enrolment {
	struct env *env;
	const char *session; /* session_hash() */
	const char *secret, *draft;
	int64_t step;
	const char *codes[RECOVERY_CODES]; /* once it is set up: to be shown */
};

/* A new secret, and the draft that the page sends back. */
MUST_USE enum err enrolment_new(struct enrolment *n);

/*
 * The secret of a draft (E_STATE when it is not of this session), and whether
 * the code is one of it: E_CODE, which nobody counts, as it guards nothing.
 */
MUST_USE enum err enrolment_open(
    struct enrolment *n, const char *draft, const char *code);

/* Sets it up, inside db_tx; E_STATE when something is set up already. */
MUST_USE enum err enrolment_add(struct enrolment *n);

/* New recovery codes for the actor in place of all others; inside db_tx. */
MUST_USE enum err recovery_renew(
    struct env *env, const char *codes[RECOVERY_CODES]);

/*
 * Takes an account's second factor away and ends its sessions, inside db_tx:
 * it is set up anew at the next sign-in. E_STATE when there is none.
 */
MUST_USE enum err second_factor_end(struct env *env, const char *account_id);
