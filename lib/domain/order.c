/* The life of an order up to the code that the payer scans. */
#include "domain/order.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/audit.h"
#include "domain/keyset.h"
#include "domain/sql.h"
#include "format/json.h"

/* How long a second caller waits for the first one's answer. */
enum { WAITS = 80, WAIT_MS = 50 };

static enum err
load(struct env *env, enum sql stmt, const char *key, struct order *out)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, stmt, &c, ARGS(S(key))));
	*out = (struct order){ .order_no = c[0].s,
		.provider = c[1].s,
		.state =
		    (enum order_state)machine_state(&order_machine, c[2].s),
		.amount_fen = c[3].i,
		.expires_at = c[4].i,
		.code_url = c[5].s,
		.created_at = c[6].i,
		.application_id = c[7].s,
		.version = c[8].i,
		.currency = c[9].s,
		.is_expired = c[10].i != 0 };
	return E_OK;
}

enum err
order_of(struct env *env, const char *application_id, struct order *out)
{
	return load(env, SQL_ORDER_OF, application_id, out);
}

enum err
order_get(struct env *env, const char *order_no, struct order *out)
{
	return load(env, SQL_ORDER_GET, order_no, out);
}

enum err
order_open_of(struct env *env, const char *application_id, struct order *out)
{
	return load(env, SQL_ORDER_OPEN_OF, application_id, out);
}

/* Makes room for a new order, or says why there is none. */
static enum err
give_up_open(struct order_wish *w)
{
	struct env *env = w->env;
	struct order old;
	enum err e = order_open_of(env, w->app->id, &old);

	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	if (!old.is_expired && strcmp(old.provider, w->provider->name) == 0) {
		w->usable = old.order_no;
		return FAIL(E_DUPLICATE, "an order is open");
	}
	if (!old.is_expired && !w->switches)
		return FAIL(E_OTHER_ORDER, "%s", old.provider);
	e = order_move(env, &old,
	    old.is_expired ? ORDER_EVENT_EXPIRE : ORDER_EVENT_SWITCH);
	return e == E_STATE ? FAIL(E_BUSY, "the order has changed") : e;
}

/* The fee as it was frozen at the last submit. */
static enum err
frozen_fee(const struct application *app, int64_t *out)
{
	const char *fee = app->value[FIELD_FEE_FEN];

	if (fee == NULL || !num_int(fee, 1, INT64_MAX, out))
		return FAIL(E_INTERNAL, "an approved case without a fee");
	return E_OK;
}

/* Whole seconds: a provider must be told the same again on every try. */
static int64_t
expiry(const struct config *cfg)
{
	int64_t t = clock_now() + cfg->order_minutes * 60 * CLOCK_SECOND;

	return t - t % CLOCK_SECOND;
}

enum err
order_add(void *wish)
{
	struct order_wish *w = wish;
	const struct application *app = w->app;
	struct env *env = w->env;
	int64_t fee;

	w->usable = NULL;
	TRY(db_change(
	    env->db, SQL_CASE_TO_PAY, ARGS(S(app->id), I(app->version))));
	TRY(give_up_open(w));
	TRY(frozen_fee(app, &fee));
	TRY(db_exec(env->db, SQL_ORDER_ADD,
	    ARGS(S(w->order_no), S(app->id), S(w->provider->name), I(fee),
		S(env->who.id), T(expiry(env->cfg)))));
	TRY(order_story_add(
	    env, w->order_no, 1, ORDER_EVENT_CREATE, ORDER_CREATED));
	return audit_add(env, "order", app->id,
	    arena_printf(env->a, "%s %s %lld fen", w->provider->name,
		w->order_no, (long long)fee));
}

enum err
order_claim(struct env *env, struct order *order, bool *is_ours)
{
	TRY(db_exec(env->db, SQL_ORDER_CLAIM,
	    ARGS(S(order->order_no), I(order->version))));
	*is_ours = db_changed(env->db) == 1;
	order->version += *is_ours ? 1 : 0;
	return E_OK;
}

enum err
order_release(struct env *env, const struct order *order)
{
	return db_exec(env->db, SQL_ORDER_RELEASE,
	    ARGS(S(order->order_no), I(order->version)));
}

