#pragma once
/*
 * 到期提醒: a unit is told 60, 30, 15, 7, 3 and 1 days before a lock ends and
 * once after it, until a renewal is handed in or it wants to hear no more.
 * 启用提醒: 3, 7, 14 and 30 days after it could activate a new or renewed one,
 * until it says that it did.
 */
#include "domain/env.h"

struct json_object;
struct lock;

/* The first step, and how far ahead people look. */
enum { REMINDER_DAYS = 60 };

/* Checks the hours; E_INTERNAL with a cause when there would be none. */
MUST_USE enum err reminder_open(const struct config *cfg);

/* Seconds from now (microseconds since 1970) until an hour at which people are
 * reminded of something; 0: it is one. */
int64_t reminder_wait(const struct config *cfg, int64_t now);

bool reminder_is_time(const struct config *cfg);

/*
 * Whether the unit of a lock still has to be reminded of its end, before it or
 * after it: not once it is renewed, a renewal is handed in or the unit wants to
 * hear no more.
 */
MUST_USE enum err reminder_is_wanted(struct env *env, const char *unit_id,
    const struct lock *lock, bool is_over, bool *is);

/*
 * One round of the worker: a message for each lock that has reached a step it
 * was not reminded of, to whoever handled its last completed application, and
 * for each completed application that has reached one of its own. Only
 * in the hours of the configuration; steps that were slept through are passed
 * over but for the last.
 */
MUST_USE enum err reminder_due(struct env *env);

/* Which locks end soon: of units, for people. */
struct expiring_filter {
	int64_t days;	    /* that are left at most */
	const char *cursor; /* behind it; NULL from the beginning */
};

/* "locks" and "next", by their end; E_MALFORMED for a cursor that is none. */
MUST_USE enum err expiring_json(struct env *env,
    const struct expiring_filter *filter, struct json_object *o);
