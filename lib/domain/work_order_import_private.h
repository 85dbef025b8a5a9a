#pragma once
/* What showing an import and doing it have in common. */
#include "domain/work_order_import.h"
#include "service/db.h"

/* An import, its rows, and the cases of its work order. */
struct work_order_desk {
	struct env *env;
	const char *work_order_id, *id;
	const struct cell *c; /* IMPORT_GET */
	struct rows items;    /* WORK_ORDER_ITEMS */
	struct rows rows;     /* IMPORT_ROWS */
};

/* Columns of IMPORT_GET, and of IMPORT_ROWS. */
enum {
	IMPORT_NAME = 1,
	IMPORT_SUM,
	IMPORT_ROWS_N,
	IMPORT_IGNORED,
	IMPORT_STATE,
	IMPORT_UPLOADER,
	IMPORT_UPLOADED_AT,
	IMPORT_CONFIRMATION,
	IMPORT_ASKED_BY,
	IMPORT_ASKER
};
enum {
	ROW_N,
	ROW_LINE,
	ROW_BATCH_NO,
	ROW_RESULT,
	ROW_SERIAL,
	ROW_FROM,
	ROW_TO,
	ROW_REASON,
	ROW_STATE,
	ROW_OUTCOME,
	ROW_DONE_AT
};

/* Fills a desk that has env and the two ids; E_NOT_FOUND. */
MUST_USE enum err work_order_desk_open(struct work_order_desk *d);

/* The case of row r among those of the work order (WORK_ORDER_ITEMS). */
const struct cell *work_order_desk_item(
    const struct work_order_desk *d, size_t r);

struct work_order_answer work_order_desk_answer(
    const struct work_order_desk *d, size_t r);

/*
 * What row r would do. of: its case as it is now, or NULL when it is none of
 * the work order.
 */
MUST_USE enum err work_order_desk_judge(const struct work_order_desk *d,
    size_t r, const struct work_order_case *of, struct work_order_verdict *out);
