/* 消息: what was sent, what was not, and sending it again. */
#include <string.h>

#include "base/arena.h"
#include "domain/message_office.h"
#include "format/json.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

static void
filters_json(const struct message_filter *f, struct json_object *o)
{
	struct json_object *list = json_list(o, "states");

	message_states_json(list);
	layout_choose(list, f->state);
	list = json_list(o, "channels");
	message_channels_json(list);
	layout_choose(list, f->channel);
	json_str(o, "batch_no", f->batch_no);
}

static void
times_json(struct request *r, struct json_object *o)
{
	layout_time(r->env.a, o, "created_at");
	layout_time(r->env.a, o, "next_at");
	layout_time(r->env.a, o, "sent_at");
	layout_time(r->env.a, o, "receipt_at");
	layout_time(r->env.a, o, "tried_at");
	layout_time(r->env.a, o, "asks_at");
}

enum err
messages_show(struct request *r)
{
	struct message_filter f = { .state = layout_given(
					r, request_query(r, "state")),
		.channel = layout_given(r, request_query(r, "channel")),
		.batch_no = layout_given(r, request_query(r, "batch_no")),
		.cursor = request_query(r, "cursor") };
	struct json_object *o = layout_new(r), *list;
	enum err e = message_list_json(&r->env, &f, o);

	if (e != E_OK && e != E_INVALID)
		return e;
	list = json_get(o, "messages");
	for (size_t i = 0; i < json_count(list); i++)
		times_json(r, json_at(list, i));
	json_flag(o, "has_messages", json_count(list) > 0);
	filters_json(&f, o);
	layout_pager(r, "/admin/messages", o);
	json_str(o, "batch_no_error", layout_problem(&r->env, "batch_no"));
	return layout_page(r, e, "messages", o);
}

static enum err
show_one(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);

	TRY(message_json(&r->env, r->param[0], o));
	times_json(r, o);
	json_flag(o, "is_operator", r->env.who.role == ROLE_OPERATOR);
	json_str(o, "checked_error", layout_problem(&r->env, "checked"));
	return layout_page(r, refused, "message", o);
}

enum err
message_show(struct request *r)
{
	return show_one(r, E_OK);
}

enum err
message_take_again(struct request *r)
{
	struct message_deed d = { .env = &r->env,
		.id = r->param[0],
		.state = request_form(r, "state"),
		.is_checked = strcmp(request_form(r, "checked"), "yes") == 0 };
	struct json_object *message = json_object_in(r->env.a);
	enum err e;

	TRY(message_json(&r->env, d.id, message));
	e = message_queue_again(&d);
	if (e != E_OK)
		return layout_can_show(e) ? show_one(r, e) : e;
	return respond_see_other(
	    r, arena_printf(r->env.a, "/admin/messages/%s", d.id));
}
