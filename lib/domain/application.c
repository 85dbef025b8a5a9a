/* Loading, reading what a client wants, and checking it. */
#include "domain/application_private.h"

#include <json-c/json.h>
#include <string.h>

#include "base/clock.h"
#include "domain/audit.h"
#include "domain/sql.h"
#include "format/json.h"

enum { FIXED_COLUMNS = 25 };

static enum err
load_values(struct env *env, const struct cell *c, struct application *app)
{
	for (int f = 0; f < FIELD__N; f++, c++) {
		app->value[f] = c->s;
		if (field_row((enum field)f)->is_private)
			TRY(application_unseal(env, app, (enum field)f, c));
	}
	return E_OK;
}

static enum err
of_row(struct env *env, const struct cell *c, struct application *app)
{
	*app = (struct application){ .id = c[0].s,
		.batch_no = c[1].s,
		.type = c[2].s,
		.unit_id = c[3].s,
		.account_id = c[4].s,
		.state = state_by_word(c[5].s),
		.version = c[6].i,
		.attachments_version = c[7].i,
		.round = c[8].i,
		.consent_version = c[9].i,
		.created_at = c[10].i,
		.entered_at = c[11].i,
		.touched_at = c[12].i,
		.submitted_at = c[13].i,
		.claimed_by = c[14].s,
		.claimed_until = c[15].i,
		.is_claimed = c[16].i != 0,
		.claimant = c[17].s,
		.payment_id = c[18].s,
		.paid_at = c[19].i,
		.erased_at = c[20].i,
		.work_order_id = c[21].s,
		.valid_from = c[22].s,
		.valid_to = c[23].s,
		.activated_at = c[24].i };
	return load_values(env, c + FIXED_COLUMNS, app);
}

static bool
may_see(const struct env *env, const struct application *app)
{
	if (app->state == STATE_DISCARDED)
		return env->who.role == ROLE_WORKER;
	if (env->who.role == ROLE_APPLICANT)
		return strcmp(env->who.unit_id, app->unit_id) == 0;
	/* A draft is its owner's alone until it is handed in. */
	return (env->who.role & ROLE_ADMIN) == 0 || app->state != STATE_EDITING;
}

/* The others have neither the right to the private columns nor their key. */
static bool
may_unseal(const struct env *env)
{
	return (sql_statements[SQL_APPLICATION_GET].programs & env->program) !=
	       0;
}

enum err
application_load(struct env *env, const char *id, struct application *out)
{
	enum sql get =
	    may_unseal(env) ? SQL_APPLICATION_GET : SQL_APPLICATION_GET_PUBLIC;
	struct cell *row;

	TRY(db_one(env->db, env->a, get, &row, ARGS(S(id))));
	TRY(of_row(env, row, out));
	if (may_see(env, out))
		return E_OK;
	audit_refusal(env, env->who.id, "not_yours");
	return FAIL(E_NOT_FOUND, "not the actor's");
}

bool
application_allows(
    const struct env *env, const struct application *app, enum action action)
{
	const struct machine_move *move =
	    machine_find(&state_machine, (int)app->state, (int)action);

	return move != NULL && (move->by & env->who.role) != 0;
}

struct state_of
application_state_of(const struct application *app)
{
	return (struct state_of){ app->id, app->state, app->version,
		app->entered_at };
}

enum err
application_read_input(
    struct env *env, struct json_object *in, struct application_input *out)
{
	struct json_object *member;
	enum err e = E_OK;

	for (int f = 0; f < FIELD__N; f++) {
		enum field field = (enum field)f;
		const char *name = field_row(field)->name;

		if (!field_is_input(field) ||
		    !json_object_object_get_ex(in, name, &member))
			continue;
		out->is_given[f] = true;
		if (field_take(env->a, field, member, &out->value[f],
			&env->errors) != E_OK)
			e = E_INVALID;
	}
	json_get_int(in, "consent_version", &out->consent_version);
	return e;
}

static enum err
load_locks(struct env *env, const struct application *app, struct locks *out)
{
	if (app->value[FIELD_LOCK_SERIAL] == NULL)
		return E_OK;
	return lock_list(env, app->unit_id, out);
}

enum err
application_load_facts(struct env *env, const struct application *app,
    struct application_facts *out)
{
	*out = (struct application_facts){ 0 };
	TRY(attachment_list(env, app->id, &out->files));
	return load_locks(env, app, &out->locks);
}

static enum err
find_other_new(
    struct env *env, const struct application *app, bool *has_other_new)
{
	struct cell *live;

	if (!field_is(app->value, FIELD_CATEGORY, "new"))
		return E_OK;
	TRY(db_one(env->db, env->a, SQL_LIVE_NEW, &live,
	    ARGS(S(app->unit_id), S(app->id))));
	*has_other_new = live->i > 0;
	return E_OK;
}

static enum err
check_fields(struct env *env, const struct application *app,
    struct application_facts *facts)
{
	const char *serial = app->value[FIELD_LOCK_SERIAL];
	struct field_facts known = { .now = clock_now(),
		.has_fee = app->value[FIELD_FEE_FEN] != NULL };

	TRY(find_other_new(env, app, &facts->has_other_new));
	known.second_is_needed = facts->has_other_new;
	if (serial != NULL)
		known.lock_error = lock_refusal(env, &facts->locks, serial);
	field_check(env->a, app->value, &known, &env->errors, &env->warnings);
	return E_OK;
}

enum err
application_check_fields(struct env *env, const struct application *app)
{
	struct application_facts facts = { 0 };

	TRY(load_locks(env, app, &facts.locks));
	return check_fields(env, app, &facts);
}

enum err
application_check(struct env *env, const struct application *app,
    struct application_facts *facts)
{
	TRY(check_fields(env, app, facts));
	attachment_check(
	    &facts->files, app->value[FIELD_CATEGORY], &env->errors);
	return E_OK;
}
