#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
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

static void
what_is_shown_stands_in_its_order_and_can_be_seen(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "", "" },
		{ "\xe5\xbc\xa0 Ming", "\xe5\xbc\xa0 Ming" },
		{ "a\r\nb\tc\x7f", "a  b c " },
		{ "a\xc2\x85"
		  "b\xe2\x80\xa8"
		  "c\xe2\x80\xa9",
		    "a b c " },
		{ "\xe2\x80\xae"
		  "321\xe2\x80\xac",
		    "321" },
		{ "\xe2\x81\xa6x\xe2\x81\xa9\xd8\x9c", "x" },
		{ "\xe2\x80\x8b\xe2\x80\x8f\xef\xbb\xbf\xc2\xad", "" },
		{ "\xef\xbf\xbe\xef\xbf\xbf\xf4\x8f\xbf\xbf!", "!" },
		/* next to them: a hyphen, a narrow blank, U+FFFD */
		{ "\xe2\x80\x90\xe2\x80\xaf\xef\xbf\xbd",
		    "\xe2\x80\x90\xe2\x80\xaf\xef\xbf\xbd" },
		{ "\xf0\xac\xb1\x96", "\xf0\xac\xb1\x96" },
		{ "\xd8\xa7\xd9\x84", "\xd8\xa7\xd9\x84" },
	};
	struct arena *a = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
		    utf8_shown(a, cases[i].text), cases[i].shown);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_characters_are_found),
		cmocka_unit_test(what_is_cut_off_ends_with_a_character),
		cmocka_unit_test(
		    what_is_shown_stands_in_its_order_and_can_be_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
