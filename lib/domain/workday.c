#include "domain/workday.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"

/* Nobody waits for ten years, and no calendar is known that far. */
enum { DAYS_MOST = 3660, DAYS_BACK = 731, DAYS_AHEAD = 366 };

static int64_t
day_of(int64_t us)
{
	return (us + CLOCK_SHANGHAI) / CLOCK_DAY;
}

static int64_t
start_of(int64_t day)
{
	return day * CLOCK_DAY - CLOCK_SHANGHAI;
}

/* 0 Sunday; 1970 began on a Thursday. */
static int
week_of(int64_t day)
{
	return (int)((day + 4) % 7);
}

enum err
workdays_load(struct env *env, struct workdays *out)
{
	int64_t now = clock_now(), us;
	char from[CLOCK_TEXT], to[CLOCK_TEXT];
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_HOLIDAY_LIST, &rows,
	    ARGS(S(clock_day(from, now - DAYS_BACK * CLOCK_DAY)),
		S(clock_day(to, now + DAYS_AHEAD * CLOCK_DAY)))));
	out->n = rows.n;
	out->item = arena_alloc(env->a, (rows.n + 1) * sizeof(*out->item));
	for (size_t r = 0; r < rows.n; r++) {
		if (!clock_parse_day(CELL(&rows, r, 0).s, &us))
			return FAIL(E_INTERNAL, "holiday");
		out->item[r] = (struct workday_exception){ .day = day_of(us),
			.is_work = CELL(&rows, r, 1).i != 0 };
	}
	return E_OK;
}

static int
by_day(const void *a, const void *b)
{
	const struct workday_exception *x = a, *y = b;

	return (x->day > y->day) - (x->day < y->day);
}

static bool
is_worked(const struct workdays *w, int64_t day)
{
	const struct workday_exception key = { .day = day }, *found = NULL;

	if (w->n > 0)
		found = bsearch(&key, w->item, w->n, sizeof(key), by_day);
	return found != NULL ? found->is_work
			     : week_of(day) != 0 && week_of(day) != 6;
}

int64_t
workday_waited(const struct workdays *w, int64_t since, int64_t now)
{
	int64_t last = day_of(now), day = day_of(since), n = 0;

	if (last - day > DAYS_MOST)
		day = last - DAYS_MOST;
	while (++day <= last)
		n += is_worked(w, day);
	return n;
}

int64_t
workday_after(const struct workdays *w, int64_t since, int64_t n)
{
	int64_t day = day_of(since), last = day + DAYS_MOST;

	while (n > 0 && day < last)
		n -= is_worked(w, ++day);
	return start_of(day);
}

enum err
workday_promise_json(struct env *env, bool is_waiting, int64_t submitted_at,
    struct json_object *o)
{
	char day[CLOCK_TEXT];
	struct workdays days;

	if (!is_waiting) {
		json_null(o, "promised_by");
		return E_OK;
	}
	TRY(workdays_load(env, &days));
	json_str(o, "promised_by",
	    clock_day(day,
		workday_after(&days, submitted_at, env->cfg->promise_days)));
	return E_OK;
}

int64_t
workday_late_before(const struct workdays *w, int64_t now, int64_t n)
{
	int64_t day = day_of(now), first = day - DAYS_MOST;

	for (int64_t waited = 0; day > first; day--)
		if ((waited += is_worked(w, day)) > n)
			break;
	return start_of(day);
}

enum err
holiday_list_json(struct env *env, int64_t year, struct json_object *o)
{
	static const char *const week[] = { "日", "一", "二", "三", "四", "五",
		"六" };
	struct json_object *list = json_list(o, "holidays");
	struct rows rows;
	int64_t us;

	TRY(db_all(env->db, env->a, SQL_HOLIDAY_LIST, &rows,
	    ARGS(S(arena_printf(env->a, "%lld-01-01", (long long)year)),
		S(arena_printf(env->a, "%lld-12-31", (long long)year)))));
	for (size_t r = 0; r < rows.n; r++) {
		struct json_object *item = json_item(list);

		json_str(item, "day", CELL(&rows, r, 0).s);
		if (clock_parse_day(CELL(&rows, r, 0).s, &us))
			json_str(item, "week", week[week_of(day_of(us))]);
		json_flag(item, "is_work", CELL(&rows, r, 1).i != 0);
		json_str(item, "title", CELL(&rows, r, 2).s);
	}
	return E_OK;
}

static void
check_days(struct holiday_change *c)
{
	struct problems *errors = &c->env->errors;
	int64_t first = 0, last;

	if (!clock_parse_day(c->from, &first))
		problem_add(
		    errors, "from", "format", "请填写日期，如 2026-10-01。");
	last = first;
	if (*c->to != '\0' && !clock_parse_day(c->to, &last))
		problem_add(errors, "to", "format",
		    "请填写日期，如 2026-10-07；只有一天时可不填。");
	c->first = day_of(first);
	c->last = day_of(last);
	if (errors->n == 0 && c->last < c->first)
		problem_add(errors, "to", "order", "最后一天不能早于第一天。");
	if (errors->n == 0 && c->last - c->first >= HOLIDAY_DAYS_MOST)
		problem_add(errors, "to", "too_long",
		    "一次最多登记 %d 天，请分几次登记。", HOLIDAY_DAYS_MOST);
}

enum err
holiday_prepare(struct holiday_change *c)
{
	size_t n = utf8_length(c->title);

	check_days(c);
	if (n == 0 || n > HOLIDAY_TITLE)
		problem_add(&c->env->errors, "title", "length",
		    "请填写名称，如“国庆节”，不超过 %d 字。", HOLIDAY_TITLE);
	return c->env->errors.n > 0 ? FAIL(E_INVALID, "holiday") : E_OK;
}

enum err
holiday_set(void *change)
{
	struct holiday_change *c = change;
	struct env *env = c->env;
	char day[CLOCK_TEXT];

	for (int64_t d = c->first; d <= c->last; d++)
		TRY(db_exec(env->db, SQL_HOLIDAY_SET,
		    ARGS(S(clock_day(day, start_of(d))), I(c->is_work),
			S(c->title))));
	return audit_add(env, "holiday_set", c->from,
	    arena_printf(env->a, "%s %s %s", clock_day(day, start_of(c->last)),
		c->is_work ? "work" : "holiday", c->title));
}

enum err
holiday_remove(void *change)
{
	struct holiday_change *c = change;
	struct env *env = c->env;

	TRY(db_change(env->db, SQL_HOLIDAY_REMOVE, ARGS(S(c->from))));
	return audit_add(env, "holiday_removed", c->from, "");
}
