#pragma once
/* What the files of an application share with each other alone. */
#include "domain/application.h"

/* A private value from its column. */
MUST_USE enum err application_unseal(struct env *env, struct application *app,
    enum field f, const struct cell *c);

/* At most so many arguments come from the fields. */
enum { FIELD_ARGS = 2 * FIELD__N };

/*
 * The fields as a statement takes them: values in their order, private ones
 * sealed to this row and field, then the digest of each that can be found.
 * is_all: public ones too.
 */
MUST_USE enum err application_args(struct env *env,
    const struct application *app, bool is_all, struct arg *args, size_t *n);

/* E_INVALID, with a problem, for a word that is none of ours. */
MUST_USE enum err application_check_filter(
    struct env *env, const struct application_filter *filter);

/*
 * The rows of a filter, at most limit, newest first, by one of two statements
 * that take the same: over all of the unit's, and over one status.
 */
MUST_USE enum err application_rows(struct env *env, int all, int of_status,
    const struct application_filter *filter, int64_t limit, struct rows *rows);
