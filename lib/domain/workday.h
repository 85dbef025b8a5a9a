#pragma once
/*
 * 工作日: Monday to Friday, but for the holidays and the worked weekends (调休)
 * that administrators keep. Days are those of Asia/Shanghai.
 */
#include "domain/env.h"

struct json_object;

enum { HOLIDAY_TITLE = 50, HOLIDAY_DAYS_MOST = 31 };

/* What is known of the days around a time. */
struct workdays {
	size_t n;
	struct workday_exception {
		int64_t day; /* days since 1970 */
		bool is_work;
	} * item; /* by day */
};

/* Those from two years before now to one behind it. */
MUST_USE enum err workdays_load(struct env *env, struct workdays *out);

/* How many working days were begun after the day of since, up to now: 0 on
 * the same day. */
int64_t workday_waited(const struct workdays *w, int64_t since, int64_t now);

/* The start of the day that is the n-th working day behind that of since. */
int64_t workday_after(const struct workdays *w, int64_t since, int64_t n);

/* "promised_by": the day by which the review of what was handed in at
 * submitted_at is promised; null once nobody waits for it. */
MUST_USE enum err workday_promise_json(struct env *env, bool is_waiting,
    int64_t submitted_at, struct json_object *o);

/* What began before this moment has waited for more than n working days. */
int64_t workday_late_before(const struct workdays *w, int64_t now, int64_t n);

/* "holidays": [{day, week, is_work, title}] of a year, by day. */
MUST_USE enum err holiday_list_json(
    struct env *env, int64_t year, struct json_object *o);

/*
 * The days from one to another, both included, become holidays or days that
 * are worked, whatever they were. to may be "": one day.
 */
struct holiday_change {
	struct env *env;
	const char *from, *to, *title;
	bool is_work;
	int64_t first, last; /* set by holiday_prepare */
};

/* E_INVALID with env->errors filled: no days, too many, no title. */
MUST_USE enum err holiday_prepare(struct holiday_change *c);

/* In db_tx. */
MUST_USE enum err holiday_set(void *change);

/* In db_tx: the day `from` is what its place in the week says; E_STATE when
 * it was so. */
MUST_USE enum err holiday_remove(void *change);
