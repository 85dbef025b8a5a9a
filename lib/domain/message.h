#pragma once
/*
 * Messages to people: the text of each event (message_template.def), and the
 * queue of what is to be sent. A message is added in the transaction of what
 * it tells of, as a row for each channel; the worker sends it
 * (message_send.h).
 */
#include "domain/application.h"
#include "domain/lock.h"
#include "provider/sms.h"

enum message_value {
#define VALUE(name, ...) VALUE_##name,
#include "domain/message_value.def"
#undef VALUE
	VALUE__N
};

struct message_value_row {
	const char *word, *title, *sample;
};

const struct message_value_row *message_value_row(enum message_value v);

enum message_kind {
	MESSAGE_KIND_NOTICE,
	MESSAGE_KIND_REMINDER,
	MESSAGE_KIND_CODE
};

enum message_word {
#define MESSAGE(name, ...) MESSAGE_##name,
#include "domain/message_template.def"
#undef MESSAGE
	MESSAGE__N
};

struct message_template {
	const char *word;
	enum message_kind kind;
	const char *title, *text;
};

const struct message_template *message_template(enum message_word word);

/* The row called word; MESSAGE__N. */
enum message_word message_word_named(const char *word);

/* The template of an event: by its word, of `complete` by what the case is
 * about. MESSAGE__N for an event that nobody is told of. */
enum message_word message_word_of(
    const char *event, const struct application *app);

/* The kind of an event: whatever the case is about, it has one. */
enum message_kind message_kind_of(const char *event);

/*
 * One to be sent, of an action of state.def or a word of the table of
 * templates. What its text names beside the case's and the lock's own stands
 * in `value`, NULL elsewhere: at most 2000 bytes of it together, kept sealed.
 *
 *	TRY(message_add(env, &(struct message_new){
 *	    .application_id = id, .event = "sent",
 *	    .value = { [VALUE_CARRIER] = "顺丰速运" } }));
 */
struct message_new {
	const char *application_id, *event;
	const char *value[VALUE__N];
	const char *mobile, *email; /* to whom; NULL: the handler */
	const char *id; /* of the SMS; made by message_add when it is NULL */
};

/* Inside db_tx; a program that gives values has to know the field keys. */
MUST_USE enum err message_add(struct env *env, struct message_new *m);

/* What a row has of its own, in the arena: whom it goes to (NULL: the
 * handler), and values, by enum message_value; NULL is none. */
struct message_values {
	const char *to;
	const char *value[VALUE__N];
};

/* Reads a row's own; sealed may be NULL. */
MUST_USE enum err message_values_open(struct env *env, const char *id,
    const struct cell *sealed, struct message_values *out);

/* Adds what the case and the lock (or NULL) have. */
void message_values_fill(struct arena *a, const struct application *app,
    const struct lock *lock, struct message_values *values);

/*
 * A text with its values in their places, and they in its order: text and
 * values of *out. False when it names one that is not there.
 */
bool message_make(struct arena *a, const char *text,
    const struct message_values *values, struct sms_message *out);

/* The word of the code of a case's state (status.h). */
const char *message_status_code(void);

/* Prints the table of templates: word, title and text, parted by tabs. */
void message_print(void);

/* The values that a text names, as bits by enum message_value; false when it
 * names one twice, or what is none. */
bool message_text_values(const char *text, unsigned *named);

/* The word of a reminder, before or after the end. */
const char *message_reminder(bool is_over);

/* Seals a row's values anew (rotation.c). */
MUST_USE enum err message_reseal(struct env *env, const struct cell *row);
