#pragma once
/* What was handed in each time, and what changed from one time to the next. */
#include "domain/application.h"

/* In db_tx: keeps the fields as they are handed in, as the next round. */
MUST_USE enum err submission_add(
    struct env *env, const struct application *app);

/* A row of ROTATION_SUBMISSIONS sealed anew. */
MUST_USE enum err submission_reseal(struct env *env, const struct cell *row);

/* How a value is to be seen; NULL for an empty one. */
typedef const char *submission_show(
    const void *arg, enum field f, const char *value);

/*
 * "rounds": [{round, submitted_at, changes: [{name, label, was, now}], added:
 * [{label, file}], removed: […]}], each against the one before it, the newest
 * first. The first has no changes and is left out.
 */
MUST_USE enum err submission_rounds_json(struct env *env,
    const struct application *app, submission_show *show, const void *arg,
    struct json_object *o);
