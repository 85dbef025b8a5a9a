#include "domain/money.h"

#include "base/clock.h"
#include "domain/sql.h"
#include "format/json.h"

enum { PAGE = 50 };

enum err
money_unmatched_json(struct env *env, const char *cursor, struct json_object *o)
{
	struct json_object *list = json_list(o, "notices");
	char t[CLOCK_TEXT];
	struct rows rows;
	size_t n;

	TRY(db_all(env->db, env->a, SQL_NOTICE_UNMATCHED, &rows,
	    ARGS(S(cursor != NULL ? cursor : "~"))));
	n = rows.n > PAGE ? PAGE : rows.n;
	for (size_t r = 0; r < n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_str(item, "provider", c[1].s);
		json_str(item, "event_type", c[2].s);
		json_str(item, "order_no", c[3].s);
		json_str(item, "transaction_id", c[4].s);
		json_str(item, "reason", c[5].s);
		if (!c[6].is_null)
			json_int(item, "amount_fen", c[6].i);
		json_str(item, "received_at", clock_utc(t, c[7].i));
	}
	json_str(o, "next", n < rows.n ? CELL(&rows, n - 1, 0).s : NULL);
	return E_OK;
}
