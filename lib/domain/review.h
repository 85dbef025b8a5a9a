#pragma once
/* 审核: claims, decisions, opinions and what they point at. */
#include "domain/application.h"

struct json_object;

/*
 * Takes, or renews, the reviewer's lease on a pending case, in db_tx.
 * E_CLAIMED_BY_OTHER, E_STATE.
 */
struct review_claim {
	struct env *env;
	const struct application *app;
};
MUST_USE enum err review_claim(void *claim);

/* Gives the lease back, in db_tx; one that is not held is fine. */
MUST_USE enum err review_release(void *claim);

/* A decision, in db_tx. E_CLAIM_NEEDED, E_OWN_CASE, E_STATE. */
struct review_decision {
	struct env *env;
	const struct application *app;
	enum action action;  /* ACTION_APPROVE or ACTION_REJECT */
	const char *opinion; /* may be "" for approve only */
	const char **pins;   /* names of fields and kinds of attachments */
	size_t pins_n;
};
MUST_USE enum err review_decide(void *decision);

/* "review": {decision, opinion, pins, round, at} of the last one, or null. */
MUST_USE enum err review_last_json(
    struct env *env, const char *application_id, struct json_object *o);

/* "reasons": [{code, text}]: the catalogue. */
MUST_USE enum err review_reasons_json(struct env *env, struct json_object *o);

/*
 * A page of the worklist, oldest first: "items" and "next". status and state
 * may be NULL; cursor is what `next` gave, or NULL.
 */
struct review_filter {
	const char *status, *state, *category, *batch_no, *handler, *cursor;
};
MUST_USE enum err review_worklist_json(
    struct env *env, const struct review_filter *filter, struct json_object *o);

/* "counts": {state: n} over everything that is not a draft. */
MUST_USE enum err review_counts_json(struct env *env, struct json_object *o);
