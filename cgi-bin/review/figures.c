/* 统计: tables, drawn as well, and each as CSV. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/num.h"
#include "domain/figure.h"
#include "domain/state.h"
#include "format/csv.h"
#include "format/json.h"
#include "review/chart.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

enum { CSV_MAX = 1 << 20 };

static const char *
count_text(struct arena *a, int64_t n)
{
	return arena_printf(a, "%lld", (long long)n);
}

/* 66.7% */
static const char *
percent_text(struct arena *a, int64_t hundredths)
{
	int64_t tenths = (hundredths + 5) / 10;

	return arena_printf(
	    a, "%lld.%lld%%", (long long)tenths / 10, (long long)tenths % 10);
}

/* Of an axis, which has no parts of a percent. */
static const char *
whole_percent_text(struct arena *a, int64_t hundredths)
{
	return hundredths % 100 == 0
		   ? arena_printf(a, "%lld%%", (long long)hundredths / 100)
		   : percent_text(a, hundredths);
}

/* By the clock, nights and holidays too: 3 天 4 小时. */
static const char *
span_text(struct arena *a, int64_t seconds)
{
	int minutes = (int)(seconds / 60);

	if (minutes >= 24 * 60)
		return arena_printf(
		    a, "%d 天 %d 小时", minutes / (24 * 60), minutes / 60 % 24);
	if (minutes >= 60)
		return arena_printf(
		    a, "%d 小时 %d 分钟", minutes / 60, minutes % 60);
	return minutes > 0 ? arena_printf(a, "%d 分钟", minutes)
			   : "不足 1 分钟";
}

static const char *
cell_text(struct arena *a, enum figure_kind kind, const struct sheet_cell *c)
{
	if (kind == FIGURE_TEXT)
		return c->text;
	if (c->n == SHEET_EMPTY)
		return "—";
	switch (kind) {
	case FIGURE_FEN:
		return num_yuan_text(a, c->n);
	case FIGURE_PERCENT:
		return percent_text(a, c->n);
	case FIGURE_SECONDS:
		return span_text(a, c->n);
	default:
		return count_text(a, c->n);
	}
}

/* A column of the table but for its sum, as the values of a series. */
static int64_t *
values_of(struct arena *a, const struct figure_table *t, size_t column)
{
	int64_t *out = arena_alloc(a, (t->rows + 1) * sizeof(*out));

	for (size_t r = 0; r < t->rows; r++)
		out[r] = FIGURE_CELL(t, r, column).n;
	return out;
}

static void
add_series(
    struct chart *c, const char *style, const char *title, const int64_t *value)
{
	c->series[c->series_n++] = (struct chart_series){ style, title, value };
}

/* The states that make one part of a column. */
static int64_t *
sum_of(struct arena *a, const struct figure_table *t, unsigned states)
{
	int64_t *out = arena_alloc(a, (t->rows + 1) * sizeof(*out));

	for (size_t r = 0; r < t->rows; r++)
		for (int s = 0; s < STATE_DISCARDED; s++)
			if ((states & 1U << s) != 0)
				out[r] += FIGURE_CELL(t, r, 1 + (size_t)s).n;
	return out;
}

#define BIT(state) (1U << STATE_##state)

static void
draw_states(
    struct chart *c, const struct figure_table *t, struct json_object *o)
{
	static const struct {
		unsigned states;
		const char *style, *title;
	} parts[] = {
		{ BIT(COMPLETED), "good", "已办结" },
		{ BIT(APPROVED) | BIT(PAID) | BIT(PROCESSING), "accent",
		    "审核通过，办理中" },
		{ BIT(PENDING), "warn", "待审核" },
		{ BIT(REJECTED), "bad", "审核不通过" },
		{ BIT(EDITING), "edge", "编辑中" },
		{ BIT(CANCELLED) | BIT(REFUNDED), "soft", "已取消或已退款" },
	};

	for (size_t i = 0; i < COUNT(parts); i++)
		add_series(c, parts[i].style, parts[i].title,
		    sum_of(c->a, t, parts[i].states));
	c->text = count_text;
	chart_columns(c, o);
}

/* Of a bar; that there is no time is less than any. */
static const char *
bar_span_text(struct arena *a, int64_t seconds)
{
	return seconds < 0 ? "—" : span_text(a, seconds);
}

