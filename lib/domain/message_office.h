#pragma once
/*
 * Messages and what became of them, as administrators see it. Who gets one
 * is shown masked.
 */
#include "domain/env.h"

struct json_object;

/* The states of a message as [{value, title}], into an array. */
void message_states_json(struct json_object *array);

/* The channels, likewise. */
void message_channels_json(struct json_object *array);

/* A state's title; the word itself when it is none. */
const char *message_state_title(const char *state);

/*
 * A page of 50, newest first: "messages" and "next"; and "blocked", a row
 * {is_email} for each channel by which nothing goes. What is not filtered by
 * is NULL; cursor is what `next` gave, or NULL. E_INVALID, with
 * env->errors filled: what can be no batch number.
 */
struct message_filter {
	const char *state, *channel, *batch_no, *cursor;
};
MUST_USE enum err message_list_json(struct env *env,
    const struct message_filter *filter, struct json_object *o);

/* One of them into o; E_NOT_FOUND. */
MUST_USE enum err message_json(
    struct env *env, const char *id, struct json_object *o);

struct message_deed {
	struct env *env;
	const char *id;
	const char *state; /* that was looked at, one of the three below */
	bool is_checked;   /* somebody asked whether an unknown one came */
};

/*
 * Queues one again that failed, did not arrive (undelivered) or whose outcome
 * is unknown. E_INVALID: an unknown one that nobody has looked after; E_STATE:
 * it is none of the three by now.
 */
MUST_USE enum err message_queue_again(struct message_deed *d);
