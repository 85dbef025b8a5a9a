#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "domain/workday.h"

/* 国庆节 2026 is from Thursday the 1st to Wednesday the 7th of October; the
 * Sunday of 20 September and the Saturday of 10 October are worked. */
static struct workday_exception days[9];
static const struct workdays calendar = { COUNT(days), days };

static int64_t
at(const char *text)
{
	int64_t us = 0;

	assert_true(clock_parse(text, &us));
	return us;
}

static int64_t
day(const char *text)
{
	return (at(text) + 8 * 3600 * CLOCK_SECOND) / CLOCK_DAY;
}

static int
make_calendar(void **state)
{
	(void)state;
	days[0] = (struct workday_exception){ day("2026-09-20T12:00:00+08:00"),
		true };
	for (int i = 0; i < 7; i++)
		days[1 + i] = (struct workday_exception){
			day("2026-10-01T12:00:00+08:00") + i, false
		};
	days[8] = (struct workday_exception){ day("2026-10-10T12:00:00+08:00"),
		true };
	return 0;
}

/* Whether its day counts for who has waited since the day before. */
static bool
is_worked(const struct workdays *w, const char *moment)
{
	return workday_waited(w, at(moment) - CLOCK_DAY, at(moment)) == 1;
}

static void
days_are_worked_or_not(void **state)
{
	static const struct {
		const char *at;
		bool is_work;
	} cases[] = {
		{ "2026-09-18T09:00:00+08:00", true },	/* Friday */
		{ "2026-09-19T09:00:00+08:00", false }, /* Saturday */
		{ "2026-09-20T09:00:00+08:00", true },	/* worked Sunday */
		{ "2026-09-30T23:59:59+08:00", true },
		{ "2026-10-01T00:00:00+08:00", false },
		{ "2026-10-07T23:59:59+08:00", false },
		{ "2026-10-08T00:00:00+08:00", true },
		{ "2026-10-10T09:00:00+08:00", true }, /* worked Saturday */
		{ "2026-10-11T09:00:00+08:00", false },
		/* The day is Shanghai's: still Sunday in Greenwich. */
		{ "2026-10-11T16:30:00Z", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (is_worked(&calendar, cases[i].at) != cases[i].is_work)
			fail_msg("%s", cases[i].at);
}

static void
waiting_counts_days_begun(void **state)
{
	static const struct {
		const char *since, *now;
		int64_t n;
	} cases[] = {
		{ "2026-09-28T09:00:00+08:00", "2026-09-28T23:00:00+08:00", 0 },
		{ "2026-09-28T23:59:00+08:00", "2026-09-29T00:01:00+08:00", 1 },
		{ "2026-09-30T17:00:00+08:00", "2026-10-07T17:00:00+08:00", 0 },
		{ "2026-09-30T17:00:00+08:00", "2026-10-08T08:00:00+08:00", 1 },
		{ "2026-10-09T17:00:00+08:00", "2026-10-12T08:00:00+08:00", 2 },
		{ "2026-09-18T17:00:00+08:00", "2026-09-21T08:00:00+08:00", 2 },
		{ "2026-10-12T09:00:00+08:00", "2026-10-11T09:00:00+08:00", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(workday_waited(&calendar, at(cases[i].since),
				     at(cases[i].now)),
		    cases[i].n);
}

/* Whoever came before the moment has waited for more, whoever after has not. */
static void
late_is_where_waiting_says(void **state)
{
	int64_t now = at("2026-10-13T10:00:00+08:00");

	(void)state;
	for (int64_t n = 0; n < 12; n++) {
		int64_t before = workday_late_before(&calendar, now, n);

		assert_true(workday_waited(&calendar, before - 1, now) > n);
		assert_true(workday_waited(&calendar, before, now) <= n);
	}
}

static void
due_is_the_nth_day_worked(void **state)
{
	char text[CLOCK_TEXT];
	int64_t since = at("2026-09-30T10:00:00+08:00");

	(void)state;
	assert_string_equal(
	    clock_day(text, workday_after(&calendar, since, 1)), "2026-10-08");
	assert_string_equal(
	    clock_day(text, workday_after(&calendar, since, 3)), "2026-10-10");
	assert_string_equal(
	    clock_day(text, workday_after(&calendar, since, 4)), "2026-10-12");
}

static void
a_calendar_without_rows_has_weekends(void **state)
{
	static const struct workdays none = { 0, NULL };

	(void)state;
	assert_true(is_worked(&none, "2026-10-01T09:00:00+08:00"));
	assert_false(is_worked(&none, "2026-10-03T09:00:00+08:00"));
	/* Nothing that is stored makes the walk endless. */
	assert_true(
	    workday_waited(&none, 0, at("2026-10-01T09:00:00+08:00")) > 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_worked_or_not),
		cmocka_unit_test(waiting_counts_days_begun),
		cmocka_unit_test(late_is_where_waiting_says),
		cmocka_unit_test(due_is_the_nth_day_worked),
		cmocka_unit_test(a_calendar_without_rows_has_weekends),
	};

	return cmocka_run_group_tests(tests, make_calendar, NULL);
}
