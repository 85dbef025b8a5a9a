#include "domain/work_order_plan.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/sql.h"
#include "domain/work_order_private.h"
#include "domain/workday.h"
#include "format/json.h"

/* The columns of WORK_ORDER_PAID behind those that work orders share. */
enum { PAID_AT = 8, IS_DUE, IS_REFUNDED, VALID_TO, DAYS_OVER, VERSION };

/* Why a case had better not go now, or NULL. */
static const char *
obstacle_of(struct env *env, const struct cell *c)
{
	int64_t most = env->cfg->renewal_closes_days;

	if (c[IS_REFUNDED].i != 0)
		return "有退款正在处理";
	if (!c[DAYS_OVER].is_null && c[DAYS_OVER].i > most)
		return arena_printf(env->a, "锁已于 %s 到期，超过 %lld 天",
		    c[VALID_TO].s, (long long)most);
	return c[IS_DUE].i == 0 ? "今天缴费" : NULL;
}

/* Sent on the first working day behind the payment; later than that is late. */
static const char *
lateness(struct env *env, const struct workdays *days, int64_t paid_at)
{
	int64_t due = workday_after(days, paid_at, 1);
	char day[CLOCK_TEXT], today[CLOCK_TEXT];

	clock_day(day, due);
	if (strcmp(day, clock_day(today, clock_now())) >= 0)
		return NULL;
	return arena_printf(env->a, "应于 %s 送交", day);
}

static void
paid_json(struct env *env, const struct workdays *days, const struct cell *c,
    struct json_object *o)
{
	const char *obstacle = obstacle_of(env, c);

	work_order_case_json(c, o);
	json_time(o, "paid_at", c[PAID_AT].i);
	json_flag(o, "is_due", c[IS_DUE].i != 0);
	json_flag(o, "is_refunded", c[IS_REFUNDED].i != 0);
	json_str(o, "lock_valid_to", c[VALID_TO].s);
	json_int(o, "version", c[VERSION].i);
	json_str(o, "obstacle", obstacle);
	json_str(o, "late", lateness(env, days, c[PAID_AT].i));
	json_flag(o, "is_proposed", obstacle == NULL);
}

enum err
work_order_paid_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "paid");
	struct workdays days;
	struct rows rows;

	TRY(workdays_load(env, &days));
	TRY(db_all(env->db, env->a, SQL_WORK_ORDER_PAID, &rows,
	    ARGS(I(WORK_ORDER_MAX + 1))));
	for (size_t r = 0; r < rows.n && r < WORK_ORDER_MAX; r++)
		paid_json(env, &days, &CELL(&rows, r, 0), json_item(list));
	json_flag(o, "is_more", rows.n > WORK_ORDER_MAX);
	return E_OK;
}

static bool
is_same_kind(struct json_object *a, struct json_object *b)
{
	static const char *const keys[] = { "category_title", "business_title",
		"years" };

	for (size_t i = 0; i < COUNT(keys); i++)
		if (strcmp(json_get_str(a, keys[i]),
			json_get_str(b, keys[i])) != 0)
			return false;
	return true;
}

static void
count_json(struct json_object *totals, struct json_object *one)
{
	struct json_object *total;
	int64_t cases = 0;
	size_t i = 0;

	while (i < json_count(totals) && !is_same_kind(json_at(totals, i), one))
		i++;
	if (i == json_count(totals)) {
		total = json_item(totals);
		json_str(total, "category_title",
		    json_get_str(one, "category_title"));
		json_str(total, "business_title",
		    json_get_str(one, "business_title"));
		json_str(total, "years", json_get_str(one, "years"));
	}
	total = json_at(totals, i);
	json_get_int(total, "cases", &cases);
	json_int(total, "cases", cases + 1);
}

static void
leave_json(struct json_object *left, const char *batch_no, const char *unit,
    const char *reason)
{
	struct json_object *item = json_item(left);

	json_str(item, "batch_no", batch_no);
	json_str(item, "applicant_unit", unit);
	json_str(item, "reason", reason);
}

/* A case that was ticked and is not among the paid ones any more. */
static enum err
gone_json(struct env *env, const char *id, struct json_object *left)
{
	struct application app;
	enum err e = application_load(env, id, &app);

	if (e == E_NOT_FOUND) {
		err_clear();
		leave_json(left, id, "", "没有这件申请");
		return E_OK;
	}
	TRY(e);
	if (app.state == STATE_PAID)
		leave_json(left, app.batch_no, app.value[FIELD_APPLICANT_UNIT],
		    "超出一个批次的件数");
	else
		leave_json(left, app.batch_no, app.value[FIELD_APPLICANT_UNIT],
		    arena_printf(
			env->a, "现在是“%s”", state_row(app.state)->title));
	return E_OK;
}

/* Into the run, or left out of it. */
static void
place(struct env *env, const struct workdays *days, const struct cell *c,
    bool is_ticked, struct json_object *o)
{
	struct json_object *left = json_get(o, "left"), *one;
	const char *obstacle = obstacle_of(env, c);

	if (!is_ticked || c[IS_REFUNDED].i != 0) {
		leave_json(left, c[1].s, c[2].s,
		    obstacle != NULL ? obstacle : "没有勾选");
		return;
	}
	one = json_item(json_get(o, "cases"));
	paid_json(env, days, c, one);
	count_json(json_get(o, "totals"), one);
}

enum err
work_order_plan_json(
    struct env *env, const char *const *ticked, size_t n, struct json_object *o)
{
	struct json_object *cases = json_list(o, "cases");
	struct json_object *left = json_list(o, "left");
	struct workdays days;
	const char **seen;
	struct rows rows;

	json_list(o, "totals");
	TRY(workdays_load(env, &days));
	TRY(db_all(env->db, env->a, SQL_WORK_ORDER_PAID, &rows,
	    ARGS(I(WORK_ORDER_MAX))));
	seen = arena_alloc(env->a, (rows.n + 1) * sizeof(*seen));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);

		seen[r] = c[0].s;
		place(env, &days, c, work_order_lists(ticked, n, c[0].s), o);
	}
	for (size_t i = 0; i < n; i++)
		if (!work_order_lists(seen, rows.n, ticked[i]) &&
		    !work_order_lists(ticked, i, ticked[i]))
			TRY(gone_json(env, ticked[i], left));
	json_int(o, "cases_n", (int64_t)json_count(cases));
	json_int(o, "left_n", (int64_t)json_count(left));
	return E_OK;
}
