/* 领取和邮寄: what has to be sent, many at once, and what became of it. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/num.h"
#include "domain/carrier.h"
#include "domain/delivery_office.h"
#include "domain/reveal.h"
#include "domain/workday.h"
#include "format/json.h"
#include "review/batch.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "review/reveal.h"
#include "web/response.h"

#define PATH "/admin/deliveries"

static const enum delivery_state tabs[] = { DELIVERY_TO_SEND, DELIVERY_SENT,
	DELIVERY_RETURNED, DELIVERY_READY, DELIVERY_RECEIVED,
	DELIVERY_COLLECTED };

static enum delivery_state
chosen(const struct request *r)
{
	const char *word = request_query(r, "state");

	for (size_t i = 0; i < COUNT(tabs) && word != NULL; i++)
		if (strcmp(delivery_machine.state[tabs[i]].word, word) == 0)
			return tabs[i];
	return tabs[0];
}

static void
tabs_json(const struct delivery_filter *f, struct json_object *list)
{
	for (size_t i = 0; i < COUNT(tabs); i++) {
		struct json_object *o = json_item(list);

		json_str(o, "word", delivery_machine.state[tabs[i]].word);
		json_str(o, "title", delivery_machine.state[tabs[i]].title);
		json_flag(
		    o, "is_chosen", f->batch_no == NULL && tabs[i] == f->state);
	}
}

/* How long each has waited, and what an operator had typed for it. */
static enum err
rows_json(struct request *r, const struct batch *b, struct json_object *list)
{
	struct workdays days;
	int64_t since;

	TRY(workdays_load(&r->env, &days));
	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *item = json_at(list, i), *carriers;
		const char *id = json_get_str(item, "id"), *carrier = NULL;

		if (clock_parse(json_get_str(item, "entered_at"), &since))
			layout_waited(&r->env, &days, since, item);
		if (b != NULL) {
			json_flag(item, "is_ticked",
			    work_order_lists(b->ticked, b->ticked_n, id));
			json_str(item, "typed_number",
			    batch_typed(b, b->tracking_no, id));
			carrier = batch_typed(b, b->carrier, id);
		}
		carriers = json_list(item, "carriers");
		carrier_options_json(carriers);
		layout_choose(carriers, carrier);
	}
	layout_times(r->env.a, list, "entered_at");
	return E_OK;
}

static enum err
show_list(struct request *r, const struct batch *b, const char *lines)
{
	struct delivery_filter f = { .state = chosen(r),
		.batch_no = layout_given(r, request_query(r, "batch_no")),
		.cursor = request_query(r, "cursor") };
	struct json_object *o = layout_new(r), *list;
	bool is_ours = r->env.who.role == ROLE_OPERATOR;
	bool is_to_send = f.state == DELIVERY_TO_SEND && f.batch_no == NULL;
	int status = batch_outcome_json(b, o);

	TRY(delivery_office_json(&r->env, &f, o));
	list = json_get(o, "deliveries");
	TRY(rows_json(r, b, list));
	tabs_json(&f, json_list(o, "tabs"));
	json_flag(o, "has_deliveries", json_count(list) > 0);
	json_flag(o, "is_mail",
	    f.state != DELIVERY_READY && f.state != DELIVERY_COLLECTED);
	json_flag(o, "can_send", is_ours && is_to_send && json_count(list) > 0);
	json_flag(o, "can_paste", is_ours && is_to_send);
	json_str(o, "state", delivery_machine.state[f.state].word);
	json_str(o, "batch_no", f.batch_no);
	json_str(o, "lines", lines);
	reveal_why_json(r, "mail", o);
	layout_pager(r, PATH, o);
	return respond_page(r, status, "deliveries", o);
}

enum err
deliveries_show(struct request *r)
{
	return show_list(r, NULL, NULL);
}

/* Sent already under that number, by an earlier try of the same form. */
static enum err
is_sent_so(const struct delivery_change *c, bool *out)
{
	const struct carrier *carrier = carrier_find(c->carrier);
	struct deliveries all;
	const char *number;

	TRY(delivery_list(c->env, &c->app, &all));
	*out = all.n > 0 && carrier != NULL &&
	       all.item[0].state == DELIVERY_SENT &&
	       all.item[0].carrier == carrier;
	if (!*out)
		return E_OK;
	number = carrier_number(c->env->a, carrier, c->tracking_no);
	*out = number != NULL && strcmp(number, all.item[0].tracking_no) == 0;
	return E_OK;
}

static const char *
typed(const struct batch *b, const char **values, const char *id)
{
	const char *value = batch_typed(b, values, id);

	return value != NULL ? value : "";
}

/* Whoever pasted it does not see where it stands. */
static void
say_where(struct delivery_change *c, enum err e)
{
	struct problems *errors = &c->env->errors;

	if (e == E_NOT_FOUND)
		problem_add(errors, "application", "nothing_to_send",
		    "没有要寄的 CA 锁：还没有办结，或者是续期。");
	else if (e == E_STATE)
		problem_add(errors, "application", "state",
		    "不是待寄出，现在是“%s”。",
		    delivery_machine.state[c->now.state].title);
}

