/* The vectors of RFC 6238 (appendix B, SHA-1), of which six digits are used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "service/totp.h"

/* "12345678901234567890" */
#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

static const struct {
	int64_t seconds;
	const char *code;
} vectors[] = {
	{ 59, "287082" },
	{ 1111111109, "081804" },
	{ 1111111111, "050471" },
	{ 1234567890, "005924" },
	{ 2000000000, "279037" },
	{ 20000000000, "353130" },
};

static void
the_vectors_of_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		assert_int_equal(totp_step(SECRET, vectors[i].code,
				     vectors[i].seconds * CLOCK_SECOND),
		    vectors[i].seconds / 30);
}

/* The code of 59 s is that of step 1. */
static void
a_step_early_or_late_is_forgiven_two_are_not(void **state)
{
	static const struct {
		int64_t seconds, step;
	} cases[] = {
		{ 0, 1 },
		{ 29, 1 },
		{ 30, 1 },
		{ 89, 1 },
		{ 90, -1 },
		{ 120, -1 },
		{ 3600, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(totp_step(SECRET, vectors[0].code,
				     cases[i].seconds * CLOCK_SECOND),
		    cases[i].step);
}

static void
what_is_no_code_is_of_no_step(void **state)
{
	static const char *const codes[] = { "", "28708", "2870820", "94287082",
		"287083", "28708x", "-28708", " 287082", "２８７０８２" };

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		assert_int_equal(
		    totp_step(SECRET, codes[i], 59 * CLOCK_SECOND), -1);
}

static void
a_secret_that_is_none_has_no_codes(void **state)
{
	static const char *const secrets[] = { "", "GEZDGNBVGY3TQOJQ",
		SECRET "A", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1" };

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		assert_int_equal(
		    totp_step(secrets[i], "287082", 59 * CLOCK_SECOND), -1);
}

static void
secrets_are_base32_and_differ(void **state)
{
	char one[TOTP_SECRET], two[TOTP_SECRET];

	(void)state;
	totp_secret_new(one);
	totp_secret_new(two);
	assert_int_equal(strlen(one), TOTP_SECRET - 1);
	assert_int_equal(
	    strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), TOTP_SECRET - 1);
	assert_string_not_equal(one, two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_rfc),
		cmocka_unit_test(a_step_early_or_late_is_forgiven_two_are_not),
		cmocka_unit_test(what_is_no_code_is_of_no_step),
		cmocka_unit_test(a_secret_that_is_none_has_no_codes),
		cmocka_unit_test(secrets_are_base32_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