static void
draw_times(struct chart *c, const struct figure_table *t, struct json_object *o)
{
	int64_t *value = values_of(c->a, t, 2);

	for (size_t r = 0; r < t->rows; r++)
		if (value[r] == SHEET_EMPTY)
			value[r] = -1;
	add_series(c, "accent", "", value);
	c->text = bar_span_text;
	chart_bars(c, o);
}

static void
draw_yield(struct chart *c, const struct figure_table *t, struct json_object *o)
{
	add_series(c, "accent", "", values_of(c->a, t, 3));
	c->text = whole_percent_text;
	chart_line(c, o);
}

static void
draw_reasons(
    struct chart *c, const struct figure_table *t, struct json_object *o)
{
	add_series(c, "accent", "", values_of(c->a, t, 1));
	c->text = count_text;
	chart_bars(c, o);
}

/* In whole yuan. */
static void
draw_income(
    struct chart *c, const struct figure_table *t, struct json_object *o)
{
	int64_t *value = values_of(c->a, t, 5);

	for (size_t r = 0; r < t->rows; r++)
		value[r] /= 100;
	add_series(c, "accent", "净收入（元）", value);
	c->text = count_text;
	chart_columns(c, o);
}

static const struct report {
	const char *name, *title, *note;
	unsigned who;
	enum err (*load)(struct env *env, const struct figure_period *period,
	    struct figure_table *out);
	void (*draw)(struct chart *c, const struct figure_table *t,
	    struct json_object *o);
} reports[] = {
	{ "states", "各月申请",
	    "按申请的月份，各状态现有多少件；不含已删除的草稿。", ROLE_ADMIN,
	    figure_states, draw_states },
	{ "times", "各环节用时",
	    "在这段时间内离开该环节的，停留了多久。图为中位用时；件数多时中位数误差不超过 4%。",
	    ROLE_ADMIN, figure_times, draw_times },
	{ "yield", "首次通过率", "按首次审核的月份，首次审核即通过的比例。",
	    ROLE_ADMIN, figure_yield, draw_yield },
	{ "reasons", "不通过的常用原因",
	    "审核不通过时勾选的次数，最多的二十条。", ROLE_ADMIN,
	    figure_reasons, draw_reasons },
	{ "income", "收入",
	    "按支付平台的支付时间和退款完成的时间；未对上的收款及其退回不计。",
	    ROLE_MONEY, figure_income, draw_income },
};

static bool
has_data(const struct figure_table *t)
{
	for (size_t i = 0; i < t->rows * t->columns; i++)
		if (t->cell[i].text == NULL && t->cell[i].n != 0 &&
		    t->cell[i].n != SHEET_EMPTY)
			return true;
	return false;
}

static void
columns_json(const struct figure_table *t, struct json_object *o)
{
	struct json_object *list = json_list(o, "columns");

	for (size_t c = 0; c < t->columns; c++) {
		struct json_object *item = json_item(list);

		json_str(item, "title", t->column[c].title);
		json_flag(item, "is_number", t->column[c].kind != FIGURE_TEXT);
	}
}

static void
rows_json(struct arena *a, const struct figure_table *t, struct json_object *o)
{
	struct json_object *list = json_list(o, "rows");

	for (size_t r = 0; r < t->rows; r++) {
		struct json_object *row = json_item(list);
		struct json_object *cells = json_list(row, "cells");

		json_flag(row, "is_sum", t->has_sum && r + 1 == t->rows);
		json_str(row, "head", FIGURE_CELL(t, r, 0).text);
		for (size_t c = 1; c < t->columns; c++)
			json_item_str(cells, cell_text(a, t->column[c].kind,
						 &FIGURE_CELL(t, r, c)));
	}
}

static void
chart_json(struct arena *a, const struct report *report,
    const struct figure_table *t, struct json_object *o)
{
	size_t n = t->rows - (t->has_sum ? 1 : 0);
	const char **label = arena_alloc(a, (n + 1) * sizeof(*label));
	struct chart c = { .a = a,
		.id = report->name,
		.title = report->title,
		.label = label,
		.n = n };

	for (size_t r = 0; r < n; r++)
		label[r] = FIGURE_CELL(t, r, 0).text;
	report->draw(&c, t, o);
}

static enum err
report_json(struct request *r, const struct report *report,
    const struct figure_period *period, struct json_object *list)
{
	struct json_object *o = json_item(list);
	struct figure_table t;

	TRY(report->load(&r->env, period, &t));
	json_str(o, "name", report->name);
	json_str(o, "title", report->title);
	json_str(o, "note", report->note);
	json_flag(o, "has_data", has_data(&t));
	if (!has_data(&t))
		return E_OK;
	columns_json(&t, o);
	rows_json(r->env.a, &t, o);
	chart_json(r->env.a, report, &t, o);
	return E_OK;
}

