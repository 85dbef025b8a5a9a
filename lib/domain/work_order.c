#include "domain/work_order.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/delivery.h"
#include "domain/keyset.h"
#include "domain/lock_office.h"
#include "domain/sql.h"
#include "domain/work_order_private.h"
#include "format/json.h"

enum { PAGE = 50 };

void
work_order_case_json(const struct cell *c, struct json_object *o)
{
	json_str(o, "id", c[0].s);
	json_str(o, "batch_no", c[1].s);
	json_str(o, "applicant_unit", c[2].s);
	json_str(o, "handler_name", c[3].s);
	json_str(o, "category", c[4].s);
	json_str(
	    o, "category_title", field_option_label(FIELD_CATEGORY, c[4].s));
	json_str(
	    o, "business_title", field_option_label(FIELD_BUSINESS, c[5].s));
	json_str(o, "years", c[6].s);
	json_str(o, "lock_serial", c[7].s);
}

bool
work_order_lists(const char *const *ids, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

static void
order_json(const struct cell *c, struct json_object *o)
{
	json_str(o, "id", c[0].s);
	json_time(o, "created_at", c[1].i);
	json_str(o, "created_by", c[2].s);
	json_int(o, "cases", c[3].i);
	json_int(o, "completed", c[4].i);
	json_int(o, "failed", c[5].i);
	json_int(o, "open", c[3].i - c[4].i - c[5].i);
}

enum err
work_order_list_json(struct env *env, const char *cursor, struct json_object *o)
{
	struct json_object *list = json_list(o, "orders");
	struct rows rows;
	size_t n;

	TRY(db_all(env->db, env->a, SQL_WORK_ORDER_LIST, &rows,
	    ARGS(S(cursor != NULL ? cursor : "~"))));
	n = keyset_by_id(&rows, PAGE, 0, o);
	for (size_t r = 0; r < n; r++)
		order_json(&CELL(&rows, r, 0), json_item(list));
	return E_OK;
}

/* A day some years later; 29 February becomes the 28th. */
static const char *
plus_years(struct arena *a, const char *day, int64_t years)
{
	int64_t year = 0, us;
	const char *out;

	if (!num_int(
		arena_strndup(a, day, 4), 1, 9999 - FIELD_YEARS_MOST, &year))
		return day;
	out = arena_printf(a, "%04lld%s", (long long)(year + years), day + 4);
	if (clock_parse_day(out, &us))
		return out;
	return arena_printf(a, "%04lld-02-28", (long long)(year + years));
}

void
work_order_propose(struct work_order_row *row, const char *lock_valid_to)
{
	struct arena *a = row->env->a;
	char *today = arena_alloc(a, CLOCK_TEXT);
	char *after = arena_alloc(a, CLOCK_TEXT);
	int64_t years = 1, end;

	num_int(row->app->value[FIELD_YEARS], 1, FIELD_YEARS_MOST, &years);
	clock_day(today, clock_now());
	row->lock_valid_to = lock_valid_to;
	row->valid_from = today;
	row->valid_to = plus_years(a, today, years);
	if (lock_valid_to == NULL || strcmp(lock_valid_to, today) < 0 ||
	    !clock_parse_day(lock_valid_to, &end))
		return;
	/* What is left of the old certificate is not lost. */
	row->valid_from = clock_day(after, end + CLOCK_DAY);
	row->valid_to = plus_years(a, lock_valid_to, years);
}

bool
work_order_item_is_open(const struct cell *c)
{
	return c[WORK_ORDER_ITEM_OUTCOME].s == NULL &&
	       c[WORK_ORDER_ITEM_IS_HERE].i != 0;
}

struct work_order_case
work_order_case_of(const struct cell *c)
{
	const char *outcome = c[WORK_ORDER_ITEM_OUTCOME].s;

	return (struct work_order_case){ .years = c[WORK_ORDER_ITEM_YEARS].s,
		.lock_serial = c[WORK_ORDER_ITEM_LOCK_SERIAL].s,
		.lock_valid_to = c[WORK_ORDER_ITEM_LOCK_VALID_TO].s,
		.is_new = strcmp(c[WORK_ORDER_ITEM_CATEGORY].s, "new") == 0,
		.is_open = work_order_item_is_open(c),
		.is_completed =
		    outcome != NULL && strcmp(outcome, "completed") == 0 };
}

static void
item_json(struct env *env, const struct cell *c, struct json_object *o)
{
	struct work_order_case of = work_order_case_of(c);
	struct application app = { .value = { [FIELD_YEARS] = of.years } };
	struct work_order_row row = { .env = env, .app = &app };

	work_order_case_json(c, o);
	json_str(o, "lock_valid_to", of.lock_valid_to);
	json_str(o, "outcome", c[WORK_ORDER_ITEM_OUTCOME].s);
	json_flag(o, "is_completed", of.is_completed);
	json_str(o, "opinion", c[WORK_ORDER_ITEM_OPINION].s);
	json_str(o, "valid_to", c[WORK_ORDER_ITEM_VALID_TO].s);
	json_time(o, "done_at", c[WORK_ORDER_ITEM_DONE_AT].i);
	json_flag(o, "is_new", of.is_new);
	json_flag(o, "is_open", of.is_open);
	json_flag(o, "needs_serial",
	    of.is_completed && of.is_new && of.lock_serial == NULL &&
		c[WORK_ORDER_ITEM_IS_HERE].i != 0);
	if (c[WORK_ORDER_ITEM_OUTCOME].s != NULL)
		return;
	work_order_propose(&row, of.lock_valid_to);
	json_str(o, "proposed_from", row.valid_from);
	json_str(o, "proposed_to", row.valid_to);
}

enum err
work_order_json(struct env *env, const char *id, struct json_object *o)
{
	struct json_object *items;
	struct rows rows;
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_WORK_ORDER_GET, &c, ARGS(S(id))));
	order_json(c, o);
	items = json_list(o, "items");
	TRY(db_all(env->db, env->a, SQL_WORK_ORDER_ITEMS, &rows, ARGS(S(id))));
	for (size_t r = 0; r < rows.n; r++)
		item_json(env, &CELL(&rows, r, 0), json_item(items));
	return E_OK;
}

