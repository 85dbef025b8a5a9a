#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "domain/lock.h"

static const struct config cfg = { .renewal_opens_days = 90,
	.renewal_closes_days = 365 };

static struct lock items[] = {
	{ "1", "A1", "main", "2025-01-01", "2027-06-30", 218, false, 0, NULL,
	    1 },
	{ "2", "B2", "sub", "2025-01-01", "2027-01-10", 47, false, 0, NULL, 1 },
	{ "3", "C3", "main", "2023-01-01", "2025-01-01", -692, false, 0, NULL,
	    1 },
};

static const struct locks none = { 0 }, all = { COUNT(items), items };

static void
a_renewal_is_open_around_the_end(void **state)
{
	static const struct {
		int64_t days_left;
		bool open;
	} cases[] = { { 91, false }, { 90, true }, { 1, true }, { 0, true },
		{ -1, true }, { -365, true }, { -366, false },
		{ INT64_MAX, false }, { INT64_MIN, false } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(
		    lock_is_renewable(&cfg, cases[i].days_left), cases[i].open);
}

static void
a_lock_is_found_by_its_whole_serial(void **state)
{
	(void)state;
	assert_ptr_equal(lock_find(&all, "B2"), &items[1]);
	assert_null(lock_find(&all, "B"));
	assert_null(lock_find(&all, "b2"));
	assert_null(lock_find(&all, ""));
	assert_null(lock_find(&none, "B2"));
}

static void
only_a_single_main_lock_is_the_one(void **state)
{
	static const struct {
		size_t from, n, only;
	} cases[] = {
		{ 0, 1, 0 },
		{ 0, 2, 0 },
		{ 1, 2, 2 },
		{ 1, 1, COUNT(items) }, /* a sub lock */
		{ 0, 3, COUNT(items) }, /* two */
		{ 0, 0, COUNT(items) },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct locks some = { cases[i].n, &items[cases[i].from] };
		const struct lock *only = lock_only_main(&some);

		assert_ptr_equal(only, cases[i].only < COUNT(items)
					   ? &items[cases[i].only]
					   : NULL);
	}
}

static void
a_refusal_says_from_when_or_until_when(void **state)
{
	static const struct {
		const struct locks *locks;
		const char *serial, *refusal;
	} cases[] = {
		{ &all, "B2", NULL },
		{ &none, "Z9", NULL },
		{ &all, "Z9",
		    "锁序列号不在本单位名下，请从本单位的锁中选择。" },
		{ &all, "A1",
		    "这把锁到 2027-06-30 才到期，2027-04-01 "
		    "起可以办理续期。" },
		{ &all, "C3",
		    "这把锁已于 2025-01-01 到期，续期已于 2026-01-01 "
		    "截止，请办理新办。" },
	};
	struct env env = { .a = arena_new(1 << 16), .cfg = &cfg };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *refusal =
		    lock_refusal(&env, cases[i].locks, cases[i].serial);

		if (cases[i].refusal == NULL)
			assert_null(refusal);
		else
			assert_string_equal(refusal, cases[i].refusal);
	}
	arena_free(env.a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_renewal_is_open_around_the_end),
		cmocka_unit_test(a_lock_is_found_by_its_whole_serial),
		cmocka_unit_test(only_a_single_main_lock_is_the_one),
		cmocka_unit_test(a_refusal_says_from_when_or_until_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
