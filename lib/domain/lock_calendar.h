#pragma once
/* The ends of a unit's locks, for its own calendar. */
#include "domain/lock.h"

struct buf;

/* Writes the calendar file (format/calendar.h): an event a lock. */
void lock_calendar(struct env *env, const struct locks *locks, struct buf *b);