enum err
work_order_dispatch(void *arg)
{
	const struct work_order_row *row = arg;
	struct env *env = row->env;
	struct state_of from = application_state_of(row->app);
	struct cell *refunds;

	TRY(state_move(env, &from, ACTION_DISPATCH, ""));
	/* A refund holds the row first, as this does: none comes meanwhile. */
	TRY(db_one(
	    env->db, env->a, SQL_REFUND_LIVE, &refunds, ARGS(S(row->app->id))));
	if (refunds->i > 0)
		return FAIL(E_REFUND_LIVE, "dispatch");
	TRY(db_exec(env->db, SQL_WORK_ORDER_ADD,
	    ARGS(S(row->id), S(env->who.id), S(row->id))));
	TRY(db_change(
	    env->db, SQL_WORK_ORDER_JOIN, ARGS(S(row->id), S(row->app->id))));
	return db_exec(env->db, SQL_WORK_ORDER_ITEM_ADD,
	    ARGS(S(row->id), S(row->app->id)));
}

bool
work_order_is_of(const struct work_order_row *row)
{
	return row->app->work_order_id != NULL &&
	       strcmp(row->app->work_order_id, row->id) == 0;
}

static bool
is_new(const struct work_order_row *row)
{
	return field_is(row->app->value, FIELD_CATEGORY, "new");
}

/* The lock that is certified: a renewal's own, or the new one, or none yet. */
static const char *
serial_of(const struct work_order_row *row)
{
	const char *own = row->app->value[FIELD_LOCK_SERIAL];

	if (own != NULL || !is_new(row) || *row->serial == '\0')
		return own;
	return row->serial;
}

bool
work_order_is_pending(const struct work_order_row *row)
{
	return row->app->state != STATE_COMPLETED ||
	       (row->app->value[FIELD_LOCK_SERIAL] == NULL &&
		   serial_of(row) != NULL);
}

