#include "domain/message.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/num.h"
#include "domain/sql.h"

enum { ATTEMPTS = 8, BACK_OFF = 30, BACK_OFF_MOST = 3600 };

static bool
is(const struct application *app, enum field f, const char *word)
{
	return app->value[f] != NULL && strcmp(app->value[f], word) == 0;
}

static const char *
approved_text(struct arena *a, const struct application *app)
{
	int64_t fen = 0;

	if (app->value[FIELD_FEE_FEN] == NULL ||
	    !num_int(app->value[FIELD_FEE_FEN], 0, INT64_MAX, &fen))
		fen = 0;
	return arena_printf(a,
	    "已审核通过，请登录系统，在“CA支付”中支付办理费用%lld.%02lld元。",
	    (long long)fen / 100, (long long)fen % 100);
}

static const char *
completed_text(const struct application *app)
{
	if (is(app, FIELD_CATEGORY, "renewal"))
		return "续期已办结，请用原锁激活，无需到场领取，原锁继续使用。"
		       "激活步骤请登录系统在该申请中查看。";
	if (is(app, FIELD_PICKUP, "mail"))
		return "已办结，CA锁将按您填写的收件地址邮寄，请注意查收。";
	return "已办结，请经办人携带本人身份证到现场领取CA锁。";
}

static const char *
event_text(struct arena *a, const char *action, const struct application *app)
{
	if (strcmp(action, action_row(ACTION_APPROVE)->word) == 0)
		return approved_text(a, app);
	if (strcmp(action, action_row(ACTION_REJECT)->word) == 0)
		return "审核未通过，请登录系统查看处理意见，"
		       "修改后重新提交。";
	if (strcmp(action, action_row(ACTION_PAY)->word) == 0)
		return "已收到缴费，将尽快办理，办结后另行短信通知。";
	if (strcmp(action, action_row(ACTION_COMPLETE)->word) == 0)
		return completed_text(app);
	if (strcmp(action, action_row(ACTION_REFUND_IN_FULL)->word) == 0)
		return "办理费用已全额退回原支付账户，请注意查收。";
	return NULL;
}

const char *
message_text(struct arena *a, const char *action, const struct application *app)
{
	const char *text = event_text(a, action, app);

	return text == NULL ? NULL
			    : arena_printf(a, "您的CA锁申请（批次号%s）%s",
				  app->batch_no, text);
}

int64_t
message_back_off(int64_t attempts)
{
	int64_t seconds = BACK_OFF;

	if (attempts >= ATTEMPTS)
		return -1;
	for (int64_t i = 1; i < attempts && seconds < BACK_OFF_MOST; i++)
		seconds *= 2;
	return seconds < BACK_OFF_MOST ? seconds : BACK_OFF_MOST;
}

struct message {
	const char *id, *application_id, *event;
	int64_t attempts; /* with the one that is under way */
	const char *owner;
};

static enum err
claim(struct env *env, struct message *m, bool *is_ours)
{
	m->owner = id_make(env->a);
	TRY(db_exec(env->db, SQL_MESSAGE_CLAIM, ARGS(S(m->owner), S(m->id))));
	*is_ours = db_changed(env->db) == 1;
	m->attempts++;
	return E_OK;
}

static enum err
deliver(
    struct env *env, const struct sms_provider *sms, const struct message *m)
{
	struct application app;
	const char *text, *mobile;

	TRY(application_load(env, m->application_id, &app));
	text = message_text(env->a, m->event, &app);
	mobile = app.value[FIELD_HANDLER_MOBILE];
	if (text == NULL || mobile == NULL)
		return FAIL(
		    E_INTERNAL, "no text or no number for %s", m->event);
	return sms->send(env->a, mobile, text, m->id);
}

static enum err
mark_not_sent(struct env *env, const struct message *m, enum err why)
{
	int64_t wait = message_back_off(m->attempts);
	const char *state = why == E_PROVIDER_UNKNOWN ? "unknown"
			    : wait < 0		      ? "failed"
						      : "queued";

	return db_exec(env->db, SQL_MESSAGE_NOT_SENT,
	    ARGS(S(state), S(err_row(why)->code), I(wait < 0 ? 0 : wait),
		S(m->id), S(m->owner)));
}

static enum err
send_one(struct env *env, const struct sms_provider *sms, struct message *m)
{
	bool is_ours;
	enum err e;

	TRY(claim(env, m, &is_ours));
	if (!is_ours)
		return E_OK;
	e = deliver(env, sms, m);
	if (e == E_OK)
		return db_exec(
		    env->db, SQL_MESSAGE_SENT, ARGS(S(m->id), S(m->owner)));
	log_fault(LOG_WARN, "not_sent", "message", m->id);
	return mark_not_sent(env, m, e);
}

enum err
message_send_due(struct env *env, const struct sms_provider *sms)
{
	struct rows due;

	TRY(db_exec(env->db, SQL_MESSAGE_LOST, ARGS(S("interrupted"))));
	if (db_changed(env->db) > 0)
		log_line(LOG_WARN, "messages", "unknown=%lld",
		    (long long)db_changed(env->db));
	TRY(db_all(env->db, env->a, SQL_MESSAGE_DUE, &due, ARGS()));
	for (size_t r = 0; r < due.n; r++) {
		struct message m = { .id = CELL(&due, r, 0).s,
			.application_id = CELL(&due, r, 1).s,
			.event = CELL(&due, r, 2).s,
			.attempts = CELL(&due, r, 3).i };

		TRY(send_one(env, sms, &m));
	}
	return E_OK;
}
