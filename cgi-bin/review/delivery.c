/* One case's lock on its way to its owner, and what happens to it. */
#include <string.h>

#include "base/arena.h"
#include "domain/carrier.h"
#include "domain/delivery_office.h"
#include "domain/reveal.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "review/reveal.h"
#include "web/response.h"

static const char *
path_of(struct request *r, const struct application *app)
{
	return arena_printf(r->env.a, "/admin/deliveries/%s", app->id);
}

/* Which forms the actor gets. */
static void
forms_json(struct request *r, const struct application *app,
    const struct delivery *d, struct json_object *o)
{
	static const struct {
		const char *name;
		enum delivery_event event;
	} forms[] = {
		{ "can_send", DELIVERY_EVENT_SEND },
		{ "can_correct", DELIVERY_EVENT_CORRECT },
		{ "can_receive", DELIVERY_EVENT_RECEIVE },
		{ "can_return", DELIVERY_EVENT_RETURN },
		{ "can_send_again", DELIVERY_EVENT_AGAIN },
		{ "can_hand_over", DELIVERY_EVENT_HAND_OVER },
	};
	const char *number = d->tracking_no, *carrier = NULL;
	struct json_object *list;

	for (size_t i = 0; i < COUNT(forms); i++)
		json_flag(o, forms[i].name,
		    delivery_allows(&r->env, app, d, forms[i].event));
	if (d->carrier != NULL)
		carrier = d->carrier->word;
	if (r->form != NULL && *request_form(r, "carrier") != '\0') {
		carrier = request_form(r, "carrier");
		number = request_form(r, "tracking_no");
	}
	list = json_list(o, "carriers");
	carrier_options_json(list);
	layout_choose(list, carrier);
	list = json_list(o, "relations");
	delivery_relations_json(list);
	layout_choose(
	    list, r->form != NULL ? request_form(r, "relation") : NULL);
	json_str(o, "typed_number", number);
	json_str(o, "carrier_problem", layout_problem(&r->env, "carrier"));
	json_str(o, "number_problem", layout_problem(&r->env, "tracking_no"));
	json_str(o, "note_problem", layout_problem(&r->env, "note"));
	json_str(o, "collector_problem", layout_problem(&r->env, "collector"));
	json_str(o, "relation_problem", layout_problem(&r->env, "relation"));
	json_str(o, "checked_problem", layout_problem(&r->env, "id_checked"));
	if (r->form == NULL)
		return;
	json_str(o, "typed_note", layout_typed(r, "note"));
	json_str(o, "typed_collector", layout_typed(r, "collector"));
}

static void
parcel_json(struct request *r, const struct application *app, bool is_revealed,
    struct json_object *o)
{
	struct json_object *list = json_list(o, "parcel");

	for (int i = 0; i < FIELD__N; i++) {
		enum field f = (enum field)i;
		const char *value = app->value[f];
		struct json_object *item;

		if (!field_is_of_parcel(f) || value == NULL)
			continue;
		item = json_item(list);
		json_str(item, "label", field_row(f)->label);
		json_str(item, "value",
		    is_revealed ? value : field_mask(r->env.a, f, value));
	}
}

/* The name of whoever collected, of any attempt; NULL: nobody did. */
static const char *
collector_of(const struct deliveries *all)
{
	return all->n > 0 ? all->item[0].collector : NULL;
}

/* What the actor may ask for, as people read it; NULL: nothing. */
static const char *
hidden(struct request *r, const struct application *app,
    const struct deliveries *all)
{
	unsigned fields = reveal_fields(&r->env, app) & FIELD_PARCEL;

	if ((r->env.who.role & ROLE_OFFICE) == 0)
		return NULL;
	if (fields != 0)
		return reveal_labels(r->env.a, fields);
	return collector_of(all) != NULL ? "领取人" : NULL;
}

