#include "domain/message_receipt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/utf8.h"
#include "domain/message.h"
#include "domain/sql.h"

enum { SECRET_LEAST = 32, SECRET_MOST = 128, WORDS = 100 };
enum { FIRST = 300, MOST = 6 * 3600, DAYS = 3 };

static char secret[SECRET_MOST + 1];

enum err
message_receipt_open(struct arena *a, const struct config *cfg)
{
	const char *text;
	unsigned long n;

	secret[0] = '\0';
	if (*cfg->sms_callback_token_file == '\0')
		return E_OK;
	TRY(config_read_file(
	    a, cfg->sms_callback_token_file, SECRET_MOST, &text, &n));
	if (n < SECRET_LEAST)
		return FAIL(E_INTERNAL,
		    "sms_callback_token_file: at least %d characters",
		    SECRET_LEAST);
	memcpy(secret, text, n + 1);
	return E_OK;
}

const char *
message_receipt_name(struct arena *a, const char *id, int64_t resends)
{
	return resends == 0
		   ? id
		   : arena_printf(a, "%s-%lld", id, (long long)resends);
}

const uint8_t *
message_receipt_key(
    struct arena *a, const char *provider, const char *name, const char *mobile)
{
	const char *text =
	    arena_printf(a, "%s\n%s\n%s", provider, name, mobile);
	uint8_t *key = arena_alloc(a, MESSAGE_RECEIPT_KEY);
	unsigned int n;

	if (*secret == '\0')
		return NULL;
	HMAC(EVP_sha256(), secret, (int)strlen(secret), (const uint8_t *)text,
	    strlen(text), key, &n);
	return key;
}

/* The vendor's words, as far as they may be shown. */
static const char *
words(struct arena *a, const char *text)
{
	const char *shown = text != NULL ? utf8_shown(a, text) : "";

	return arena_strndup(a, shown, utf8_whole(shown, WORDS));
}

static const char *
state_of(const struct sms_receipt *r)
{
	return r->is_delivered ? "delivered" : "undelivered";
}

/* -- what is pushed -- */

static enum err
take_by(struct env *env, const struct sms_provider *provider,
    const struct sms_receipt *r, const char *name)
{
	const uint8_t *key =
	    message_receipt_key(env->a, provider->name, name, r->mobile);

	return db_exec(env->db, SQL_MESSAGE_RECEIPT,
	    ARGS(S(state_of(r)), S(r->code), S(words(env->a, r->text)),
		B(key, MESSAGE_RECEIPT_KEY), S(state_of(r))));
}

/* One of a message that is not ours, or not as we sent it, changes nothing;
 * the vendor has no use for hearing so. */
static enum err
take_one(struct env *env, const struct sms_provider *provider,
    const struct sms_receipt *r)
{
	TRY(take_by(env, provider, r, r->serial));
	if (db_changed(env->db) == 0 && r->key != NULL)
		TRY(take_by(env, provider, r, r->key));
	if (db_changed(env->db) == 0)
		log_line(LOG_INFO, "receipt_unused", "provider=%s code=%s",
		    provider->name, r->code);
	return E_OK;
}

enum err
message_receipt_take(struct env *env, const struct message_push *push)
{
	struct sms_receipts list;

	if (*secret == '\0' || push->provider == NULL ||
	    push->provider->receipts == NULL || push->token == NULL ||
	    !secret_equal(push->token, secret))
		return FAIL(E_NOT_FOUND, "no such callback");
	TRY(push->provider->receipts(env->a, push->body, push->n, &list));
	for (size_t i = 0; i < list.n; i++)
		TRY(take_one(env, push->provider, &list.item[i]));
	return E_OK;
}

/* -- what is asked for -- */

int64_t
message_receipt_wait(const struct sms_provider *provider)
{
	return provider->ask != NULL ? FIRST : -1;
}

