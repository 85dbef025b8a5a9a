#include "scratch.h"

#include <sys/stat.h>

#include "format/xlsx.h"
#include "service/temp.h"

static const struct sheet_column columns[] = {
	{ "名称", SHEET_TEXT, 0 },
	{ "日期", SHEET_DAY, 0 },
};

static void
a_file_without_a_name_is_written(void **state)
{
	const struct sheet_cell cells[] = { { .text = "=1" }, { .n = 0 } };
	struct xlsx *x;
	int64_t size;
	char head[4];
	int fd;

	(void)state;
	assert_int_equal(temp_open(a, scratch, &fd), E_OK);
	assert_int_equal(xlsx_open(a, temp_path(a, fd), scratch, "表", columns,
			     COUNT(columns), &x),
	    E_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(xlsx_row(x, a, cells), E_OK);
	assert_int_equal(xlsx_close(x), E_OK);
	assert_int_equal(temp_rewind(fd, &size), E_OK);
	assert_in_range(size, 2000, 20000);
	assert_int_equal(read(fd, head, sizeof(head)), sizeof(head));
	assert_memory_equal(head, "PK\3\4", 4);
	/* Nothing has a name there: the folder can go, and come again. */
	assert_int_equal(rmdir(scratch), 0);
	assert_int_equal(mkdir(scratch, 0700), 0);
}

static void
what_is_not_closed_leaves_nothing(void **state)
{
	struct arena *own = arena_new(1 << 20);
	struct xlsx *x;
	int fd;

	(void)state;
	assert_int_equal(temp_open(own, scratch, &fd), E_OK);
	assert_int_equal(xlsx_open(own, temp_path(own, fd), scratch, "表",
			     columns, COUNT(columns), &x),
	    E_OK);
	arena_reset(own);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	arena_free(own);
}

static void
where_nothing_can_be_written_it_fails(void **state)
{
	struct xlsx *x;
	int fd;

	(void)state;
	assert_int_equal(temp_open(a, "/nonexistent", &fd), E_STORE);
	assert_int_equal(xlsx_open(a, "/nonexistent/x", scratch, "表", columns,
			     COUNT(columns), &x),
	    E_OK);
	assert_int_equal(xlsx_close(x), E_INTERNAL);
}

static void
what_is_written_is_read_from_its_start(void **state)
{
	int64_t size;
	char text[8];
	int fd;

	(void)state;
	assert_int_equal(temp_open(a, scratch, &fd), E_OK);
	assert_int_equal(temp_write(fd, "abc", 3), E_OK);
	assert_int_equal(temp_write(fd, "", 0), E_OK);
	assert_int_equal(temp_write(fd, "de", 2), E_OK);
	assert_int_equal(temp_rewind(fd, &size), E_OK);
	assert_int_equal(size, 5);
	assert_int_equal(read(fd, text, sizeof(text)), 5);
	assert_memory_equal(text, "abcde", 5);
	assert_int_equal(temp_write(-1, "x", 1), E_STORE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_without_a_name_is_written),
		TEST(what_is_not_closed_leaves_nothing),
		TEST(where_nothing_can_be_written_it_fails),
		TEST(what_is_written_is_read_from_its_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
