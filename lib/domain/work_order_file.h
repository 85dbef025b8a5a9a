#pragma once
/*
 * The CA's answer to a work order as it comes: CSV (UTF-8 or GB18030) or JSON,
 * a row a case. Only its form is looked at here; what a row means for its
 * case says work_order_import.h.
 */
#include "domain/env.h"

enum { WORK_ORDER_FILE_ROWS = 1000, WORK_ORDER_FILE_BYTES = 1 << 20 };

/* One row, trimmed; "" is not given. Days that can be read are YYYY-MM-DD. */
struct work_order_answer {
	int64_t line; /* of the file, or which in JSON; from 1 */
	const char *batch_no;
	const char *result; /* "completed", "failed", or what was written */
	const char *serial, *valid_from, *valid_to, *reason;
};

struct work_order_file {
	size_t n;
	struct work_order_answer *row;
	const char
	    *ignored; /* columns that nobody reads: "备注、网点"; or "" */
};

/* E_INVALID with problems under "file" for what is no such file. */
MUST_USE enum err work_order_file_read(
    struct env *env, const char *p, size_t n, struct work_order_file *out);
