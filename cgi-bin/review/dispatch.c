/* 制证: paid cases, a dry run over some of them, and sending them to the CA. */
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/num.h"
#include "domain/sql.h"
#include "domain/work_order_plan.h"
#include "format/json.h"
#include "review/batch.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

/* The paid cases and the work orders so far; b: after a form with refusals. */
static enum err
show_list(struct request *r, const struct batch *b)
{
	struct json_object *o = layout_new(r), *paid;
	int status = batch_outcome_json(b, o);

	TRY(work_order_paid_json(&r->env, o));
	TRY(work_order_list_json(&r->env, request_query(r, "cursor"), o));
	paid = json_get(o, "paid");
	for (size_t i = 0; i < json_count(paid); i++) {
		struct json_object *item = json_at(paid, i);
		const char *id = json_get_str(item, "id");

		json_put(item, "is_ticked", json_get(item, "is_proposed"));
		if (b != NULL)
			json_flag(item, "is_ticked",
			    work_order_lists(b->ticked, b->ticked_n, id));
	}
	json_flag(o, "has_paid", json_count(paid) > 0);
	json_flag(o, "has_orders", json_count(json_get(o, "orders")) > 0);
	layout_times(r->env.a, paid, "paid_at");
	layout_times(r->env.a, json_get(o, "orders"), "created_at");
	layout_pager(r, "/admin/work-orders", o);
	json_flag(o, "can_act", r->env.who.role == ROLE_OPERATOR);
	json_int(o, "most", WORK_ORDER_MAX);
	return respond_page(r, status, "work-orders", o);
}

enum err
work_orders_show(struct request *r)
{
	return show_list(r, NULL);
}

/* The dry run as it is now; b: after a real one that found it different. */
static enum err
show_plan(struct request *r, const struct batch *b, const char *const *ticked,
    size_t n)
{
	struct json_object *o = layout_new(r);
	int status = batch_outcome_json(b, o);

	TRY(work_order_plan_json(&r->env, ticked, n, o));
	layout_times(r->env.a, json_get(o, "cases"), "paid_at");
	json_flag(o, "has_cases", json_count(json_get(o, "cases")) > 0);
	json_flag(o, "has_left", json_count(json_get(o, "left")) > 0);
	/* Sent twice, the form goes on with the same work order. */
	json_str(o, "order", id_make(r->env.a));
	return respond_page(r, status, "work-order-plan", o);
}

enum err
work_orders_plan(struct request *r)
{
	struct batch b = { .r = r, .id = "" };

	TRY(batch_read(&b));
	if (b.ticked_n > 0)
		return show_plan(r, NULL, b.ticked, b.ticked_n);
	TRY(batch_do(&b)); /* says that nothing is ticked */
	return show_list(r, &b);
}

static bool
is_here(const struct batch *b, const struct application *app)
{
	return app->work_order_id != NULL &&
	       strcmp(app->work_order_id, b->id) == 0;
}

static enum err
dispatch_one(struct batch *b, struct work_order_row *row)
{
	if (is_here(b, row->app))
		return E_OK; /* by an earlier try of the same run */
	return db_tx(b->r->env.db, work_order_dispatch, row);
}

/* What the dry run has shown of a case, and is so no longer, is told. */
static enum err
compare_one(struct batch *b, const char *id, const char *version)
{
	struct application app;
	int64_t shown = 0;
	enum err e = application_load(&b->r->env, id, &app);

	if (e == E_NOT_FOUND) {
		b->refused = e;
		batch_refuse(b, id, err_row(e)->advice);
		return E_OK;
	}
	TRY(e);
	if (is_here(b, &app) ||
	    (version != NULL && num_int(version, 1, INT64_MAX, &shown) &&
		shown == app.version && app.state == STATE_PAID))
		return E_OK;
	b->refused = E_STATE;
	batch_refuse(b, app.batch_no,
	    arena_printf(b->r->env.a, "核对之后情况有变，现在是“%s”。",
		state_row(app.state)->title));
	return E_OK;
}

static enum err
compare(struct batch *b)
{
	for (size_t i = 0; i < b->ticked_n && b->versions != NULL; i++)
		TRY(compare_one(b, b->ticked[i],
		    batch_typed(b, b->versions, b->ticked[i])));
	return E_OK;
}

/* The work order of the run: that of its dry run, never another's. */
static enum err
read_order(struct batch *b)
{
	const char *named = request_form(b->r, "order");
	struct env *env = &b->r->env;
	struct cell *c;

	b->id = id_make(env->a);
	if (*named == '\0')
		return E_OK;
	if (!id_is(named))
		return FAIL(E_MALFORMED, "order");
	TRY(db_one(env->db, env->a, SQL_WORK_ORDER_FOREIGN, &c,
	    ARGS(S(named), S(env->who.id))));
	b->id = named;
	return c->i > 0 ? FAIL(E_STATE, "another's work order") : E_OK;
}

enum err
work_orders_dispatch(struct request *r)
{
	struct batch b = { .r = r, .work = dispatch_one };

	TRY(batch_read(&b));
	TRY(read_order(&b));
	TRY(compare(&b));
	if (b.refused != E_OK)
		return show_plan(r, &b, b.ticked, b.ticked_n);
	TRY(batch_do(&b));
	if (b.refused != E_OK)
		return show_list(r, &b);
	return respond_see_other(r, batch_path(r, b.id));
}
