#pragma once
/*
 * Calendar files (iCalendar, RFC 5545): whole-day events with reminders, for
 * the applicant's own calendar. Lines are folded at 75 bytes, between
 * characters; what text must not hold as it is is escaped.
 */
#include <stdint.h>

struct buf;

struct calendar_event {
	const char *uid; /* the same for the same event, in each file */
	int64_t version; /* a later one takes its place in the calendar */
	const char *day; /* "2026-12-19" */
	int64_t stamp;	 /* when the file is made: microseconds since 1970 */
	const char *summary, *description;
	const int *alarms; /* days before, in the morning; 0-ended */
};

/* The file's beginning, with the name that a calendar shows. */
void calendar_begin(struct buf *b, const char *name);

void calendar_event(struct buf *b, const struct calendar_event *event);

void calendar_end(struct buf *b);
