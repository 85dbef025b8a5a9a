#pragma once
/* What the files about work orders share. */
#include "domain/work_order.h"

struct cell;

/* Columns of WORK_ORDER_ITEMS. */
enum {
	WORK_ORDER_ITEM_ID,
	WORK_ORDER_ITEM_BATCH_NO,
	WORK_ORDER_ITEM_CATEGORY = 4,
	WORK_ORDER_ITEM_YEARS = 6,
	WORK_ORDER_ITEM_LOCK_SERIAL,
	WORK_ORDER_ITEM_LOCK_VALID_TO,
	WORK_ORDER_ITEM_OUTCOME,
	WORK_ORDER_ITEM_OPINION,
	WORK_ORDER_ITEM_VALID_TO,
	WORK_ORDER_ITEM_IS_HERE, /* it has not gone into another since */
	WORK_ORDER_ITEM_DONE_AT,
	WORK_ORDER_ITEM_UNIT_ID
};

/* The case of such a row; whether its serial is taken is not known of it. */
struct work_order_case work_order_case_of(const struct cell *c);

/* Whether the CA has not answered about it yet. */
bool work_order_item_is_open(const struct cell *c);

/* Whether the application of a row is in its work order. */
bool work_order_is_of(const struct work_order_row *row);

/*
 * The members of the first eight columns of a case: id, batch_no,
 * applicant_unit, handler_name, category, business, years, lock_serial.
 */
void work_order_case_json(const struct cell *c, struct json_object *o);