static enum err
send_one(struct batch *b, struct work_order_row *row)
{
	struct delivery_change c = { .env = &b->r->env,
		.app = *row->app,
		.event = DELIVERY_EVENT_SEND,
		.carrier = typed(b, b->carrier, row->app->id),
		.tracking_no = typed(b, b->tracking_no, row->app->id) };
	bool is_done;
	enum err e;

	TRY(is_sent_so(&c, &is_done));
	if (is_done)
		return E_OK;
	num_int(typed(b, b->versions, row->app->id), 1, INT64_MAX, &c.version);
	e = delivery_prepare(&c);
	if (e == E_OK)
		return db_tx(b->r->env.db, delivery_change, &c);
	say_where(&c, e);
	return e;
}

#define SENT_PATH PATH "?state=sent"

static struct batch
sending(struct request *r)
{
	return (struct batch){ .r = r,
		.work = send_one,
		.done_path = SENT_PATH,
		.done_title = "查看已寄出的" };
}

enum err
deliveries_send(struct request *r)
{
	struct batch b = sending(r);

	TRY(batch_read(&b));
	TRY(batch_do(&b));
	if (b.refused != E_OK)
		return show_list(r, &b, NULL);
	return respond_see_other(r, SENT_PATH);
}

/* -- what was pasted -- */

static void
refuse_line(struct batch *b, const struct delivery_line *line, const char *why)
{
	b->refused = E_INVALID;
	b->left++;
	batch_refuse(
	    b, arena_printf(b->r->env.a, "第 %zu 行", line->number), why);
}

/* The lines that can be read, as a form would have them. */
static void
fill_rows(struct batch *b, const struct delivery_line *line, size_t n)
{
	struct arena *a = b->r->env.a;
	size_t bytes = (n + 1) * sizeof(const char *);

	b->rows = arena_alloc(a, bytes);
	b->carrier = arena_alloc(a, bytes);
	b->tracking_no = arena_alloc(a, bytes);
	b->names = arena_alloc(a, bytes);
	for (size_t i = 0; i < n; i++) {
		size_t at = b->rows_n;

		if (line[i].problem != NULL) {
			refuse_line(b, &line[i], line[i].problem);
			continue;
		}
		if (work_order_lists(b->rows, at, line[i].id)) {
			refuse_line(b, &line[i], "前面的一行已是同一件申请。");
			continue;
		}
		b->rows[at] = line[i].id;
		b->carrier[at] = line[i].carrier;
		b->tracking_no[at] = line[i].tracking_no;
		b->names[at] = arena_printf(
		    a, "第 %zu 行，%s", line[i].number, line[i].batch_no);
		b->rows_n++;
	}
	b->ticked = b->rows;
	b->ticked_n = b->rows_n;
}

enum err
deliveries_paste(struct request *r)
{
	const char *text = request_form(r, "lines");
	struct batch b = sending(r);
	struct delivery_line *line;
	size_t n = 0;
	enum err e = delivery_read_lines(&r->env, text, &line, &n);

	b.refusals = json_array_in(r->env.a);
	if (e == E_INVALID)
		b.refused = e;
	else {
		TRY(e);
		fill_rows(&b, line, n);
		if (n == 0) {
			b.refused = E_INVALID;
			batch_refuse(&b, "没有内容",
			    "请粘贴批次号、快递公司和单号，每行一件。");
		}
		if (b.rows_n > 0)
			TRY(batch_do(&b));
	}
	/* The page has no row of its own for what was pasted. */
	b.rows_n = 0;
	if (b.refused != E_OK)
		return show_list(r, &b, text);
	return respond_see_other(r, SENT_PATH);
}

/* -- labels -- */

static const char *
value_of(const struct application *app, enum field f)
{
	return app->value[f] != NULL ? app->value[f] : "";
}

/* Who looks, at what and why is on record before it is shown. */
static enum err
label_json(struct request *r, const char *id, struct json_object *list)
{
	struct json_object *o;
	struct application app;
	unsigned fields;

	TRY(application_load(&r->env, id, &app));
	fields = reveal_fields(&r->env, &app) & FIELD_PARCEL;
	if (fields == 0)
		return FAIL(E_STATE, "no parcel");
	TRY(reveal_case(&r->env, &app, fields, request_form(r, "why"),
	    layout_typed(r, "note")));
	o = json_item(list);
	json_str(o, "batch_no", app.batch_no);
	json_str(o, "recipient", value_of(&app, FIELD_RECIPIENT));
	json_str(o, "phone", value_of(&app, FIELD_RECIPIENT_PHONE));
	json_str(o, "address", value_of(&app, FIELD_MAIL_ADDRESS));
	return E_OK;
}

enum err
deliveries_labels(struct request *r)
{
	struct json_object *o = layout_new(r);
	struct json_object *list = json_list(o, "labels");
	struct batch b = sending(r);

	TRY(batch_read(&b));
	if (b.ticked_n == 0)
		TRY(batch_do(&b)); /* says that nothing is ticked */
	for (size_t i = 0; i < b.ticked_n && b.refused == E_OK; i++) {
		enum err e = label_json(r, b.ticked[i], list);

		if (e != E_OK && !layout_can_show(e) && e != E_NOT_FOUND)
			return e;
		b.refused = e;
	}
	if (b.refused != E_OK)
		return show_list(r, &b, NULL);
	return respond_page(r, 200, "delivery-labels", o);
}