/* The call itself, outside any transaction; the order is claimed. */
static enum err
create_there(
    struct env *env, const struct application *app, struct order *order)
{
	const struct payment_provider *p = payment_provider(order->provider);
	struct payment_order there = {
		.order_no = order->order_no,
		.description =
		    arena_printf(env->a, "CA锁办理费 %s", app->batch_no),
		.amount_fen = order->amount_fen,
		.expires_at = order->expires_at,
	};
	struct order_step opened = {
		.env = env, .order = order, .event = ORDER_EVENT_REGISTER
	};
	enum err e;

	if (p == NULL)
		return FAIL(E_INTERNAL, "no provider %s", order->provider);
	e = p->create(env->a, &there, &opened.code_url);
	if (e != E_OK) {
		struct fault why = *err_fault();

		TRY(order_release(env, order));
		return err_again(&why);
	}
	/* Paid or given up meanwhile: then that stays. */
	e = db_tx(env->db, order_step, &opened);
	if (e != E_STATE)
		TRY(e);
	return order_get(env, order->order_no, order);
}

enum err
order_register(
    struct env *env, const struct application *app, struct order *order)
{
	bool is_ours;

	for (int i = 0; i < WAITS && order->state == ORDER_CREATED; i++) {
		TRY(order_claim(env, order, &is_ours));
		if (is_ours)
			return create_there(env, app, order);
		/* Two calls would make two codes, of which one is dead. */
		clock_pause(WAIT_MS);
		TRY(order_get(env, order->order_no, order));
	}
	if (order->state == ORDER_CREATED)
		return FAIL(E_PROVIDER_UNKNOWN, "somebody else is calling");
	return E_OK;
}

enum err
order_ask(struct env *env, const struct order *order)
{
	return db_exec(env->db, SQL_ORDER_ASK, ARGS(S(order->order_no)));
}

const char *
order_code(const struct order *order)
{
	return order->state == ORDER_OPEN && !order->is_expired
		   ? order->code_url
		   : NULL;
}

void
order_json(const struct order *order, struct json_object *o)
{
	json_str(o, "order_no", order->order_no);
	json_str(o, "provider", order->provider);
	json_int(o, "amount_fen", order->amount_fen);
	json_str(o, "code_url", order_code(order));
	json_time(o, "expires_at", order->expires_at);
	json_str(o, "status", order_machine.state[order->state].word);
}

/* How an application stands with its fee: the filter's words. */
static const char *const fee_words[] = { "unpaid", "paid", "refunded" };

static const char *
fee_word(enum state state)
{
	return fee_words[state == STATE_APPROVED   ? 0
			 : state == STATE_REFUNDED ? 2
						   : 1];
}

static enum err
check_status(struct env *env, const char *status)
{
	for (size_t i = 0; i < COUNT(fee_words); i++)
		if (status == NULL || strcmp(status, fee_words[i]) == 0)
			return E_OK;
	problem_add(&env->errors, "status", "option",
	    "支付状态请选择 unpaid（待支付）、paid（已支付）或 "
	    "refunded（已退款）。");
	return FAIL(E_INVALID, "status");
}

static void
item_json(const struct cell *c, struct json_object *o)
{
	enum state state = state_by_word(c[5].s);

	json_str(o, "application_id", c[0].s);
	json_str(o, "batch_no", c[1].s);
	json_str(o, "project_name", c[2].s);
	json_str(o, "category", c[3].s);
	json_int(o, "fee_fen", c[4].i);
	json_str(o, "state", state_row(state)->word);
	json_str(o, "state_title", state_row(state)->title);
	json_str(o, "status", fee_word(state));
	json_time(o, "created_at", c[6].i);
	json_time(o, "paid_at", c[7].i);
	json_str(o, "order_no", c[8].s);
	json_str(o, "provider", c[9].s);
	json_str(o, "order_status", c[10].s);
	if (c[11].is_null)
		json_null(o, "amount_fen");
	else
		json_int(o, "amount_fen", c[11].i);
}

enum err
order_list_json(
    struct env *env, const struct order_filter *f, struct json_object *o)
{
	struct json_object *items = json_list(o, "items");
	struct rows rows;
	size_t n;

	TRY(check_status(env, f->status));
	TRY(db_all(env->db, env->a, SQL_ORDER_LIST, &rows,
	    ARGS(S(env->who.unit_id), S(f->cursor != NULL ? f->cursor : "~"),
		S(f->status), S(f->status), I(f->limit + 1))));
	n = keyset_by_id(&rows, (size_t)f->limit, 0, o);
	for (size_t r = 0; r < n; r++)
		item_json(&CELL(&rows, r, 0), json_item(items));
	return E_OK;
}
