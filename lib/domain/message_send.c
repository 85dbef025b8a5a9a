#include "domain/message_send.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "domain/invoice.h"
#include "domain/message_limit.h"
#include "domain/message_receipt.h"
#include "domain/message_text.h"
#include "domain/reminder.h"
#include "domain/sql.h"
#include "domain/status.h"
#include "provider/email.h"
#include "service/config.h"
#include "service/mail.h"
#include "service/store.h"

/* Until three days have gone: over a weekend, and longer than what a vendor
 * lets one number have in a day. */
enum { ATTEMPTS = 79, BACK_OFF = 30, BACK_OFF_MOST = 3600 };

static bool
is_reminder(const char *event)
{
	return strcmp(event, message_reminder(false)) == 0 ||
	       strcmp(event, message_reminder(true)) == 0;
}

/* The vendor of short messages; set by message_open. */
static const struct sms_provider *sms;

static enum err
sms_open(struct arena *a, const struct config *cfg)
{
	sms = sms_provider(cfg->sms_provider);
	if (sms == NULL)
		return FAIL(E_INTERNAL, "sms_provider %s is unknown",
		    cfg->sms_provider);
	for (int i = 0; i < MESSAGE__N && sms->has_templates; i++)
		if (sms_template(a, cfg->sms_templates,
			message_template((enum message_word)i)->word) == NULL)
			return FAIL(E_INTERNAL, "sms_templates has no %s",
			    message_template((enum message_word)i)->word);
	return sms->open(cfg);
}

enum err
message_open(struct arena *a, const struct config *cfg)
{
	TRY(sms_open(a, cfg));
	TRY(message_receipt_open(a, cfg));
	return *cfg->mail_url != '\0' ? mail_open(cfg) : E_OK;
}

int64_t
message_back_off(int64_t attempts)
{
	return attempts >= ATTEMPTS
		   ? -1
		   : clock_back_off(BACK_OFF, BACK_OFF_MOST, attempts - 1);
}

struct message {
	const char *id, *application_id, *event;
	int64_t attempts; /* with the one that is under way */
	int64_t resends;
	const char *owner;
	const struct cell *details; /* sealed, or null */
};

/* What is sent, once it is known. */
struct letter {
	const char *key, *address;
	/* Of an SMS: its vendor ("" of an e-mail), our name for it there, and
	 * what a receipt of it is found by. */
	const char *vendor, *name;
	const uint8_t *receipt_key;
	const char *template; /* its word */
	enum message_kind kind;
	struct message_text form; /* in force, and by which it is sent */
	struct sms_message text;  /* filled in */
	struct mail_file file;	  /* of an e-mail */
};

/* What a message goes by. */
struct channel {
	const char *word;
	enum field address;
	struct sent (*send)(struct env *env, const struct letter *l);
};

static struct sent
send_sms(struct env *env, const struct letter *l)
{
	return sms->send(env->a, &l->text);
}

/* The same text; who reads it there has to know where the system is. */
static struct sent
send_email(struct env *env, const struct letter *l)
{
	return email_send(
	    env->a, &(struct mail){ .key = l->key,
			.to = l->address,
			.subject = l->form.title,
			.text = arena_printf(env->a,
			    "%s%s\n\n登录系统：%s/\n\n"
			    "此邮件由系统自动发出，请勿回复。",
			    l->text.text,
			    l->file.bytes != NULL ? "\n\n发票见附件。" : "",
			    env->cfg->public_url),
			.file = l->file });
}

static const struct channel channels[] = {
	{ "sms", FIELD_HANDLER_MOBILE, send_sms },
	{ "email", FIELD_HANDLER_EMAIL, send_email },
};

/* One of them in its turn. */
struct turn {
	struct env *env;
	const struct channel *channel;
	struct message m;
	struct letter letter;
	enum err refused; /* why there is no letter */
	int64_t wait;	  /* seconds until its turn, and why it has to wait */
	const char *waits_for;
	bool is_over; /* the channel is in trouble: enough for this round */
};

