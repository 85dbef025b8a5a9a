/* 收费标准: what is in force, was and will be; a new one is asked for. */
#include <string.h>

#include "base/arena.h"
#include "domain/confirmation.h"
#include "domain/fee.h"
#include "domain/field.h"
#include "format/json.h"
#include "review/confirmations.h"
#include "review/handlers.h"
#include "review/layout.h"

static void
options_json(struct json_object *select, enum field f)
{
	size_t n;
	const struct option_row *option = field_options(&n);

	for (size_t i = 0; i < n; i++)
		if (option[i].field == f)
			layout_field_option(
			    select, option[i].value, option[i].label);
}

/* Which fee it is to be. */
static void
which_json(struct request *r, struct json_object *list)
{
	struct json_object *select;

	select = layout_field(r, list,
	    &(struct layout_field){
		.name = "category", .label = "办理类别", .type = "select" },
	    "");
	options_json(select, FIELD_CATEGORY);
	select = layout_field(r, list,
	    &(struct layout_field){
		.name = "business", .label = "办理业务", .type = "select" },
	    "");
	options_json(select, FIELD_BUSINESS);
	select = layout_field(r, list,
	    &(struct layout_field){
		.name = "years", .label = "办理年限", .type = "select" },
	    "");
	for (int y = 1; y <= 5; y++)
		layout_field_option(select, arena_printf(r->env.a, "%d", y),
		    arena_printf(r->env.a, "%d 年", y));
}

static void
fields_json(struct request *r, struct json_object *o)
{
	struct json_object *list = json_list(o, "fields");

	which_json(r, list);
	layout_field(r, list,
	    &(struct layout_field){ .name = "fee",
		.label = "费用（元）",
		.help = "如 450 或 450.50。" },
	    "");
	layout_field(r, list,
	    &(struct layout_field){ .name = "valid_from",
		.label = "生效日期",
		.help =
		    "现行收费最早从明天起变更：今天提交的申请已按它计算。还没有收费的项目可以从今天起。",
		.type = "date" },
	    "");
	layout_reason(r, list, "原因");
}

/* Those of the confirmations that wait that are about fees. */
static enum err
waiting_json(struct request *r, struct json_object *o)
{
	const char *kind = confirmation_kind_row(CONFIRM_FEES)->word;
	struct json_object *all = json_object_in(r->env.a), *list;
	struct json_object *waiting = json_list(o, "asked");

	TRY(confirmation_list_json(&r->env, NULL, all));
	list = json_get(all, "waiting");
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *one = json_at(list, i), *item;

		if (strcmp(json_get_str(one, "kind"), kind) != 0)
			continue;
		item = json_item(waiting);
		json_str(item, "id", json_get_str(one, "id"));
		json_str(item, "asked_by", json_get_str(one, "asked_by"));
		json_str(item, "asked_at", json_get_str(one, "asked_at"));
		layout_time(r->env.a, item, "asked_at");
	}
	json_flag(o, "has_asked", json_count(waiting) > 0);
	return E_OK;
}

static enum err
show(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);

	TRY(fee_list_json(&r->env, o));
	json_flag(o, "has_fees", json_count(json_get(o, "fees")) > 0);
	json_flag(o, "is_manager", r->env.who.role == ROLE_MANAGER);
	json_flag(o, "needs_second", r->env.cfg->four_eyes != 0);
	if (r->env.who.role == ROLE_MANAGER) {
		TRY(waiting_json(r, o));
		fields_json(r, o);
	}
	return layout_page(r, refused, "fees", o);
}

enum err
fees_show(struct request *r)
{
	return show(r, E_OK);
}

enum err
fees_ask(struct request *r)
{
	struct fee_ask ask = { .env = &r->env,
		.category = layout_typed(r, "category"),
		.business = layout_typed(r, "business"),
		.years = layout_typed(r, "years"),
		.valid_from = layout_typed(r, "valid_from"),
		.fee = layout_typed(r, "fee"),
		.reason = layout_typed(r, "reason") };
	enum err e = fee_ask(&ask);

	if (e != E_OK)
		return layout_can_show(e) ? show(r, e) : e;
	return confirmation_see(r, ask.id);
}
