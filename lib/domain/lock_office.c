#include "domain/lock_office.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/ident.h"
#include "format/json.h"

static bool
is_main(const char *kind)
{
	return strcmp(kind, "main") == 0;
}

static void
row_json(const struct cell *c, struct json_object *o)
{
	json_str(o, "lock_id", c[0].s);
	json_str(o, "serial", c[1].s);
	json_str(o, "holder", c[2].s);
	json_str(o, "kind", c[3].s);
	json_str(o, "kind_title", is_main(c[3].s) ? "主锁" : "副锁");
	json_str(o, "valid_from", c[4].s);
	json_str(o, "valid_to", c[5].s);
	json_int(o, "days_left", c[6].i);
	json_flag(o, "is_expired", c[6].i < 0);
	json_int(o, "version", c[7].i);
}

enum err
lock_office_list_json(
    struct env *env, const char *unit_id, struct json_object *o)
{
	struct json_object *list = json_list(o, "locks");
	struct rows rows;

	TRY(db_all(
	    env->db, env->a, SQL_LOCKS_OF_UNIT, &rows, ARGS(S(unit_id))));
	for (size_t r = 0; r < rows.n; r++)
		row_json(&CELL(&rows, r, 0), json_item(list));
	return E_OK;
}

enum err
lock_office_json(
    struct env *env, const char *unit_id, const char *id, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_LOCK_GET, &c, ARGS(S(id), S(unit_id))));
	row_json(c, o);
	return E_OK;
}

static void
check_validity(const struct lock_deed *d)
{
	struct problems *errors = &d->env->errors;
	int64_t from = 0, to = 0;

	if (!clock_parse_day(d->valid_from, &from))
		problem_add(errors, "valid_from", "date",
		    "请填写有效期的开始日期，如 2026-01-31。");
	if (!clock_parse_day(d->valid_to, &to))
		problem_add(errors, "valid_to", "date",
		    "请填写有效期的结束日期，如 2027-01-30。");
	else if (to < from)
		problem_add(errors, "valid_to", "order",
		    "有效期的结束日期不能早于开始日期。");
}

static void
check_holder(struct lock_deed *d)
{
	struct verdict name = ident_name(d->env->a, d->holder);

	if (*d->holder == '\0') {
		d->holder = NULL;
		return;
	}
	if (!utf8_is_within(name.value, 2, LOCK_HOLDER_MAX))
		problem_add(&d->env->errors, "holder", "length",
		    "请填写持有人姓名，2 到 %d 个字。", LOCK_HOLDER_MAX);
	else if (name.code != NULL && !name.is_warning)
		problem_add(
		    &d->env->errors, "holder", name.code, "%s", name.message);
	d->holder = name.value;
}

static enum err
check(struct lock_deed *d)
{
	struct problems *errors = &d->env->errors;

	check_holder(d);
	if (!is_main(d->kind) && strcmp(d->kind, "sub") != 0)
		problem_add(errors, "kind", "option", "请选择主锁或副锁。");
	check_validity(d);
	return errors->n > 0 ? FAIL(E_INVALID, "lock") : E_OK;
}

/* A unit has one main lock at most. */
static enum err
settle(const struct lock_deed *d)
{
	if (!is_main(d->kind))
		return E_OK;
	return db_exec(
	    d->env->db, SQL_LOCK_OTHERS_SUB, ARGS(S(d->unit_id), S(d->id)));
}

static enum err
note(const struct lock_deed *d, const char *action)
{
	return audit_add(d->env, action, d->unit_id,
	    arena_printf(d->env->a, "%s %s %s %s", d->serial, d->kind,
		d->valid_from, d->valid_to));
}

static enum err
add(void *arg)
{
	const struct lock_deed *d = arg;
	struct env *env = d->env;
	enum err e = db_exec(env->db, SQL_LOCK_ADD,
	    ARGS(S(d->id), S(d->unit_id), S(d->serial), S(d->holder),
		S(d->kind), S(d->valid_from), S(d->valid_to)));

	if (e == E_DUPLICATE && db_duplicate_is(env->db, "locks_serial")) {
		problem_add(&env->errors, "serial", "taken",
		    "本单位已有这把锁，请核对序列号。");
		return FAIL(E_INVALID, "serial is taken");
	}
	TRY(e);
	TRY(settle(d));
	return note(d, "lock_added");
}

enum err
lock_office_add(struct lock_deed *d)
{
	d->serial = ident_fold(d->env->a, d->serial);
	if (!utf8_is_within(d->serial, 1, LOCK_SERIAL_MAX) ||
	    utf8_has_control(d->serial))
		problem_add(&d->env->errors, "serial", "length",
		    "请填写锁序列号，最多 %d 个字符。", LOCK_SERIAL_MAX);
	TRY(check(d));
	d->id = id_make(d->env->a);
	return db_tx(d->env->db, add, d);
}

static enum err
change(void *arg)
{
	const struct lock_deed *d = arg;
	struct env *env = d->env;

	TRY(db_exec(env->db, SQL_LOCK_CHANGE,
	    ARGS(S(d->holder), S(d->kind), S(d->valid_from), S(d->valid_to),
		S(d->id), S(d->unit_id), I(d->version))));
	if (db_changed(env->db) != 1)
		return FAIL(E_STALE, "lock");
	TRY(settle(d));
	return note(d, "lock_changed");
}

enum err
lock_office_change(struct lock_deed *d)
{
	TRY(check(d));
	return db_tx(d->env->db, change, d);
}
