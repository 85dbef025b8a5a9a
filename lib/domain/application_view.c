/* How an application is shown: the owner's view, lists, the form itself. */
#include <json-c/json.h>
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "domain/activation.h"
#include "domain/application_private.h"
#include "domain/delivery.h"
#include "domain/invoice.h"
#include "domain/keyset.h"
#include "domain/open_type.h"
#include "domain/refund.h"
#include "domain/review.h"
#include "domain/sql.h"
#include "domain/workday.h"
#include "format/json.h"

/* Years and fee are integers; everything else is text. */
static void
value_json(struct json_object *o, enum field f, const char *value)
{
	const struct field_row *row = field_row(f);
	int64_t number;

	if (value != NULL &&
	    (row->type == FIELD_YEARS_TYPE || row->type == FIELD_FEE) &&
	    num_int(value, 0, INT64_MAX, &number))
		json_int(o, row->name, number);
	else
		json_str(o, row->name, value);
}

static void
state_json(struct json_object *o, enum state state)
{
	const struct state_row *row = state_row(state);

	json_str(o, "state", row->word);
	json_str(o, "state_title", row->title);
	json_str(o, "status", row->status);
}

void
application_problems_json(const struct problems *ps, struct json_object *array)
{
	for (size_t i = 0; i < ps->n; i++) {
		struct json_object *o = json_item(array);

		json_str(o, "field", ps->item[i].field);
		json_str(o, "code", ps->item[i].code);
		json_str(o, "message", ps->item[i].message);
	}
}

/* What is offered; the delivery has its own. */
static bool
is_offered(const struct machine_move *m, enum role role, bool is_activated)
{
	return (m->by & role) != 0 &&
	       !delivery_has_event(state_machine.event[m->event].word) &&
	       (m->event != ACTION_ACTIVATE || !is_activated);
}

static void
actions_json(const struct env *env, enum state state, bool is_activated,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "actions");

	for (size_t i = 0; i < state_machine.moves; i++) {
		const struct machine_move *m = &state_machine.move[i];

		if (m->from == (int)state &&
		    is_offered(m, env->who.role, is_activated))
			json_item_str(list, state_machine.event[m->event].word);
	}
}

static enum err
history_json(struct env *env, const char *id, struct json_object *o)
{
	struct json_object *list = json_list(o, "history");
	struct rows rows;

	TRY(db_all(env->db, env->a, SQL_HISTORY_LIST, &rows, ARGS(S(id))));
	for (size_t r = 0; r < rows.n; r++) {
		const struct cell *c = &CELL(&rows, r, 0);
		struct json_object *item = json_item(list);
		enum action action = action_by_word(c[0].s);

		json_str(item, "action", c[0].s);
		json_str(item, "step",
		    action != ACTION__N ? action_row(action)->step : c[0].s);
		json_str(item, "actor", c[1].s);
		json_time(item, "received_at", c[2].i);
		json_time(item, "handled_at", c[3].i);
		json_str(item, "opinion", c[4].s);
	}
	return E_OK;
}

/* Orders are for what was approved, whatever became of it. */
static bool
may_have_order(enum state state)
{
	const char *tab = state_row(state)->status;

	return tab != NULL &&
	       strcmp(tab, state_row(STATE_APPROVED)->status) == 0;
}

/* The order that counts: the paid one, else the newest. */
static enum err
order_json(
    struct env *env, const struct application *app, struct json_object *o)
{
	struct json_object *order;
	enum err e = E_NOT_FOUND;
	struct cell *c;

	if (may_have_order(app->state))
		e = db_one(env->db, env->a, SQL_ORDER_OF, &c, ARGS(S(app->id)));
	if (e == E_NOT_FOUND) {
		json_null(o, "order");
		return E_OK;
	}
	TRY(e);
	order = json_sub(o, "order");
	json_str(order, "order_no", c[0].s);
	json_str(order, "provider", c[1].s);
	json_str(order, "status", c[2].s);
	json_int(order, "amount_fen", c[3].i);
	json_time(order, "expires_at", c[4].i);
	return E_OK;
}

/* Money goes back of orders alone. */
static enum err
refunds_json(
    struct env *env, const struct application *app, struct json_object *o)
{
	if (may_have_order(app->state))
		return refund_owner_json(env, app->id, o);
	json_list(o, "refunds");
	return E_OK;
}

