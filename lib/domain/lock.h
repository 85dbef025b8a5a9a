#pragma once
/* The locks of a unit and when a renewal of one is open. */
#include "domain/env.h"

struct json_object;

struct lock {
	const char *id, *serial, *kind;	   /* "main" or "sub" */
	const char *valid_from, *valid_to; /* days, YYYY-MM-DD */
	int64_t days_left;		   /* negative once expired */
	bool is_muted;			   /* nobody is reminded of its end */
	int64_t activated_at;		   /* of its last case; 0: it was not */
	const char *awaiting;		   /* the case that waits for that */
	int64_t version;		   /* counts each change of its days */
};

struct locks {
	size_t n;
	struct lock *item;
};

/* All locks of a unit, main ones first. */
MUST_USE enum err lock_list(
    struct env *env, const char *unit_id, struct locks *out);

/* Whether days_left lies in the span in which a renewal may be filed. */
bool lock_is_renewable(const struct config *cfg, int64_t days_left);

/* The lock with a serial, or NULL. */
const struct lock *lock_find(const struct locks *locks, const char *serial);

/* The unit's only main lock, or NULL when there is none or several. */
const struct lock *lock_only_main(const struct locks *locks);

/* Why a renewal of serial is refused, as a sentence with the date, or NULL. */
const char *lock_refusal(
    struct env *env, const struct locks *locks, const char *serial);

/* Whether the unit wants to be reminded of the end of one of its locks. */
struct lock_muting {
	struct env *env;
	const char *id;
	bool is_muted;
};

/* Inside db_tx, arg is a struct lock_muting: E_STATE for a lock of another. */
MUST_USE enum err lock_mute(void *muting);

/* Adds a lock's members to an object. */
void lock_json(struct env *env, const struct lock *lock, struct json_object *o);
