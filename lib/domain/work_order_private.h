#pragma once
/* What the files about work orders share. */
#include "domain/work_order.h"

struct cell;

/*
 * The members of the first eight columns of a case: id, batch_no,
 * applicant_unit, handler_name, category, business, years, lock_serial.
 */
void work_order_case_json(const struct cell *c, struct json_object *o);

/* A time, or null. */
void work_order_time_json(
    struct json_object *o, const char *key, const struct cell *c);
