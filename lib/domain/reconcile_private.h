#pragma once
/* A bill on its way, between the worker's files. */
#include "domain/reconcile.h"
#include "provider/payment.h"

struct bill_work {
	struct env *env;
	const struct payment_provider *provider;
	const char *day;
	int64_t from, to; /* its day, microseconds since 1970 */
};

/* reconcile_compare.c */

/* Asks about money that nobody here has heard of, then opens differences. */
MUST_USE enum err reconcile_compare(struct bill_work *w);

/* Settles what is gone by itself; closes the day when nothing is left. */
MUST_USE enum err reconcile_close(struct bill_work *w);

/* Posts back what was written off and came all the same. */
MUST_USE enum err reconcile_came(struct env *env);
