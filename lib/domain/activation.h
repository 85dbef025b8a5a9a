#pragma once
/*
 * 启用: steps 10 and 11 of the manual. The applicant says that the lock works,
 * and may say what the CA's tool shows; where that differs from what we have,
 * it is told to both sides, and what we have stays.
 */
#include "domain/application.h"

struct deliveries;
struct json_object;

/* What the applicant says. */
struct activation {
	struct env *env;
	const struct application *app; /* as loaded */
	const char *valid_to, *serial; /* as typed; NULL or "": not said */
};

/*
 * Before the transaction: E_STATE when there is nothing to activate, E_INVALID
 * with env->errors filled. Leaves in the members what is to be stored.
 */
MUST_USE enum err activation_prepare(struct activation *a);

/* Inside db_tx: E_STATE when somebody else was faster. */
MUST_USE enum err activation_confirm(void *activation);

/* Adds "activation": how it is done, and what was said; null before. */
MUST_USE enum err activation_json(
    struct env *env, const struct application *app, struct json_object *o);

/* What the applicant does next in a state (state.def), or with the lock of a
 * completed case: where it is (the last of its deliveries), that it works. */
const char *activation_next(
    enum state state, bool is_activated, const struct deliveries *all);

/* How it is done, a step an item, by category and pickup (words). */
void activation_steps_json(
    const char *category, const char *pickup, struct json_object *array);

/* -- the help desk -- */

enum { ACTIVATION_NOTE_MAX = 200 };

/*
 * "cases" and "next": those that wait (for half a year), longest first, or
 * those whose owners saw something else. cursor may be NULL; E_MALFORMED for
 * one that is none.
 */
MUST_USE enum err activation_list_json(struct env *env, bool is_different,
    const char *cursor, struct json_object *o);

/* "share", how many of the last `share_of` completed cases (at most 500) were
 * activated within a week, in percent; nothing without any. */
MUST_USE enum err activation_share_json(struct env *env, struct json_object *o);

/* "contacts": what was done about a case, latest first. */
MUST_USE enum err activation_contacts_json(
    struct env *env, const struct application *app, struct json_object *o);

/* 已联系; clears up what differs when is_cleared. */
struct activation_contact {
	struct env *env;
	const struct application *app;
	const char *note;
	bool is_cleared;
};

/* E_INVALID with env->errors filled; E_STATE of a case that is none. */
MUST_USE enum err activation_check_contact(const struct activation_contact *c);

/* Inside db_tx. */
MUST_USE enum err activation_add_contact(void *contact);
