#pragma once
/*
 * 对账: each day's bill of each provider against our books, line by line.
 * What differs is a row that a manager answers for; the day is closed when
 * nothing is left, and what the provider took and what was written off is
 * posted then.
 */
#include "domain/env.h"

struct json_object;

/*
 * The worker's: a second's steps of the bills that are due: fetched, asked
 * about, compared or closed. Can be stopped at any moment and goes on from
 * there.
 */
MUST_USE enum err reconcile_due(struct env *env);

/* "bills", newest first, "months" with their sums, and "next". */
MUST_USE enum err reconcile_list_json(
    struct env *env, const char *cursor, struct json_object *o);

/* One of a day. */
struct reconcile_day {
	struct env *env;
	const char *provider, *day;
};

/* Its members, "differences" and "next"; E_NOT_FOUND. */
MUST_USE enum err reconcile_day_json(
    const struct reconcile_day *d, const char *cursor, struct json_object *o);

/*
 * Says what became of a difference, in a transaction of its own. E_INVALID
 * with a problem under "opinion"; E_STATE when it was settled before.
 */
struct reconcile_settle {
	struct reconcile_day of;
	const char *id, *opinion;
};
MUST_USE enum err reconcile_settle(struct reconcile_settle *s);

/* All its lines and differences as an XLSX file, open at its start. */
MUST_USE enum err reconcile_export(
    const struct reconcile_day *d, int *fd, int64_t *size);
