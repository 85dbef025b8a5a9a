#pragma once
/*
 * What a record is kept for is over some day: then what is personal of it is
 * blanked and its files go, and the row stays as what is left of it.
 */
#include "domain/env.h"

struct json_object;

/* Erases what is due, a batch of each class. */
MUST_USE enum err retention_due(struct env *env);

/*
 * "classes": [{title, period, erased, files, last_at, waiting, soon, next_at}],
 * erased in the last year, waiting now and in 30 days; "erasures": the last
 * ones, {class, subject, batch_no, files, at}.
 */
MUST_USE enum err retention_json(struct env *env, struct json_object *o);
