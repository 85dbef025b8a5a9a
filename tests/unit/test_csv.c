#include "arena_kit.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "format/csv.h"

#define BOM "\xef\xbb\xbf"

static const struct sheet_column columns[] = {
	{ "名称", SHEET_TEXT, 0 },
	{ "年限", SHEET_INT, 0 },
	{ "费用", SHEET_YUAN, 0 },
	{ "日期", SHEET_DAY, 0 },
	{ "时间", SHEET_TIME, 0 },
};

enum { N = COUNT(columns) };

/* 2026-11-24 23:59:59.999999 in Shanghai */
static const int64_t late = INT64_C(1795535999999999);

static struct buf out;

static int
setup(void **state)
{
	arena_setup(state);
	buf_init(&out, a, 16384);
	return 0;
}

static void
rows_begin_with_a_mark_and_titles(void **state)
{
	(void)state;
	csv_head(&out, columns, N);
	assert_string_equal(buf_str(&out),
	    BOM "\"名称\",\"年限\",\"费用\",\"日期\",\"时间\"\r\n");
}

static void
each_type_has_its_form(void **state)
{
	const struct sheet_cell full[N] = { { .text = "甲" }, { .n = 3 },
		{ .n = 45050 }, { .n = late }, { .n = late } };
	const struct sheet_cell empty[N] = { { .n = SHEET_EMPTY },
		{ .n = SHEET_EMPTY }, { .n = SHEET_EMPTY },
		{ .n = SHEET_EMPTY }, { .n = SHEET_EMPTY } };

	(void)state;
	csv_row(&out, columns, full, N);
	csv_row(&out, columns, empty, N);
	assert_string_equal(buf_str(&out),
	    "\"甲\",\"3\",\"450.50\",\"2026-11-24\",\"2026-11-24 23:59:59\""
	    "\r\n\"\",\"\",\"\",\"\",\"\"\r\n");
}

static void
what_would_be_a_formula_is_text(void **state)
{
	static const struct {
		const char *text, *cell;
	} cases[] = {
		{ "", "\"\"" },
		{ "a=1", "\"a=1\"" },
		{ " =1", "\" =1\"" },
		{ "=1", "\"'=1\"" },
		{ "+1", "\"'+1\"" },
		{ "-1", "\"'-1\"" },
		{ "@a", "\"'@a\"" },
		{ "\t=1", "\"'\t=1\"" },
		{ "\r=1", "\"'\r=1\"" },
		{ "\n=1", "\"'\n=1\"" },
		{ "＝1", "\"'＝1\"" },
		{ "＋1", "\"'＋1\"" },
		{ "－1", "\"'－1\"" },
		{ "＠a", "\"'＠a\"" },
		{ "：1", "\"：1\"" }, /* begins with the same bytes */
		{ "a\"b", "\"a\"\"b\"" },
		{ "\"=1", "\"\"\"=1\"" },
		{ "a,b\r\nc", "\"a,b\r\nc\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sheet_cell cell = { .text = cases[i].text };

		buf_init(&out, a, 256);
		csv_row(&out, columns, &cell, 1);
		assert_int_equal(out.n, strlen(cases[i].cell) + 2);
		assert_memory_equal(out.p, cases[i].cell, out.n - 2);
	}
}

#undef TEST
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_begin_with_a_mark_and_titles),
		TEST(each_type_has_its_form),
		TEST(what_would_be_a_formula_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
