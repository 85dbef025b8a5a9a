#pragma once
/* One form about many cases, each done or refused for itself. */
#include "domain/work_order.h"
#include "web/request.h"

struct json_object;

/* What a form said about many cases, and what came of it. */
struct batch {
	struct request *r;
	const char *id; /* of the work order; NULL: it is about none */
	enum err (*work)(struct batch *b, struct work_order_row *row);
	const char *opinion;
	const char **ticked;
	size_t ticked_n;
	/* The fields of every row of the form, in its order; or NULL. */
	const char **rows, **valid_from, **valid_to, **serial, **versions;
	const char **carrier, **tracking_no;
	const char **names; /* of the rows, for people; NULL: batch numbers */
	size_t rows_n;
	struct json_object *refusals; /* [{name, message}] */
	enum err refused;	      /* the last reason */
	size_t done, left;
	/* Where those are that were not refused; NULL: the work order. */
	const char *done_path, *done_title;
};

/* Reads what is ticked and the rows; E_MALFORMED. */
MUST_USE enum err batch_read(struct batch *b);

/* Does the work on each case that is ticked; what is refused is noted. */
MUST_USE enum err batch_do(struct batch *b);

void batch_refuse(struct batch *b, const char *name, const char *message);

/* Adds why some were left out, and how many were not; the status to answer. */
int batch_outcome_json(const struct batch *b, struct json_object *o);

/* What the operator typed for an application, or else NULL. */
const char *batch_typed(
    const struct batch *b, const char **values, const char *id);

const char *batch_path(struct request *r, const char *id);
