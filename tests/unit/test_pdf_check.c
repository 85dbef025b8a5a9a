#include "scratch.h"

#include <dirent.h>

#include "service/pdf_check.h"

static const struct pdf_limits limits = { .pages = 50, .seconds = 60 };

static int
is_sample(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The code that a sample's name begins with, or "good". */
static bool
is_named(const char *name, const char *code)
{
	size_t n = strlen(code);

	return strncmp(name, code, n) == 0 &&
	       (name[n] == '\0' || name[n] == '_');
}

static void
check_sample(const char *name)
{
	const char *path = arena_printf(a, "tests/fuzz/corpus/pdf/%s", name);
	static char bytes[1 << 18];
	FILE *f = fopen(path, "re");
	struct pdf_verdict here, jailed;
	enum err e;
	size_t n;

	assert_non_null(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	pdf_examine(bytes, n, &limits, &here);
	e = pdf_check(bytes, n, &limits, &jailed);
	if (!is_named(name, here.reason == PDF_GOOD
				? "good"
				: pdf_reason_row(here.reason)->code))
		fail_msg("%s: %s, %s", name, pdf_reason_row(here.reason)->code,
		    here.what);
	assert_int_equal(jailed.reason, here.reason);
	assert_int_equal(jailed.pages, here.pages);
	assert_string_equal(jailed.what, here.what);
	assert_int_equal(e, pdf_reason_row(here.reason)->err);
}

/* tests/data/pdf.mjs made them. */
static void
samples_are_what_their_names_say(void **state)
{
	bool met[PDF_REASON__N] = { false };
	struct dirent **list;
	int n = scandir("tests/fuzz/corpus/pdf", &list, is_sample, alphasort);

	(void)state;
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		check_sample(list[i]->d_name);
		for (int r = 1; r < PDF_REASON__N; r++)
			met[r] |= is_named(list[i]->d_name,
			    pdf_reason_row((enum pdf_reason)r)->code);
		free(list[i]);
	}
	free(list);
	for (int r = 1; r < PDF_REASON__N; r++)
		if (!met[r] && r != PDF_NO_HEADER && r != PDF_NOT_PDF_TYPE)
			fail_msg("no sample of %s",
			    pdf_reason_row((enum pdf_reason)r)->code);
}

static void
the_first_bytes_are_enough_to_refuse(void **state)
{
	struct pdf_verdict v;

	(void)state;
	assert_int_equal(pdf_check_begin("", 0, &v), E_EMPTY_FILE);
	assert_int_equal(pdf_check_begin("%PDF", 4, &v), E_NOT_PDF);
	assert_int_equal(v.reason, PDF_NO_HEADER);
	assert_int_equal(pdf_check_begin("\n%PDF-1.4", 9, &v), E_NOT_PDF);
	assert_int_equal(pdf_check_begin("<html>%PDF-1.4", 14, &v), E_NOT_PDF);
	assert_int_equal(pdf_check_begin("%PDF-1.4", 8, &v), E_OK);
}

/* Every byte string has an answer, however short. */
static void
no_prefix_and_no_rest_of_a_sample_is_taken(void **state)
{
	FILE *f = fopen("tests/fuzz/corpus/pdf/good_https", "re");
	char bytes[4096];
	struct pdf_verdict v;
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	for (size_t cut = 0; cut < n - 1; cut++) {
		/* Its last byte is a line's end. */
		pdf_examine(bytes, cut, &limits, &v);
		assert_int_equal(v.reason == PDF_GOOD, false);
		pdf_examine(bytes + cut + 1, n - cut - 1, &limits, &v);
		assert_int_equal(v.reason == PDF_GOOD, false);
	}
}

static int
setup(void **state)
{
	return pdf_check_open(limits.seconds) == E_OK ? scratch_setup(state)
						      : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_what_their_names_say),
		cmocka_unit_test(the_first_bytes_are_enough_to_refuse),
		cmocka_unit_test(no_prefix_and_no_rest_of_a_sample_is_taken),
	};

	return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
