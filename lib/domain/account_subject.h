#pragma once
/*
 * Whom another system vouches for, and which account that is: bound by a
 * manager, or made at the first sign-in for a person of a unit that we know.
 */
#include "domain/account.h"

struct json_object;
struct oidc_person;

/*
 * The account to sign in to. E_OIDC when it is locked or no applicant's;
 * E_OIDC_UNBOUND when there is none and none is to be made. Recorded.
 */
MUST_USE enum err account_of_person(
    struct env *env, const struct oidc_person *person, struct account *out);

/* Adds {subject: {subject, bound_at}} of an account, or null. */
MUST_USE enum err account_subject_json(
    struct env *env, const char *account_id, struct json_object *o);

struct subject_deed {
	struct env *env;
	const char *account_id;
	const char *issuer, *subject; /* account_bind_subject */
};

/*
 * Binds an applicant's account to a subject. E_STATE when it is no
 * applicant's or has one; E_INVALID (with a problem) when another account has
 * this one, or it cannot be one.
 */
MUST_USE enum err account_bind_subject(struct subject_deed *d);

/* Unbinds it and ends its sessions; E_STATE when it is not bound. */
MUST_USE enum err account_release_subject(struct subject_deed *d);
