/* 消息模板: what people are told, and a new version of it is asked for. */
#include "base/arena.h"
#include "domain/confirmation.h"
#include "domain/message_text.h"
#include "format/json.h"
#include "review/confirmations.h"
#include "review/handlers.h"
#include "review/layout.h"
#include "web/response.h"

enum err
message_texts_show(struct request *r)
{
	struct json_object *o = layout_new(r);

	TRY(message_texts_json(&r->env, o));
	return respond_page(r, 200, "message-texts", o);
}

/* The new version begins as the one in force is. */
static void
fields_json(struct request *r, struct json_object *o)
{
	struct json_object *list = json_list(o, "fields");
	const char *code = json_get_str(o, "code");

	layout_field(r, list,
	    &(struct layout_field){
		.name = "title", .label = "标题", .help = "邮件的主题。" },
	    json_get_str(o, "title"));
	layout_field(r, list,
	    &(struct layout_field){ .name = "text",
		.label = "正文",
		.help = "写成一段，包含变量表中的每一个变量，各一次。",
		.type = "area",
		.rows = 4 },
	    json_get_str(o, "text"));
	layout_field(r, list,
	    &(struct layout_field){ .name = "code",
		.label = "短信模板代码",
		.help =
		    "先在短信平台登记这段文字，变量和次序相同，审核通过后填写平台给出的代码。",
		.is_optional = true },
	    code != NULL ? code : "");
	layout_reason(r, list, "原因");
}

static enum err
show_one(struct request *r, enum err refused)
{
	struct json_object *o = layout_new(r);
	const char *asked;

	TRY(message_text_json(&r->env, r->param[0], o));
	layout_times(r->env.a, json_get(o, "versions"), "created_at");
	json_flag(o, "has_values", json_count(json_get(o, "values")) > 0);
	json_flag(o, "is_manager", r->env.who.role == ROLE_MANAGER);
	json_flag(o, "needs_second", r->env.cfg->four_eyes != 0);
	TRY(confirmation_of(&r->env, CONFIRM_TEXT, r->param[0], &asked));
	json_str(o, "asked", asked);
	if (r->env.who.role == ROLE_MANAGER)
		fields_json(r, o);
	return layout_page(r, refused, "message-text", o);
}

enum err
message_text_show_one(struct request *r)
{
	return show_one(r, E_OK);
}

enum err
message_text_take_ask(struct request *r)
{
	struct message_text_ask ask = { .env = &r->env,
		.word = r->param[0],
		.title = layout_typed(r, "title"),
		.text = layout_typed(r, "text"),
		.code = layout_typed(r, "code"),
		.reason = layout_typed(r, "reason") };
	enum err e;

	if (message_word_named(ask.word) == MESSAGE__N)
		return FAIL(E_NOT_FOUND, "no such text");
	TRY(layout_version(r, &ask.version));
	e = message_text_ask(&ask);
	if (e != E_OK)
		return layout_can_show(e) ? show_one(r, e) : e;
	return confirmation_see(r, ask.id);
}
