/* 即将到期: the locks that end soon, and who was told. */
#include "base/arena.h"
#include "base/num.h"
#include "domain/reminder.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static const int64_t spans[] = { REMINDER_DAYS, 30, 15, 7, 0 };

static int64_t
chosen(const struct request *r)
{
	const char *text = request_query(r, "days");
	int64_t days;

	for (size_t i = 0; i < COUNT(spans) && text != NULL; i++)
		if (num_int(text, 0, spans[0], &days) && spans[i] == days)
			return days;
	return spans[0];
}

static void
spans_json(struct request *r, int64_t days, struct json_object *list)
{
	for (size_t i = 0; i < COUNT(spans); i++) {
		struct json_object *o = json_item(list);

		json_int(o, "days", spans[i]);
		json_str(o, "title",
		    spans[i] == 0 ? "已到期"
				  : arena_printf(r->env.a, "%lld 天内",
					(long long)spans[i]));
		json_flag(o, "is_chosen", spans[i] == days);
	}
}

enum err
expiring_show(struct request *r)
{
	struct expiring_filter f = { .days = chosen(r),
		.cursor = request_query(r, "cursor") };
	struct json_object *o = layout_new(r);

	TRY(expiring_json(&r->env, &f, o));
	json_flag(o, "has_locks", json_count(json_get(o, "locks")) > 0);
	layout_pager(r, "/admin/expiring", o);
	json_int(o, "days", f.days);
	spans_json(r, f.days, json_list(o, "spans"));
	return respond_page(r, 200, "expiring", o);
}
