#include "domain/open_type.h"

#include <string.h>

#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"

static const struct open_type types[] = {
	{ TYPE_ENTERPRISE, "企业", true },
	{ "individual", "个人", false },
};

const struct open_type *
open_type_row(size_t i)
{
	return i < COUNT(types) ? &types[i] : NULL;
}

const struct open_type *
open_type_find(const char *word)
{
	for (size_t i = 0; i < COUNT(types); i++)
		if (strcmp(types[i].word, word) == 0)
			return &types[i];
	return NULL;
}

enum err
open_type_list_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "types");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_TYPE_LIST, &rows, ARGS()));
	for (size_t r = 0; r < rows.n; r++) {
		const struct open_type *type =
		    open_type_find(CELL(&rows, r, 0).s);
		struct json_object *item;

		if (type == NULL)
			continue;
		item = json_item(list);
		json_str(item, "type", type->word);
		json_str(item, "title", type->title);
		json_flag(item, "has_form", type->has_form);
		json_flag(item, "is_open", CELL(&rows, r, 1).i != 0);
	}
	return E_OK;
}

static enum err
set(void *arg)
{
	const struct open_type_deed *d = arg;

	TRY(db_change(d->env->db, SQL_TYPE_SET_OPEN,
	    ARGS(I(d->is_open), S(d->type), I(d->is_open))));
	return audit_add(
	    d->env, d->is_open ? "type_opened" : "type_closed", d->type, "");
}

enum err
open_type_set(struct open_type_deed *d)
{
	const struct open_type *type = open_type_find(d->type);

	if (type == NULL)
		return FAIL(E_NOT_FOUND, "no such type");
	if (d->is_open && !type->has_form)
		return FAIL(E_TYPE_CLOSED, "%s has no form", type->word);
	return db_tx(d->env->db, set, d);
}
