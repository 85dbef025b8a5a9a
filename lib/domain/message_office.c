#include "domain/message_office.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/word.h"
#include "domain/audit.h"
#include "domain/keyset.h"
#include "domain/message.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/seal.h"

enum { PAGE = 50 };

static const struct word states[] = {
	{ "queued", "待发送" },
	{ "sending", "发送中" },
	{ "sent", "已发送" },
	{ "delivered", "已送达" },
	{ "undelivered", "未送达" },
	{ "failed", "发送失败" },
	{ "unknown", "结果不明" },
};

/* What the worker notes when one was not sent (message_send.c). */
static const struct word errors[] = {
	{ "", "" },
	{ "provider_failed", "平台没有受理" },
	{ "provider_blocked", "平台停止受理，等待运维处理" },
	{ "number_refused", "平台不向这个收件人发送" },
	{ "text_refused", "平台不接受这条短信的内容" },
	{ "provider_unknown", "平台没有答复" },
	{ "provider_has_none", "没有得到答复，平台的发送记录中也没有" },
	{ "number_limited", "这个号码一天内的短信已满，稍后发送" },
	{ "quiet_hours", "夜间不发提醒，早上发送" },
	{ "outdated", "情况已变，不再发送" },
	{ "interrupted", "发送时系统中断" },
	{ "internal", "系统出错" },
};

/* Where that was the mail server. */
static const struct word email_errors[] = {
	{ "provider_failed", "邮件服务器没有受理" },
	{ "provider_blocked", "邮件服务器停止受理，等待运维处理" },
	{ "number_refused", "邮件服务器不接受这个收件人或内容" },
	{ "provider_unknown", "邮件服务器没有答复" },
};

/* What each goes by, and to what. */
static const struct word channels[] = {
	{ "sms", "短信" },
	{ "email", "邮件" },
};

const char *
message_state_title(const char *state)
{
	return word_title(states, COUNT(states), state);
}

void
message_states_json(struct json_object *array)
{
	json_words(array, states, COUNT(states));
}

void
message_channels_json(struct json_object *array)
{
	json_words(array, channels, COUNT(channels));
}

static bool
is_email(const struct cell *c)
{
	return strcmp(c[14].s, "email") == 0;
}

static const char *
error_title(const struct cell *c)
{
	const char *word = c[6].s,
		   *title = word_title(email_errors, COUNT(email_errors), word);

	return is_email(c) && title != word
		   ? title
		   : word_title(errors, COUNT(errors), word);
}

static enum err
recipient(struct env *env, const struct cell *c, const char **masked)
{
	const char *bound = arena_printf(
	    env->a, "%s/%s", c[1].s, field_row(FIELD_HANDLER_MOBILE)->name);
	struct message_values own;

	TRY(message_values_open(env, c[0].s, &c[19], &own));
	if (own.to == NULL && is_email(c))
		own.to = c[15].s;
	else if (own.to == NULL)
		TRY(unseal_text(env->a, bound, c[10].s, c[10].n, &own.to));
	*masked = field_mask(env->a,
	    is_email(c) ? FIELD_HANDLER_EMAIL : FIELD_HANDLER_MOBILE, own.to);
	return E_OK;
}

/* The text that is told of it, which an action may have several of. */
static const struct message_template *
template_of(const struct cell *c)
{
	const struct application about = { .value = {
					       [FIELD_CATEGORY] = c[20].s,
					       [FIELD_PICKUP] = c[21].s } };

	return message_template(message_word_of(c[3].s, &about));
}

/* What is unknown is asked about within hours, or never again. */
static void
unknown_json(struct json_object *o, const struct cell *c)
{
	bool is_asked = c[7].i < clock_now() + CLOCK_DAY;

	json_time(o, "tried_at", c[22].i);
	json_time(o, "asks_at", is_asked ? c[7].i : 0);
}

/* What the page says besides, and whether it offers to send it again. */
static void
marks_json(struct json_object *o, const struct cell *c)
{
	const char *state = c[4].s, *error = c[6].s;
	bool is_code = message_kind_of(c[3].s) == MESSAGE_KIND_CODE;
	bool is_unknown = strcmp(state, "unknown") == 0;
	bool is_undelivered = strcmp(state, "undelivered") == 0;
	bool is_over =
	    is_unknown || is_undelivered || strcmp(state, "failed") == 0;

	if (is_unknown)
		unknown_json(o, c);
	json_flag(o, "is_undelivered", is_undelivered);
	json_flag(o, "is_refused", strcmp(error, "number_refused") == 0);
	json_flag(o, "is_unfit", strcmp(error, "text_refused") == 0);
	/* After so many tries none is made any more. */
	json_flag(o, "is_blocked",
	    !is_over && strcmp(error, "provider_blocked") == 0);
	json_flag(o, "is_unknown", !is_code && is_unknown);
	json_flag(o, "is_code", is_code);
	json_flag(o, "can_go_again", is_over && !is_code);
}

