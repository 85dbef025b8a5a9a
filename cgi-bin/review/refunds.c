/* 退款: what is under way, one of them, and asking for one of a case. */
#include "base/arena.h"
#include "domain/application.h"
#include "domain/refund.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

enum err
refunds_show(struct request *r)
{
	struct json_object *o = layout_new(r);

	TRY(refund_list_json(&r->env, request_query(r, "cursor"), o));
	money_rows_json(r->env.a, o, "open");
	money_rows_json(r->env.a, o, "over");
	layout_pager(r, "/admin/refunds", o);
	return respond_page(r, 200, "refunds", o);
}

static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r), *steps;

	TRY(refund_json(&r->env, r->param[0], o));
	money_row_json(r->env.a, o);
	steps = json_get(o, "steps");
	layout_times(r->env.a, steps, "at");
	json_flag(o, "can_decide",
	    r->env.who.role == ROLE_MANAGER && json_get_flag(o, "has_failed"));
	layout_field(r, json_list(o, "fields"),
	    &(struct layout_field){ .name = "opinion",
		.label = "为什么不再退款",
		.type = "area",
		.rows = 2 },
	    "");
	return layout_page(r, refused, "refund", o);
}

enum err
refund_page_show(struct request *r)
{
	return show(r, E_OK);
}

static enum err
decide(struct request *r, enum err (*work)(struct refund_decision *))
{
	struct refund_decision d = { .env = &r->env,
		.id = r->param[0],
		.opinion = layout_typed(r, "opinion") };
	struct refund there;
	enum err e;

	TRY(refund_get(&r->env, d.id, &there));
	TRY(layout_version(r, &d.version));
	e = work(&d);
	if (e != E_OK)
		return layout_can_show(e) ? show(r, e) : e;
	return respond_see_other(
	    r, arena_printf(r->env.a, "/admin/refunds/%s", d.id));
}

enum err
refund_take_again(struct request *r)
{
	return decide(r, refund_again);
}

enum err
refund_take_drop(struct request *r)
{
	return decide(r, refund_give_up);
}

/* -- of a case -- */

static void
fields_json(struct request *r, struct json_object *o)
{
	struct json_object *list = json_list(o, "fields");

	layout_field(r, list,
	    &(struct layout_field){ .name = "amount",
		.label = "退款金额（元）",
		.help =
		    "全额退款后申请即告终止；只退一部分的，申请照常办理。" },
	    json_get_str(o, "left"));
	layout_reason(r, list, "原因");
}

static enum err
show_case(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);
	struct application app;
	int64_t left = 0;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(refund_left_json(&r->env, app.id, o));
	TRY(refund_case_json(&r->env, app.id, o));
	money_rows_json(r->env.a, o, "refunds");
	json_str(o, "application_id", app.id);
	json_str(o, "batch_no", app.batch_no);
	json_str(o, "unit", app.value[FIELD_APPLICANT_UNIT]);
	json_str(o, "state", state_row(app.state)->word);
	json_str(o, "state_title", state_row(app.state)->title);
	layout_yuan(r->env.a, o, "paid");
	layout_yuan(r->env.a, o, "left");
	json_get_int(o, "left_fen", &left);
	json_flag(o, "is_open",
	    app.state == STATE_PAID || app.state == STATE_COMPLETED);
	json_flag(o, "can_ask",
	    r->env.who.role == ROLE_MANAGER && left > 0 &&
		json_get_flag(o, "is_open") &&
		!json_get_flag(o, "has_invoice"));
	json_flag(o, "needs_second", r->env.cfg->four_eyes != 0);
	fields_json(r, o);
	return layout_page(r, refused, "case-refund", o);
}

enum err
case_refund_show(struct request *r)
{
	return show_case(r, E_OK);
}

enum err
case_take_refund(struct request *r)
{
	struct refund_ask ask = { .env = &r->env,
		.application_id = r->param[0],
		.amount = layout_typed(r, "amount"),
		.reason = layout_typed(r, "reason") };
	enum err e = refund_ask(&ask);

	if (e != E_OK)
		return layout_can_show(e) ? show_case(r, e) : e;
	return respond_see_other(
	    r, arena_printf(r->env.a, "/admin/refunds/%s", ask.refund_id));
}
