#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/num.h"

enum { UNTOUCHED = 4711 };

static void
integers_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		bool ok;
		int64_t value;
	} cases[] = {
		{ "0", 0, 0, true, 0 }, { "7", 0, 9, true, 7 },
		{ "-7", -9, 0, true, -7 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, true,
		    INT64_MAX },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, true,
		    INT64_MIN },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, false, 0 },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, false, 0 },
		{ "99999999999999999999", INT64_MIN, INT64_MAX, false, 0 },
		{ "10", 0, 9, false, 0 }, { "-1", 0, 9, false, 0 },
		{ "", 0, 9, false, 0 }, { "-", -9, 9, false, 0 },
		{ "--1", -9, 9, false, 0 }, { "+1", 0, 9, false, 0 },
		{ "-0", -9, 9, false, 0 }, { "00", 0, 9, false, 0 },
		{ "01", 0, 9, false, 0 }, { "-01", -9, 9, false, 0 },
		{ " 1", 0, 9, false, 0 }, { "1 ", 0, 9, false, 0 },
		{ "1.0", 0, 9, false, 0 }, { "1e1", 0, 99, false, 0 },
		{ "0x1", 0, 99, false, 0 },
		{ "\xef\xbc\x91", 0, 9, false, 0 }, /* a fullwidth 1 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t v = UNTOUCHED;

		if (num_int(cases[i].text, cases[i].min, cases[i].max, &v) !=
		    cases[i].ok)
			fail_msg("%s", cases[i].text);
		assert_true(v == (cases[i].ok ? cases[i].value : UNTOUCHED));
	}
}

static void
yuan_are_read_as_fen(void **state)
{
	static const struct {
		const char *text;
		int64_t max;
		bool ok;
		int64_t fen;
	} cases[] = {
		{ "450", 100000, true, 45000 },
		{ "450.5", 100000, true, 45050 },
		{ "450.50", 100000, true, 45050 },
		{ "0.01", 100, true, 1 },
		{ "0", 0, true, 0 },
		{ "1.00", 100, true, 100 },
		{ "1.01", 100, false, 0 },
		{ "2", 100, false, 0 },
		{ "0.01", 0, false, 0 },
		{ "92233720368547758.07", INT64_MAX, true, INT64_MAX },
		{ "92233720368547758.08", INT64_MAX, false, 0 },
		{ "92233720368547758.99", INT64_MAX, false, 0 },
		{ "92233720368547759", INT64_MAX, false, 0 },
		{ "1.", 1000, false, 0 },
		{ ".5", 1000, false, 0 },
		{ ".", 1000, false, 0 },
		{ "", 1000, false, 0 },
		{ "1.234", 1000, false, 0 },
		{ "1.2x", 1000, false, 0 },
		{ "1.2.3", 1000, false, 0 },
		{ "-1", 1000, false, 0 },
		{ "01", 1000, false, 0 },
		{ "1,5", 1000, false, 0 },
		{ "1.-1", 1000, false, 0 },
		{ "000000000000000000000000000001", 1000, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t fen = UNTOUCHED;

		if (num_yuan(cases[i].text, cases[i].max, &fen) != cases[i].ok)
			fail_msg("%s", cases[i].text);
		assert_true(fen == (cases[i].ok ? cases[i].fen : UNTOUCHED));
	}
}

static void
fen_are_written_as_yuan(void **state)
{
	static const struct {
		int64_t fen;
		const char *text;
	} cases[] = {
		{ 0, "0.00" },
		{ 1, "0.01" },
		{ 99, "0.99" },
		{ 100, "1.00" },
		{ 45050, "450.50" },
		{ -5, "-0.05" },
		{ -45050, "-450.50" },
		{ INT64_MAX, "92233720368547758.07" },
	};
	struct arena *a = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
		    num_yuan_text(a, cases[i].fen), cases[i].text);
	arena_free(a);
}

static void
what_nobody_counts_is_told_as_more(void **state)
{
	struct arena *a = arena_new(4096);

	(void)state;
	assert_string_equal(num_count_text(a, 0, 1000), "0");
	assert_string_equal(num_count_text(a, 1000, 1000), "1000");
	assert_string_equal(num_count_text(a, 1001, 1000), "1000+");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_read_strictly),
		cmocka_unit_test(yuan_are_read_as_fen),
		cmocka_unit_test(fen_are_written_as_yuan),
		cmocka_unit_test(what_nobody_counts_is_told_as_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
