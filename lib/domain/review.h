#pragma once
/* 审核: claims, decisions, opinions and what they point at. */
#include "domain/application.h"

struct json_object;

enum { OPINION_MAX = 1000 };

/*
 * Takes, or renews, the reviewer's lease on a pending case, in db_tx.
 * E_CLAIMED_BY_OTHER, E_OWN_CASE, E_STATE.
 */
struct review_claim {
	struct env *env;
	const struct application *app;
};
MUST_USE enum err review_claim(void *claim);

/* Gives the lease back, in db_tx; one that is not held is fine. */
MUST_USE enum err review_release(void *claim);

/*
 * Whether the actor holds the lease now, and whether it was taken or renewed
 * long enough ago (a minute) to be worth renewing.
 */
bool review_is_holder(const struct env *env, const struct application *app);
bool review_claim_is_old(const struct env *env, const struct application *app);

struct review_decision {
	struct env *env;
	const struct application *app;
	enum action action;  /* ACTION_APPROVE or ACTION_REJECT */
	const char *opinion; /* may be "" for approve only */
	const char **pins;   /* names of fields and kinds of attachments */
	size_t pins_n;
	const char **reasons; /* codes of the catalogue, for reject */
	size_t reasons_n;
};

/*
 * Before the transaction: puts the texts of the reasons before the opinion.
 * E_INVALID with env->errors filled, all at once: a rejection without an
 * opinion, one that is too long, pins and reasons that do not exist.
 */
MUST_USE enum err review_prepare(struct review_decision *d);

/* In db_tx. E_CLAIM_NEEDED, E_CLAIMED_BY_OTHER, E_OWN_CASE, E_STATE. */
MUST_USE enum err review_decide(void *decision);

/* "review": {decision, opinion, pins, round, at} of the last one, or null. */
MUST_USE enum err review_last_json(
    struct env *env, const struct application *app, struct json_object *o);

/* "reasons": [{code, text}]: the catalogue. */
MUST_USE enum err review_reasons_json(struct env *env, struct json_object *o);

/*
 * Whether the actor has looked at a case as it is now; in db_tx: keeps that it
 * has, and decides only if so (E_NOT_VIEWED), else as review_decide.
 */
MUST_USE enum err review_has_viewed(
    struct env *env, const struct application *app, bool *has_viewed);
MUST_USE enum err review_view(void *claim);
MUST_USE enum err review_decide_viewed(void *decision);

/*
 * The case that has waited longest of those nobody holds and the actor did
 * not file, claimed; *id NULL when there is none.
 */
MUST_USE enum err review_claim_next(struct env *env, const char **id);

/*
 * A page of the worklist: "items" and "next". Any filter may be NULL; cursor
 * is what `next` gave (E_MALFORMED for anything else). handler is the
 * beginning of a name, claimed "mine" or "free", before a moment that a case
 * came earlier than (0: none). Those that have waited longest come first, or
 * those that came last.
 */
struct review_filter {
	const char *status, *state, *type, *category, *batch_no, *handler;
	const char *claimed, *cursor;
	int64_t before;
	bool is_newest_first;
};
MUST_USE enum err review_worklist_json(
    struct env *env, const struct review_filter *filter, struct json_object *o);

/* Nobody counts further: a total of a large table would cost a page. */
enum { REVIEW_COUNT_MAX = 1000 };

/*
 * "counts": {state: n} over everything that is not a draft;
 * REVIEW_COUNT_MAX + 1 where there are more than that.
 */
MUST_USE enum err review_counts_json(struct env *env, struct json_object *o);

/* How many wait since before a moment, as REVIEW_COUNT_MAX says. */
MUST_USE enum err review_late(struct env *env, int64_t before, int64_t *n);
