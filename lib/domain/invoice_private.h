#pragma once
/* What the files of the invoice share, and nobody else. */
#include "domain/invoice.h"

/* Whether a member is sealed in the database, whoever's invoice it is. */
bool invoice_is_sealed(enum invoice_member m);

/*
 * The members as their row takes them, sealed ones sealed, and the digest by
 * which the mobile is found.
 */
struct invoice_args {
	struct arg member[INVOICE__N], mobile_index;
};
MUST_USE enum err invoice_args(struct env *env, const char *id,
    const char *const *value, struct invoice_args *out);

/*
 * A member as a row has it: in clear where is_sealed is false (a row of before
 * they were, until the worker has sealed it) but for the mobile; and what was
 * erased is empty.
 */
MUST_USE enum err invoice_open(struct env *env, const char *id,
    enum invoice_member m, bool is_sealed, const struct cell *c,
    const char **out);
