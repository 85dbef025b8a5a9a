#pragma once
/*
 * Versions of the texts that people are told: those of message_template.def,
 * the first version, until a manager writes another and a second person
 * confirms it.
 * A version is title, text and the code of the vendor's template that has this
 * text: with the vendor the words are registered, so they change together.
 * None is changed or goes, and a message keeps which it was sent by.
 */
#include "domain/message.h"

struct json_object;

/* The version that is in the table. */
enum { MESSAGE_TEXT_OWN = 1 };

enum { MESSAGE_TITLE_MAX = 20, MESSAGE_TEXT_MAX = 300, MESSAGE_CODE_MAX = 40 };

struct message_text {
	int64_t version;
	const char *title, *text;
	const char *code; /* as it was written; NULL: none */
};

/* The version in force. */
MUST_USE enum err message_text_current(
    struct env *env, enum message_word word, struct message_text *out);

/* The vendor's code of a version, that of the first from the setting
 * sms_templates; NULL: none. For who may read that setting. */
const char *message_text_code(
    struct env *env, enum message_word word, const struct message_text *t);

/* A text as it is sent, with samples in the places of the values. */
const char *message_text_preview(struct arena *a, const char *text);

/* -- for managers: message_text_office.c -- */

/* "texts": [{word, title, text, version, code}], each as it is in force. */
MUST_USE enum err message_texts_json(struct env *env, struct json_object *o);

/*
 * One of them into o, with "preview" (of samples), "sms_parts" (short messages
 * that it takes), "values" and "versions"; E_NOT_FOUND.
 */
MUST_USE enum err message_text_json(
    struct env *env, const char *word, struct json_object *o);

/* What was typed of a new version, and what for. */
struct message_text_ask {
	struct env *env;
	const char *word, *title, *text, *code, *reason;
	int64_t version; /* in force when it was written */
	const char *id;	 /* of the confirmation, made by message_text_ask */
};

/* Asks for it (domain/confirmation.h). E_INVALID with env->errors filled,
 * E_STALE, E_ALREADY_ASKED, E_NOT_FOUND. */
MUST_USE enum err message_text_ask(struct message_text_ask *ask);

/* As struct confirmation_kind_row wants them. */
MUST_USE enum err message_text_apply(
    struct env *env, struct json_object *payload, const char *hash);
void message_text_show(
    struct arena *a, struct json_object *payload, struct json_object *facts);
