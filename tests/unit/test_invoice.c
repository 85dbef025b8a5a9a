#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "provider/invoice.h"
#include "service/config.h"
#include "service/pdf_head.h"

static const char document[] = "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n";
static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return pdf_head_open() == E_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void
the_setting_names_a_provider(void **state)
{
	struct config cfg = { .invoice_provider = "manual" };
	const struct invoice_provider *p = NULL;

	(void)state;
	assert_int_equal(invoice_provider(&cfg, &p), E_OK);
	assert_ptr_equal(p, &invoice_manual);
	cfg.invoice_provider = "nobody";
	assert_int_equal(invoice_provider(&cfg, &p), E_INTERNAL);
	cfg.invoice_provider = "";
	assert_int_equal(invoice_provider(&cfg, &p), E_INTERNAL);
}

/* number, pdf with its length, then the codes or the number as it is kept. */
static void
an_operators_document_is_judged(void **state)
{
	static const struct {
		const char *number, *pdf;
		size_t n;
		const char *number_code, *pdf_code, *kept;
	} cases[] = {
		{ "26332000000012345678", document, sizeof(document), NULL,
		    NULL, "26332000000012345678" },
		{ " 1234 ５６７８ ", document, sizeof(document), NULL, NULL,
		    "12345678" },
		{ "00000000", document, sizeof(document), NULL, NULL,
		    "00000000" },
		{ "1234567", document, sizeof(document), "format", NULL, NULL },
		{ "123456789012345678901", document, sizeof(document), "format",
		    NULL, NULL },
		{ "1234567X", document, sizeof(document), "format", NULL,
		    NULL },
		{ "", NULL, 0, "required", "required", NULL },
		{ "12345678", document, 0, NULL, "empty_file", NULL },
		{ "12345678", document, 4, NULL, "not_pdf", NULL },
		{ "12345678", " %PDF-1.4", 9, NULL, "not_pdf", NULL },
		{ "12345678", document, 1025, NULL, "too_large", NULL },
	};
	const struct config cfg = { .file_max_bytes = 1024 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct problems errors = { .a = arena };
		struct invoice_document doc = { cases[i].number, cases[i].pdf,
			cases[i].n };
		size_t at = 0;
		enum err e = invoice_manual.take(arena, &cfg, &doc, &errors);

		assert_int_equal(e, cases[i].kept != NULL ? E_OK : E_INVALID);
		if (cases[i].kept != NULL)
			assert_string_equal(doc.number, cases[i].kept);
		if (cases[i].number_code != NULL) {
			assert_string_equal(errors.item[at].field, "number");
			assert_string_equal(
			    errors.item[at++].code, cases[i].number_code);
		}
		if (cases[i].pdf_code != NULL) {
			assert_string_equal(errors.item[at].field, "pdf");
			assert_string_equal(
			    errors.item[at++].code, cases[i].pdf_code);
		}
		assert_int_equal(errors.n, at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_setting_names_a_provider),
		cmocka_unit_test(an_operators_document_is_judged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
