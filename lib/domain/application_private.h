#pragma once
/* What the files of an application share with each other alone. */
#include "domain/application.h"

/* E_INVALID, with a problem, for a word that is none of ours. */
MUST_USE enum err application_check_filter(
    struct env *env, const struct application_filter *filter);

/*
 * The rows of a filter, at most limit, newest first, by one of two statements
 * that take the same: over all of the unit's, and over one status.
 */
MUST_USE enum err application_rows(struct env *env, int all, int of_status,
    const struct application_filter *filter, int64_t limit, struct rows *rows);
