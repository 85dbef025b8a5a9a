#include "review/batch.h"

#include <string.h>

#include "base/arena.h"
#include "format/json.h"
#include "review/layout.h"

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

enum err
batch_read(struct batch *b)
{
	b->ticked = request_form_all(b->r, "application", &b->ticked_n);
	b->rows = request_form_all(b->r, "row", &b->rows_n);
	b->refusals = json_array_in(b->r->env.a);
	b->opinion = layout_typed(b->r, "opinion");
	TRY(column(b, "valid_from", &b->valid_from));
	TRY(column(b, "valid_to", &b->valid_to));
	TRY(column(b, "version", &b->versions));
	TRY(column(b, "carrier", &b->carrier));
	TRY(column(b, "tracking_no", &b->tracking_no));
	return column(b, "serial", &b->serial);
}

void
batch_refuse(struct batch *b, const char *name, const char *message)
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
	const char *name = b->names != NULL ? batch_typed(b, b->names, app->id)
					    : app->batch_no;

	if (status != 404 && status != 409 && status != 412 && status != 422)
		return e;
	b->refused = e;
	b->left++;
	for (size_t i = 0; i < errors->n; i++)
		batch_refuse(b, name, errors->item[i].message);
	if (errors->n == 0)
		batch_refuse(b, name, err_row(e)->advice);
	errors->n = 0;
	return E_OK;
}

static enum err
do_one(struct batch *b, const char *id)
{
	struct application app = { .id = id, .batch_no = id };
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
enum err
batch_do(struct batch *b)
{
	if (b->ticked_n == 0) {
		b->refused = E_INVALID;
		batch_refuse(b, "没有勾选", "请至少勾选一件申请。");
	}
	for (size_t i = 0; i < b->ticked_n; i++)
		if (!work_order_lists(b->ticked, i, b->ticked[i]))
			TRY(do_one(b, b->ticked[i]));
	return E_OK;
}

const char *
batch_path(struct request *r, const char *id)
{
	return arena_printf(r->env.a, "/admin/work-orders/%s", id);
}

/* Why some were left out, and how many were not. */
int
batch_outcome_json(const struct batch *b, struct json_object *o)
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
		json_str(o, "done_path",
		    b->done_path != NULL ? b->done_path
					 : batch_path(b->r, b->id));
	json_str(o, "done_title",
	    b->done_title != NULL ? b->done_title : "查看制证批次");
	return b->refused == E_INVALID ? 422 : 409;
}

/* What the operator typed for an application, or else NULL. */
const char *
batch_typed(const struct batch *b, const char **values, const char *id)
{
	for (size_t i = 0; i < b->rows_n && values != NULL; i++)
		if (strcmp(b->rows[i], id) == 0)
			return values[i];
	return NULL;
}