static bool
is_sms(const struct turn *t)
{
	return t->channel->address == FIELD_HANDLER_MOBILE;
}

/* What the row becomes, by what came of it. */
static const struct outcome {
	const char *state, *error;
} outcomes[] = {
	[SENT_TAKEN] = { "sent", "" },
	[SENT_LATER] = { "queued", "provider_failed" },
	[SENT_NEVER] = { "failed", "number_refused" },
	[SENT_UNFIT] = { "failed", "text_refused" },
	[SENT_BLOCKED] = { "queued", "provider_blocked" },
	[SENT_UNKNOWN] = { "unknown", "provider_unknown" },
};

/* The lock that an application was about, or NULL. */
static enum err
lock_of(struct env *env, const struct application *app, const struct lock **out)
{
	const char *serial = app->value[FIELD_LOCK_SERIAL];
	struct locks locks;

	TRY(lock_list(env, app->unit_id, &locks));
	*out = serial != NULL ? lock_find(&locks, serial) : NULL;
	return E_OK;
}

/* One that is not to be heard of any more is E_STATE. */
static enum err
ending_lock(struct env *env, const struct application *app, const char *event,
    const struct lock **out)
{
	bool is_over = strcmp(event, message_reminder(true)) == 0;
	bool is_wanted = false;

	TRY(lock_of(env, app, out));
	if (*out != NULL)
		TRY(reminder_is_wanted(
		    env, app->unit_id, *out, is_over, &is_wanted));
	return is_wanted ? E_OK : FAIL(E_STATE, "it is not to be reminded of");
}

static bool
is_about_activation(const char *event)
{
	return strcmp(event, message_template(MESSAGE_REMIND_ACTIVATE)->word) ==
	       0;
}

static enum err
check_inactive(struct env *env, const struct application *app)
{
	const struct lock *lock;

	TRY(lock_of(env, app, &lock));
	return app->state == STATE_COMPLETED && app->activated_at == 0 &&
		       (lock == NULL || !lock->is_muted)
		   ? E_OK
		   : FAIL(E_STATE, "it was activated meanwhile");
}

/* What its text names: the row's own, the case's and the lock's. What is not
 * so any more is not to be heard of again. */
static enum err
values_of(struct env *env, const struct message *m,
    const struct application *app, struct message_values *out)
{
	const struct lock *lock = NULL;

	TRY(message_values_open(env, m->id, m->details, out));
	if (strcmp(m->event, message_status_code()) == 0)
		TRY(status_code_of_message(env, m->id,
		    app->value[FIELD_HANDLER_MOBILE], &out->value[VALUE_CODE]));
	if (is_about_activation(m->event))
		TRY(check_inactive(env, app));
	if (is_reminder(m->event))
		TRY(ending_lock(env, app, m->event, &lock));
	message_values_fill(env->a, app, lock, out);
	return E_OK;
}

/* What is said of a case that waits, and only while it does. */
static bool
is_outdated(enum message_word word, const struct application *app)
{
	return (word == MESSAGE_LAPSE_PAY && app->state != STATE_APPROVED) ||
	       (word == MESSAGE_LAPSE_CORRECT && app->state != STATE_REJECTED);
}

/* The invoice itself goes with the e-mail that tells of it, unless it is too
 * large; one that was taken back meanwhile is not told of. */
static enum err
attach(struct turn *t)
{
	struct env *env = t->env;
	struct mail_file *file = &t->letter.file;
	struct invoice_place place;
	struct invoice inv;

	TRY(invoice_of(env, t->m.application_id, &inv));
	if (inv.state != INVOICE_STATE_ISSUED)
		return FAIL(E_STATE, "it is no longer issued");
	if (is_sms(t))
		return E_OK;
	TRY(invoice_file(env, &inv, INVOICE_PDF, &place));
	if (place.size > MAIL_FILE_MAX)
		return E_OK;
	file->name = arena_printf(env->a, "invoice_%s.pdf", inv.number);
	file->type = "application/pdf";
	return store_load(env->a, place.key, &file->bytes, &file->n);
}

