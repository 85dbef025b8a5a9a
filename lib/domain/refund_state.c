/* The rows of refunds, and the ways that they take. */
#include "domain/refund.h"
#include "domain/sql.h"

#define MACHINE_DEF	    "domain/refund_state.def"
#define MACHINE_STATE(name) REFUND_STATE_##name
#define MACHINE_EVENT(name) REFUND_EVENT_##name
#include "domain/machine_tables.def"

const struct machine refund_machine = { .name = "refund",
	MACHINE_TABLES,
	.birth = {
	    .event = REFUND_EVENT_REQUEST,
	    .by = ROLE_MANAGER | ROLE_WORKER,
	    .to = REFUND_STATE_REQUESTED,
	} };

struct refund
refund_of_row(const struct cell *c)
{
	return (struct refund){ .id = c[0].s,
		.application_id = c[1].s,
		.payment_id = c[2].s,
		.notice_id = c[3].s,
		.amount_fen = c[4].i,
		.state =
		    (enum refund_state)machine_state(&refund_machine, c[5].s),
		.version = c[6].i,
		.reason = c[7].s,
		.requested_by = c[8].s,
		.refund_no = c[9].s,
		.provider = c[10].s,
		.transaction_id = c[11].s,
		.total_fen = c[12].i,
		.order_no = c[13].s,
		.rule = c[14].s,
		.problem = c[15].s,
		.attempts = c[16].i,
		.created_at = c[17].i,
		.done_at = c[18].i,
		.provider_refund_id = c[19].s,
		.batch_no = c[20].s,
		.unit = c[21].s,
		.asked_by = c[22].s };
}

enum err
refund_get(struct env *env, const char *id, struct refund *out)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_REFUND_GET, &c, ARGS(S(id))));
	*out = refund_of_row(c);
	return E_OK;
}

static enum err
story_add(struct env *env, const char *id, int64_t version,
    enum refund_event event, enum refund_state to, const char *note)
{
	return db_exec(env->db, SQL_REFUND_HISTORY_ADD,
	    ARGS(S(id), I(version), S(events[event].word), S(states[to].word),
		S(role_name(env->who.role)), S(env->who.id), S(note)));
}

enum err
refund_move(struct env *env, const struct refund *r, enum refund_event event,
    const char *note)
{
	bool has_failed = event == REFUND_EVENT_FAIL;
	const struct machine_move *move;
	const char *to;

	TRY(machine_take(
	    &refund_machine, (int)r->state, (int)event, env->who.role, &move));
	to = states[move->to].word;
	TRY(db_change(env->db, SQL_REFUND_MOVE,
	    ARGS(S(to), S(to), S(to), S(to), S(has_failed ? note : ""),
		S(r->id), I(r->version), S(states[r->state].word))));
	return story_add(env, r->id, r->version + 1, event,
	    (enum refund_state)move->to, note);
}

enum err
refund_add(struct env *env, const struct refund_new *n)
{
	TRY(db_change(env->db, SQL_REFUND_ADD,
	    ARGS(S(n->id), S(n->payment_id), S(n->notice_id),
		S(n->application_id), I(n->amount_fen), S(n->reason),
		S(env->who.id), S(n->rule), S(n->notice_id))));
	return story_add(env, n->id, 1, REFUND_EVENT_REQUEST,
	    REFUND_STATE_REQUESTED, n->reason);
}
