/* What changes an application: create, save, submit, withdraw and so on. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/application_private.h"
#include "domain/audit.h"
#include "domain/consent.h"
#include "domain/order.h"
#include "domain/sql.h"
#include "domain/submission.h"
#include "format/json.h"

enum { FIXED_ARGS = 6 };

static bool
is_chosen(const struct application *app, enum field f)
{
	return app->value[f] != NULL && field_is_option(f, app->value[f]);
}

/* The fee in force for what was chosen, as text; NULL when there is none. */
static enum err
find_fee(struct env *env, const struct application *app, const char **fee)
{
	const char *const *v = app->value;
	struct cell *row;
	int64_t years;
	enum err e;

	*fee = NULL;
	if (!is_chosen(app, FIELD_CATEGORY) ||
	    !is_chosen(app, FIELD_BUSINESS) || v[FIELD_YEARS] == NULL ||
	    !num_int(v[FIELD_YEARS], 1, FIELD_YEARS_MOST, &years))
		return E_OK;
	e = db_one(env->db, env->a, SQL_FEE_IN_FORCE, &row,
	    ARGS(S(app->type), S(v[FIELD_CATEGORY]), S(v[FIELD_BUSINESS]),
		I(years)));
	if (e == E_OK)
		*fee = row->s;
	return e == E_NOT_FOUND ? E_OK : e;
}

/* Lays the input over the values, then what the server sets itself. */
static enum err
apply(struct application_change *c)
{
	struct env *env = c->env;
	struct application *app = &c->app;
	struct locks locks;
	const struct lock *only;

	for (int f = 0; f < FIELD__N; f++)
		if (c->input.is_given[f])
			app->value[f] = c->input.value[f];
	if (field_is(app->value, FIELD_CATEGORY, "renewal") &&
	    app->value[FIELD_LOCK_SERIAL] == NULL) {
		TRY(lock_list(env, app->unit_id, &locks));
		if ((only = lock_only_main(&locks)) != NULL)
			app->value[FIELD_LOCK_SERIAL] = only->serial;
	}
	return find_fee(env, app, &app->value[FIELD_FEE_FEN]);
}

static enum err
add_consent(struct env *env, const char *id, int64_t version)
{
	return db_exec(env->db, SQL_CONSENT_ADD,
	    ARGS(S(id_make(env->a)), S(id), S(env->who.id), I(version),
		S(env->ip)));
}

bool
application_is_batch_no(const char *text)
{
	return strlen(text) == BATCH_NO_LENGTH && memcmp(text, "CA", 2) == 0 &&
	       strspn(text + 2, "0123456789") == BATCH_NO_LENGTH - 2;
}

/* A number that was taken and not used stays unused. */
static enum err
next_batch_no(struct env *env, const char **out)
{
	char day[CLOCK_TEXT];
	struct cell *row;

	clock_day(day, clock_now());
	memmove(day + 4, day + 5, 2);
	memmove(day + 6, day + 8, 3);
	TRY(db_one(env->db, env->a, SQL_BATCH_NEXT, &row, ARGS(S(day))));
	*out = arena_printf(env->a, "CA%s%06lld", day, (long long)row->i);
	return E_OK;
}

static enum err
type_is_open(struct env *env, const char *type)
{
	struct cell *row;
	enum err e =
	    db_one(env->db, env->a, SQL_TYPE_IS_OPEN, &row, ARGS(S(type)));

	if (e == E_NOT_FOUND) {
		problem_add(&env->errors, "type", "option",
		    "申请类型请选择企业（enterprise）。");
		return FAIL(E_INVALID, "unknown type");
	}
	if (e == E_OK && row->i == 0)
		return FAIL(E_TYPE_CLOSED, "%s", type);
	return e;
}

/* The version that is named has to be the current one. */
static enum err
check_consent(struct env *env, int64_t named)
{
	int64_t current;

	TRY(consent_current(env, &current));
	return named == current
		   ? E_OK
		   : FAIL(E_CONSENT, "current is %lld", (long long)current);
}

enum err
application_prepare_create(struct application_change *c, struct json_object *in)
{
	const char *type = json_get_str(in, "type");
	struct env *env = c->env;
	struct cell *unit;
	int64_t consent = 0; /* the route requires it */

	json_get_int(in, "consent_version", &consent);
	TRY(type_is_open(env, type));
	TRY(check_consent(env, consent));
	TRY(application_read_input(env, in, &c->input));
	TRY(db_one(
	    env->db, env->a, SQL_UNIT_GET, &unit, ARGS(S(env->who.unit_id))));
	c->app = (struct application){ .id = id_make(env->a),
		.type = type,
		.unit_id = env->who.unit_id,
		.account_id = env->who.id,
		.state = STATE_EDITING,
		.version = 1,
		.consent_version = consent };
	c->app.value[FIELD_APPLICANT_UNIT] = unit[0].s;
	TRY(apply(c));
	return next_batch_no(env, &c->app.batch_no);
}

