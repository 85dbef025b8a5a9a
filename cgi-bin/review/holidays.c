/* 节假日: the days that waiting times do not count, kept by managers. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/workday.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

enum { YEAR_FIRST = 2000, YEAR_LAST = 2100 };

static int64_t
this_year(void)
{
	char day[CLOCK_TEXT];
	int64_t year = YEAR_FIRST;

	clock_day(day, clock_now());
	day[4] = '\0';
	return num_int(day, YEAR_FIRST, YEAR_LAST, &year) ? year : YEAR_FIRST;
}

static void
fields_json(struct request *r, struct json_object *o)
{
	static const struct layout_field days[] = {
		{ .name = "from", .label = "第一天", .type = "date" },
		{ .name = "to",
		    .label = "最后一天",
		    .help = "只有一天时可不填。",
		    .type = "date",
		    .is_optional = true },
	};
	struct json_object *list = json_list(o, "fields"), *kind;

	for (size_t i = 0; i < COUNT(days); i++)
		layout_field(r, list, &days[i], "");
	kind = layout_field(r, list,
	    &(struct layout_field){
		.name = "kind", .label = "安排", .type = "select" },
	    "holiday");
	layout_field_option(kind, "holiday", "放假");
	layout_field_option(kind, "work", "上班（调休）");
	layout_field(r, list,
	    &(struct layout_field){
		.name = "title", .label = "名称", .help = "如“国庆节”。" },
	    "");
}

static enum err
show(struct request *r, int64_t year, enum err refused)
{
	struct json_object *o = layout_new(r);

	TRY(holiday_list_json(&r->env, year, o));
	json_flag(o, "has_holidays", json_count(json_get(o, "holidays")) > 0);
	json_int(o, "year", year);
	json_int(o, "year_before", year - 1);
	json_int(o, "year_after", year + 1);
	json_flag(o, "is_manager", r->env.who.role == ROLE_MANAGER);
	json_int(o, "promise_days", r->env.cfg->promise_days);
	fields_json(r, o);
	return layout_page(r, refused, "holidays", o);
}

enum err
holidays_show(struct request *r)
{
	const char *wanted = request_query(r, "year");
	int64_t year = this_year();

	if (wanted != NULL && !num_int(wanted, YEAR_FIRST, YEAR_LAST, &year))
		return FAIL(E_MALFORMED, "year");
	return show(r, year, E_OK);
}

/* To the year of the day that was changed. */
static enum err
answer(struct request *r, const struct holiday_change *c, enum err e)
{
	if (e != E_OK && layout_can_show(e))
		return show(r, this_year(), e);
	TRY(e);
	return respond_see_other(
	    r, arena_printf(r->env.a, "/admin/holidays?year=%.4s", c->from));
}

enum err
holidays_set(struct request *r)
{
	struct holiday_change c = { .env = &r->env,
		.from = layout_typed(r, "from"),
		.to = layout_typed(r, "to"),
		.title = layout_typed(r, "title"),
		.is_work = strcmp(request_form(r, "kind"), "work") == 0 };
	enum err e = holiday_prepare(&c);

	if (e == E_OK)
		e = db_tx(r->env.db, holiday_set, &c);
	return answer(r, &c, e);
}

enum err
holidays_remove(struct request *r)
{
	struct holiday_change c = { .env = &r->env,
		.from = layout_typed(r, "day") };
	int64_t us;

	if (!clock_parse_day(c.from, &us))
		return FAIL(E_MALFORMED, "day");
	return answer(r, &c, db_tx(r->env.db, holiday_remove, &c));
}
