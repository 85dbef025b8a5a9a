#pragma once
/*
 * 领取: how the lock of a completed new application comes to its owner, by mail
 * or handed over; an attempt a row. A renewal has none: its old lock goes on.
 */
#include "domain/application.h"

struct carrier;
struct json_object;

enum delivery_state {
	DELIVERY_START = MACHINE_START,
#define STATE(name, ...) DELIVERY_##name,
#include "domain/delivery_state.def"
#undef STATE
	DELIVERY__N
};

enum delivery_event {
#define EVENT(name, ...) DELIVERY_EVENT_##name,
#include "domain/delivery_state.def"
#undef EVENT
	DELIVERY_EVENT__N
};

extern const struct machine delivery_machine;

/* What its owner is to do in a state, or to wait for. */
const char *delivery_next(enum delivery_state s);

/* Whether a word of an action is an event of the delivery. */
bool delivery_has_event(const char *word);

enum { DELIVERY_NOTE_MAX = 200, DELIVERY_NAME_MAX = 50 };

struct delivery {
	const char *id;
	int64_t attempt; /* from 1 */
	const char *way; /* "mail" or "onsite" */
	enum delivery_state state;
	int64_t version, entered_at;
	const struct carrier *carrier; /* NULL until sent */
	const char *tracking_no, *sent_by;
	int64_t sent_at, done_at;
	const char *done_by;   /* who noted what became of it */
	const char *note;      /* why it came back */
	const char *collector; /* NULL: nobody yet, or erased */
	const char *relation;  /* "self" or "agent" */
	bool is_id_checked;
};

/* The attempts of one application, the last first. */
struct deliveries {
	size_t n;
	struct delivery *item;
};

MUST_USE enum err delivery_list(
    struct env *env, const struct application *app, struct deliveries *out);

/* Inside db_tx, as a case is completed: what is to be sent or collected. */
MUST_USE enum err delivery_begin(
    struct env *env, const struct application *app);

/* Whether the actor may do so with it now. */
bool delivery_allows(const struct env *env, const struct application *app,
    const struct delivery *d, enum delivery_event event);

/* What is to happen to the last attempt, and what is said with it. */
struct delivery_change {
	struct env *env;
	struct application app; /* as loaded */
	struct delivery now;	/* set by delivery_prepare */
	enum delivery_event event;
	int64_t version;		   /* that was looked at; 0: any */
	const char *carrier, *tracking_no; /* send, correct */
	const char *note;		   /* return: why */
	const char *collector, *relation;  /* hand over: to whom */
	bool is_id_checked;
	struct json_object *address; /* readdress: members of the form */
	bool is_readdressed;	     /* set: they are others than before */
};

/*
 * Before the transaction: loads the last attempt and reads what is said.
 * E_NOT_FOUND: there is none; E_STATE; E_STALE; E_INVALID with env->errors.
 */
MUST_USE enum err delivery_prepare(struct delivery_change *c);

/*
 * Inside db_tx: the step of the application with its history, audit and
 * message, and of the delivery. E_STATE when somebody else was faster.
 */
MUST_USE enum err delivery_change(void *change);

/* Adds "delivery", as its owner sees the last of all, or null. */
void delivery_json(const struct env *env, const struct application *app,
    const struct deliveries *all, struct json_object *o);

/* A row of ROTATION_DELIVERIES sealed anew. */
MUST_USE enum err delivery_reseal(struct env *env, const struct cell *row);

/* The title of a relation, 经办人本人; NULL for none. */
const char *delivery_relation_title(const char *relation);

/* Adds {value, title} for each. */
void delivery_relations_json(struct json_object *list);
