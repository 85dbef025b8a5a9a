#pragma once
/*
 * What the CA is told of a work order: the cases that it has not answered
 * yet. Mobile and ID number, which it needs, are there for operators alone,
 * who send it.
 */
#include "domain/work_order.h"

/*
 * A file that is open for reading, as a table. E_NOT_FOUND; the download is
 * on record.
 */
MUST_USE enum err work_order_export(struct env *env, const char *id,
    enum export_format format, int *fd, int64_t *size);

/* The same as {work_order, created_at, cases: […]}. */
MUST_USE enum err work_order_export_json(
    struct env *env, const char *id, struct json_object *o);
