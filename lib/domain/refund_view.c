/* How refunds are shown to the office. */
#include <string.h>

#include "domain/keyset.h"
#include "domain/money.h"
#include "domain/refund.h"
#include "domain/sql.h"
#include "format/json.h"
#include "provider/payment.h"

enum { PAGE = 50 };

static void
row_json(const struct refund *r, struct json_object *o)
{
	const struct word *state = &refund_machine.state[r->state];

	json_str(o, "id", r->id);
	json_str(o, "application_id", r->application_id);
	json_str(o, "notice_id", r->notice_id);
	json_str(o, "batch_no", r->batch_no);
	json_str(o, "unit", r->unit);
	json_int(o, "amount_fen", r->amount_fen);
	json_int(o, "total_fen", r->total_fen);
	json_str(o, "state", state->word);
	json_str(o, "state_title", state->title);
	json_int(o, "version", r->version);
	json_str(o, "reason", r->reason);
	json_str(o, "asked_by", r->asked_by);
	json_str(o, "provider", payment_title(r->provider));
	json_str(o, "transaction_id", r->transaction_id);
	json_str(o, "order_no", r->order_no);
	json_str(o, "refund_no", r->refund_no);
	json_str(o, "provider_refund_id", r->provider_refund_id);
	json_str(o, "problem",
	    *r->problem != '\0' ? money_problem_title(r->problem) : NULL);
	json_time(o, "created_at", r->created_at);
	json_time(o, "done_at", r->done_at);
}

static void
rows_json(const struct rows *rows, size_t n, struct json_object *list)
{
	for (size_t i = 0; i < n; i++) {
		struct refund r = refund_of_row(&CELL(rows, i, 0));

		row_json(&r, json_item(list));
	}
}

enum err
refund_list_json(struct env *env, const char *cursor, struct json_object *o)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_REFUNDS_OPEN, &rows, ARGS()));
	rows_json(&rows, rows.n, json_list(o, "open"));
	TRY(db_all(env->db, env->a, SQL_REFUNDS_OVER, &rows,
	    ARGS(S(cursor != NULL ? cursor : "~"))));
	rows_json(&rows, keyset_by_id(&rows, PAGE, 0, o), json_list(o, "over"));
	return E_OK;
}

enum err
refund_case_json(
    struct env *env, const char *application_id, struct json_object *o)
{
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_REFUNDS_OF_CASE, &rows,
	    ARGS(S(application_id))));
	rows_json(&rows, rows.n, json_list(o, "refunds"));
	return E_OK;
}

static enum err
steps_json(struct env *env, const struct refund *r, struct json_object *o)
{
	struct json_object *list = json_list(o, "steps");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_REFUND_STORY, &rows, ARGS(S(r->id))));
	for (size_t i = 0; i < rows.n; i++) {
		const struct cell *c = &CELL(&rows, i, 0);
		struct json_object *item = json_item(list);

		json_str(item, "title",
		    word_title(
			refund_machine.event, refund_machine.events, c[0].s));
		json_str(item, "by", c[3].s != NULL ? c[3].s : "系统");
		json_str(item, "note",
		    strcmp(c[1].s, "failed") == 0 ? money_problem_title(c[4].s)
						  : c[4].s);
		json_time(item, "at", c[5].i);
	}
	return E_OK;
}

enum err
refund_json(struct env *env, const char *id, struct json_object *o)
{
	const char *waiting;
	struct refund r;

	TRY(refund_get(env, id, &r));
	row_json(&r, o);
	TRY(confirmation_of(env, CONFIRM_REFUND, r.id, &waiting));
	json_str(o, "confirmation_id", waiting);
	json_flag(o, "has_failed", r.state == REFUND_STATE_FAILED);
	json_flag(o, "is_loose", refund_is_loose(&r));
	json_flag(o, "needs_new_number", strcmp(r.problem, "CLOSED") == 0);
	return steps_json(env, &r, o);
}

/* What comes first of an invoice that is live, by its state. */
static const char *
invoice_before_refund(const char *state)
{
	static const struct {
		const char *state, *advice;
	} rows[] = {
		{ "requested", "待开具的发票，请先由制证员作废" },
		{ "sent", "正在开具的发票，请等开具完成后红冲" },
		{ "issued", "已开具的发票，请先红冲" },
		{ "reversing", "正在红冲的发票，请等红冲完成" },
		{ "red_failed", "没有红冲成功的发票，请先处理" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].state, state) == 0)
			return rows[i].advice;
	return "还有效的发票，请先红冲或作废";
}

enum err
refund_left_json(
    struct env *env, const char *application_id, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(
	    env->db, env->a, SQL_REFUND_PAYMENT, &c, ARGS(S(application_id))));
	json_int(o, "paid_fen", c[1].i);
	json_int(o, "left_fen", c[1].i - c[3].i);
	json_flag(o, "has_invoice", c[4].s != NULL);
	json_str(o, "invoice_id", c[5].s);
	json_str(o, "invoice_advice",
	    c[4].s != NULL ? invoice_before_refund(c[4].s) : NULL);
	return E_OK;
}
