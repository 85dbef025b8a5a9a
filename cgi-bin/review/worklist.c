/* 审核工作台: what waits, those that have waited longest first; the next case,
 * and several that were looked at approved at once. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/open_type.h"
#include "domain/review.h"
#include "domain/workday.h"
#include "format/ident.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

/* What the page shows, and why not all was done that was asked for. */
struct list {
	struct request *r;
	struct review_filter filter;
	struct workdays days;
	const char *batch_no; /* as typed; the filter has what can be one */
	bool is_late_only;
	struct json_object *refusals;
	size_t done, left;
};

/* A filter as people paste it, or NULL. */
static const char *
filter_text(struct request *r, const char *name)
{
	const char *value = request_query(r, name);

	return value == NULL ? NULL : ident_trim(r->env.a, value);
}

/* The same of a batch number, however its letters were typed. */
static const char *
filter_number(struct request *r, const char *name)
{
	const char *value = request_query(r, name);

	return value == NULL ? NULL : ident_fold(r->env.a, value);
}

/* A filter's value when it is one of two. */
static const char *
filter_word(
    struct request *r, const char *name, const char *one, const char *other)
{
	const char *value = request_query(r, name);

	return value != NULL &&
		       (strcmp(value, one) == 0 || strcmp(value, other) == 0)
		   ? value
		   : NULL;
}

/* What cannot be a number finds nothing, and is said beside the field. */
static bool
is_number(const char *s)
{
	return s == NULL || strspn(s, "CA0123456789") == strlen(s);
}

/* Without any filter: what waits for a reviewer; so, too, what is late and
 * what is claimed, as nothing else is. */
static void
read_filter(struct list *l)
{
	struct request *r = l->r;
	const char *sort = filter_word(r, "sort", "newest", "newest");
	const char *number = filter_number(r, "batch_no");
	struct review_filter f = { .status = request_query(r, "status"),
		.state = request_query(r, "state"),
		.type = request_query(r, "type"),
		.category = request_query(r, "category"),
		.batch_no = is_number(number) ? number : "-",
		.handler = filter_text(r, "handler"),
		.claimed = filter_word(r, "claimed", "mine", "free"),
		.cursor = request_query(r, "cursor"),
		.is_newest_first = sort != NULL };

	l->batch_no = number;
	l->is_late_only = filter_word(r, "late", "1", "1") != NULL;
	if (l->is_late_only)
		f.before = workday_late_before(
		    &l->days, clock_now(), r->env.cfg->promise_days);
	if (l->is_late_only || f.claimed != NULL ||
	    (f.status == NULL && f.state == NULL && f.type == NULL &&
		f.category == NULL && f.batch_no == NULL && f.handler == NULL))
		f.status = "pending";
	if (f.status != NULL && strcmp(f.status, "all") == 0)
		f.status = NULL;
	l->filter = f;
}

static const char *
count_text(struct arena *a, int64_t count)
{
	return num_count_text(a, count, REVIEW_COUNT_MAX);
}

static void
tab_json(struct json_object *tabs, const char *status, const char *title,
    const char *count, const char *here)
{
	struct json_object *tab = json_item(tabs);

	json_str(tab, "status", status);
	json_str(tab, "title", title);
	json_str(tab, "count", count);
	json_flag(tab, "is_here", strcmp(status, here) == 0);
}

/* A tab a status, in the order of the states, and one for all. */
static void
tabs_json(struct arena *a, struct json_object *o, const struct review_filter *f)
{
	struct json_object *tabs = json_list(o, "tabs");
	struct json_object *counts = json_get(o, "counts");
	const char *here = f->status != NULL ? f->status : "all";
	int64_t all = 0, of_state, of_status = 0;

	for (int s = STATE_PENDING; s < STATE_DISCARDED; s++) {
		const struct state_row *row = state_row((enum state)s);
		const char *next = state_row((enum state)(s + 1))->status;

		if (json_get_int(counts, row->word, &of_state)) {
			of_status += of_state;
			all += of_state;
		}
		if (next != NULL && strcmp(next, row->status) == 0)
			continue;
		tab_json(tabs, row->status, row->status_title,
		    count_text(a, of_status), here);
		of_status = 0;
	}
	tab_json(tabs, "all", "全部", count_text(a, all), here);
}

static void
choice_json(struct json_object *o, const char *name,
    const char *const (*rows)[2], size_t n, const char *selected)
{
	struct json_object *list = json_list(o, name);

	for (size_t i = 0; i < n; i++)
		layout_option(list, rows[i][0], rows[i][1], selected);
}

static void
filters_json(const struct list *l, struct json_object *o)
{
	static const char *const claims[][2] = { { "mine", "由我领取" },
		{ "free", "无人领取" } };
	const struct review_filter *f = &l->filter;
	struct json_object *states = json_list(o, "states");
	struct json_object *categories = json_list(o, "categories");
	size_t n;
	const struct option_row *option = field_options(&n);
	struct json_object *types = json_list(o, "types");

	json_str(o, "status", request_query(l->r, "status"));
	json_str(o, "batch_no", l->batch_no);
	json_str(o, "handler", f->handler);
	json_flag(o, "is_late_only", l->is_late_only);
	json_flag(o, "is_newest_first", f->is_newest_first);
	for (int s = STATE_PENDING; s < STATE_DISCARDED; s++)
		layout_option(states, state_row((enum state)s)->word,
		    state_row((enum state)s)->title, f->state);
	for (size_t i = 0; i < n; i++)
		if (option[i].field == FIELD_CATEGORY)
			layout_option(categories, option[i].value,
			    option[i].label, f->category);
	for (size_t i = 0; open_type_row(i) != NULL; i++)
		layout_option(types, open_type_row(i)->word,
		    open_type_row(i)->title, f->type);
	choice_json(o, "claims", claims, COUNT(claims), f->claimed);
}

