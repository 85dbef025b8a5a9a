#pragma once
/*
 * Versions of the 告知确认书. One is never changed and none goes: what an
 * applicant agreed to stays readable. The newest is the one in force.
 */
#include "domain/env.h"

struct json_object;

enum { CONSENT_TITLE_MAX = 100, CONSENT_BODY_MAX = 20000 };

/* "consents": [{version, title, created_at, is_current}], newest first. */
MUST_USE enum err consent_list_json(struct env *env, struct json_object *o);

/* One of them into o, with its body; E_NOT_FOUND. */
MUST_USE enum err consent_json(
    struct env *env, const char *version, struct json_object *o);

/* The number of the one in force. */
MUST_USE enum err consent_current(struct env *env, int64_t *version);

/* {version, title, text} of the one in force, into o. */
MUST_USE enum err consent_current_json(struct env *env, struct json_object *o);

/* As struct program_def wants it: while the one in force is the sample that a
 * new installation begins with. */
const char *consent_warning(struct env *env);

struct consent_new {
	struct env *env;
	const char *title, *body;
	int64_t version; /* in force when it was written; becomes the new one */
};

/*
 * Adds the next version, in force at once: whoever has agreed to an earlier
 * one and has not submitted is asked again (E_CONSENT). E_INVALID with
 * env->errors filled, E_STALE when another version came meanwhile.
 */
MUST_USE enum err consent_add(struct consent_new *n);
