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

/* What was typed, with what was wrong with it. */
static void
typed_json(struct request *r, struct json_object *o, bool was_sent)
{
	static const char *const names[] = { "from", "to", "title" };
	struct json_object *typed = json_sub(o, "typed");

	for (size_t i = 0; i < COUNT(names); i++) {
		json_str(
		    typed, names[i], was_sent ? request_form(r, names[i]) : "");
		json_str(typed, arena_printf(r->env.a, "%s_error", names[i]),
		    layout_problem(&r->env, names[i]));
	}
	json_flag(typed, "is_work",
	    was_sent && strcmp(request_form(r, "kind"), "work") == 0);
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
	typed_json(r, o, refused != E_OK);
	if (refused == E_OK)
		return respond_page(r, 200, "holidays", o);
	layout_refused(r, o, refused);
	return respond_page(r, err_row(refused)->status, "holidays", o);
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
	if (e == E_INVALID || e == E_STATE)
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
