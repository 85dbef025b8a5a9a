#pragma once
/* 制证批次: paid applications that are sent to the CA together. */
#include "domain/application.h"

struct json_object;

/*
 * How many cases one work order takes: what one HTML form can carry, at five
 * fields a row.
 */
enum { WORK_ORDER_MAX = 200 };

/* Whether an id is among n of them. */
bool work_order_lists(const char *const *ids, size_t n, const char *id);

/* "orders" and "next": work orders, newest first; cursor may be NULL. */
MUST_USE enum err work_order_list_json(
    struct env *env, const char *cursor, struct json_object *o);

/* One work order's members and its "items"; E_NOT_FOUND. */
MUST_USE enum err work_order_json(
    struct env *env, const char *id, struct json_object *o);

/* A case of a work order, as far as a verdict on its row needs it. */
struct work_order_case {
	const char *years, *lock_serial;
	const char *lock_valid_to; /* NULL: its lock is not known */
	bool is_new, is_open;	   /* still with the CA */
	bool is_completed;
	bool is_serial_taken; /* of a new lock: it is one that the unit has */
};

/* One application of a work order, and what an operator says about it. */
struct work_order_row {
	struct env *env;
	const char *id; /* of the work order */
	const struct application *app;
	const char *valid_from, *valid_to; /* complete: days */
	const char *serial;		   /* complete, of a new lock; or "" */
	const char *opinion;		   /* fail */
	const char *lock_valid_to; /* set by propose; NULL: none known */
};

/*
 * Inside db_tx: paid to processing in a work order, which begins with its
 * first case. E_STATE, E_REFUND_LIVE.
 */
MUST_USE enum err work_order_dispatch(void *row);

/* The days that a certificate will have by rule, for a row without them. */
void work_order_propose(struct work_order_row *row, const char *lock_valid_to);

/*
 * Before complete, whose dates stay once it is done: E_INVALID with a problem
 * under "valid_from", "valid_to" or "serial"; E_STATE when it is not of this
 * work order.
 */
MUST_USE enum err work_order_check(struct work_order_row *row);

/*
 * Whether complete has anything left to do: not for a case that is completed,
 * but for a new lock whose serial is told only now.
 */
bool work_order_is_pending(const struct work_order_row *row);

/*
 * Inside db_tx: notes the validity, updates or creates the unit's lock, and
 * completes; on a completed case it creates the lock alone.
 */
MUST_USE enum err work_order_complete(void *row);

/* Inside db_tx: processing back to paid, with an opinion. */
MUST_USE enum err work_order_fail(void *row);