enum err
application_create(void *change)
{
	struct application_change *c = change;
	const struct application *app = &c->app;
	struct env *env = c->env;
	struct arg args[FIXED_ARGS + FIELD_ARGS] = { S(app->id),
		S(app->batch_no), S(app->type), S(app->unit_id),
		S(app->account_id), I(app->consent_version) };
	size_t n;

	TRY(application_args(env, app, true, args + FIXED_ARGS, &n));
	TRY(db_exec(env->db, SQL_APPLICATION_ADD, args, FIXED_ARGS + n));
	TRY(add_consent(env, app->id, app->consent_version));
	TRY(db_exec(env->db, SQL_HISTORY_ADD,
	    ARGS(S(id_make(env->a)), S(app->id), I(1),
		S(action_row(ACTION_CREATE)->word), S(env->who.id),
		S(env->who.name), T(clock_now()), S(""))));
	return audit_add(env, "create", app->id, app->batch_no);
}

enum err
application_prepare_save(struct application_change *c, struct json_object *in)
{
	int64_t named;

	if (!application_allows(c->env, &c->app, ACTION_SAVE))
		return FAIL(E_STATE, "save");
	if (json_get_int(in, "consent_version", &named))
		TRY(check_consent(c->env, named));
	TRY(application_read_input(c->env, in, &c->input));
	return apply(c);
}

enum err
application_save(void *change)
{
	struct application_change *c = change;
	const struct application *app = &c->app;
	struct env *env = c->env;
	struct arg args[1 + FIELD_ARGS + 3];
	size_t n;
	bool renews = c->input.consent_version > app->consent_version;
	int64_t consent =
	    renews ? c->input.consent_version : app->consent_version;

	args[0] = I(consent);
	TRY(application_args(env, app, true, args + 1, &n));
	args[1 + n] = S(app->id);
	args[2 + n] = I(app->version);
	args[3 + n] = S(state_row(app->state)->word);
	TRY(db_exec(env->db, SQL_APPLICATION_SAVE, args, n + 4));
	if (db_changed(env->db) != 1)
		return FAIL(E_STALE, "saved elsewhere");
	if (renews)
		TRY(add_consent(env, app->id, consent));
	return audit_add(env, "save", app->id,
	    arena_printf(env->a, "version %lld", (long long)app->version + 1));
}

enum err
application_prepare_submit(struct application_change *c)
{
	struct env *env = c->env;
	struct application_facts facts;

	if (!application_allows(env, &c->app, ACTION_SUBMIT))
		return FAIL(E_STATE, "submit");
	TRY(check_consent(env, c->app.consent_version));
	TRY(find_fee(env, &c->app, &c->app.value[FIELD_FEE_FEN]));
	TRY(application_load_facts(env, &c->app, &facts));
	TRY(application_check(env, &c->app, &facts));
	if (env->errors.n > 0)
		return FAIL(E_INVALID, "%zu problems", env->errors.n);
	/* A reason counts only while another new application is live: without
	 * one this is the first, and holds the key that lets no second in. */
	if (!facts.has_other_new)
		c->app.value[FIELD_SECOND_REASON] = NULL;
	return E_OK;
}

enum err
application_submit(void *change)
{
	struct application_change *c = change;
	struct env *env = c->env;
	struct application *app = &c->app;
	struct state_of from = application_state_of(app);
	enum err e;

	TRY(db_change(env->db, SQL_APPLICATION_SUBMIT,
	    ARGS(S(app->value[FIELD_FEE_FEN]),
		S(app->value[FIELD_SECOND_REASON]), S(app->id), I(app->version),
		I(app->attachments_version))));
	TRY(submission_add(env, app));
	e = state_move(env, &from, ACTION_SUBMIT, "");
	if (e == E_DUPLICATE &&
	    (db_duplicate_is(env->db, "applications_live_lock") ||
		db_duplicate_is(env->db, "applications_live_new")))
		return FAIL(E_ALREADY_LIVE, "submit");
	return e;
}

enum err
application_withdraw(void *change)
{
	struct application_change *c = change;
	struct env *env = c->env;
	struct state_of from = application_state_of(&c->app);

	if (!application_allows(env, &c->app, ACTION_WITHDRAW))
		return FAIL(E_STATE, "withdraw");
	TRY(db_exec(env->db, SQL_APPLICATION_UNCLAIMED,
	    ARGS(S(c->app.id), I(c->app.version))));
	if (db_changed(env->db) != 1)
		return FAIL(
		    c->app.is_claimed ? E_CLAIMED : E_STATE, "withdraw");
	return state_move(env, &from, ACTION_WITHDRAW, "");
}

enum err
application_cancel(void *change)
{
	struct application_change *c = change;
	struct state_of from = application_state_of(&c->app);

	TRY(state_move(c->env, &from, ACTION_CANCEL, ""));
	/* The worker closes what is still open at the providers. */
	return order_give_up(c->env, c->app.id, ORDER_EVENT_CANCEL);
}

enum err
application_discard(void *change)
{
	struct application_change *c = change;
	struct state_of from = application_state_of(&c->app);

	return state_move(c->env, &from, ACTION_DISCARD, "");
}