/* As long again as it is known, so that few calls are made in three days. */
static int64_t
wait_on(int64_t tried_at)
{
	int64_t age = (clock_now() - tried_at) / CLOCK_SECOND;

	return age < FIRST ? FIRST : age < MOST ? age : MOST;
}

/* Columns of MESSAGE_ASK_DUE. */
enum { ID, APPLICATION, SERIAL, TRIED_AT, DETAILS, PROVIDER, RESENDS };

static enum err
put_off(struct env *env, const struct cell *c)
{
	int64_t age = clock_now() - c[TRIED_AT].i;

	return age > DAYS * CLOCK_DAY
		   ? db_exec(env->db, SQL_MESSAGE_ASK_NO_MORE, ARGS(S(c[ID].s)))
		   : db_exec(env->db, SQL_MESSAGE_ASK_LATER,
			 ARGS(I(wait_on(c[TRIED_AT].i)), S(c[ID].s)));
}

static enum err
settle(struct env *env, const char *id, enum sms_found found,
    const struct sms_receipt *r)
{
	switch (found) {
	case SMS_UNSAID:
		break;
	case SMS_NONE:
		return db_exec(env->db, SQL_MESSAGE_NOT_FOUND,
		    ARGS(S("provider_has_none"), S(id)));
	case SMS_TAKEN:
		return db_exec(env->db, SQL_MESSAGE_FOUND, ARGS(S(id)));
	case SMS_JUDGED:
		return db_exec(env->db, SQL_MESSAGE_ASKED,
		    ARGS(S(state_of(r)), S(r->code), S(words(env->a, r->text)),
			S(id)));
	}
	return E_OK;
}

/* The number may be another by now: then nobody knows of it there. */
static enum err
whom(struct env *env, const struct cell *c, const char **mobile)
{
	struct message_values own;
	struct application app;

	TRY(application_load(env, c[APPLICATION].s, &app));
	TRY(message_values_open(env, c[ID].s, &c[DETAILS], &own));
	*mobile = own.to != NULL ? own.to : app.value[FIELD_HANDLER_MOBILE];
	return E_OK;
}

/* Of what went to another vendor this one cannot tell. */
static bool
is_of(const struct cell *c, const struct sms_provider *provider)
{
	return *c[PROVIDER].s == '\0' ||
	       strcmp(c[PROVIDER].s, provider->name) == 0;
}

static enum err
ask_one(struct env *env, const struct sms_provider *provider,
    const struct cell *c, bool *is_trouble)
{
	struct sms_question q = { .serial = c[SERIAL].s,
		.key = message_receipt_name(env->a, c[ID].s, c[RESENDS].i),
		.sent_at = c[TRIED_AT].i };
	enum sms_found found = SMS_UNSAID;
	struct sms_receipt receipt;
	enum err e;

	TRY(put_off(env, c));
	TRY(whom(env, c, &q.mobile));
	if (q.mobile == NULL || !is_of(c, provider))
		return E_OK;
	e = provider->ask(env->a, &q, &receipt, &found);
	*is_trouble = e != E_OK;
	if (e != E_OK)
		log_fault(LOG_WARN, "not_asked", "message", c[ID].s);
	return settle(env, c[ID].s, found, &receipt);
}

static enum err
ask_all(struct env *env, const struct sms_provider *provider, const char *state,
    bool *is_trouble)
{
	struct rows due;

	TRY(db_all(env->db, env->a, SQL_MESSAGE_ASK_DUE, &due, ARGS(S(state))));
	for (size_t r = 0; r < due.n && !*is_trouble; r++)
		TRY(ask_one(env, provider, &CELL(&due, r, 0), is_trouble));
	return E_OK;
}

enum err
message_receipt_ask(struct env *env)
{
	const struct sms_provider *provider =
	    sms_provider(env->cfg->sms_provider);
	bool is_trouble = false;

	if (provider == NULL || provider->ask == NULL)
		return E_OK;
	TRY(ask_all(env, provider, "unknown", &is_trouble));
	return ask_all(env, provider, "sent", &is_trouble);
}
