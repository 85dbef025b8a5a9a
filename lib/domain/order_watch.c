/* The worker's part: orders that the provider is asked about, and closed. */
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "domain/order.h"
#include "domain/sql.h"

/* Late money for a closed order is rare: it is asked about more seldom. */
enum { WATCH_SECONDS = 600 };

static enum err
step(struct env *env, const struct order *order, enum order_event event)
{
	struct order_step s = { .env = env, .order = order, .event = event };

	return db_tx(env->db, order_step, &s);
}

static enum err
closed_there(struct env *env, const struct order *order)
{
	enum err e;

	if (order->state == ORDER_CLOSED)
		return order_release(env, order);
	e = step(env, order, ORDER_EVENT_CLOSE);
	/* A notice was faster: it is paid. */
	return e == E_STATE ? E_OK : e;
}

/* Nobody has paid: an order whose time is over is given up, and what is given
 * up is closed there. */
static enum err
close_there(
    struct env *env, const struct payment_provider *p, struct order *order)
{
	if (order->state == ORDER_CREATED || order->state == ORDER_OPEN) {
		enum err e = step(env, order, ORDER_EVENT_EXPIRE);

		if (e == E_STATE)
			return E_OK;
		TRY(e);
		TRY(order_get(env, order->order_no, order));
	}
	TRY(p->close(env->a, order->order_no));
	return closed_there(env, order);
}

/* Asks, and does what follows from the answer; the order is claimed. */
static enum err
settle(struct env *env, const struct payment_provider *p, struct order *order)
{
	struct payment_fact fact;
	struct order_money money = { .env = env, .provider = p, .fact = &fact };

	TRY(p->query(env->a, order->order_no, &fact));
	switch (fact.state) {
	case PAYMENT_PAID:
	case PAYMENT_REFUNDED:
		return order_credit(&money);
	case PAYMENT_CLOSED:
		return closed_there(env, order);
	case PAYMENT_UNPAID:
		break;
	}
	if ((order->state == ORDER_CREATED || order->state == ORDER_OPEN) &&
	    !order->is_expired)
		return order_release(env, order);
	return close_there(env, p, order);
}

static enum err
watch(struct env *env, const char *order_no)
{
	const struct payment_provider *p;
	struct order order;
	bool is_ours;
	enum err e;

	TRY(order_get(env, order_no, &order));
	TRY(order_claim(env, &order, &is_ours));
	if (!is_ours)
		return E_OK;
	if ((p = payment_provider(order.provider)) == NULL)
		return FAIL(E_PROVIDER, "no provider %s", order.provider);
	e = settle(env, p, &order);
	if (e == E_PROVIDER || e == E_PROVIDER_UNKNOWN) {
		struct fault why = *err_fault();

		TRY(order_release(env, &order));
		return err_set(e, why.file, why.line, "%s", why.cause);
	}
	return e;
}

/*
 * Stops at a provider's trouble, so that a round is not many time-outs long;
 * what was asked about is not due again at once, so the others get their turn.
 */
static enum err
watch_all(struct env *env, const struct rows *due)
{
	for (size_t r = 0; r < due->n; r++) {
		const char *order_no = CELL(due, r, 0).s;
		enum err e = watch(env, order_no);

		if (e == E_PROVIDER || e == E_PROVIDER_UNKNOWN) {
			log_fault(LOG_WARN, "provider", "order", order_no);
			return E_OK;
		}
		TRY(e);
	}
	return E_OK;
}

enum err
order_watch(struct env *env)
{
	int64_t every = env->cfg->order_query_seconds;
	struct rows due;

	TRY(db_all(env->db, env->a, SQL_ORDER_DUE, &due, ARGS(I(every))));
	TRY(watch_all(env, &due));
	if (every < WATCH_SECONDS)
		every = WATCH_SECONDS;
	TRY(db_all(env->db, env->a, SQL_ORDER_WATCHED, &due,
	    ARGS(I(env->cfg->order_watch_hours), I(every))));
	return watch_all(env, &due);
}
