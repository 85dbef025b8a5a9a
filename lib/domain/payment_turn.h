#pragma once
/*
 * The worker's rounds over what is due at a payment provider. Each has a turn
 * of its own, so that one in trouble delays what is due at the others by one
 * time-out, and not by one for each thing that is due.
 */
#include "domain/env.h"

struct payment_provider;

struct payment_turn {
	struct env *env;
	const struct payment_provider *provider;
	bool is_over; /* it is in trouble: enough for this round */
};

/* What is done about one thing that is due. */
struct payment_work {
	const char *what; /* "order": in the log */
	enum err (*run)(const struct payment_turn *t, const char *id);
};

/*
 * Runs it on each id that a statement finds, unless the turn is over. The
 * provider's trouble is logged and ends the turn; other errors are returned.
 */
MUST_USE enum err payment_turn_take(struct payment_turn *t,
    const struct payment_work *work, int stmt, const struct arg *args,
    size_t n);
