/* 制证: paid cases go to the CA together, and come back completed or failed. */
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "domain/work_order.h"
#include "format/ident.h"
#include "format/json.h"
#include "format/url.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

/* What a form said about many cases, and what came of it. */
struct batch {
	struct request *r;
	const char *id; /* of the work order */
	enum err (*work)(struct batch *b, struct work_order_row *row);
	const char *opinion;
	const char **ticked;
	size_t ticked_n;
	/* The fields of every row of the form, in its order. */
	const char **rows, **valid_from, **valid_to, **serial;
	size_t rows_n;
	struct json_object *refusals; /* [{batch_no, id, message}] */
	enum err refused;	      /* the last reason */
	size_t done, left;
};

static bool
is_among(const char *const *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], id) == 0)
			return true;
	return false;
}

/* All rows' values of a field: as many as there are rows, or none. */
static enum err
column(struct batch *b, const char *name, const char ***out)
{
	size_t n;

	*out = request_form_all(b->r, name, &n);
	if (n == 0)
		*out = NULL;
	return n == 0 || n == b->rows_n
		   ? E_OK
		   : FAIL(E_MALFORMED, "%s: %zu of %zu", name, n, b->rows_n);
}

static enum err
read_batch(struct batch *b)
{
	b->ticked = request_form_all(b->r, "application", &b->ticked_n);
	b->rows = request_form_all(b->r, "row", &b->rows_n);
	b->refusals = json_array_in(b->r->env.a);
	b->opinion = layout_typed(b->r, "opinion");
	TRY(column(b, "valid_from", &b->valid_from));
	TRY(column(b, "valid_to", &b->valid_to));
	return column(b, "serial", &b->serial);
}

static void
note_refusal(struct batch *b, const char *name, const char *message)
{
	struct json_object *item = json_item(b->refusals);

	json_str(item, "name", name);
	json_str(item, "message", message);
}

/* What is wrong with one row is told with it; the others go on. */
static enum err
refuse_row(struct batch *b, const struct application *app, enum err e)
{
	struct problems *errors = &b->r->env.errors;
	int status = err_row(e)->status;

	if (status != 404 && status != 409 && status != 422)
		return e;
	b->refused = e;
	b->left++;
	for (size_t i = 0; i < errors->n; i++)
		note_refusal(b, app->batch_no, errors->item[i].message);
	if (errors->n == 0)
		note_refusal(b, app->batch_no, err_row(e)->advice);
	errors->n = 0;
	return E_OK;
}

static enum err
do_one(struct batch *b, const char *id)
{
	struct application app = { .batch_no = id };
	struct work_order_row row = { .env = &b->r->env,
		.id = b->id,
		.app = &app,
		.opinion = b->opinion,
		.serial = "" };
	enum err e = application_load(&b->r->env, id, &app);

	if (e == E_OK)
		e = b->work(b, &row);
	if (e != E_OK)
		return refuse_row(b, &app, e);
	b->done++;
	return E_OK;
}

/* Each case in a transaction of its own. */
static enum err
do_batch(struct batch *b)
{
	if (b->ticked_n == 0) {
		b->refused = E_INVALID;
		note_refusal(b, "没有勾选", "请至少勾选一件申请。");
	}
	for (size_t i = 0; i < b->ticked_n; i++)
		if (!is_among(b->ticked, i, b->ticked[i]))
			TRY(do_one(b, b->ticked[i]));
	return E_OK;
}

static const char *
path_of(struct request *r, const char *id)
{
	return arena_printf(r->env.a, "/admin/work-orders/%s", id);
}

static void
times_json(struct request *r, struct json_object *list, const char *key)
{
	for (size_t i = 0; i < json_count(list); i++)
		layout_time(r->env.a, json_at(list, i), key);
}

/* Why some were left out, and how many were not. */
static int
outcome_json(const struct batch *b, struct json_object *o)
{
	if (b == NULL)
		return 200;
	layout_refused(b->r, o, b->refused);
	if (b->left > 0)
		json_str(json_get(o, "refused"), "title",
		    arena_printf(b->r->env.a, "%zu 件没有办理", b->left));
	json_put(o, "refusals", b->refusals);
	json_flag(o, "has_refusals", json_count(b->refusals) > 0);
	json_int(o, "done", (int64_t)b->done);
	if (b->done > 0)
		json_str(o, "done_path", path_of(b->r, b->id));
	return b->refused == E_INVALID ? 422 : 409;
}

/* The paid cases and the work orders so far; b: after a form with refusals. */
static enum err
show_list(struct request *r, const struct batch *b)
{
	struct json_object *o = layout_new(r), *paid;
	const char *next;
	int status = outcome_json(b, o);

	TRY(work_order_paid_json(&r->env, o));
	TRY(work_order_list_json(&r->env, request_query(r, "cursor"), o));
	paid = json_get(o, "paid");
	for (size_t i = 0; i < json_count(paid); i++) {
		struct json_object *item = json_at(paid, i);
		const char *id = json_get_str(item, "id");

		json_put(item, "is_ticked", json_get(item, "is_due"));
		if (b != NULL)
			json_flag(item, "is_ticked",
			    is_among(b->ticked, b->ticked_n, id));
	}
	json_flag(o, "has_paid", json_count(paid) > 0);
	json_flag(o, "has_orders", json_count(json_get(o, "orders")) > 0);
	times_json(r, paid, "paid_at");
	times_json(r, json_get(o, "orders"), "created_at");
	next = json_get_str(o, "next");
	if (next != NULL)
		json_str(o, "next", url_encode(r->env.a, next));
	json_flag(o, "can_act", r->env.who.role == ROLE_OPERATOR);
	json_int(o, "most", WORK_ORDER_MAX);
	return respond_page(r, status, "work-orders", o);
}