static enum err
the_invoice_json(
    struct env *env, const struct application *app, struct json_object *o)
{
	struct json_object *invoice;
	enum err e = E_NOT_FOUND;
	struct cell *c;

	if (app->payment_id != NULL)
		e = db_one(
		    env->db, env->a, SQL_INVOICE_OF, &c, ARGS(S(app->id)));
	if (e == E_NOT_FOUND) {
		json_null(o, "invoice");
		return E_OK;
	}
	TRY(e);
	invoice = json_sub(o, "invoice");
	json_str(invoice, "id", c[0].s);
	json_str(invoice, "status", c[1].s);
	json_str(invoice, "status_title", invoice_state_title(c[1].s));
	json_str(invoice, "number", c[2].s);
	return E_OK;
}

static void
the_lock_json(struct env *env, const struct application *app,
    const struct locks *locks, struct json_object *o)
{
	const char *serial = app->value[FIELD_LOCK_SERIAL];
	const struct lock *lock =
	    serial == NULL ? NULL : lock_find(locks, serial);

	if (lock == NULL)
		json_null(o, "lock");
	else
		lock_json(env, lock, json_sub(o, "lock"));
}

/* What comes next depends on where the lock is. Of a case that was refunded
 * nothing comes any more. */
static enum err
next_json(struct env *env, const struct application *app, struct json_object *o)
{
	struct deliveries all = { 0 };

	if (app->state == STATE_COMPLETED)
		TRY(delivery_list(env, app, &all));
	json_str(o, "next",
	    activation_next(app->state, app->activated_at != 0, &all));
	delivery_json(env, app, &all, o);
	return E_OK;
}

static void
header_json(const struct application *app, struct json_object *o)
{
	json_str(o, "id", app->id);
	json_str(o, "batch_no", app->batch_no);
	json_str(o, "type", app->type);
	state_json(o, app->state);
	json_int(o, "version", app->version);
	json_int(o, "attachments_version", app->attachments_version);
	json_int(o, "consent_version", app->consent_version);
	json_time(o, "created_at", app->created_at);
	json_time(o, "updated_at", app->touched_at);
	json_time(o, "submitted_at", app->submitted_at);
	json_time(o, "paid_at", app->paid_at);
	json_time(o, "erased_at", app->erased_at);
	json_str(o, "valid_from", app->valid_from);
	json_str(o, "valid_to", app->valid_to);
}

enum err
application_json(
    struct env *env, const struct application *app, struct json_object *o)
{
	struct application_facts facts;
	struct json_object *list;

	header_json(app, o);
	for (int f = 0; f < FIELD__N; f++)
		value_json(o, (enum field)f, app->value[f]);
	TRY(application_load_facts(env, app, &facts));
	list = json_list(o, "attachments");
	for (size_t i = 0; i < facts.files.n; i++)
		attachment_json(&facts.files.item[i], json_item(list));
	TRY(history_json(env, app->id, o));
	TRY(review_last_json(env, app, o));
	if (application_allows(env, app, ACTION_SAVE))
		TRY(application_check(env, app, &facts));
	attachment_warn(&facts.files, &env->warnings);
	application_problems_json(&env->errors, json_list(o, "errors"));
	application_problems_json(&env->warnings, json_list(o, "warnings"));
	TRY(order_json(env, app, o));
	TRY(refunds_json(env, app, o));
	TRY(the_invoice_json(env, app, o));
	the_lock_json(env, app, &facts.locks, o);
	TRY(next_json(env, app, o));
	TRY(workday_promise_json(
	    env, app->state == STATE_PENDING, app->submitted_at, o));
	TRY(activation_json(env, app, o));
	actions_json(env, app->state, app->activated_at != 0, o);
	return E_OK;
}

