/* What the help desk sees of activations, and what it did about them. */

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "domain/activation.h"
#include "domain/application_private.h"
#include "domain/audit.h"
#include "domain/delivery.h"
#include "domain/keyset.h"
#include "domain/sql.h"
#include "format/json.h"

enum { PAGE = 50 };

static const char *
delivery_title(const char *state)
{
	int s = state != NULL ? machine_state(&delivery_machine, state)
			      : DELIVERY__N;

	return s != DELIVERY__N ? delivery_machine.state[s].title : NULL;
}

static enum err
row_json(struct env *env, const struct cell *c, struct json_object *o)
{
	struct application app = { .id = c[0].s };

	TRY(application_unseal(env, &app, FIELD_HANDLER_MOBILE, &c[4]));
	json_str(o, "id", c[0].s);
	json_str(o, "batch_no", c[1].s);
	json_str(o, "unit", c[2].s);
	json_str(o, "handler", c[3].s);
	json_str(o, "mobile",
	    field_mask(
		env->a, FIELD_HANDLER_MOBILE, app.value[FIELD_HANDLER_MOBILE]));
	json_time(o, "completed_at", c[5].i);
	json_int(o, "days", (clock_now() - c[5].i) / CLOCK_DAY);
	json_time(o, "activated_at", c[6].i);
	json_str(o, "delivery", delivery_title(c[7].s));
	if (!c[8].is_null)
		json_int(o, "reminded", c[8].i);
	json_time(o, "contacted_at", c[9].i);
	json_str(o, "contacted_by", c[10].s);
	json_str(o, "note", c[11].s);
	json_str(o, "valid_to", c[12].s);
	json_str(o, "serial", c[13].s);
	json_str(o, "said_valid_to", c[14].s);
	json_str(o, "said_serial", c[15].s);
	return E_OK;
}

static enum err
read_page(
    struct env *env, bool is_different, const char *cursor, struct rows *rows)
{
	const char *id = "";
	int64_t at = 0;

	if (is_different)
		return db_all(env->db, env->a, SQL_ACTIVATIONS_OPEN, rows,
		    ARGS(S(cursor != NULL ? cursor : ""), I(PAGE + 1)));
	TRY(keyset_time(env->a, cursor, &at, &id));
	return db_all(env->db, env->a, SQL_ACTIVATIONS_WAITING, rows,
	    ARGS(T(at), T(at), S(id), I(PAGE + 1)));
}

enum err
activation_list_json(struct env *env, bool is_different, const char *cursor,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "cases");
	struct rows rows;
	size_t n;

	TRY(read_page(env, is_different, cursor, &rows));
	n = is_different ? keyset_by_id(&rows, PAGE, 0, o)
			 : keyset_by_time(env->a, &rows, PAGE, 5, 0, o);
	for (size_t r = 0; r < n; r++)
		TRY(row_json(env, &CELL(&rows, r, 0), json_item(list)));
	return E_OK;
}

enum err
activation_share_json(struct env *env, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_ACTIVATION_SHARE, &c, ARGS()));
	if (c[0].i == 0)
		return E_OK;
	json_int(o, "share_of", c[0].i);
	json_int(o, "share", c[1].i * 100 / c[0].i);
	return E_OK;
}

enum err
activation_contacts_json(
    struct env *env, const struct application *app, struct json_object *o)
{
	struct json_object *list = json_list(o, "contacts");
	struct rows rows;

	TRY(db_all(
	    env->db, env->a, SQL_ACTIVATION_CONTACTS, &rows, ARGS(S(app->id))));
	for (size_t r = 0; r < rows.n; r++) {
		struct json_object *item = json_item(list);

		json_time(item, "at", CELL(&rows, r, 0).i);
		json_str(item, "by", CELL(&rows, r, 1).s);
		json_str(item, "note", CELL(&rows, r, 2).s);
	}
	return E_OK;
}

enum err
activation_check_contact(const struct activation_contact *c)
{
	struct problems *errors = &c->env->errors;

	if (c->app->state != STATE_COMPLETED)
		return FAIL(E_STATE, "nothing to activate");
	problem_prose(errors, "contact", c->note, ACTIVATION_NOTE_MAX,
	    "请写明联系的情况，如“已电话指导，下午激活”。");
	return errors->n == 0 ? E_OK : FAIL(E_INVALID, "contact");
}

enum err
activation_add_contact(void *arg)
{
	const struct activation_contact *c = arg;
	struct env *env = c->env;

	TRY(db_exec(env->db, SQL_ACTIVATION_CONTACT,
	    ARGS(S(id_make(env->a)), S(c->app->id), S(env->who.id),
		S(c->note))));
	if (c->is_cleared)
		TRY(db_exec(
		    env->db, SQL_ACTIVATION_CLEAR, ARGS(S(c->app->id))));
	return audit_add(env, "contact", c->app->id,
	    c->is_cleared ? "difference cleared" : "");
}
