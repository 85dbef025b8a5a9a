#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static void
days_are_real(void **state)
{
	static const struct {
		const char *day;
		bool real;
	} cases[] = {
		{ "2026-11-24", true },
		{ "2000-02-29", true },
		{ "2024-02-29", true },
		{ "1900-02-29", false },
		{ "2023-02-29", false },
		{ "2024-02-30", false },
		{ "2024-04-31", false },
		{ "2024-13-01", false },
		{ "2024-00-10", false },
		{ "2024-01-00", false },
		{ "2024-1-1", false },
		{ "9999-12-31", true },
		{ "0999-12-31", false },
		{ "0001-01-01", false },
		{ "2024-01-01 ", false },
		{ "", false },
	};
	int64_t us;
	char text[CLOCK_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		us = 0;
		if (clock_parse_day(cases[i].day, &us) != cases[i].real)
			fail_msg("%s", cases[i].day);
		if (cases[i].real)
			assert_string_equal(clock_day(text, us), cases[i].day);
	}
}

static void
times_are_real(void **state)
{
	static const struct {
		const char *text;
		bool real;
	} cases[] = {
		{ "2026-11-24T23:59:59Z", true },
		{ "2026-11-24T07:10:00.5+08:00", true },
		{ "9999-12-31T15:59:59Z", true },
		{ "9999-12-31T16:00:00Z", false },
		{ "9999-12-31T23:59:59-12:00", false },
		{ "1000-01-01T00:00:00Z", true },
		{ "1000-01-01T00:00:00+08:00", false },
		{ "2026-11-24T24:00:00Z", false },
		{ "2026-11-24T23:60:00Z", false },
		{ "2026-11-24T23:59:60Z", false },
		{ "2026-02-30T00:00:00Z", false },
		{ "2026-11-24T23:59:59", false },
	};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (clock_parse(cases[i].text, &us) != cases[i].real)
			fail_msg("%s", cases[i].text);
}

static void
waits_double(void **state)
{
	(void)state;
	assert_int_equal(clock_back_off(3, 3600, -1), 3);
	assert_int_equal(clock_back_off(3, 3600, 0), 3);
	assert_int_equal(clock_back_off(3, 3600, 4), 48);
	assert_int_equal(clock_back_off(3, 3600, 11), 3600);
	assert_int_equal(clock_back_off(3, 3600, INT64_MAX), 3600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_are_real),
		cmocka_unit_test(times_are_real),
		cmocka_unit_test(waits_double),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
