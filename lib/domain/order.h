#pragma once
/* 支付订单: one attempt to collect the fee with one provider. */
#include "domain/application.h"
#include "domain/machine.h"
#include "provider/payment.h"

struct json_object;

/*
 * created: the provider has not confirmed it yet; open: can be paid; paid: the
 * provider has the money; closing: given up here, to be closed there; closed:
 * closed there, watched a while for late money.
 */
enum order_state {
#define STATE(name, ...) ORDER_##name,
#include "domain/order_state.def"
#undef STATE
};

enum order_event {
#define EVENT(name, ...) ORDER_EVENT_##name,
#include "domain/order_state.def"
#undef EVENT
};

extern const struct machine order_machine;

struct order {
	const char *order_no, *application_id, *provider;
	enum order_state state;
	int64_t version;
	int64_t amount_fen;
	const char *currency, *code_url;
	int64_t created_at, expires_at; /* microseconds since 1970 */
	bool is_expired;
};

/* The order of an application that counts: the credited one, else the newest.
 * E_NOT_FOUND. */
MUST_USE enum err order_of(
    struct env *env, const char *application_id, struct order *out);

/* By number; E_NOT_FOUND. */
MUST_USE enum err order_get(
    struct env *env, const char *order_no, struct order *out);

/* The one of an application that can be paid, or could; E_NOT_FOUND. */
MUST_USE enum err order_open_of(
    struct env *env, const char *application_id, struct order *out);

/*
 * Inside db_tx: moves an order, compare-and-set on its version and state, and
 * writes down what happened. E_STATE when order_state.def has no such way,
 * when the actor may not, or when somebody else was faster.
 */
MUST_USE enum err order_move(
    struct env *env, const struct order *order, enum order_event event);

/* What happened, for order_history; order_move's part, and a new order's. */
MUST_USE enum err order_story_add(struct env *env, const char *order_no,
    int64_t version, enum order_event event, enum order_state to);

/* A move that is a transaction of its own: order_step in db_tx. */
struct order_step {
	struct env *env;
	const struct order *order;
	enum order_event event;
	const char *code_url; /* what the payer scans from now on, or NULL */
};
MUST_USE enum err order_step(void *step);

/* Inside db_tx: gives up the order of an application that is open, if any.
 * The worker closes it at its provider. */
MUST_USE enum err order_give_up(
    struct env *env, const char *application_id, enum order_event event);

/* An order that an applicant wants. */
struct order_wish {
	struct env *env;
	const struct application *app;
	const struct payment_provider *provider;
	bool switches;	      /* gives up another provider's open order */
	const char *order_no; /* of the new one, made before; id_make */
	const char *usable;   /* out: with E_DUPLICATE, the order to use */
};

/*
 * Inside db_tx, arg is a struct order_wish: adds an order, unless there is an
 * open one of that provider: E_DUPLICATE then, with its number in `usable`.
 * E_OTHER_ORDER: another provider's is open. E_STATE: not to be paid now.
 */
MUST_USE enum err order_add(void *wish);

/*
 * Has the provider make an order that it has not confirmed yet; nothing to do
 * for any other. E_PROVIDER and E_PROVIDER_UNKNOWN leave it as it was: it can
 * be tried again.
 */
MUST_USE enum err order_register(
    struct env *env, const struct application *app, struct order *order);

/*
 * Takes an order for one call to its provider, so that no other process calls
 * meanwhile; *is_ours tells whether it was free. A lease: it ends by itself.
 */
MUST_USE enum err order_claim(
    struct env *env, struct order *order, bool *is_ours);

/* Gives it back. */
MUST_USE enum err order_release(struct env *env, const struct order *order);

/* Wants the worker to ask the provider about an order that may be paid. */
MUST_USE enum err order_ask(struct env *env, const struct order *order);

/* What the payer scans, or NULL when there is nothing to be paid. */
const char *order_code(const struct order *order);

/* Adds an order's members to an object. */
void order_json(const struct order *order, struct json_object *o);

/* The CA支付 tab; NULL is no filter. */
struct order_filter {
	const char *status; /* "unpaid", "paid", "refunded" */
	const char *cursor; /* ids below it */
	int64_t limit;	    /* 1 to 100 */
};

/* {"items", "next"}; E_INVALID for a status that there is not. */
MUST_USE enum err order_list_json(
    struct env *env, const struct order_filter *filter, struct json_object *o);

/* Money that a provider says came; verified by it, not yet matched. */
struct order_money {
	struct env *env;
	const struct payment_provider *provider;
	const struct payment_fact *fact;
	/* Of the notice; NULL when we asked ourselves. */
	const char *event_id, *event_type;
};

/*
 * Settles it, in a transaction of its own: credited, or recorded as unmatched
 * for an administrator, or (when that transaction was settled before) nothing.
 * E_OK means that it need never be told again.
 */
MUST_USE enum err order_credit(const struct order_money *money);

/* Records a verified notice of another kind, in a transaction of its own. */
MUST_USE enum err order_note(struct env *env,
    const struct payment_provider *provider,
    const struct payment_notice *notice);

/*
 * One round of the worker: asks the providers about orders that are due,
 * credits, closes; and about closed ones until a provider has said, after the
 * time to watch, that nobody paid. A provider's trouble is logged and waits
 * for another round.
 */
MUST_USE enum err order_watch(struct env *env);
