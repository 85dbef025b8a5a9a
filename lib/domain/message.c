#include "domain/message.h"

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/num.h"
#include "domain/sql.h"
#include "format/json.h"
#include "service/config.h"
#include "service/seal.h"

enum { DETAILS_MAX = 2000 };

/* A member of a row's own beside the values; no text names it. */
#define TO "to"

static const struct message_value_row values_[] = {
#define VALUE(name, ...) [VALUE_##name] = { __VA_ARGS__ },
#include "domain/message_value.def"
#undef VALUE
};

static const struct message_template templates[] = {
#define MESSAGE(name, word, kind, ...)                                         \
	[MESSAGE_##name] = { word, MESSAGE_KIND_##kind, __VA_ARGS__ },
#include "domain/message_template.def"
#undef MESSAGE
};

const struct message_value_row *
message_value_row(enum message_value v)
{
	return &values_[v];
}

const struct message_template *
message_template(enum message_word word)
{
	return &templates[word];
}

static enum message_word
completed(const struct application *app)
{
	if (field_is(app->value, FIELD_CATEGORY, "renewal"))
		return MESSAGE_COMPLETE_RENEWAL;
	return field_is(app->value, FIELD_PICKUP, "mail")
		   ? MESSAGE_COMPLETE_MAIL
		   : MESSAGE_COMPLETE_ONSITE;
}

enum message_word
message_word_named(const char *event)
{
	for (int i = 0; i < MESSAGE__N; i++)
		if (strcmp(templates[i].word, event) == 0)
			return (enum message_word)i;
	return MESSAGE__N;
}

enum message_word
message_word_of(const char *event, const struct application *app)
{
	return strcmp(event, action_row(ACTION_COMPLETE)->word) == 0
		   ? completed(app)
		   : message_word_named(event);
}

enum message_kind
message_kind_of(const char *event)
{
	enum message_word word = message_word_named(event);

	return word != MESSAGE__N ? templates[word].kind : MESSAGE_KIND_NOTICE;
}

static const char *
bound(struct env *env, const char *id)
{
	return arena_printf(env->a, "%s/details", id);
}

/* What is given, sealed for its row; *p is NULL when nothing is. */
static enum err
seal_values(struct env *env, const char *id, const struct message_values *own,
    const uint8_t **p, size_t *n)
{
	struct json_object *o = json_object_in(env->a);
	const char *text;
	bool is_any = own->to != NULL;

	*p = NULL;
	*n = 0;
	if (own->to != NULL)
		json_str(o, TO, own->to);
	for (int v = 0; v < VALUE__N; v++)
		if (own->value[v] != NULL) {
			json_str(o, values_[v].word, own->value[v]);
			is_any = true;
		}
	if (!is_any)
		return E_OK;
	text = json_text(o, n);
	if (*n > DETAILS_MAX)
		return FAIL(E_INTERNAL, "a message's values are too long");
	return seal_text(env->a, bound(env, id), text, p, n);
}

static enum err
add_row(struct env *env, const struct message_new *m, const char *id,
    const char *channel, const char *to)
{
	struct message_values own = { .to = to };
	const uint8_t *sealed;
	size_t n;

	memcpy(own.value, m->value, sizeof(own.value));
	TRY(seal_values(env, id, &own, &sealed, &n));
	return db_exec(env->db, SQL_MESSAGE_ADD,
	    ARGS(S(id), S(m->application_id), S(m->event), S(channel),
		B(sealed, n)));
}

enum err
message_add(struct env *env, struct message_new *m)
{
	if (m->id == NULL)
		m->id = id_make(env->a);
	TRY(add_row(env, m, m->id, "sms", m->mobile));
	if (*env->cfg->mail_url == '\0' ||
	    message_kind_of(m->event) == MESSAGE_KIND_CODE)
		return E_OK;
	return add_row(env, m, id_make(env->a), "email", m->email);
}

enum err
message_values_open(struct env *env, const char *id, const struct cell *sealed,
    struct message_values *out)
{
	struct json_object *o;
	const char *text, *where;

	*out = (struct message_values){ 0 };
	TRY(unseal_text(env->a, bound(env, id), sealed->s, sealed->n, &text));
	if (text == NULL)
		return E_OK;
	TRY(json_parse(env->a, text, strlen(text), &o, &where));
	out->to = json_get_str(o, TO);
	for (int v = 0; v < VALUE__N; v++)
		out->value[v] = json_get_str(o, values_[v].word);
	return E_OK;
}

enum err
message_reseal(struct env *env, const struct cell *row)
{
	const char *where = bound(env, row[0].s), *text;
	const uint8_t *sealed;
	size_t n;

	TRY(unseal_text(env->a, where, row[1].s, row[1].n, &text));
	TRY(seal_text(env->a, where, text, &sealed, &n));
	return db_exec(env->db, SQL_ROTATION_MESSAGE,
	    ARGS(B(sealed, n), S(row[0].s), B(row[1].s, row[1].n)));
}

static const char *
amount(struct arena *a, const struct application *app)
{
	int64_t fen = 0;

	if (app->value[FIELD_FEE_FEN] == NULL ||
	    !num_int(app->value[FIELD_FEE_FEN], 0, INT64_MAX, &fen))
		return NULL;
	return num_yuan_text(a, fen);
}

void
message_values_fill(struct arena *a, const struct application *app,
    const struct lock *lock, struct message_values *values)
{
	values->value[VALUE_BATCH_NO] = app->batch_no;
	values->value[VALUE_AMOUNT] = amount(a, app);
	if (lock == NULL)
		return;
	values->value[VALUE_SERIAL] = lock->serial;
	values->value[VALUE_VALID_TO] = lock->valid_to;
}

/* The value that stands at the start of p as {word}, or VALUE__N. */
static enum message_value
value_at(const char *p)
{
	for (int v = 0; v < VALUE__N; v++) {
		size_t n = strlen(values_[v].word);

		if (strncmp(p + 1, values_[v].word, n) == 0 && p[1 + n] == '}')
			return (enum message_value)v;
	}
	return VALUE__N;
}

bool
message_text_values(const char *text, unsigned *named)
{
	*named = 0;
	for (; (text = strchr(text, '{')) != NULL; text++) {
		enum message_value v = value_at(text);

		if (v == VALUE__N || (*named & 1U << v) != 0)
			return false;
		*named |= 1U << v;
	}
	return true;
}

bool
message_make(struct arena *a, const char *text,
    const struct message_values *values, struct sms_message *out)
{
	const char *done = "", *open;
	size_t n = 0;

	*out = (struct sms_message){ 0 };
	for (; (open = strchr(text, '{')) != NULL;
	     text = strchr(open, '}') + 1) {
		enum message_value v = value_at(open);

		if (v == VALUE__N || values->value[v] == NULL ||
		    n == SMS_VALUES)
			return false;
		out->values[n++] =
		    (struct sms_value){ values_[v].word, values->value[v] };
		done = arena_printf(a, "%s%.*s%s", done, (int)(open - text),
		    text, values->value[v]);
	}
	out->text = arena_printf(a, "%s%s", done, text);
	return true;
}

const char *
message_status_code(void)
{
	return templates[MESSAGE_STATUS_CODE].word;
}

void
message_print(void)
{
	for (int i = 0; i < MESSAGE__N; i++)
		printf("%s\t%s\t%s\n", templates[i].word, templates[i].title,
		    templates[i].text);
}

const char *
message_reminder(bool is_over)
{
	return templates[is_over ? MESSAGE_REMIND_OVER : MESSAGE_REMIND].word;
}
