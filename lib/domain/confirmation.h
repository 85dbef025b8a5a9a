#pragma once
/*
 * 第二人确认: what one person asks for, and a manager who is another person
 * confirms or declines. What is asked for waits as a row with all it takes to
 * do it; confirming does it in the same transaction.
 */
#include "domain/env.h"

struct json_object;

enum confirmation_kind {
#define KIND(name, ...) CONFIRM_##name,
#include "domain/confirmation_kind.def"
#undef KIND
	CONFIRM__N
};

struct confirmation_kind_row {
	const char *word, *title; /* "role", 账号角色 */
	unsigned asks;		  /* bits of enum role */
	enum program program;
	const char *page;
	bool gives_password; /* a first one: to who confirms, who hands it on */
	/*
	 * Inside db_tx: does what was asked for, without an audit row of its
	 * own. A refusal (404, 409, 422; with env->errors or not) is what
	 * becomes of the confirmation; env->who is who confirms. hash is the
	 * first password's, of kinds that give one.
	 */
	enum err (*apply)(
	    struct env *env, struct json_object *payload, const char *hash);
	/* Once that is committed, what follows from it; or NULL. */
	void (*after)(struct env *env, struct json_object *payload);
	/* Inside db_tx: what follows when it will never be done; or NULL. */
	enum err (*drop)(struct env *env, struct json_object *payload);
	/* Adds to facts (confirmation_fact) what it is, for people. */
	void (*show)(struct arena *a, struct json_object *payload,
	    struct json_object *facts);
};

const struct confirmation_kind_row *confirmation_kind_row(
    enum confirmation_kind kind);

/* A text of a payload; "" where an older one has none. */
const char *confirmation_text(struct json_object *payload, const char *key);

/* Adds {name, value} to facts. */
void confirmation_fact(
    struct json_object *facts, const char *name, const char *value);

/*
 * Asks, in a transaction of its own. subject (at most 64) is what it is about:
 * one thing of a kind waits once. E_INVALID with a problem under "reason",
 * E_FORBIDDEN, E_ALREADY_ASKED. With four_eyes off it is applied at once, is
 * recorded as done alone, and apply's refusals are given on.
 */
struct confirmation_ask {
	struct env *env;
	enum confirmation_kind kind;
	const char *subject;
	/* Holds no private field, but in its last member, "private". */
	struct json_object *payload;
	const char *reason; /* typed by a person */
	const char *id;	    /* made by confirmation_ask */
	const char *password,
	    *hash; /* the first one, when it is done at once */
};
MUST_USE enum err confirmation_ask(struct confirmation_ask *ask);

/* The two halves of it, for who has more to write in that transaction. */
MUST_USE enum err confirmation_prepare(struct confirmation_ask *ask);
MUST_USE enum err confirmation_add(void *ask); /* inside db_tx */

/* The id of what waits for that, or NULL. */
MUST_USE enum err confirmation_of(struct env *env, enum confirmation_kind kind,
    const char *subject, const char **id);

/*
 * What becomes of one, each in transactions of its own: E_NOT_FOUND, E_DECIDED
 * when it does not wait any more, E_OWN_REQUEST to confirm or decline what
 * one has asked for.
 */
struct confirmation_decision {
	struct env *env;
	const char *id;
	int64_t version;
	const char *opinion;	     /* needed to decline: E_INVALID */
	const char *password, *hash; /* made by confirmation_confirm, or NULL */
};

/*
 * Does it. When apply refuses, the confirmation has failed, for that reason,
 * and the refusal is given on.
 */
MUST_USE enum err confirmation_confirm(struct confirmation_decision *d);
MUST_USE enum err confirmation_decline(struct confirmation_decision *d);

/* Taken back by who asked; E_DECIDED for others. */
MUST_USE enum err confirmation_withdraw(struct confirmation_decision *d);

/*
 * "waiting": those that wait, longest first, 100 at most; "decided" and
 * "next": a page of 50 of the others, newest first, behind cursor (or NULL).
 */
MUST_USE enum err confirmation_list_json(
    struct env *env, const char *cursor, struct json_object *o);

/* One confirmation's members, with its "facts"; E_NOT_FOUND. */
MUST_USE enum err confirmation_json(
    struct env *env, const char *id, struct json_object *o);

/* How many wait for the actor, 100 at most; 0 for who does not confirm. */
MUST_USE enum err confirmation_count(struct env *env, int64_t *n);
