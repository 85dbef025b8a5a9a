/* Which days a renewed certificate gets by rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/work_order.h"

static void
propose(struct work_order_row *row, const char *years, const char *lock_end)
{
	static struct application app;
	static struct env env;

	if (env.a != NULL)
		arena_free(env.a);
	env_init(&env, arena_new(1 << 20), NULL, NULL, P_REVIEW);
	app.value[FIELD_YEARS] = years;
	*row = (struct work_order_row){ .env = &env, .app = &app };
	work_order_propose(row, lock_end);
}

static void
an_unexpired_lock_goes_on_from_its_end(void **state)
{
	static const struct {
		const char *end, *years, *from, *to;
	} cases[] = {
		{ "2098-12-31", "1", "2099-01-01", "2099-12-31" },
		{ "2098-05-10", "3", "2098-05-11", "2101-05-10" },
		{ "2099-02-28", "1", "2099-03-01", "2100-02-28" },
		{ "2096-02-29", "1", "2096-03-01", "2097-02-28" },
		{ "2096-02-29", "4", "2096-03-01", "2100-02-28" },
		{ "2092-02-29", "4", "2092-03-01", "2096-02-29" },
	};
	struct work_order_row row;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		propose(&row, cases[i].years, cases[i].end);
		assert_string_equal(row.valid_from, cases[i].from);
		assert_string_equal(row.valid_to, cases[i].to);
	}
}

static void
others_begin_today(void **state)
{
	static const char *const ends[] = { NULL, "2020-01-01", "nonsense" };
	struct work_order_row row;
	char today[CLOCK_TEXT];
	int64_t from, to;

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		propose(&row, "1", ends[i]);
		assert_string_equal(
		    row.valid_from, clock_day(today, clock_now()));
		assert_true(clock_parse_day(row.valid_from, &from));
		assert_true(clock_parse_day(row.valid_to, &to));
		assert_in_range((uint64_t)((to - from) / CLOCK_DAY), 365, 366);
	}
}

/* Its last day is not over yet; the day behind it is. */
static void
the_last_day_still_counts(void **state)
{
	char today[CLOCK_TEXT], other[CLOCK_TEXT];
	struct work_order_row row;
	int64_t now = clock_now();

	(void)state;
	propose(&row, "1", clock_day(today, now));
	assert_string_equal(row.valid_from, clock_day(other, now + CLOCK_DAY));
	propose(&row, "1", clock_day(other, now - CLOCK_DAY));
	assert_string_equal(row.valid_from, today);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unexpired_lock_goes_on_from_its_end),
		cmocka_unit_test(others_begin_today),
		cmocka_unit_test(the_last_day_still_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