enum err
work_order_check(struct work_order_row *row)
{
	struct problems *errors = &row->env->errors;
	size_t before = errors->n;
	int64_t from = 0, to = 0;

	if (!work_order_is_of(row))
		return FAIL(E_STATE, "not of this work order");
	if (row->app->state == STATE_COMPLETED) {
		row->valid_from = row->app->valid_from;
		row->valid_to = row->app->valid_to;
	}
	if (!clock_parse_day(row->valid_from, &from))
		problem_add(errors, "valid_from", "date",
		    "%s：请填写有效期的开始日期，如 2026-01-31。",
		    row->app->batch_no);
	if (!clock_parse_day(row->valid_to, &to))
		problem_add(errors, "valid_to", "date",
		    "%s：请填写有效期的结束日期，如 2027-01-30。",
		    row->app->batch_no);
	else if (row->lock_valid_to != NULL &&
		 row->app->state == STATE_PROCESSING &&
		 strcmp(row->valid_to, row->lock_valid_to) < 0)
		problem_add(errors, "valid_to", "before",
		    "%s：有效期的结束日期不能早于这把锁现在的 %s。",
		    row->app->batch_no, row->lock_valid_to);
	else if (to < from)
		problem_add(errors, "valid_to", "order",
		    "%s：有效期的结束日期不能早于开始日期。",
		    row->app->batch_no);
	if (utf8_length(row->serial) > LOCK_SERIAL_MAX)
		problem_add(errors, "serial", "too_long",
		    "%s：锁序列号不能超过 %d 个字符。", row->app->batch_no,
		    LOCK_SERIAL_MAX);
	return errors->n > before ? FAIL(E_INVALID, "row") : E_OK;
}

static enum err
set_lock(const struct work_order_row *row)
{
	struct env *env = row->env;
	const char *serial = serial_of(row);

	if (serial == NULL)
		return E_OK;
	return db_exec(env->db, SQL_LOCK_SET,
	    ARGS(S(id_make(env->a)), S(row->app->unit_id), S(serial),
		S(row->app->value[FIELD_HANDLER_NAME]), S(row->app->unit_id),
		S(row->valid_from), S(row->valid_to)));
}

/* The serial of a new lock, told after its case was completed. */
static enum err
register_lock(const struct work_order_row *row)
{
	struct env *env = row->env;

	TRY(db_change(env->db, SQL_WORK_ORDER_REGISTER,
	    ARGS(S(serial_of(row)), S(row->app->id))));
	TRY(set_lock(row));
	return audit_add(env, "register_lock", row->app->id, serial_of(row));
}

enum err
work_order_complete(void *arg)
{
	const struct work_order_row *row = arg;
	const struct application *app = row->app;
	struct env *env = row->env;
	struct state_of from = application_state_of(app);

	if (app->state == STATE_COMPLETED)
		return register_lock(row);
	TRY(db_change(env->db, SQL_WORK_ORDER_VALIDITY,
	    ARGS(S(row->valid_from), S(row->valid_to), S(serial_of(row)),
		S(app->id), I(app->version))));
	TRY(state_move(env, &from, ACTION_COMPLETE, ""));
	TRY(set_lock(row));
	TRY(delivery_begin(env, app));
	return db_change(env->db, SQL_WORK_ORDER_DONE,
	    ARGS(S("completed"), S(""), S(row->id), S(app->id)));
}

enum err
work_order_fail(void *arg)
{
	const struct work_order_row *row = arg;
	struct env *env = row->env;
	struct state_of from = application_state_of(row->app);

	if (!work_order_is_of(row))
		return FAIL(E_STATE, "not of this work order");
	TRY(state_move(env, &from, ACTION_FAIL, row->opinion));
	TRY(db_change(
	    env->db, SQL_WORK_ORDER_JOIN, ARGS(S(NULL), S(row->app->id))));
	return db_change(env->db, SQL_WORK_ORDER_DONE,
	    ARGS(S("failed"), S(row->opinion), S(row->id), S(row->app->id)));
}
