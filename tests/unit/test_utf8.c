#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"

#define COUNT(x) (sizeof(x) / sizeof((x)[0]))

static void
control_characters_are_found(void **state)
{
	static const struct {
		const char *text;
		bool has;
	} cases[] = {
		{ "", false },
		{ "a b", false },
		{ "\xe4\xb8\xad\xe6\x96\x87", false },
		{ "a\nb", true },
		{ "\t", true },
		{ "\x7f", true },
		{ "\x1f", true },
		{ "\xc2\x80", true },
		{ "x\xc2\x9f", true },
		{ "\xc2\xa0", false }, /* a blank that does not break */
		{ "\xc3\x80", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (utf8_has_control(cases[i].text) != cases[i].has)
			fail_msg("case %zu", i);
}

static void
what_is_cut_off_ends_with_a_character(void **state)
{
	/* 1, 2, 3 and 4 bytes */
	static const char text[] = "a\xc2\xa0\xe4\xb8\xad\xf0\x9f\x98\x80";
	static const size_t whole[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10 };

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++)
		assert_int_equal(utf8_whole(text, n), whole[n]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_characters_are_found),
		cmocka_unit_test(what_is_cut_off_ends_with_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
