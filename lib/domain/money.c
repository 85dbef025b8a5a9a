#include "domain/money.h"

#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "base/word.h"
#include "domain/keyset.h"
#include "domain/ledger.h"
#include "domain/sql.h"
#include "format/json.h"
#include "provider/payment.h"

enum { PAGE = 50 };

/* Why it fits no order, for people. */
static const char *
reason_title(const char *reason)
{
	static const struct word reasons[] = {
		{ "other_merchant", "不是本商户的收款" },
		{ "unknown_order", "没有这个订单" },
		{ "refunded", "平台上已经退款" },
		{ "other_currency", "币种不符" },
		{ "other_amount", "金额不符" },
		{ "cancelled", "申请已取消" },
		{ "paid_twice", "重复缴费" },
		{ "wrong_state", "申请不在待缴费状态" },
	};

	return word_title(reasons, COUNT(reasons), reason);
}

const char *
money_problem_title(const char *word)
{
	static const struct word problems[] = {
		{ "ABNORMAL",
		    "退款异常：付款人的卡或账户不能收款，请到支付平台的商户后台处理" },
		{ "CLOSED",
		    "支付平台关闭了这笔退款，重新退款时会换一个退款单号" },
		{ "NOT_ENOUGH", "商户账户余额不足，请充值后重新退款" },
		{ "ACQ.SELLER_BALANCE_NOT_ENOUGH",
		    "商户账户余额不足，请充值后重新退款" },
		{ "ACQ.TRADE_HAS_FINISHED", "交易已过可退款的期限" },
		{ "USER_ACCOUNT_ABNORMAL", "付款人的账户异常" },
	};

	return word_title(problems, COUNT(problems), word);
}

static struct unmatched
of_row(const struct cell *c)
{
	return (struct unmatched){ .id = c[0].s,
		.provider = c[1].s,
		.event_type = c[2].s,
		.order_no = c[3].s,
		.transaction_id = c[4].s,
		.reason = c[5].s,
		.amount_fen = c[6].i,
		.received_at = c[7].i,
		.application_id = c[8].s,
		.refund_id = c[9].s,
		.refund_state = c[10].s,
		.is_settled = c[11].s != NULL,
		.opinion = c[11].s,
		.settled_by = c[12].s,
		.settled_at = c[13].i };
}

enum err
money_unmatched_get(struct env *env, const char *id, struct unmatched *out)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_UNMATCHED_GET, &c, ARGS(S(id))));
	*out = of_row(c);
	return E_OK;
}

bool
money_is_refundable(const struct unmatched *m)
{
	return m->amount_fen > 0 && ledger_takes(m->reason) &&
	       strcmp(m->reason, "refunded") != 0;
}

static void
row_json(const struct unmatched *m, struct json_object *o)
{
	json_str(o, "id", m->id);
	json_str(o, "provider", payment_title(m->provider));
	json_str(o, "event_type", m->event_type);
	json_str(o, "order_no", m->order_no);
	json_str(o, "transaction_id", m->transaction_id);
	json_str(o, "reason", reason_title(m->reason));
	if (m->amount_fen > 0)
		json_int(o, "amount_fen", m->amount_fen);
	json_time(o, "received_at", m->received_at);
	json_str(o, "application_id", m->application_id);
	json_str(o, "refund_id", m->refund_id);
	json_str(o, "opinion", m->opinion);
	json_str(o, "settled_by", m->settled_by);
	json_time(o, "settled_at", m->settled_at);
	json_str(o, "outcome",
	    m->refund_id == NULL ? m->is_settled ? "另行处理" : NULL
	    : strcmp(m->refund_state, "done") == 0 ? "已退款"
						   : "退款中");
}

static void
rows_json(const struct rows *rows, size_t n, struct json_object *list)
{
	for (size_t i = 0; i < n; i++) {
		struct unmatched m = of_row(&CELL(rows, i, 0));

		row_json(&m, json_item(list));
	}
}

enum err
money_unmatched_json(struct env *env, const char *cursor, struct json_object *o)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_UNMATCHED_WAITING, &rows, ARGS()));
	rows_json(&rows, rows.n, json_list(o, "waiting"));
	TRY(db_all(env->db, env->a, SQL_UNMATCHED_OVER, &rows,
	    ARGS(S(cursor != NULL ? cursor : "~"))));
	rows_json(
	    &rows, keyset_by_id(&rows, PAGE, 0, o), json_list(o, "notices"));
	return E_OK;
}

/* -- settled in another way -- */

static bool
is_open(const struct unmatched *m)
{
	return !m->is_settled && m->refund_id == NULL;
}

enum err
money_notice_json(struct env *env, const char *id, struct json_object *o)
{
	const char *waiting;
	struct unmatched m;

	TRY(money_unmatched_get(env, id, &m));
	row_json(&m, o);
	TRY(confirmation_of(env, CONFIRM_SETTLEMENT, m.id, &waiting));
	json_str(o, "confirmation_id", waiting);
	json_flag(o, "is_open", is_open(&m) && waiting == NULL);
	json_flag(o, "is_refundable", money_is_refundable(&m));
	return E_OK;
}

enum err
money_settle_ask(struct env *env, const char *id, const char *opinion,
    const char **confirmation_id)
{
	struct confirmation_ask ask = { .env = env,
		.kind = CONFIRM_SETTLEMENT,
		.payload = json_object_in(env->a),
		.reason = opinion };
	struct unmatched m;

	TRY(money_unmatched_get(env, id, &m));
	if (!is_open(&m))
		return FAIL(E_STATE, "decided already");
	ask.subject = m.id;
	json_str(ask.payload, "notice", m.id);
	json_str(ask.payload, "transaction_id", m.transaction_id);
	json_str(ask.payload, "why", m.reason);
	json_int(ask.payload, "amount_fen", m.amount_fen);
	json_str(ask.payload, "opinion", opinion);
	TRY(confirmation_ask(&ask));
	*confirmation_id = ask.id;
	return E_OK;
}

enum err
money_settle_apply(struct env *env, struct json_object *of, const char *hash)
{
	struct unmatched m;
	enum err e;

	(void)hash;
	TRY(money_unmatched_get(env, confirmation_text(of, "notice"), &m));
	if (!is_open(&m))
		return FAIL(E_STATE, "decided already");
	e = db_change(env->db, SQL_SETTLEMENT_ADD,
	    ARGS(S(m.id), S(confirmation_text(of, "opinion")), S(env->who.id),
		S(m.id)));
	return e == E_DUPLICATE ? FAIL(E_STATE, "decided already") : e;
}

void
money_settle_show(
    struct arena *a, struct json_object *of, struct json_object *facts)
{
	int64_t fen = 0;

	json_get_int(of, "amount_fen", &fen);
	confirmation_fact(
	    facts, "平台流水号", confirmation_text(of, "transaction_id"));
	confirmation_fact(
	    facts, "未对上的原因", reason_title(confirmation_text(of, "why")));
	confirmation_fact(
	    facts, "金额", arena_printf(a, "%s 元", num_yuan_text(a, fen)));
}