static void
summary_json(const struct env *env, const struct cell *c, struct json_object *o)
{
	enum state state = state_by_word(c[3].s);
	int64_t fee;

	json_str(o, "id", c[0].s);
	json_str(o, "batch_no", c[1].s);
	json_str(o, "type", c[2].s);
	state_json(o, state);
	json_int(o, "version", c[4].i);
	json_time(o, "created_at", c[5].i);
	json_time(o, "updated_at", c[6].i);
	json_str(o, "project_name", c[7].s);
	json_str(o, "applicant_unit", c[8].s);
	json_str(o, "handler_name", c[9].s);
	json_str(o, "category", c[10].s);
	if (c[11].s != NULL && num_int(c[11].s, 0, INT64_MAX, &fee))
		json_int(o, "fee_fen", fee);
	else
		json_null(o, "fee_fen");
	actions_json(env, state, !c[12].is_null, o);
}

static enum err
counts_json(struct env *env, struct json_object *o)
{
	struct json_object *counts = json_sub(o, "counts");
	struct rows rows;
	int64_t all = 0;

	for (int s = 0; s < STATE__N; s++)
		if (state_row((enum state)s)->status != NULL)
			json_int(counts, state_row((enum state)s)->status, 0);
	TRY(db_all(env->db, env->a, SQL_APPLICATION_COUNTS, &rows,
	    ARGS(S(env->who.unit_id))));
	for (size_t r = 0; r < rows.n; r++) {
		json_int(counts, CELL(&rows, r, 0).s, CELL(&rows, r, 1).i);
		all += CELL(&rows, r, 1).i;
	}
	json_int(counts, "all", all);
	return E_OK;
}

enum err
application_rows(struct env *env, int all, int of_status,
    const struct application_filter *f, int64_t limit, struct rows *rows)
{
	const char *below = f->cursor != NULL ? f->cursor : "~";
	struct arg from = f->from != 0 ? T(f->from) : NONE;
	struct arg to = f->to != 0 ? T(f->to) : NONE;
#define FILTER                                                                 \
	S(below), S(f->state), S(f->state), S(f->type), S(f->type),            \
	    S(f->category), S(f->category), S(f->batch_no), S(f->batch_no),    \
	    S(f->handler), S(f->handler), S(f->handler), from, from, to, to,   \
	    I(limit)
	if (f->status == NULL)
		return db_all(env->db, env->a, all, rows,
		    ARGS(S(env->who.unit_id), FILTER));
	return db_all(env->db, env->a, of_status, rows,
	    ARGS(S(env->who.unit_id), S(f->status), FILTER));
#undef FILTER
}

static bool
is_status(const char *word)
{
	for (int s = 0; s < STATE__N; s++) {
		const char *status = state_row((enum state)s)->status;

		if (status != NULL && strcmp(status, word) == 0)
			return true;
	}
	return false;
}

static bool
is_category(const char *word)
{
	return field_is_option(FIELD_CATEGORY, word);
}

static bool
is_type(const char *word)
{
	return open_type_find(word) != NULL;
}

static bool
is_state(const char *word)
{
	enum state s = state_by_word(word);

	return s != STATE__N && state_row(s)->status != NULL;
}

/* A word of ours: a filter misspelt would look like an empty list. */
enum err
application_check_filter(struct env *env, const struct application_filter *f)
{
	const struct {
		const char *name, *word;
		bool (*is_known)(const char *);
	} words[] = {
		{ "status", f->status, is_status },
		{ "state", f->state, is_state },
		{ "type", f->type, is_type },
		{ "category", f->category, is_category },
		{ "cursor", f->cursor, id_is },
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].word != NULL && !words[i].is_known(words[i].word))
			problem_add(&env->errors, words[i].name, "option",
			    "查询条件 %s 没有这个值，请从列出的值中选择。",
			    words[i].name);
	return env->errors.n == 0 ? E_OK : FAIL(E_INVALID, "filter");
}

enum err
application_list_json(struct env *env, const struct application_filter *filter,
    struct json_object *o)
{
	struct json_object *items = json_list(o, "items");
	struct rows rows;
	size_t n;

	TRY(application_check_filter(env, filter));
	TRY(application_rows(env, SQL_APPLICATION_LIST, SQL_APPLICATION_LIST_OF,
	    filter, filter->limit + 1, &rows));
	n = keyset_by_id(&rows, (size_t)filter->limit, 0, o);
	for (size_t r = 0; r < n; r++)
		summary_json(env, &CELL(&rows, r, 0), json_item(items));
	return counts_json(env, o);
}
