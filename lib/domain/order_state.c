/* The life of an order, as order_state.def has it. */
#include "domain/audit.h"
#include "domain/order.h"
#include "domain/sql.h"

#define MACHINE_DEF	    "domain/order_state.def"
#define MACHINE_STATE(name) ORDER_##name
#define MACHINE_EVENT(name) ORDER_EVENT_##name
#include "domain/machine_tables.def"

const struct machine order_machine = { .name = "order",
	MACHINE_TABLES,
	.birth = {
	    .event = ORDER_EVENT_CREATE,
	    .by = ROLE_APPLICANT,
	    .to = ORDER_CREATED,
	} };

enum err
order_story_add(struct env *env, const char *order_no, int64_t version,
    enum order_event event, enum order_state to)
{
	return db_exec(env->db, SQL_ORDER_HISTORY_ADD,
	    ARGS(S(order_no), I(version), S(events[event].word),
		S(states[to].word), S(role_name(env->who.role)),
		S(env->who.id)));
}

enum err
order_move(struct env *env, const struct order *order, enum order_event event)
{
	const struct machine_move *move;
	const char *to;

	TRY(machine_take(&order_machine, (int)order->state, (int)event,
	    env->who.role, &move));
	to = states[move->to].word;
	TRY(db_change(env->db, SQL_ORDER_MOVE,
	    ARGS(S(to), S(to), S(to), S(to), S(order->order_no),
		I(order->version), S(states[order->state].word))));
	return order_story_add(env, order->order_no, order->version + 1, event,
	    (enum order_state)move->to);
}

/* What an audit row calls it. */
static const char *
audit_word(enum order_event event)
{
	return event == ORDER_EVENT_REGISTER ? "order_opened"
	       : event == ORDER_EVENT_EXPIRE ? "order_expired"
					     : "order_closed";
}

enum err
order_step(void *arg)
{
	const struct order_step *s = arg;

	TRY(order_move(s->env, s->order, s->event));
	if (s->code_url != NULL)
		TRY(db_exec(s->env->db, SQL_ORDER_CODE,
		    ARGS(S(s->code_url), S(s->order->order_no))));
	return audit_add(s->env, audit_word(s->event), s->order->application_id,
	    s->order->order_no);
}

enum err
order_give_up(
    struct env *env, const char *application_id, enum order_event event)
{
	struct order open;
	enum err e = order_open_of(env, application_id, &open);

	if (e == E_NOT_FOUND)
		return E_OK;
	TRY(e);
	e = order_move(env, &open, event);
	return e == E_STATE ? FAIL(E_BUSY, "the order has changed") : e;
}