static bool
fill_in(struct arena *a, struct letter *l, const struct message_values *values)
{
	if (!message_make(a, l->form.text, values, &l->text))
		return false;
	l->text.key = l->name;
	l->text.mobile = l->address;
	l->text.template = l->template;
	l->text.code = l->form.code;
	return true;
}

static void
name_it(struct turn *t)
{
	struct arena *a = t->env->a;
	struct letter *l = &t->letter;

	l->vendor = sms->name;
	l->name = message_receipt_name(a, t->m.id, t->m.resends);
	l->receipt_key = message_receipt_key(a, l->vendor, l->name, l->address);
}

static enum err
prepare(struct turn *t)
{
	const struct message *m = &t->m;
	struct message_values values;
	struct application app;
	enum message_word word;

	TRY(application_load(t->env, m->application_id, &app));
	TRY(values_of(t->env, m, &app, &values));
	word = message_word_of(m->event, &app);
	if (is_outdated(word, &app))
		return FAIL(E_STATE, "the case has gone on");
	t->letter = (struct letter){ .key = m->id,
		.vendor = "",
		.address = values.to != NULL ? values.to
					     : app.value[t->channel->address],
		.kind = message_kind_of(m->event) };
	if (word == MESSAGE__N || t->letter.address == NULL)
		return FAIL(E_INTERNAL, "no address for %s", m->event);
	if (is_sms(t))
		name_it(t);
	if (word == MESSAGE_INVOICE)
		TRY(attach(t));
	t->letter.template = message_template(word)->word;
	TRY(message_text_current(t->env, word, &t->letter.form));
	t->letter.form.code = message_text_code(t->env, word, &t->letter.form);
	return fill_in(t->env->a, &t->letter, &values)
		   ? E_OK
		   : FAIL(E_INTERNAL, "no value for %s", m->event);
}

/* Not at night, and not more than its number may get; a code was counted when
 * it was asked for. */
static enum err
wait_turn(struct turn *t)
{
	t->wait = 0;
	if (t->refused != E_OK)
		return E_OK;
	t->waits_for = "quiet_hours";
	if (t->letter.kind == MESSAGE_KIND_REMINDER)
		t->wait = reminder_wait(t->env->cfg, clock_now());
	if (t->wait > 0 || !is_sms(t) || t->letter.kind == MESSAGE_KIND_CODE)
		return E_OK;
	t->waits_for = "number_limited";
	return message_limit_take(t->env, t->letter.address, &t->wait);
}

/* Inside db_tx: E_STATE when another was faster. */
static enum err
claim(void *arg)
{
	struct turn *t = arg;
	struct env *env = t->env;
	const struct letter *l = &t->letter;

	TRY(wait_turn(t));
	if (t->wait > 0)
		return db_change(env->db, SQL_MESSAGE_PUT_OFF,
		    ARGS(I(t->wait), S(t->waits_for), S(t->m.id)));
	return db_change(env->db, SQL_MESSAGE_CLAIM,
	    ARGS(S(t->m.owner), l->form.version > 0 ? I(l->form.version) : NONE,
		S(l->vendor), B(l->receipt_key, MESSAGE_RECEIPT_KEY),
		S(t->m.id), S(t->m.owner)));
}

/* The operator hears of what stops every message, in the log and by the page;
 * the others of it are queued for as long as one waits at most. One that was
 * taken, or may have been, waits to be asked about. */
static int64_t
wait_for(const struct turn *t, const struct sent *answer)
{
	int64_t wait = message_back_off(t->m.attempts);

	if (answer->outcome == SENT_TAKEN || answer->outcome == SENT_UNKNOWN)
		return is_sms(t) ? message_receipt_wait(sms) : -1;
	return wait >= 0 && answer->outcome == SENT_BLOCKED ? BACK_OFF_MOST
							    : wait;
}

