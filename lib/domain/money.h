#pragma once
/* Money that came and fits no order: for the people who answer for it. */
#include "domain/confirmation.h"

struct json_object;

struct unmatched {
	const char *id, *provider, *event_type, *order_no, *transaction_id;
	const char *reason; /* as in notices */
	int64_t amount_fen; /* 0: unknown */
	int64_t received_at;
	const char *application_id;	      /* of its order, or NULL */
	const char *refund_id, *refund_state; /* that gives it back, or NULL */
	bool is_settled;
	const char *opinion, *settled_by; /* when it is */
	int64_t settled_at;
};

/* E_NOT_FOUND. */
MUST_USE enum err money_unmatched_get(
    struct env *env, const char *id, struct unmatched *out);

/* Whether it is ours to give back, and has not been. */
bool money_is_refundable(const struct unmatched *m);

/* A provider's word for why it does not refund, for people. */
const char *money_problem_title(const char *word);

/*
 * "waiting": unmatched money that nobody has decided on, longest first, 200 at
 * most; "notices" and "next": the others, newest first, behind cursor.
 */
MUST_USE enum err money_unmatched_json(
    struct env *env, const char *cursor, struct json_object *o);

/* One notice's members; E_NOT_FOUND. */
MUST_USE enum err money_notice_json(
    struct env *env, const char *id, struct json_object *o);

/*
 * Asks that unmatched money count as settled in another way than by a refund;
 * a second person confirms. E_INVALID, E_STATE, E_ALREADY_ASKED.
 */
MUST_USE enum err money_settle_ask(struct env *env, const char *id,
    const char *opinion, const char **confirmation_id);

/* As kinds of confirmations want them. */
MUST_USE enum err money_settle_apply(
    struct env *env, struct json_object *payload, const char *hash);
void money_settle_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);
