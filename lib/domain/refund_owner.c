/* What others than the office need of refunds, and no more: what the applicant
 * is told, and where a provider's notice goes. */
#include <string.h>

#include "domain/refund.h"
#include "domain/sql.h"
#include "format/json.h"

/* How one fails is the office's business. */
enum err
refund_owner_json(
    struct env *env, const char *application_id, struct json_object *o)
{
	struct json_object *list = json_list(o, "refunds");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_REFUNDS_OF_OWNER, &rows,
	    ARGS(S(application_id))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		bool is_done = strcmp(c[1].s, "done") == 0;
		struct json_object *item = json_item(list);

		json_int(item, "amount_fen", c[0].i);
		json_str(item, "status", is_done ? "done" : "processing");
		json_str(item, "status_title", is_done ? "已退款" : "退款中");
		json_time(item, "requested_at", c[2].i);
		json_time(item, "done_at", c[3].i);
	}
	return E_OK;
}

enum err
refund_told(struct env *env, const char *refund_no)
{
	return db_exec(env->db, SQL_REFUND_TOLD, ARGS(S(refund_no)));
}
