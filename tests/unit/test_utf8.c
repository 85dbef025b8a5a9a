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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(control_characters_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
