#pragma once
/*
 * 退款: money that goes back, of a payment in whole or in part, or of money
 * that came and fits no order, in whole. A manager asks and another confirms,
 * or a rule does; the worker sends what the rows say and asks how it stands,
 * so that a crash or a lost answer changes nothing but the time it takes.
 */
#include "domain/confirmation.h"
#include "domain/machine.h"

struct json_object;
struct payment_refund_fact;

enum refund_state {
#define STATE(name, ...) REFUND_STATE_##name,
#include "domain/refund_state.def"
#undef STATE
};

enum refund_event {
#define EVENT(name, ...) REFUND_EVENT_##name,
#include "domain/refund_state.def"
#undef EVENT
};

extern const struct machine refund_machine;

enum { REFUND_REASON_MAX = 80 };

struct refund {
	const char *id;
	const char *application_id;	    /* NULL: of none */
	const char *payment_id, *notice_id; /* one of them */
	int64_t amount_fen;
	enum refund_state state;
	int64_t version;
	const char *reason, *requested_by; /* NULL: by a rule */
	const char *refund_no;		   /* at the provider */
	const char *provider, *transaction_id, *order_no;
	int64_t total_fen;   /* of what came */
	const char *rule;    /* "" or its word */
	const char *problem; /* the provider's word for why it failed, or "" */
	int64_t attempts, created_at, done_at;
	const char *provider_refund_id;
	const char *batch_no, *unit, *asked_by; /* for people */
};

/* By id; E_NOT_FOUND. */
MUST_USE enum err refund_get(
    struct env *env, const char *id, struct refund *out);

/* Of a row of REFUND_COLUMNS. */
struct cell;
struct refund refund_of_row(const struct cell *row);

/*
 * Inside db_tx: moves a refund, compare-and-set on its version and state, and
 * writes down what happened. note (may be "") is what people are to know: of
 * one that failed the provider's word. E_STATE.
 */
MUST_USE enum err refund_move(struct env *env, const struct refund *r,
    enum refund_event event, const char *note);

/* What is to go back. */
struct refund_ask {
	struct env *env;
	/* One of them. */
	const char *application_id; /* of its payment, amount as typed */
	const char *notice_id;	    /* of unmatched money, all of it */
	const char *amount, *reason;
	const char *confirmation_id; /* out */
	const char *refund_id;	     /* out */
};

/*
 * Asks for it, in a transaction of its own; a second person confirms.
 * E_INVALID with problems under amount and reason; E_STATE when the case or the
 * money is not to be refunded (any more); E_INVOICED while there is an invoice.
 */
MUST_USE enum err refund_ask(struct refund_ask *ask);

/* As kinds of confirmations want them. */
MUST_USE enum err refund_apply(
    struct env *env, struct json_object *payload, const char *hash);
MUST_USE enum err refund_drop(struct env *env, struct json_object *payload);
void refund_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);

/* What a manager does with one that failed, in transactions of their own. */
struct refund_decision {
	struct env *env;
	const char *id;
	int64_t version;
	const char *opinion;
};

/* Sent again. E_STALE, E_STATE, E_INVALID for a long opinion. */
MUST_USE enum err refund_again(struct refund_decision *d);

/* Given up: E_INVALID without an opinion, E_REFUND_STUCK when the provider
 * still has it. */
MUST_USE enum err refund_give_up(struct refund_decision *d);

/* Whether it can be given up: the provider surely does not have it. */
bool refund_is_loose(const struct refund *r);

/* Inside db_tx: adds one, with its first step. rule may be "". */
struct refund_new {
	struct env *env; /* of who runs it as a transaction */
	const char *id, *payment_id, *notice_id, *application_id;
	int64_t amount_fen;
	const char *reason, *rule;
};
MUST_USE enum err refund_add(struct env *env, const struct refund_new *n);

/* A notice has told of it, or a bill: it is looked at soon. */
MUST_USE enum err refund_told(struct env *env, const char *refund_no);

/*
 * Rounds of the worker: sends and asks; and has unmatched money go back where
 * the rule is clear. A provider's trouble is logged and waits.
 */
MUST_USE enum err refund_watch(struct env *env);
MUST_USE enum err refund_by_rule(struct env *env);

/* "refunds" of what the applicant may see: {amount_fen, status,
 * status_title, requested_at, done_at}. */
MUST_USE enum err refund_owner_json(
    struct env *env, const char *application_id, struct json_object *o);

/* "open": what is under way or stuck, longest first; "over" and "next": a page
 * of 50 of the others, newest first, behind cursor (or NULL). */
MUST_USE enum err refund_list_json(
    struct env *env, const char *cursor, struct json_object *o);

/* "refunds" of one case, for the office. */
MUST_USE enum err refund_case_json(
    struct env *env, const char *application_id, struct json_object *o);

/* One refund's members, with its "steps"; E_NOT_FOUND. */
MUST_USE enum err refund_json(
    struct env *env, const char *id, struct json_object *o);

/* What can go back of a case: "paid_fen", "left_fen"; "has_invoice", and then
 * "invoice_id" and "invoice_advice". E_NOT_FOUND when nothing was paid. */
MUST_USE enum err refund_left_json(
    struct env *env, const char *application_id, struct json_object *o);
