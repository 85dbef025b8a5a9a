/* 制证批次: what the CA has been sent comes back completed or failed. */

#include "base/arena.h"
#include "domain/work_order_import.h"
#include "format/ident.h"
#include "format/json.h"
#include "review/batch.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static enum err
fail_one(struct batch *b, struct work_order_row *row)
{
	return db_tx(b->r->env.db, work_order_fail, row);
}

static void
keep_typed(const struct batch *b, struct json_object *item)
{
	const char *id = json_get_str(item, "id");
	bool is_ticked = work_order_lists(b->ticked, b->ticked_n, id);
	const char *from = batch_typed(b, b->valid_from, id);
	const char *to = batch_typed(b, b->valid_to, id);

	/* The two forms of the page have ticks of their own. */
	if (b->work == fail_one) {
		json_flag(item, "is_failing", is_ticked);
		return;
	}
	json_flag(item, "is_ticked", is_ticked);
	json_str(item, "serial", batch_typed(b, b->serial, id));
	if (from != NULL)
		json_str(item, "proposed_from", from);
	if (to != NULL)
		json_str(item, "proposed_to", to);
}

static enum err
show_one(struct request *r, const char *id, const struct batch *b)
{
	struct json_object *o = layout_new(r), *items;
	int status = batch_outcome_json(b, o);
	bool can_act = r->env.who.role == ROLE_OPERATOR, can_tick = false;
	int64_t open = 0;

	TRY(work_order_json(&r->env, id, o));
	items = json_get(o, "items");
	for (size_t i = 0; i < json_count(items); i++) {
		struct json_object *item = json_at(items, i);

		can_tick |= json_get_flag(item, "is_open") ||
			    json_get_flag(item, "needs_serial");
		json_put(item, "is_ticked", json_get(item, "is_open"));
		if (b != NULL)
			keep_typed(b, item);
	}
	layout_times(r->env.a, items, "done_at");
	TRY(work_order_imports_json(&r->env, id, o));
	layout_times(r->env.a, json_get(o, "imports"), "uploaded_at");
	json_flag(o, "has_imports", json_count(json_get(o, "imports")) > 0);
	json_str(o, "file_problem", layout_problem(&r->env, "file"));
	layout_time(r->env.a, o, "created_at");
	json_str(o, "path", batch_path(r, id));
	json_str(o, "opinion", b != NULL ? b->opinion : "");
	json_str(o, "opinion_problem", layout_problem(&r->env, "opinion"));
	json_get_int(o, "open", &open);
	json_flag(o, "can_act", can_act);
	json_flag(o, "can_tick", can_act && can_tick);
	json_flag(o, "can_finish", can_act && open > 0);
	json_flag(o, "is_over", open == 0);
	return respond_page(r, status, "work-order", o);
}

enum err
work_order_show_refused(struct request *r, enum err e)
{
	struct batch none = { .r = r,
		.id = r->param[0],
		.opinion = "",
		.refusals = json_array_in(r->env.a),
		.refused = e };

	return show_one(r, r->param[0], &none);
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
	const char *from = batch_typed(b, b->valid_from, id);
	const char *to = batch_typed(b, b->valid_to, id);
	const char *serial = batch_typed(b, b->serial, id);

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
	TRY(batch_do(b));
	if (b->refused != E_OK)
		return show_one(r, b->id, b);
	return respond_see_other(r, batch_path(r, b->id));
}

enum err
work_order_finish_completed(struct request *r)
{
	struct batch b = { .r = r, .id = r->param[0], .work = complete_one };

	TRY(batch_read(&b));
	return finish(r, &b);
}

enum err
work_order_finish_failed(struct request *r)
{
	struct batch b = { .r = r, .id = r->param[0], .work = fail_one };

	TRY(batch_read(&b));
	if (problem_prose(&r->env.errors, "opinion", b.opinion, OPINION_MAX,
		"退回必须说明原因，请填写处理意见。"))
		return finish(r, &b);
	b.refused = E_INVALID;
	return show_one(r, b.id, &b);
}
