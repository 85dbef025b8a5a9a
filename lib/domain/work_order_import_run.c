/* 结果导入: doing the rows of one that was confirmed, each for itself. */
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "domain/audit.h"
#include "domain/confirmation.h"
#include "domain/sql.h"
#include "domain/work_order_import_private.h"
#include "domain/work_order_private.h"

/* One row on its way. */
struct doing {
	const struct work_order_desk *d;
	struct env *env; /* in the name of who asked */
	int64_t n;
	struct work_order_row row;
	bool is_failure;
	const char *state, *outcome; /* as it is marked */
};

/* *is_ours: it was open, and this transaction is the one that has it. */
static enum err
mark(const struct doing *x, bool *is_ours)
{
	TRY(db_exec(x->env->db, SQL_IMPORT_ROW_DONE,
	    ARGS(S(x->state), S(x->outcome), S(x->d->id), I(x->n))));
	*is_ours = db_changed(x->env->db) == 1;
	return E_OK;
}

static enum err
do_row(void *arg)
{
	struct doing *x = arg;
	bool is_ours;

	TRY(mark(x, &is_ours));
	if (!is_ours)
		return E_OK;
	return x->is_failure ? work_order_fail(&x->row)
			     : work_order_complete(&x->row);
}

static enum err
note_refusal(void *arg)
{
	const struct doing *x = arg;
	bool is_ours;

	TRY(mark(x, &is_ours));
	if (!is_ours)
		return E_OK;
	return audit_add(x->env, "import_row_refused", x->d->work_order_id,
	    arena_printf(x->env->a, "%s row %lld", x->d->id, (long long)x->n));
}

static enum err
refuse(struct doing *x, const char *why)
{
	x->state = "refused";
	x->outcome = why;
	x->env->errors.n = 0;
	err_clear();
	return db_tx(x->env->db, note_refusal, x);
}

/* The case as it is at this moment, whatever the list said. */
static enum err
load_case(struct doing *x, const char *id, struct application *app,
    struct work_order_case *of)
{
	const struct lock *lock = NULL;
	const char *serial;
	struct locks locks;

	TRY(application_load(x->env, id, app));
	TRY(lock_list(x->env, app->unit_id, &locks));
	serial = app->value[FIELD_LOCK_SERIAL];
	if (serial != NULL)
		lock = lock_find(&locks, serial);
	*of = (struct work_order_case){ .years = app->value[FIELD_YEARS],
		.lock_serial = serial,
		.lock_valid_to = lock != NULL ? lock->valid_to : NULL,
		.is_new = field_is(app->value, FIELD_CATEGORY, "new"),
		.is_open =
		    app->state == STATE_PROCESSING && work_order_is_of(&x->row),
		.is_completed = app->state == STATE_COMPLETED };
	if (of->is_new && *x->row.serial != '\0')
		of->is_serial_taken = lock_find(&locks, x->row.serial) != NULL;
	return E_OK;
}

/* What can be put right by people is told with the row; the others go on. */
static enum err
settle(struct doing *x, enum err e)
{
	int status = e == E_OK ? 0 : err_row(e)->status;

	if (status != 404 && status != 409 && status != 422)
		return e;
	return refuse(x, x->env->errors.n > 0 ? x->env->errors.item[0].message
					      : err_row(e)->advice);
}

static enum err
do_one(struct doing *x, size_t r)
{
	const struct cell *item = work_order_desk_item(x->d, r);
	struct work_order_answer said = work_order_desk_answer(x->d, r);
	struct work_order_verdict v;
	struct work_order_case of;
	struct application app;
	enum err e;

	x->n = CELL(&x->d->rows, r, ROW_N).i;
	x->row = (struct work_order_row){ .env = x->env,
		.id = x->d->work_order_id,
		.app = &app,
		.serial = said.serial,
		.opinion = said.reason };
	if (item != NULL)
		TRY(load_case(x, item[WORK_ORDER_ITEM_ID].s, &app, &of));
	TRY(work_order_desk_judge(x->d, r, item != NULL ? &of : NULL, &v));
	if (v.refusal != NULL)
		return refuse(x, v.refusal);
	x->is_failure = strcmp(said.result, "failed") == 0;
	x->row.valid_from = v.valid_from;
	x->row.valid_to = v.valid_to;
	x->state = "done";
	x->outcome = v.remark != NULL ? v.remark : "";
	e = x->is_failure ? E_OK : work_order_check(&x->row);
	return settle(x, e == E_OK ? db_tx(x->env->db, do_row, x) : e);
}

static enum err
finish(void *arg)
{
	const struct work_order_desk *d = arg;
	struct env *env = d->env;

	TRY(db_exec(env->db, SQL_IMPORT_FINISH, ARGS(S(d->id), S(d->id))));
	if (db_changed(env->db) != 1)
		return E_OK;
	return audit_add(env, "import_done", d->work_order_id, d->id);
}

enum err
work_order_import_run(
    struct env *env, const char *work_order_id, const char *id)
{
	struct work_order_desk d = {
		.env = env, .work_order_id = work_order_id, .id = id
	};
	struct env as = *env;
	struct doing x = { .d = &d, .env = &as };

	TRY(work_order_desk_open(&d));
	if (strcmp(d.c[IMPORT_STATE].s, "draft") == 0)
		return FAIL(E_STATE, "not confirmed");
	as.who = (struct actor){ .role = ROLE_OPERATOR,
		.id = d.c[IMPORT_ASKED_BY].s,
		.name = d.c[IMPORT_ASKER].s };
	as.errors.n = 0;
	for (size_t r = 0; r < d.rows.n; r++)
		if (strcmp(CELL(&d.rows, r, ROW_STATE).s, "open") == 0)
			TRY(do_one(&x, r));
	return db_tx(env->db, finish, &d);
}

void
work_order_import_after(struct env *env, struct json_object *payload)
{
	/* What is left of it can be gone on with on its page. */
	if (work_order_import_run(env, confirmation_text(payload, "work_order"),
		confirmation_text(payload, "import")) == E_OK)
		return;
	log_fault(LOG_WARN, "import_interrupted", NULL, NULL);
	err_clear();
}
