/* 收款异常: money that a provider told of and nobody could place, and what is
 * decided on it. */
#include "domain/money.h"
#include "base/arena.h"
#include "domain/refund.h"
#include "format/json.h"
#include "review/confirmations.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

void
money_row_json(struct arena *a, struct json_object *item)
{
	static const char *const times[] = { "received_at", "settled_at",
		"created_at", "done_at" };

	for (size_t i = 0; i < COUNT(times); i++)
		layout_time(a, item, times[i]);
	layout_yuan(a, item, "amount");
	layout_yuan(a, item, "total");
}

void
money_rows_json(struct arena *a, struct json_object *o, const char *name)
{
	struct json_object *list = json_get(o, name);

	for (size_t i = 0; i < json_count(list); i++)
		money_row_json(a, json_at(list, i));
	json_flag(o, arena_printf(a, "has_%s", name), json_count(list) > 0);
}

enum err
money_show(struct request *r)
{
	struct json_object *o = layout_new(r);

	TRY(money_unmatched_json(&r->env, request_query(r, "cursor"), o));
	money_rows_json(r->env.a, o, "waiting");
	money_rows_json(r->env.a, o, "notices");
	layout_pager(r, "/admin/money", o);
	return respond_page(r, 200, "money", o);
}

static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);

	TRY(money_notice_json(&r->env, r->param[0], o));
	money_row_json(r->env.a, o);
	json_flag(o, "can_decide",
	    r->env.who.role == ROLE_MANAGER && json_get_flag(o, "is_open"));
	json_flag(o, "needs_second", r->env.cfg->four_eyes != 0);
	layout_reason(r, json_list(o, "refund_fields"), "退款原因");
	layout_reason(r, json_list(o, "settle_fields"), "处理说明");
	return layout_page(r, refused, "money-notice", o);
}

enum err
money_notice_show(struct request *r)
{
	return show(r, E_OK);
}

enum err
money_take_refund(struct request *r)
{
	struct refund_ask ask = { .env = &r->env,
		.notice_id = r->param[0],
		.reason = layout_typed(r, "reason") };
	enum err e = refund_ask(&ask);

	if (e != E_OK)
		return layout_can_show(e) ? show(r, e) : e;
	return respond_see_other(
	    r, arena_printf(r->env.a, "/admin/refunds/%s", ask.refund_id));
}

enum err
money_take_settle(struct request *r)
{
	const char *id;
	enum err e = money_settle_ask(
	    &r->env, r->param[0], layout_typed(r, "reason"), &id);

	if (e != E_OK)
		return layout_can_show(e) ? show(r, e) : e;
	return confirmation_see(r, id);
}
