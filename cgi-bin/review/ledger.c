/* 总账: the balances, and whether they are right. */
#include "domain/ledger.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static void
balance(struct request *r, struct json_object *item)
{
	layout_yuan(r->env.a, item, "debit");
	layout_yuan(r->env.a, item, "credit");
	layout_yuan(r->env.a, item, "balance");
}

static void
rows(struct request *r, struct json_object *o)
{
	struct json_object *list = json_get(o, "accounts");

	for (size_t i = 0; i < json_count(list); i++)
		balance(r, json_at(list, i));
	balance(r, json_get(o, "total"));
	json_flag(o, "has_accounts", json_count(list) > 0);
	list = json_get(o, "events");
	for (size_t i = 0; i < json_count(list); i++)
		layout_yuan(r->env.a, json_at(list, i), "amount");
	list = json_get(o, "faults");
	for (size_t i = 0; i < json_count(list); i++)
		layout_time(r->env.a, json_at(list, i), "checked_at");
	json_flag(o, "has_faults", json_count(list) > 0);
}

enum err
ledger_show(struct request *r)
{
	struct json_object *o = layout_new(r);

	TRY(ledger_json(&r->env, o));
	rows(r, o);
	layout_time(r->env.a, o, "checked_at");
	return respond_page(r, 200, "ledger", o);
}