enum err
work_orders_show(struct request *r)
{
	return show_list(r, NULL);
}

static enum err
dispatch_one(struct batch *b, struct work_order_row *row)
{
	return db_tx(b->r->env.db, work_order_dispatch, row);
}

enum err
work_orders_dispatch(struct request *r)
{
	struct batch b = {
		.r = r, .id = id_make(r->env.a), .work = dispatch_one
	};

	TRY(read_batch(&b));
	TRY(do_batch(&b));
	if (b.refused != E_OK)
		return show_list(r, &b);
	return respond_see_other(r, path_of(r, b.id));
}

static enum err
fail_one(struct batch *b, struct work_order_row *row)
{
	return db_tx(b->r->env.db, work_order_fail, row);
}

/* What the operator typed for an application, or else NULL. */
static const char *
typed(const struct batch *b, const char **values, const char *id)
{
	for (size_t i = 0; i < b->rows_n && values != NULL; i++)
		if (strcmp(b->rows[i], id) == 0)
			return values[i];
	return NULL;
}

static void
keep_typed(const struct batch *b, struct json_object *item)
{
	const char *id = json_get_str(item, "id");
	bool is_ticked = is_among(b->ticked, b->ticked_n, id);
	const char *from = typed(b, b->valid_from, id);
	const char *to = typed(b, b->valid_to, id);

	/* The two forms of the page have ticks of their own. */
	if (b->work == fail_one) {
		json_flag(item, "is_failing", is_ticked);
		return;
	}
	json_flag(item, "is_ticked", is_ticked);
	json_str(item, "serial", typed(b, b->serial, id));
	if (from != NULL)
		json_str(item, "proposed_from", from);
	if (to != NULL)
		json_str(item, "proposed_to", to);
}

static enum err
show_one(struct request *r, const char *id, const struct batch *b)
{
	struct json_object *o = layout_new(r), *items;
	int status = outcome_json(b, o);
	int64_t open = 0;

	TRY(work_order_json(&r->env, id, o));
	items = json_get(o, "items");
	for (size_t i = 0; i < json_count(items); i++) {
		struct json_object *item = json_at(items, i);

		json_put(item, "is_ticked", json_get(item, "is_open"));
		if (b != NULL)
			keep_typed(b, item);
	}
	times_json(r, items, "done_at");
	layout_time(r->env.a, o, "created_at");
	json_str(o, "path", path_of(r, id));
	json_str(o, "opinion", b != NULL ? b->opinion : "");
	json_str(o, "opinion_problem", layout_problem(&r->env, "opinion"));
	json_get_int(o, "open", &open);
	json_flag(o, "can_act", r->env.who.role == ROLE_OPERATOR);
	json_flag(
	    o, "can_finish", r->env.who.role == ROLE_OPERATOR && open > 0);
	return respond_page(r, status, "work-order", o);
}

enum err
work_order_show(struct request *r)
{
	return show_one(r, r->param[0], NULL);
}

/* The dates by rule, for a form that does not bring its own. */
static enum err
propose(struct batch *b, struct work_order_row *row)
{
	const struct application *app = row->app;
	const char *serial = app->value[FIELD_LOCK_SERIAL];
	const struct lock *lock = NULL;
	struct locks locks;

	TRY(lock_list(&b->r->env, app->unit_id, &locks));
	if (serial != NULL)
		lock = lock_find(&locks, serial);
	work_order_propose(row, lock != NULL ? lock->valid_to : NULL);
	return E_OK;
}

static enum err
complete_one(struct batch *b, struct work_order_row *row)
{
	const char *id = row->app->id;
	const char *from = typed(b, b->valid_from, id);
	const char *to = typed(b, b->valid_to, id);
	const char *serial = typed(b, b->serial, id);

	TRY(propose(b, row));
	row->valid_from = from != NULL ? from : row->valid_from;
	row->valid_to = to != NULL ? to : row->valid_to;
	row->serial = ident_trim(b->r->env.a, serial != NULL ? serial : "");
	TRY(work_order_check(row));
	if (!work_order_is_pending(row))
		return E_OK; /* done before: once is enough */
	return db_tx(b->r->env.db, work_order_complete, row);
}

static enum err
finish(struct request *r, struct batch *b)
{
	TRY(do_batch(b));
	if (b->refused != E_OK)
		return show_one(r, b->id, b);
	return respond_see_other(r, path_of(r, b->id));
}

enum err
work_order_finish_completed(struct request *r)
{
	struct batch b = { .r = r, .id = r->param[0], .work = complete_one };

	TRY(read_batch(&b));
	return finish(r, &b);
}

enum err
work_order_finish_failed(struct request *r)
{
	struct batch b = { .r = r, .id = r->param[0], .work = fail_one };

	TRY(read_batch(&b));
	if (*b.opinion != '\0')
		return finish(r, &b);
	b.refused = E_INVALID;
	problem_add(&r->env.errors, "opinion", "required",
	    "退回必须说明原因，请填写处理意见。");
	return show_one(r, b.id, &b);
}
