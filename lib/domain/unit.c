#include "domain/unit.h"

#include "domain/keyset.h"
#include "domain/lock_office.h"
#include "domain/sql.h"
#include "domain/state.h"
#include "format/ident.h"
#include "format/json.h"

enum { PAGE = 50 };

/* The name that the page begins behind. */
static enum err
read_cursor(struct env *env, const char *after, const char **name)
{
	struct cell *c;
	enum err e;

	*name = "";
	if (after == NULL)
		return E_OK;
	e = db_one(env->db, env->a, SQL_UNIT_GET, &c, ARGS(S(after)));
	if (e == E_NOT_FOUND)
		return FAIL(E_MALFORMED, "cursor");
	TRY(e);
	*name = c[0].s;
	return E_OK;
}

/* As a code is written, or NULL when it can be none. */
static const char *
as_code(struct env *env, const char *wanted)
{
	const char *code = wanted != NULL ? ident_fold(env->a, wanted) : NULL;

	for (const char *p = code; p != NULL && *p != '\0'; p++)
		if (*p < '-' || *p > 'Z')
			return NULL;
	return code;
}

enum err
unit_list_json(struct env *env, const char *after, const char *wanted,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "units");
	const char *name, *code = as_code(env, wanted);
	struct rows rows;
	size_t n;

	TRY(read_cursor(env, after, &name));
	TRY(db_all(env->db, env->a, SQL_UNIT_SEARCH, &rows,
	    ARGS(S(name), S(name), S(after != NULL ? after : ""), S(wanted),
		S(wanted), S(code), S(code))));
	n = keyset_by_id(&rows, PAGE, 0, o);
	for (size_t r = 0; r < n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_str(item, "id", c[0].s);
		json_str(item, "name", c[1].s);
		json_str(item, "org_code", c[2].s);
		json_int(item, "locks", c[3].i);
	}
	return E_OK;
}

static enum err
accounts_json(struct env *env, const char *id, struct json_object *o)
{
	struct json_object *list = json_list(o, "accounts");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_UNIT_ACCOUNTS, &rows, ARGS(S(id))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);

		json_str(item, "id", c[0].s);
		json_str(item, "login", c[1].s);
		json_str(item, "name", c[2].s);
		json_flag(item, "is_locked", c[3].i != 0);
	}
	return E_OK;
}

static enum err
cases_json(struct env *env, const char *id, struct json_object *o)
{
	struct json_object *list = json_list(o, "cases");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_UNIT_CASES, &rows, ARGS(S(id))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		const struct state_row *state =
		    state_row(state_by_word(c[2].s));
		struct json_object *item = json_item(list);

		json_str(item, "id", c[0].s);
		json_str(item, "batch_no", c[1].s);
		json_str(item, "state", state->word);
		json_str(item, "state_title", state->title);
		json_str(item, "category",
		    field_option_label(FIELD_CATEGORY, c[3].s));
		json_time(item, "created_at", c[4].i);
		json_str(item, "handler_name", c[5].s);
	}
	return E_OK;
}

enum err
unit_json(struct env *env, const char *id, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_UNIT_GET, &c, ARGS(S(id))));
	json_str(o, "id", id);
	json_str(o, "name", c[0].s);
	json_str(o, "org_code", c[1].s);
	TRY(lock_office_list_json(env, id, o));
	TRY(accounts_json(env, id, o));
	return cases_json(env, id, o);
}
