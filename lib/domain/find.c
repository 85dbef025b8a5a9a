#include "domain/find.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/audit.h"
#include "format/ident.h"
#include "format/json.h"
#include "service/seal.h"

enum err
find_read(struct env *env, const char *typed, struct find_number *out)
{
	const char *text = ident_trim(env->a, typed);
	struct verdict mobile = ident_mobile(env->a, text);
	struct verdict id_no = ident_id_no(env->a, text, clock_now());

	*out = (struct find_number){ FIELD_HANDLER_MOBILE, mobile.value };
	if (mobile.code == NULL || mobile.is_warning)
		return E_OK;
	*out = (struct find_number){ FIELD_HANDLER_ID_NO, id_no.value };
	if (id_no.code == NULL || id_no.is_warning)
		return E_OK;
	problem_add(&env->errors, "number", "format",
	    "请填写完整的 11 位手机号码或 18 位身份证号码。");
	return FAIL(E_INVALID, "neither mobile nor ID number");
}

static void
item_json(const struct cell *c, struct json_object *o)
{
	json_str(o, "id", c[0].s);
	json_str(o, "batch_no", c[1].s);
	json_str(o, "state", c[2].s);
	json_str(o, "state_title", state_row(state_by_word(c[2].s))->title);
	json_str(o, "unit", c[3].s);
	json_time(o, "submitted_at", c[4].i);
}

/* Whether it is listed already, as who is both handler and recipient. */
static bool
is_listed(struct json_object *items, const char *id)
{
	for (size_t i = 0; i < json_count(items); i++)
		if (strcmp(json_get_str(json_at(items, i), "id"), id) == 0)
			return true;
	return false;
}

/* Of one key: each page behind the last id of the one before. */
static enum err
each_of_key(const struct find_walk *w, const uint8_t *digest)
{
	struct env *env = w->env;
	const char *after = "";
	struct rows rows;

	do {
		const struct arg args[] = { B(digest, SEAL_INDEX), S(after) };

		TRY(db_all(env->db, env->a, (int)w->stmt, &rows, args,
		    w->is_all ? 2 : 1));
		for (size_t r = 0; r < rows.n; r++)
			TRY(w->fn(w->arg, &CELL(&rows, r, 0)));
		if (rows.n > 0)
			after = CELL(&rows, rows.n - 1, 0).s;
	} while (w->is_all && rows.n > 0);
	return E_OK;
}

enum err
find_each(const struct find_walk *w, const char *value)
{
	for (int key = 1; key < SEAL_KEYS; key++) {
		const uint8_t *digest;

		if (!seal_knows(key))
			continue;
		TRY(seal_index_of(
		    w->env->a, key, field_row(w->field)->name, value, &digest));
		TRY(each_of_key(w, digest));
	}
	return E_OK;
}

static enum err
list_one(struct json_object *items, const struct cell *c, bool is_recipient)
{
	struct json_object *item;

	if (is_listed(items, c->s))
		return E_OK;
	item = json_item(items);
	item_json(c, item);
	json_flag(item, "is_recipient", is_recipient);
	return E_OK;
}

static enum err
list_handled(void *items, const struct cell *c)
{
	return list_one(items, c, false);
}

static enum err
list_received(void *items, const struct cell *c)
{
	return list_one(items, c, true);
}

static enum err
list(struct env *env, enum field f, enum sql stmt, const char *value,
    enum err (*fn)(void *, const struct cell *), struct json_object *items)
{
	return find_each(
	    &(struct find_walk){
		.env = env, .field = f, .stmt = stmt, .fn = fn, .arg = items },
	    value);
}

enum err
find_json(
    struct env *env, const struct find_number *number, struct json_object *o)
{
	struct json_object *items = json_list(o, "items");

	if (number->field == FIELD_HANDLER_ID_NO)
		TRY(list(env, number->field, SQL_FIND_BY_ID_NO, number->value,
		    list_handled, items));
	else {
		TRY(list(env, FIELD_HANDLER_MOBILE, SQL_FIND_BY_MOBILE,
		    number->value, list_handled, items));
		TRY(list(env, FIELD_RECIPIENT_PHONE, SQL_FIND_BY_RECIPIENT,
		    number->value, list_received, items));
	}
	return audit_note(env, "find", field_row(number->field)->name,
	    arena_printf(env->a, "%zu", json_count(items)));
}
