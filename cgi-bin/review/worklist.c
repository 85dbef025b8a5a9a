/* GET /admin/: what waits, those that have waited longest first. */
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "domain/review.h"
#include "format/ident.h"
#include "format/json.h"
#include "format/url.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

/* The filters that a link to another page of the list carries on. */
static const char *const filters[] = { "status", "state", "category",
	"batch_no", "handler" };

/* A filter as people paste it, or NULL. */
static const char *
filter_text(struct request *r, const char *name)
{
	const char *value = request_query(r, name);

	return value == NULL ? NULL : ident_trim(r->env.a, value);
}

/* Without any filter: what waits for a reviewer. */
static struct review_filter
read_filter(struct request *r)
{
	struct review_filter f = { .status = request_query(r, "status"),
		.state = request_query(r, "state"),
		.category = request_query(r, "category"),
		.batch_no = filter_text(r, "batch_no"),
		.handler = filter_text(r, "handler"),
		.cursor = request_query(r, "cursor") };

	if (f.status == NULL && f.state == NULL && f.category == NULL &&
	    f.batch_no == NULL && f.handler == NULL)
		f.status = "pending";
	if (f.status != NULL && strcmp(f.status, "all") == 0)
		f.status = NULL;
	return f;
}

/* "12", or "1000+" when nobody has counted further. */
static const char *
count_text(struct arena *a, int64_t count)
{
	return count <= REVIEW_COUNT_MAX
		   ? arena_printf(a, "%lld", (long long)count)
		   : arena_printf(a, "%d+", REVIEW_COUNT_MAX);
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
filters_json(
    struct request *r, const struct review_filter *f, struct json_object *o)
{
	struct json_object *states = json_list(o, "states");
	struct json_object *categories = json_list(o, "categories");
	size_t n;
	const struct option_row *option = field_options(&n);

	json_str(o, "status", request_query(r, "status"));
	json_str(o, "batch_no", f->batch_no);
	json_str(o, "handler", f->handler);
	for (int s = STATE_PENDING; s < STATE_DISCARDED; s++)
		layout_option(states, state_row((enum state)s)->word,
		    state_row((enum state)s)->title, f->state);
	for (size_t i = 0; i < n; i++)
		if (option[i].field == FIELD_CATEGORY)
			layout_option(categories, option[i].value,
			    option[i].label, f->category);
}

static void
row_json(struct request *r, struct json_object *row)
{
	struct arena *a = r->env.a;
	const char *state = json_get_str(row, "state");
	int64_t number;

	layout_day(a, row, "created_at");
	if (json_get_int(row, "fee_fen", &number))
		json_str(row, "fee", num_yuan_text(a, number));
	if (strcmp(state, state_row(STATE_PENDING)->word) != 0 ||
	    !json_get_int(row, "waited_seconds", &number))
		return;
	json_str(row, "waited", layout_span(a, number));
	json_flag(row, "is_late", number > r->env.cfg->promise_days * 86400);
}

/* The query of the page that begins after the cursor. */
static const char *
next_query(struct request *r, const char *cursor)
{
	const char *out =
	    arena_printf(r->env.a, "?cursor=%s", url_encode(r->env.a, cursor));

	for (size_t i = 0; i < COUNT(filters); i++) {
		const char *value = request_query(r, filters[i]);

		if (value != NULL)
			out = arena_printf(r->env.a, "%s&%s=%s", out,
			    filters[i], url_encode(r->env.a, value));
	}
	return out;
}

enum err
worklist_show(struct request *r)
{
	struct review_filter filter = read_filter(r);
	struct json_object *o = layout_new(r), *items;
	const char *next;

	TRY(review_counts_json(&r->env, o));
	TRY(review_worklist_json(&r->env, &filter, o));
	items = json_get(o, "items");
	for (size_t i = 0; i < json_count(items); i++)
		row_json(r, json_at(items, i));
	json_flag(o, "has_items", json_count(items) > 0);
	next = json_get_str(o, "next");
	if (next != NULL)
		json_str(o, "next", next_query(r, next));
	tabs_json(r->env.a, o, &filter);
	filters_json(r, &filter, o);
	json_int(o, "promise_days", r->env.cfg->promise_days);
	json_flag(o, "is_first", filter.cursor == NULL);
	return respond_page(r, 200, "worklist", o);
}
