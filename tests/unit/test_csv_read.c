#include "arena_kit.h"

/* Reading CSV as spreadsheets save it, and the character sets they use. */
#include "format/csv_read.h"
#include <string.h>

#include "base/buf.h"
#include "format/charset.h"

static struct csv t;
static const char *where;

static void
assert_rows(const char *text, const char *rows)
{
	struct buf out;

	buf_init(&out, a, 65536);
	assert_int_equal(csv_read(a, text, &t, &where), E_OK);
	assert_null(where);
	for (size_t r = 0; r < t.rows; r++)
		for (size_t c = 0; c < t.columns; c++)
			buf_printf(&out, "%s%s", CSV_AT(&t, r, c),
			    c + 1 < t.columns ? "|" : "\n");
	assert_string_equal(buf_str(&out), rows);
}

static void
assert_refused(const char *text, const char *why)
{
	assert_int_equal(csv_read(a, text, &t, &where), E_MALFORMED);
	assert_string_equal(where, why);
}

static void
cells_and_lines(void **state)
{
	(void)state;
	assert_rows("a,b\n1,2\n", "a|b\n1|2\n");
	assert_rows("a,b\r\n1,2", "a|b\n1|2\n");
	assert_rows("a,b\r\n\r\n1,2\r\n,\r\n", "a|b\n1|2\n");
	assert_rows("\"a\",\"b\"\"c\"\n\"1,\n2\",\n", "a|b\"c\n1,\n2|\n");
	assert_rows("a,b,c\n1\n1,2,3,,\n", "a|b|c\n1||\n1|2|3\n");
	assert_rows("批次号;结果\n1;成功\n", "批次号|结果\n1|成功\n");
	assert_rows("a\tb\n1;5\t2\n", "a|b\n1;5|2\n");
	assert_rows("a,b\n1\r2,3\n", "a|b\n1\r2|3\n");
	assert_rows("a,\"\"\n", "a|\n");
}

static void
lines_are_counted(void **state)
{
	(void)state;
	assert_rows("a,b\n\n\"1\n\n\",2\n3,4\n", "a|b\n1\n\n|2\n3|4\n");
	assert_int_equal(t.line[0], 1);
	assert_int_equal(t.line[1], 3);
	assert_int_equal(t.line[2], 6);
}

static void
what_is_no_table(void **state)
{
	(void)state;
	assert_refused("", "文件是空的。");
	assert_refused("\n,,\n", "文件是空的。");
	assert_refused("a,b\n1,2,3\n", "第 2 行的列比表头多。");
	assert_refused("a\n\"1\n", "第 3 行的引号没有结束。");
	assert_refused("a\n\"1\"2\n", "第 2 行的引号后面还有文字。");
}

static void
limits(void **state)
{
	char *text = arena_alloc(a, 1 << 20);
	size_t n = 0;

	(void)state;
	memset(text, 'x', CSV_CELL);
	assert_rows(text, arena_printf(a, "%s\n", text));
	memset(text, 'x', CSV_CELL + 1);
	assert_refused(text, "第 1 行有过长的单元格。");
	text[0] = '"';
	text[CSV_CELL + 2] = '"';
	memset(text + 1, 'x', CSV_CELL + 1);
	assert_refused(text, "第 1 行有过长的单元格。");
	memset(text, ',', CSV_COLUMNS - 1);
	text[CSV_COLUMNS - 1] = 'x';
	text[CSV_COLUMNS] = '\0';
	assert_int_equal(csv_read(a, text, &t, &where), E_OK);
	assert_int_equal(t.columns, CSV_COLUMNS);
	text[CSV_COLUMNS - 1] = ',';
	assert_refused(text, "第 1 行的列数过多。");
	for (int i = 0; i <= CSV_ROWS; i++, n += 2)
		memcpy(text + n, "x\n", 3);
	assert_refused(text, "第 2001 行起行数过多。");
	text[n - 2] = '\0';
	assert_int_equal(csv_read(a, text, &t, &where), E_OK);
	assert_int_equal(t.rows, CSV_ROWS);
}

static void
assert_text(const char *bytes, size_t n, const char *text)
{
	const char *read = charset_utf8(a, bytes, n);

	if (text == NULL)
		assert_null(read);
	else
		assert_string_equal(read, text);
}

static void
character_sets(void **state)
{
	(void)state;
	assert_text("a", 1, "a");
	assert_text("", 0, "");
	assert_text("\xef\xbb\xbf成功", 9, "成功");
	assert_text("成功", 6, "成功");
	assert_text("\xb3\xc9\xb9\xa6", 4, "成功");
	/* Four bytes: U+20000, and U+10FFFF. */
	assert_text("\x95\x32\x82\x36", 4, "\xf0\xa0\x80\x80");
	assert_text("\xb3", 1, NULL);
	assert_text("\xff\xff", 2, NULL);
	assert_text("a\0b", 3, NULL);
	/* What failed leaves nothing behind. */
	assert_text("\xb3\xc9", 2, "成");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_and_lines),
		cmocka_unit_test(lines_are_counted),
		cmocka_unit_test(what_is_no_table),
		cmocka_unit_test(limits),
		cmocka_unit_test(character_sets),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