static enum err
row_json(struct env *env, const struct cell *c, struct json_object *o)
{
	const char *state = c[4].s, *masked;

	TRY(recipient(env, c, &masked));
	json_str(o, "id", c[0].s);
	json_str(o, "application_id", c[1].s);
	json_str(o, "batch_no", c[2].s);
	json_str(o, "word", template_of(c)->word);
	json_str(o, "event_title", template_of(c)->title);
	json_str(o, "state", state);
	json_str(o, "state_title", word_title(states, COUNT(states), state));
	json_int(o, "attempts", c[5].i);
	json_str(o, "error_title", error_title(c));
	json_time(o, "next_at", strcmp(state, "queued") == 0 ? c[7].i : 0);
	json_time(o, "created_at", c[8].i);
	json_time(o, "sent_at", c[9].i);
	json_str(o, "recipient", masked);
	json_str(o, "unit", c[11].s);
	json_str(
	    o, "channel_title", word_title(channels, COUNT(channels), c[14].s));
	json_flag(o, "is_email", is_email(c));
	json_str(o, "code", c[12].s);
	json_str(o, "serial", c[13].s);
	json_time(o, "receipt_at", c[16].i);
	json_str(o, "receipt_text", c[17].s);
	json_flag(o, "has_version", !c[18].is_null);
	json_int(o, "text_version", c[18].i);
	marks_json(o, c);
	return E_OK;
}

/* A number of letters that no column of batch numbers can hold is none. */
static enum err
read_page(struct env *env, const struct message_filter *f, struct rows *rows)
{
	/* Behind every id. */
	const char *before = f->cursor != NULL ? f->cursor : "~";
	enum err e = db_all(env->db, env->a, SQL_MESSAGE_LIST, rows,
	    ARGS(S(before), S(f->state), S(f->state), S(f->channel),
		S(f->channel), S(f->batch_no), S(f->batch_no)));

	if (e == E_INVALID)
		problem_add(&env->errors, "batch_no", "alphabet",
		    "批次号由 CA 和数字组成，请核对。");
	return e;
}

static enum err
blocked_json(struct env *env, struct json_object *o)
{
	struct json_object *list = json_list(o, "blocked");

	for (size_t i = 0; i < COUNT(channels); i++) {
		const char *channel = channels[i].word;
		struct rows rows;

		TRY(db_all(env->db, env->a, SQL_MESSAGE_BLOCKED, &rows,
		    ARGS(S(channel))));
		if (rows.n > 0)
			json_flag(json_item(list), "is_email",
			    strcmp(channel, "email") == 0);
	}
	return E_OK;
}

enum err
message_list_json(
    struct env *env, const struct message_filter *f, struct json_object *o)
{
	struct json_object *list = json_list(o, "messages");
	struct rows rows;
	size_t n;

	TRY(blocked_json(env, o));
	TRY(read_page(env, f, &rows));
	n = keyset_by_id(&rows, PAGE, 0, o);
	for (size_t r = 0; r < n; r++)
		TRY(row_json(env, &CELL(&rows, r, 0), json_item(list)));
	return E_OK;
}

enum err
message_json(struct env *env, const char *id, struct json_object *o)
{
	struct cell *c;

	TRY(db_one(env->db, env->a, SQL_MESSAGE_GET, &c, ARGS(S(id))));
	return row_json(env, c, o);
}

static enum err
queue_again(void *arg)
{
	const struct message_deed *d = arg;

	TRY(db_change(
	    d->env->db, SQL_MESSAGE_AGAIN, ARGS(S(d->id), S(d->state))));
	return audit_add(d->env, "message_queued", d->id, d->state);
}

enum err
message_queue_again(struct message_deed *d)
{
	if (strcmp(d->state, "unknown") == 0 && !d->is_checked) {
		problem_add(&d->env->errors, "checked", "required",
		    "这条消息可能已经送达：请先向经办人核实，再勾选后重新发送。");
		return FAIL(E_INVALID, "not looked after");
	}
	return db_tx(d->env->db, queue_again, d);
}
