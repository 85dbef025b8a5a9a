#pragma once
/* Deliveries as the office sees them. */
#include "domain/delivery.h"

/* The state of a tab, or where one case stands whatever its state. */
struct delivery_filter {
	enum delivery_state state;
	const char *batch_no; /* NULL: all of the state */
	const char *cursor;   /* behind it; NULL from the beginning */
};

/*
 * "deliveries" and "next": what waits longest first, what is done with latest
 * first; recipients masked. E_MALFORMED for a cursor that is none.
 */
MUST_USE enum err delivery_office_json(struct env *env,
    const struct delivery_filter *filter, struct json_object *o);

/* The attempts of one case: "attempts", the last first, names masked unless
 * is_revealed. */
void delivery_attempts_json(struct env *env, const struct deliveries *all,
    bool is_revealed, struct json_object *o);

/* A line of what was pasted: 批次号,快递公司,单号 */
struct delivery_line {
	size_t number; /* from 1 */
	const char *batch_no, *carrier, *tracking_no;
	const char *problem; /* why it cannot be read; NULL: it can */
	const char *id;	     /* of the application */
};

enum { DELIVERY_LINES_MAX = 200 };

/*
 * Takes lines apart at commas or tabs; empty ones and titles are passed over.
 * *n are there; E_INVALID with a problem over DELIVERY_LINES_MAX.
 */
MUST_USE enum err delivery_read_lines(
    struct env *env, const char *text, struct delivery_line **out, size_t *n);
