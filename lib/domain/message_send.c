#include "domain/message_send.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "domain/reminder.h"
#include "domain/sql.h"
#include "domain/status.h"
#include "service/config.h"

enum { ATTEMPTS = 8, BACK_OFF = 30, BACK_OFF_MOST = 3600 };

static bool
is_reminder(const char *event)
{
	return strcmp(event, message_reminder(false)) == 0 ||
	       strcmp(event, message_reminder(true)) == 0;
}

enum err
message_open(
    struct arena *a, const struct config *cfg, const struct sms_provider **out)
{
	const struct sms_provider *sms = sms_provider(cfg->sms_provider);

	if (sms == NULL)
		return FAIL(E_INTERNAL, "sms_provider %s is unknown",
		    cfg->sms_provider);
	for (int i = 0; i < MESSAGE__N && sms->has_templates; i++)
		if (sms_template(a, cfg->sms_templates,
			message_template((enum message_word)i)->word) == NULL)
			return FAIL(E_INTERNAL, "sms_templates has no %s",
			    message_template((enum message_word)i)->word);
	*out = sms;
	return sms->open(cfg);
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
	const struct cell *details; /* sealed, or null */
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

/* What the row becomes, by what came of it. */
static const struct outcome {
	const char *state, *error;
} outcomes[] = {
	[SMS_TAKEN] = { "sent", "" },
	[SMS_LATER] = { "queued", "provider_failed" },
	[SMS_NEVER] = { "failed", "number_refused" },
	[SMS_BLOCKED] = { "queued", "provider_blocked" },
	[SMS_UNKNOWN] = { "unknown", "provider_unknown" },
};

/* The lock that an application was about. */
static enum err
lock_of(struct env *env, const struct application *app, const struct lock **out)
{
	const char *serial = app->value[FIELD_LOCK_SERIAL];
	struct locks locks;

	TRY(lock_list(env, app->unit_id, &locks));
	*out = serial != NULL ? lock_find(&locks, serial) : NULL;
	return *out != NULL ? E_OK : FAIL(E_INTERNAL, "no lock to remind of");
}

/* What its text names: the row's own, the case's and the lock's. One that was
 * renewed meanwhile is not to be heard of again. */
static enum err
values_of(struct env *env, const struct message *m,
    const struct application *app, struct message_values *out)
{
	const struct lock *lock = NULL;

	TRY(message_values_open(env, m->id, m->details, out));
	if (strcmp(m->event, message_status_code()) == 0)
		TRY(status_code_of_message(env, m->id,
		    app->value[FIELD_HANDLER_MOBILE], &out->value[VALUE_CODE]));
	if (is_reminder(m->event))
		TRY(lock_of(env, app, &lock));
	if (lock != NULL && lock->days_left > REMINDER_DAYS)
		return FAIL(E_STATE, "the lock was renewed meanwhile");
	message_values_fill(env->a, app, lock, out);
	return E_OK;
}

static enum err
deliver(struct env *env, const struct sms_provider *sms,
    const struct message *m, struct sms_answer *out)
{
	struct message_values values;
	struct sms_message text;
	struct application app;
	enum message_word word;

	TRY(application_load(env, m->application_id, &app));
	TRY(values_of(env, m, &app, &values));
	word = message_word_of(m->event, &app);
	if (word == MESSAGE__N || app.value[FIELD_HANDLER_MOBILE] == NULL ||
	    !message_make(env->a, message_template(word)->text, &values, &text))
		return FAIL(
		    E_INTERNAL, "no text or no number for %s", m->event);
	text.key = m->id;
	text.template = message_template(word)->word;
	text.mobile = app.value[FIELD_HANDLER_MOBILE];
	*out = sms->send(env->a, &text);
	return E_OK;
}

/* The operator hears of what stops every message, in the log and by the page;
 * the others of it are queued for as long as one waits at most. */
static int64_t
wait_for(const struct message *m, enum sms_outcome outcome)
{
	int64_t wait = message_back_off(m->attempts);

	return wait >= 0 && outcome == SMS_BLOCKED ? BACK_OFF_MOST : wait;
}

static enum err
mark(struct env *env, const struct message *m, const struct outcome *o,
    int64_t wait, const struct sms_answer *answer)
{
	const char *state =
	    wait < 0 && strcmp(o->state, "queued") == 0 ? "failed" : o->state;

	return db_exec(env->db, SQL_MESSAGE_MARK,
	    ARGS(S(state), S(o->error), S(answer->code), S(answer->serial),
		I(wait < 0 ? 0 : wait), S(state), S(m->id), S(m->owner)));
}

static enum err
send_one(struct env *env, const struct sms_provider *sms, struct message *m)
{
	static const struct outcome ours = { "queued", "internal" },
				    outdated = { "failed", "outdated" };
	struct sms_answer answer = { SMS_LATER, "", "" };
	bool is_ours;
	enum err e;

	TRY(claim(env, m, &is_ours));
	if (!is_ours)
		return E_OK;
	e = deliver(env, sms, m, &answer);
	if (e != E_OK || answer.outcome != SMS_TAKEN)
		log_fault(answer.outcome == SMS_BLOCKED ? LOG_ERROR : LOG_WARN,
		    "not_sent", "message", m->id);
	return mark(env, m,
	    e == E_OK	   ? &outcomes[answer.outcome]
	    : e == E_STATE ? &outdated
			   : &ours,
	    wait_for(m, answer.outcome), &answer);
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
			.attempts = CELL(&due, r, 3).i,
			.details = &CELL(&due, r, 4) };

		TRY(send_one(env, sms, &m));
	}
	return E_OK;
}