static enum err
mark(struct turn *t, const struct outcome *o, const struct sent *answer)
{
	struct env *env = t->env;
	int64_t wait = wait_for(t, answer);
	const uint8_t *key = NULL;
	const char *state =
	    wait < 0 && strcmp(o->state, "queued") == 0 ? "failed" : o->state;

	if (*answer->serial != '\0')
		key = message_receipt_key(
		    env->a, sms->name, answer->serial, t->letter.address);
	return db_exec(env->db, SQL_MESSAGE_MARK,
	    ARGS(S(state), S(o->error), S(answer->code), S(answer->serial),
		B(key, MESSAGE_RECEIPT_KEY), wait < 0 ? NONE : I(wait),
		S(state), S(t->m.id), S(t->m.owner)));
}

/* Nothing answers, or nothing is taken: so it will be with the next one. */
static bool
is_trouble(const struct sent *answer)
{
	return answer->outcome == SENT_BLOCKED ||
	       (answer->outcome != SENT_TAKEN && *answer->code == '\0');
}

static enum err
send_one(struct turn *t)
{
	static const struct outcome ours = { "queued", "internal" },
				    outdated = { "failed", "outdated" };
	struct sent answer = { SENT_LATER, "", "" };
	struct message *m = &t->m;
	enum err e = t->refused;

	m->attempts++;
	if (e == E_OK)
		answer = t->channel->send(t->env, &t->letter);
	if (e != E_OK || answer.outcome != SENT_TAKEN)
		log_fault(answer.outcome == SENT_BLOCKED ? LOG_ERROR : LOG_WARN,
		    "not_sent", "message", m->id);
	t->is_over = e == E_OK && is_trouble(&answer);
	return mark(t,
	    e == E_OK	   ? &outcomes[answer.outcome]
	    : e == E_STATE ? &outdated
			   : &ours,
	    &answer);
}

/* What is to be said is found first, so that between the claim and the mark
 * there is the sending alone. */
static enum err
take_turn(struct turn *t, const struct cell *row)
{
	enum err e;

	t->m = (struct message){ .id = row[0].s,
		.application_id = row[1].s,
		.event = row[2].s,
		.attempts = row[3].i,
		.details = &row[4],
		.resends = row[5].i,
		.owner = id_make(t->env->a) };
	t->letter = (struct letter){ .vendor = "" };
	t->refused = prepare(t);
	if (t->refused == E_DB || t->refused == E_BUSY)
		return t->refused;
	e = db_tx(t->env->db, claim, t);
	if (e == E_STATE)
		return E_OK;
	TRY(e);
	return t->wait > 0 ? E_OK : send_one(t);
}

/* Somebody sits and waits for a code: it passes all that is in the queue. */
static enum err
send_codes(struct turn *t)
{
	struct rows due;

	if (!is_sms(t))
		return E_OK;
	TRY(db_all(t->env->db, t->env->a, SQL_STATUS_CODE_DUE, &due, ARGS()));
	for (size_t r = 0; r < due.n && !t->is_over; r++)
		TRY(take_turn(t, &CELL(&due, r, 0)));
	return E_OK;
}

static enum err
send_channel(struct env *env, const struct channel *channel)
{
	struct turn t = { .env = env, .channel = channel };
	struct rows due;

	TRY(db_all(
	    env->db, env->a, SQL_MESSAGE_DUE, &due, ARGS(S(channel->word))));
	for (size_t r = 0; r < due.n && !t.is_over; r++) {
		TRY(send_codes(&t));
		if (!t.is_over)
			TRY(take_turn(&t, &CELL(&due, r, 0)));
	}
	return E_OK;
}

enum err
message_send_due(struct env *env)
{
	int64_t wait = message_receipt_wait(sms);

	TRY(db_exec(env->db, SQL_MESSAGE_LOST,
	    ARGS(S("interrupted"), wait < 0 ? NONE : I(wait))));
	if (db_changed(env->db) > 0)
		log_line(LOG_WARN, "messages", "unknown=%lld",
		    (long long)db_changed(env->db));
	TRY(send_channel(env, &channels[0]));
	return *env->cfg->mail_url != '\0' ? send_channel(env, &channels[1])
					   : E_OK;
}
