#include "arena_kit.h"

#include <string.h>

#include <qpdf/qpdf-c.h>

#include "service/page.h"

static const struct page_about plain = {
	.title = "标题", .subject = "", .head = { "左", "右" }, .foot = "脚"
};

static int
open_fonts(void **state)
{
	(void)state;
	return page_open_fonts() == E_OK ? 0 : -1;
}

static int
pages_of(const char *bytes, size_t n)
{
	qpdf_data q = qpdf_init();
	int pages;

	assert_int_equal(qpdf_read_memory(q, "page", bytes, n, NULL), 0);
	pages = qpdf_get_num_pages(q);
	qpdf_cleanup(&q);
	return pages;
}

/* Ends it: how many pages it came to. */
static int
end(struct page *p)
{
	const char *bytes;
	size_t n;

	assert_int_equal(page_end(p, &bytes, &n), E_OK);
	assert_memory_equal(bytes, "%PDF-1.", 7);
	return pages_of(bytes, n);
}

static void
nothing_is_one_page(void **state)
{
	(void)state;
	assert_int_equal(end(page_begin(a, &plain)), 1);
}

static void
rows(struct page *p, int n, double least)
{
	const struct page_cell cells[] = { { PAGE_LABEL, 0.2, "名" },
		{ PAGE_VALUE, 0.8, "值" } };

	for (int i = 0; i < n; i++)
		page_row(p, cells, COUNT(cells), least);
}

/* 842 points less head and foot: seven rows of 100 and something. */
static void
rows_go_on_to_the_next_page(void **state)
{
	static const struct {
		int rows, pages;
	} cases[] = { { 1, 1 }, { 7, 1 }, { 8, 2 }, { 14, 2 }, { 15, 3 } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct page *p = page_begin(a, &plain);

		rows(p, cases[i].rows, 100);
		assert_int_equal(end(p), cases[i].pages);
	}
}

/* A line between rows that fill two pages: it fits on the first, but what
 * follows it does not, and together they are too much for the second. */
static int
pages_with(enum page_style style)
{
	struct page *p = page_begin(a, &plain);

	rows(p, 6, 98);
	page_text(p, style, NULL, "题");
	rows(p, 1, 120);
	rows(p, 6, 98);
	return end(p);
}

static void
what_is_kept_together_moves_together(void **state)
{
	(void)state;
	assert_int_equal(pages_with(PAGE_PLAIN), 2);
	assert_int_equal(pages_with(PAGE_SECTION), 3);
}

static void
a_long_paragraph_breaks_between_lines(void **state)
{
	struct page *p = page_begin(a, &plain);
	char text[3 * 6000 + 1];

	(void)state;
	for (size_t i = 0; i < 6000; i++)
		memcpy(text + 3 * i, "文", 3);
	text[sizeof(text) - 1] = '\0';
	page_text(p, PAGE_TEXT, NULL, text);
	assert_in_range(end(p), 3, 5);
}

static void
the_same_is_the_same_bytes(void **state)
{
	struct page_about about = plain;
	const char *first = NULL;
	size_t first_n = 0;

	(void)state;
	about.code = "CA20261124000001";
	about.mark = "草稿";
	about.made_at = INT64_C(1795564800000000);
	for (int i = 0; i < 2; i++) {
		struct page *p = page_begin(a, &about);
		const char *bytes;
		size_t n;

		page_text(p, PAGE_TITLE, NULL, "标题");
		page_text(p, PAGE_STEP, "1.", "一步");
		rows(p, 3, 0);
		assert_int_equal(page_end(p, &bytes, &n), E_OK);
		if (first != NULL) {
			assert_int_equal(n, first_n);
			assert_memory_equal(bytes, first, n);
		}
		first = bytes;
		first_n = n;
	}
}

/* The head of a JPEG of 40 by 30; what follows is the viewer's to judge. */
static const unsigned char jpeg[] = { 0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff,
	0xc0, 0, 11, 8, 0, 30, 0, 40, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0,
	0, 0x3f, 0, 0, 0xff, 0xd9 };

static void
a_picture_goes_in_as_it_is(void **state)
{
	struct page *p = page_begin(a, &plain);
	const char *bytes;
	size_t n;

	(void)state;
	page_picture(p, jpeg, sizeof(jpeg), "图");
	assert_int_equal(page_end(p, &bytes, &n), E_OK);
	assert_non_null(memmem(bytes, n, jpeg, sizeof(jpeg)));
}

static void
what_is_no_picture_fails(void **state)
{
	unsigned char bad[sizeof(jpeg)];
	const char *bytes;
	size_t n;

	(void)state;
	memcpy(bad, jpeg, sizeof(bad));
	bad[14] = 0; /* no height */
	for (size_t len = 0; len <= sizeof(bad); len++) {
		struct page *p = page_begin(a, &plain);

		page_picture(p, bad, len, "图");
		assert_int_equal(page_end(p, &bytes, &n), E_INTERNAL);
	}
}

static void
a_code_that_cannot_be_fails(void **state)
{
	struct page_about about = plain;
	const char *bytes;
	size_t n;

	(void)state;
	about.code = "";
	assert_int_equal(
	    page_end(page_begin(a, &about), &bytes, &n), E_INTERNAL);
}

static void
what_is_never_ended_leaves_nothing(void **state)
{
	struct page *p = page_begin(a, &plain);

	(void)state;
	page_text(p, PAGE_TEXT, NULL, "文");
	arena_reset(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_one_page),
		TEST(rows_go_on_to_the_next_page),
		TEST(what_is_kept_together_moves_together),
		TEST(a_long_paragraph_breaks_between_lines),
		TEST(the_same_is_the_same_bytes),
		TEST(a_picture_goes_in_as_it_is),
		TEST(what_is_no_picture_fails),
		TEST(a_code_that_cannot_be_fails),
		TEST(what_is_never_ended_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, open_fonts, NULL);
}
