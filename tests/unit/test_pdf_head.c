#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "service/pdf_head.h"

static void
only_what_begins_as_a_pdf_is_one(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum err e;
	} cases[] = {
		{ "", 0, E_EMPTY_FILE },
#define BYTES(s, e) { s, sizeof(s) - 1, e }
		BYTES("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", E_OK),
		BYTES("%PDF-2.0\n", E_OK),
		BYTES("%PDF", E_NOT_PDF),
		BYTES("%pdf-1.4\n", E_NOT_PDF),
		BYTES(" %PDF-1.4\n", E_NOT_PDF),
		BYTES("\n\n%PDF-1.4\n", E_NOT_PDF),
		BYTES("\xef\xbb\xbf%PDF-1.4\n", E_NOT_PDF),
		BYTES("PK\x03\x04 %PDF-1.4", E_NOT_PDF),
		BYTES("<html>%PDF-1.4</html>", E_NOT_PDF),
		BYTES("\x89PNG\r\n\x1a\n", E_NOT_PDF),
		BYTES("\0\0\0\0\0\0\0\0", E_NOT_PDF),
#undef BYTES
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (pdf_head_check(cases[i].bytes, cases[i].n) != cases[i].e)
			fail_msg("case %zu", i);
}

static void
a_large_head_is_judged_by_its_beginning(void **state)
{
	size_t n = 2 * PDF_HEAD;
	char *p = calloc(n, 1);

	(void)state;
	memcpy(p, "%PDF-1.7\n", 9);
	assert_int_equal(pdf_head_check(p, n), E_OK);
	free(p);
}

static int
open_magic(void **state)
{
	(void)state;
	return pdf_head_open() == E_OK ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_begins_as_a_pdf_is_one),
		cmocka_unit_test(a_large_head_is_judged_by_its_beginning),
	};

	return cmocka_run_group_tests(tests, open_magic, NULL);
}