static enum err
show(struct request *r, const struct application *app, enum err refused,
    bool is_revealed)
{
	struct json_object *o = layout_new(r);
	struct deliveries all;
	const char *what;

	TRY(delivery_list(&r->env, app, &all));
	if (all.n == 0)
		return FAIL(E_NOT_FOUND, "no delivery");
	json_str(o, "id", app->id);
	json_str(o, "path", path_of(r, app));
	json_str(o, "batch_no", app->batch_no);
	json_str(o, "unit", app->value[FIELD_APPLICANT_UNIT]);
	json_str(o, "handler", app->value[FIELD_HANDLER_NAME]);
	json_str(o, "state", delivery_machine.state[all.item[0].state].word);
	json_str(
	    o, "state_title", delivery_machine.state[all.item[0].state].title);
	json_int(o, "version", all.item[0].version);
	json_flag(o, "is_mail", strcmp(all.item[0].way, "mail") == 0);
	delivery_attempts_json(&r->env, &all, is_revealed, o);
	layout_times(r->env.a, json_get(o, "attempts"), "sent_at");
	layout_times(r->env.a, json_get(o, "attempts"), "done_at");
	parcel_json(r, app, is_revealed, o);
	forms_json(r, app, &all.item[0], o);
	what = hidden(r, app, &all);
	if (is_revealed)
		json_str(o, "revealed", what);
	else if (what != NULL)
		reveal_form_json(r, what, "mail", o);
	return layout_page(r, refused, "delivery", o);
}

enum err
delivery_show(struct request *r)
{
	struct application app;

	TRY(application_load(&r->env, r->param[0], &app));
	return show(r, &app, E_OK, false);
}

enum err
delivery_reveal(struct request *r)
{
	struct application app;
	struct deliveries all;
	const char *values[4];
	struct reveal v = { .what = "delivery",
		.values = values,
		.n = COUNT(values),
		.why = request_form(r, "why"),
		.note = layout_typed(r, "note") };
	enum err e;

	TRY(application_load(&r->env, r->param[0], &app));
	TRY(delivery_list(&r->env, &app, &all));
	v.application_id = app.id;
	values[0] = app.value[FIELD_RECIPIENT];
	values[1] = app.value[FIELD_RECIPIENT_PHONE];
	values[2] = app.value[FIELD_MAIL_ADDRESS];
	values[3] = collector_of(&all);
	e = hidden(r, &app, &all) != NULL ? reveal_record(&r->env, &v)
					  : FAIL(E_STATE, "nothing to see");
	if (e != E_OK && !layout_can_show(e))
		return e;
	return show(r, &app, e, e == E_OK);
}

/* What people can put right is shown on the page, as it is by now. */
static enum err
take(struct request *r, enum delivery_event event)
{
	struct delivery_change c = { .env = &r->env,
		.event = event,
		.carrier = request_form(r, "carrier"),
		.tracking_no = request_form(r, "tracking_no"),
		.note = layout_typed(r, "note"),
		.collector = layout_typed(r, "collector"),
		.relation = request_form(r, "relation"),
		.is_id_checked = *request_form(r, "id_checked") != '\0' };
	enum err e;

	TRY(application_load(&r->env, r->param[0], &c.app));
	TRY(layout_version(r, &c.version));
	e = delivery_prepare(&c);
	if (e == E_OK)
		e = db_tx(r->env.db, delivery_change, &c);
	if (e == E_OK)
		return respond_see_other(r, path_of(r, &c.app));
	if (!layout_can_show(e))
		return e;
	TRY(application_load(&r->env, r->param[0], &c.app));
	return show(r, &c.app, e, false);
}

enum err
delivery_take_correct(struct request *r)
{
	return take(r, DELIVERY_EVENT_CORRECT);
}

enum err
delivery_take_send(struct request *r)
{
	return take(r, DELIVERY_EVENT_SEND);
}

enum err
delivery_take_receive(struct request *r)
{
	return take(r, DELIVERY_EVENT_RECEIVE);
}

enum err
delivery_take_return(struct request *r)
{
	return take(r, DELIVERY_EVENT_RETURN);
}

enum err
delivery_take_again(struct request *r)
{
	return take(r, DELIVERY_EVENT_AGAIN);
}

enum err
delivery_take_hand_over(struct request *r)
{
	return take(r, DELIVERY_EVENT_HAND_OVER);
}
