#include "arena_kit.h"

#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/err.h"

static void
an_empty_one_is_an_empty_string(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a, 0);
	assert_string_equal(buf_str(&b), "");
	buf_add(&b, "x", 0);
	buf_puts(&b, "");
	assert_string_equal(buf_str(&b), "");
}

static void
parts_are_joined(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a, 100);
	buf_puts(&b, "ab");
	buf_putc(&b, 'c');
	buf_printf(&b, "-%d-", 42);
	buf_add(&b, "d\0e", 3);
	assert_int_equal(b.n, 10);
	assert_memory_equal(buf_str(&b), "abc-42-d\0e", 11);
}

static void
long_ones_grow_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a, 10000);
	for (int i = 0; i < 10000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	assert_int_equal(strlen(buf_str(&b)), 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	buf_init(&b, a, 10000);
	buf_puts(&b, "x");
	buf_printf(&b, "%9999d", 5);
	assert_int_equal(strlen(buf_str(&b)), 10000);
}

/* Far over what the arena has. */
static void
large_ones_are_no_part_of_the_cap(void **state)
{
	enum { LARGE = 64 << 20 };
	size_t before = arena_used(a);
	struct buf b;

	(void)state;
	buf_init_pages(&b, a, LARGE);
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 10000; i++)
		buf_puts(&b, "0123456789");
	assert_int_equal(strlen(buf_str(&b)), 100000);
	assert_in_range(arena_used(a) - before, 0, 1024);
}

/* Filled to its ceiling, then over it in every way there is. */
static void
the_ceiling_holds_and_failure_stays(void **state)
{
	(void)state;
	for (int way = 0; way < 8; way++) {
		struct buf b;

		(way < 4 ? buf_init : buf_init_pages)(&b, a, 5);
		buf_puts(&b, "12345");
		assert_string_equal(buf_str(&b), "12345");
		if (way % 4 == 0)
			buf_putc(&b, '6');
		else if (way % 4 == 1)
			buf_printf(&b, "%d", 6);
		else if (way % 4 == 2)
			buf_add(&b, "6", 1);
		else
			buf_puts(&b, "6");
		assert_true(b.failed);
		assert_null(buf_str(&b));
		buf_puts(&b, "");
		assert_null(buf_str(&b));
		assert_int_equal(b.n, 5);
	}
}

/* What cannot be written is a failure as well, not a gap. */
static void
what_cannot_be_printed_is_a_failure(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, a, 100);
	buf_puts(&b, "before");
	buf_printf(&b, "%lc", (wint_t)0x4e2d); /* not in the C locale */
	buf_puts(&b, "after");
	assert_null(buf_str(&b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_one_is_an_empty_string),
		TEST(parts_are_joined),
		TEST(long_ones_grow_whole),
		TEST(large_ones_are_no_part_of_the_cap),
		TEST(the_ceiling_holds_and_failure_stays),
		TEST(what_cannot_be_printed_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
