#pragma once
/*
 * Private fields in full: to whom the work needs them, one look at a time, and
 * who, what and why is on record. Everywhere else they are masked.
 */
#include "domain/application.h"

struct json_object;

enum { REVEAL_NOTE_MAX = 200 };

/* The fields of a case that the actor may ask for: bits 1 << enum field. */
unsigned reveal_fields(const struct env *env, const struct application *app);

/* A set of fields as people read it: "经办人手机号码、经办人身份证号码" */
const char *reveal_labels(struct arena *a, unsigned fields);

/* What is to be seen, and why. */
struct reveal {
	const char *application_id;
	const char *action;	   /* of the trail; NULL: "reveal" */
	const char *what;	   /* "handler_id_no handler_mobile" */
	const char *const *values; /* of it; NULLs are passed over */
	size_t n;
	const char *why;  /* a code of ours */
	const char *note; /* typed; "" for none */
};

/* Whether the reason can be taken: E_INVALID, as reveal_record. */
MUST_USE enum err reveal_check(struct env *env, const struct reveal *reveal);

/*
 * Writes the record, before anything is shown. E_INVALID with env->errors
 * filled: no reason, one there is not, "other" without a note; a note that is
 * too long or holds one of the values, which have no place in the trail.
 */
MUST_USE enum err reveal_record(struct env *env, const struct reveal *reveal);

/* The same of these fields of a case. */
MUST_USE enum err reveal_case(struct env *env, const struct application *app,
    unsigned fields, const char *why, const char *note);

/* "reasons": [{value, title, is_selected}], the chosen one selected. */
void reveal_reasons_json(struct json_object *o, const char *chosen);
