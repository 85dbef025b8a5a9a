/* The worker's part: orders that the provider is asked about, and closed. */

#include "domain/order.h"
#include "domain/payment_turn.h"
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
		return db_exec(env->db, SQL_ORDER_WATCH,
		    ARGS(I(env->cfg->order_watch_hours), S(order->order_no),
			I(order->version)));
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
watch(const struct payment_turn *t, const char *order_no)
{
	struct env *env = t->env;
	struct order order;
	bool is_ours;
	enum err e;

	TRY(order_get(env, order_no, &order));
	TRY(order_claim(env, &order, &is_ours));
	if (!is_ours)
		return E_OK;
	e = settle(env, t->provider, &order);
	if (payment_is_trouble(e)) {
		struct fault why = *err_fault();

		TRY(order_release(env, &order));
		return err_again(&why);
	}
	return e;
}

static enum err
watch_all(struct payment_turn *t)
{
	static const struct payment_work asking = { "order", watch };
	int64_t every = t->env->cfg->order_query_seconds;
	const char *name = t->provider->name;

	TRY(payment_turn_take(
	    t, &asking, SQL_ORDER_DUE, ARGS(S(name), I(every))));
	if (every < WATCH_SECONDS)
		every = WATCH_SECONDS;
	return payment_turn_take(
	    t, &asking, SQL_ORDER_WATCHED, ARGS(S(name), I(every)));
}

enum err
order_watch(struct env *env)
{
	for (size_t i = 0; payment_providers[i] != NULL; i++) {
		struct payment_turn t = { .env = env,
			.provider = payment_providers[i] };

		TRY(watch_all(&t));
	}
	return E_OK;
}
