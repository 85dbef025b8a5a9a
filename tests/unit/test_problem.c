#include "arena_kit.h"

#include <string.h>

#include "base/buf.h"
#include "base/problem.h"
#include "base/utf8.h"

static void
the_first_message_of_a_field_is_found(void **state)
{
	struct problems ps = { .a = a };

	(void)state;
	problem_add(&ps, "name", "required", "请填写%s。", "姓名");
	problem_add(&ps, "years", "no_fee", "%d", 9);
	problem_add(&ps, "name", "too_short", "second");
	assert_int_equal(ps.n, 3);
	assert_string_equal(ps.item[1].code, "no_fee");
	assert_string_equal(problem_message(&ps, "name"), "请填写姓名。");
	assert_string_equal(problem_message(&ps, "years"), "9");
	assert_null(problem_message(&ps, "address"));
}

static void
a_long_message_is_cut_between_characters(void **state)
{
	struct problems ps = { .a = a };
	struct buf text;
	const char *message;
	size_t n;

	(void)state;
	buf_init(&text, a, 4000);
	for (int i = 0; i < 300; i++)
		buf_puts(&text, "字");
	for (size_t shift = 0; shift < 3; shift++) {
		problem_add(&ps, "name", "code", "%.*s%s", (int)shift, "xx",
		    buf_str(&text));
		message = ps.item[shift].message;
		n = strlen(message);
		assert_true(n > 500 && n < 512);
		assert_true(utf8_valid(message, n));
		assert_memory_equal(message + shift, buf_str(&text), n - shift);
	}
}

static void
more_than_anybody_reads_is_dropped(void **state)
{
	struct problems ps = { .a = a };

	(void)state;
	for (int i = 0; i < PROBLEMS_MAX + 3; i++)
		problem_add(&ps, "name", "code", "%d", i);
	assert_int_equal(ps.n, PROBLEMS_MAX);
	assert_string_equal(ps.item[PROBLEMS_MAX - 1].message, "63");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_first_message_of_a_field_is_found),
		TEST(a_long_message_is_cut_between_characters),
		TEST(more_than_anybody_reads_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
