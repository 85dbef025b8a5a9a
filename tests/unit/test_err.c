#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

static void
every_row_is_whole(void **state)
{
	(void)state;
	for (int e = E_OK + 1; e < E__N; e++) {
		const struct err_row *row = err_row((enum err)e);

		assert_true(row->status >= 400 && row->status <= 599);
		/* Ours are those that an operator has to look at. */
		if (row->status >= 500 ? !row->is_ours && row->status != 503
				       : row->is_ours)
			fail_msg("%s: %d", row->name, row->status);
		assert_int_equal(
		    strspn(row->code, "abcdefghijklmnopqrstuvwxyz0123456789_"),
		    strlen(row->code));
		assert_true(strlen(row->title) > 0);
		assert_true(utf8_valid(row->title, strlen(row->title)));
		assert_true(utf8_valid(row->advice, strlen(row->advice)));
		if (strstr(row->advice, "。") == NULL)
			fail_msg("%s: no sentence", row->name);
	}
}

/* For a program "try_later" is one thing, whatever the operator reads. */
static void
one_code_has_one_status(void **state)
{
	(void)state;
	for (int e = E_OK + 1; e < E__N; e++)
		for (int f = e + 1; f < E__N; f++) {
			const struct err_row *a = err_row((enum err)e);
			const struct err_row *b = err_row((enum err)f);

			if (strcmp(a->code, b->code) == 0)
				assert_int_equal(a->status, b->status);
			assert_string_not_equal(a->name, b->name);
		}
}

static enum err
fails(int number)
{
	return FAIL(E_STATE, "number %d", number);
}

static enum err
passes_on(int number, int *after)
{
	if (number > 0)
		TRY(fails(number));
	TRY(E_OK);
	*after = 1;
	return E_OK;
}

static void
a_failure_is_recorded_and_passed_on(void **state)
{
	int after = 0;

	(void)state;
	err_clear();
	assert_int_equal(err_fault()->err, E_OK);
	assert_int_equal(passes_on(0, &after), E_OK);
	assert_int_equal(after, 1);
	assert_int_equal(err_fault()->err, E_OK);
	after = 0;
	assert_int_equal(passes_on(7, &after), E_STATE);
	assert_int_equal(after, 0);
	assert_int_equal(err_fault()->err, E_STATE);
	assert_string_equal(err_fault()->cause, "number 7");
	assert_non_null(strstr(err_fault()->file, "test_err.c"));
	assert_true(err_fault()->line > 0);
	err_clear();
	assert_string_equal(err_fault()->cause, "");
}

static void
a_long_cause_is_cut(void **state)
{
	(void)state;
	assert_int_equal(FAIL(E_STATE, "%500d", 1), E_STATE);
	assert_int_equal(
	    strlen(err_fault()->cause), sizeof(err_fault()->cause) - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_whole),
		cmocka_unit_test(one_code_has_one_status),
		cmocka_unit_test(a_failure_is_recorded_and_passed_on),
		cmocka_unit_test(a_long_cause_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
