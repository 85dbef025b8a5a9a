/* GET /admin/money: what a provider told of and nobody could place. */
#include "domain/money.h"
#include "base/arena.h"
#include "base/num.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

enum err
money_show(struct request *r)
{
	struct json_object *o = layout_new(r), *list;
	int64_t fen;

	TRY(money_unmatched_json(&r->env, request_query(r, "cursor"), o));
	list = json_get(o, "notices");
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i);

		layout_time(r->env.a, item, "received_at");
		if (json_get_int(item, "amount_fen", &fen))
			json_str(item, "amount", num_yuan_text(r->env.a, fen));
	}
	json_flag(o, "has_notices", json_count(list) > 0);
	layout_next(r, o);
	return respond_page(r, 200, "money", o);
}
