#include "domain/message.h"

#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/num.h"
#include "domain/reminder.h"
#include "domain/sql.h"
#include "service/config.h"

enum { ATTEMPTS = 8, BACK_OFF = 30, BACK_OFF_MOST = 3600 };

static bool
is(const struct application *app, enum field f, const char *word)
{
	return app->value[f] != NULL && strcmp(app->value[f], word) == 0;
}

enum message_word {
#define MESSAGE(name, ...) MESSAGE_##name,
#include "domain/message_template.def"
#undef MESSAGE
	MESSAGE__N
};

static const struct {
	const char *word, *title, *text;
} templates[] = {
#define MESSAGE(name, ...) [MESSAGE_##name] = { __VA_ARGS__ },
#include "domain/message_template.def"
#undef MESSAGE
};

static enum message_word
completed(const struct application *app)
{
	if (is(app, FIELD_CATEGORY, "renewal"))
		return MESSAGE_COMPLETE_RENEWAL;
	return is(app, FIELD_PICKUP, "mail") ? MESSAGE_COMPLETE_MAIL
					     : MESSAGE_COMPLETE_ONSITE;
}

/* An action that people are told of has a text of its word, but for one. */
static enum message_word
word_of(const char *action, const struct application *app)
{
	if (strcmp(action, action_row(ACTION_COMPLETE)->word) == 0)
		return completed(app);
	for (int i = 0; i < MESSAGE__N; i++)
		if (strcmp(templates[i].word, action) == 0)
			return (enum message_word)i;
	return MESSAGE__N;
}

static const char *
amount(struct arena *a, const struct application *app)
{
	int64_t fen = 0;

	if (app->value[FIELD_FEE_FEN] == NULL ||
	    !num_int(app->value[FIELD_FEE_FEN], 0, INT64_MAX, &fen))
		fen = 0;
	return num_yuan_text(a, fen);
}

/* Takes up the value, in the place that the text gives it. */
static const char *
fill(struct arena *a, struct sms_message *m, size_t *n, const char *text,
    const struct sms_value *value)
{
	const char *mark = arena_printf(a, "{%s}", value->name);
	const char *at = strstr(text, mark);

	if (at == NULL)
		return text;
	m->values[(*n)++] = *value;
	return arena_printf(a, "%.*s%s%s", (int)(at - text), text, value->value,
	    at + strlen(mark));
}

bool
message_make(struct arena *a, const char *action, const struct application *app,
    const struct lock *lock, struct sms_message *out)
{
	const struct sms_value known[] = {
		{ "batch_no", app->batch_no },
		{ "amount", amount(a, app) },
		{ "serial", lock != NULL ? lock->serial : "" },
		{ "valid_to", lock != NULL ? lock->valid_to : "" },
	};
	enum message_word word = word_of(action, app);
	size_t n = 0;

	if (word == MESSAGE__N)
		return false;
	*out = (struct sms_message){ .template = templates[word].word,
		.text = templates[word].text };
	for (size_t i = 0; i < COUNT(known); i++)
		out->text = fill(a, out, &n, out->text, &known[i]);
	return true;
}

const char *
message_reminder(bool is_over)
{
	return templates[is_over ? MESSAGE_REMIND_OVER : MESSAGE_REMIND].word;
}

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
		if (sms_template(a, cfg->sms_templates, templates[i].word) ==
		    NULL)
			return FAIL(E_INTERNAL, "sms_templates has no %s",
			    templates[i].word);
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

/* One that was renewed meanwhile is not to be heard of again. */
static enum err
deliver(struct env *env, const struct sms_provider *sms,
    const struct message *m, struct sms_answer *out)
{
	const struct lock *lock = NULL;
	struct sms_message text;
	struct application app;

	TRY(application_load(env, m->application_id, &app));
	if (is_reminder(m->event))
		TRY(lock_of(env, &app, &lock));
	if (lock != NULL && lock->days_left > REMINDER_DAYS)
		return FAIL(E_STATE, "the lock was renewed meanwhile");
	if (!message_make(env->a, m->event, &app, lock, &text) ||
	    app.value[FIELD_HANDLER_MOBILE] == NULL)
		return FAIL(
		    E_INTERNAL, "no text or no number for %s", m->event);
	text.key = m->id;
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
			.attempts = CELL(&due, r, 3).i };

		TRY(send_one(env, sms, &m));
	}
	return E_OK;
}
