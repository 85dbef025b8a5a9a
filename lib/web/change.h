#pragma once
/*
 * How handlers change things: one transaction, and for POST once only by
 * Idempotency-Key: looked up after ownership and before version
 * and state, successes alone kept, by account and full path.
 */
#include "web/request.h"

struct change_result {
	int status;	/* of the first answer */
	const char *id; /* what it made or changed */
	bool is_replay; /* nothing was done now */
};

/*
 * Runs work in a transaction and keeps its success under the request's
 * Idempotency-Key, if it has one, as status and id. The handler has looked
 * for the key before (change_find); when the same request was faster since
 * then, what it did comes back in *out instead.
 * id may be made before (it must not depend on the attempt).
 */
MUST_USE enum err change(struct request *r, enum err (*work)(void *), void *arg,
    int status, const char *id, struct change_result *out);

/*
 * Why a change was refused, before the transaction or in it: e, unless the
 * same request, sent twice at once, has done it meanwhile: then E_OK, and what
 * it did in *out.
 */
MUST_USE enum err change_refused(
    struct request *r, enum err e, struct change_result *out);

/* Whether the request may be a repeat of one that has succeeded. */
bool change_is_keyed(const struct request *r);

/*
 * Whether the key was used before with the same body: then what was kept of
 * it, and is_replay. With another body: E_IDEMPOTENCY. A streamed body must
 * have been read (body_sha256).
 */
MUST_USE enum err change_find(struct request *r, struct change_result *out);
