#include "domain/reason.h"

#include "base/num.h"
#include "base/utf8.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"

static void
row_json(const struct cell *c, struct json_object *o)
{
	json_str(o, "code", c[0].s);
	json_str(o, "text", c[1].s);
	json_int(o, "place", c[2].i);
	json_int(o, "version", c[3].i);
	json_flag(o, "is_retired", c[4].i != 0);
}

enum err
reason_list_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "reasons");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_REASON_ALL, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++)
		row_json(&CELL(&rows, r, 0), json_item(list));
	return E_OK;
}

enum err
reason_json(struct env *env, const char *code, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_REASON_GET, &c, ARGS(S(code))));
	row_json(c, o);
	return E_OK;
}

/* A line of the opinion, so without line ends. */
static enum err
check(struct reason_deed *d)
{
	struct problems *errors = &d->env->errors;

	if (!utf8_is_within(d->text, 2, REASON_TEXT_MAX) ||
	    utf8_has_control(d->text))
		problem_add(errors, "text", "length",
		    "请填写原因，2 到 %d 个字，写成一行。", REASON_TEXT_MAX);
	if (!num_int(d->place, 0, REASON_PLACE_MAX, &d->place_n))
		problem_add(errors, "place", "range",
		    "次序为 0 到 %d 的整数，小的排在前面。", REASON_PLACE_MAX);
	return errors->n > 0 ? FAIL(E_INVALID, "reason") : E_OK;
}

static enum err
add(void *arg)
{
	struct reason_deed *d = arg;

	TRY(db_exec(d->env->db, SQL_REASON_ADD,
	    ARGS(S(d->code), S(d->text), I(d->place_n))));
	return audit_add(d->env, "reason_added", d->code, d->text);
}

enum err
reason_add(struct reason_deed *d)
{
	TRY(check(d));
	d->code = id_make(d->env->a);
	return db_tx(d->env->db, add, d);
}

/* What another has changed meanwhile is not overwritten. */
static enum err
changed_one(const struct reason_deed *d)
{
	return db_changed(d->env->db) == 1 ? E_OK : FAIL(E_STALE, "reason");
}

static enum err
change(void *arg)
{
	struct reason_deed *d = arg;

	TRY(db_exec(d->env->db, SQL_REASON_CHANGE,
	    ARGS(S(d->text), I(d->place_n), S(d->code), I(d->version))));
	TRY(changed_one(d));
	return audit_add(d->env, "reason_changed", d->code, d->text);
}

enum err
reason_change(struct reason_deed *d)
{
	TRY(check(d));
	return db_tx(d->env->db, change, d);
}

static enum err
retire(void *arg)
{
	struct reason_deed *d = arg;

	TRY(db_exec(d->env->db, SQL_REASON_RETIRE,
	    ARGS(I(d->is_retired), S(d->code), I(d->version))));
	TRY(changed_one(d));
	return audit_add(d->env,
	    d->is_retired ? "reason_retired" : "reason_restored", d->code, "");
}

enum err
reason_retire(struct reason_deed *d)
{
	return db_tx(d->env->db, retire, d);
}