static void
months_json(const struct figure_state *state, const char *selected,
    struct json_object *list)
{
	for (size_t m = 0; m < state->months; m++)
		layout_option(list, state->month[m], state->month[m], selected);
}

/* The period, what can be chosen, and how far the counting is. */
static enum err
period_json(struct request *r, const struct figure_period *period,
    struct json_object *o)
{
	struct figure_state state;

	TRY(figure_state(&r->env, period, &state));
	json_str(o, "period_from", period->from);
	json_str(o, "period_to", period->to);
	json_time(o, "counted_at", state.counted_at);
	layout_time(r->env.a, o, "counted_at");
	json_int(o, "days_left", state.days_left);
	months_json(&state, period->from, json_list(o, "from_months"));
	months_json(&state, period->to, json_list(o, "to_months"));
	json_str(o, "from_error", layout_problem(&r->env, "from"));
	json_str(o, "to_error", layout_problem(&r->env, "to"));
	return E_OK;
}

static enum err
read_period(struct request *r, struct figure_period *period)
{
	return figure_period(
	    &r->env, request_query(r, "from"), request_query(r, "to"), period);
}

enum err
figures_show(struct request *r)
{
	struct json_object *o = layout_new(r), *list = json_list(o, "reports");
	struct figure_period period;
	enum err refused = read_period(r, &period);

	TRY(period_json(r, &period, o));
	for (size_t i = 0; i < COUNT(reports); i++)
		if ((reports[i].who & r->env.who.role) != 0)
			TRY(report_json(r, &reports[i], &period, list));
	return layout_page(r, refused, "figures", o);
}

/* As spreadsheets take it: percent and minutes with two decimals. */
static struct sheet_cell
sheet_cell(enum figure_kind kind, const struct sheet_cell *c)
{
	struct sheet_cell out = *c;

	if (kind == FIGURE_SECONDS && c->n != SHEET_EMPTY)
		out.n = c->n * 100 / 60;
	return out;
}

static void
put_csv(const struct figure_table *t, struct buf *out)
{
	static const enum sheet_type types[] = { [FIGURE_TEXT] = SHEET_TEXT,
		[FIGURE_COUNT] = SHEET_INT,
		[FIGURE_FEN] = SHEET_YUAN,
		[FIGURE_PERCENT] = SHEET_YUAN,
		[FIGURE_SECONDS] = SHEET_YUAN };
	struct sheet_column column[FIGURE_COLUMNS_MAX];
	struct sheet_cell cell[FIGURE_COLUMNS_MAX];

	for (size_t c = 0; c < t->columns; c++) {
		const struct figure_column *from = &t->column[c];

		column[c] =
		    (struct sheet_column){ .title = from->csv_title != NULL
							? from->csv_title
							: from->title,
			    .type = types[from->kind] };
	}
	csv_head(out, column, t->columns);
	for (size_t r = 0; r < t->rows; r++) {
		for (size_t c = 0; c < t->columns; c++)
			cell[c] = sheet_cell(
			    t->column[c].kind, &FIGURE_CELL(t, r, c));
		csv_row(out, column, cell, t->columns);
	}
}

/* The report that the path names: a route each, as not all may see each. */
static const struct report *
report_of(const struct request *r)
{
	const char *name = strrchr(r->path, '/') + 1;
	size_t n = strcspn(name, ".");

	for (size_t i = 0; i < COUNT(reports); i++)
		if (strlen(reports[i].name) == n &&
		    strncmp(reports[i].name, name, n) == 0)
			return &reports[i];
	return NULL;
}

enum err
figures_csv(struct request *r)
{
	const struct report *report = report_of(r);
	struct figure_period period;
	struct figure_table t;
	struct buf out;

	if (report == NULL || (report->who & r->env.who.role) == 0)
		return FAIL(E_NOT_FOUND, "no such report");
	TRY(read_period(r, &period));
	TRY(report->load(&r->env, &period, &t));
	buf_init(&out, r->env.a, CSV_MAX);
	put_csv(&t, &out);
	if (out.failed)
		return FAIL(E_INTERNAL, "over %d bytes", CSV_MAX);
	return respond_download(r, out.p, out.n, CSV_TYPE,
	    arena_printf(r->env.a, "%s_%s_%s.csv", report->title, period.from,
		period.to));
}