/* One that the actor holds and has looked at can be ticked. */
static void
row_json(const struct list *l, struct json_object *row, bool *can_tick)
{
	struct env *env = &l->r->env;
	const char *state = json_get_str(row, "state");
	int64_t entered;

	layout_day(env->a, row, "created_at");
	layout_yuan(env->a, row, "fee");
	if (strcmp(state, state_row(STATE_PENDING)->word) != 0 ||
	    !clock_parse(json_get_str(row, "entered_at"), &entered))
		return;
	layout_waited(env, &l->days, entered, row);
	if (!json_get_flag(row, "is_mine"))
		return;
	*can_tick = true;
	json_flag(row, "can_tick", json_get_flag(row, "is_viewed"));
}

static enum err
late_json(const struct list *l, struct json_object *o)
{
	const struct config *cfg = l->r->env.cfg;
	int64_t n;

	TRY(review_late(&l->r->env,
	    workday_late_before(&l->days, clock_now(), cfg->promise_days), &n));
	json_int(o, "promise_days", cfg->promise_days);
	if (n > 0)
		json_str(o, "late", count_text(l->r->env.a, n));
	return E_OK;
}

static int
refusals_json(const struct list *l, struct json_object *o)
{
	struct json_object *refused;

	if (l->left == 0)
		return 200;
	refused = json_sub(o, "refused");
	json_str(refused, "title",
	    arena_printf(l->r->env.a, "%zu 件没有审核通过，%zu 件已审核通过",
		l->left, l->done));
	json_put(o, "refusals", l->refusals);
	json_flag(o, "has_refusals", true);
	return 409;
}

static int
number_json(const struct list *l, struct json_object *o)
{
	if (is_number(l->batch_no))
		return 200;
	json_str(o, "batch_no_error",
	    "批次号由 CA 和数字组成，如 CA20260131000001，请核对。");
	return 422;
}

static enum err
show(struct list *l)
{
	struct request *r = l->r;
	struct json_object *o = layout_new(r), *items;
	bool can_tick = false;
	int status;

	TRY(review_counts_json(&r->env, o));
	TRY(review_worklist_json(&r->env, &l->filter, o));
	TRY(late_json(l, o));
	items = json_get(o, "items");
	for (size_t i = 0; i < json_count(items); i++)
		row_json(l, json_at(items, i), &can_tick);
	json_flag(o, "has_items", json_count(items) > 0);
	json_flag(o, "has_ticks", can_tick);
	json_flag(o, "is_reviewer", r->env.who.role == ROLE_REVIEWER);
	layout_pager(r, "/admin/", o);
	tabs_json(r->env.a, o, &l->filter);
	filters_json(l, o);
	status = number_json(l, o);
	return respond_page(
	    r, status != 200 ? status : refusals_json(l, o), "worklist", o);
}

enum err
worklist_show(struct request *r)
{
	struct list l = { .r = r };

	TRY(workdays_load(&r->env, &l.days));
	read_filter(&l);
	return show(&l);
}

enum err
worklist_claim_next(struct request *r)
{
	const char *id;

	TRY(review_claim_next(&r->env, &id));
	return respond_see_other(
	    r, id != NULL ? arena_printf(r->env.a, "/admin/applications/%s", id)
			  : "/admin/?claimed=free");
}

/* Why a case was not approved is told with it; the others go on. */
static enum err
refuse_case(struct list *l, const struct application *app, enum err e)
{
	struct json_object *item;
	int status = err_row(e)->status;

	if (status != 404 && status != 409)
		return e;
	l->left++;
	item = json_item(l->refusals);
	json_str(item, "name", app->batch_no);
	json_str(item, "message", err_row(e)->advice);
	return E_OK;
}

/* "id-version", as the page had it. */
static enum err
approve_one(struct list *l, const char *ticked)
{
	struct env *env = &l->r->env;
	const char *dash = strchr(ticked, '-');
	struct application app = { .batch_no = ticked };
	struct review_decision d = {
		.env = env, .app = &app, .action = ACTION_APPROVE, .opinion = ""
	};
	int64_t version;
	enum err e;

	if (dash == NULL || !num_int(dash + 1, 1, INT64_MAX, &version))
		return FAIL(E_MALFORMED, "case");
	e = application_load(
	    env, arena_strndup(env->a, ticked, (size_t)(dash - ticked)), &app);
	if (e == E_OK && app.version != version)
		e = FAIL(E_STATE, "version");
	if (e == E_OK)
		e = db_tx(env->db, review_decide_viewed, &d);
	if (e != E_OK)
		return refuse_case(l, &app, e);
	l->done++;
	return E_OK;
}

/* Each case in a transaction of its own. */
enum err
worklist_approve(struct request *r)
{
	struct list l = { .r = r,
		.filter = { .status = "pending", .claimed = "mine" },
		.refusals = json_array_in(r->env.a) };
	size_t n;
	const char **ticked = request_form_all(r, "case", &n);

	TRY(workdays_load(&r->env, &l.days));
	for (size_t i = 0; i < n; i++)
		TRY(approve_one(&l, ticked[i]));
	return l.left > 0 ? show(&l)
			  : respond_see_other(r, "/admin/?claimed=mine");
}
