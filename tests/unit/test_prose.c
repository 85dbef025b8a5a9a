#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "format/prose.h"

static const char source[] = "\n\n# 手册\n"
			     "## 一、准备\n\n"
			     "第一行，\n第二行 and\nso on\n"
			     "又一行。\n\n\n"
			     "1. 登录\n1. 填写\n  后保存\n\n1. 提交\n"
			     "- 甲\n"
			     "1. 再来\n"
			     "> 注意\n"
			     "### 小节\n"
			     "![列表](list.jpg)\n"
			     "#不是标题\n"
			     "![没有文件]";

static const struct prose expected[] = {
	{ PROSE_TITLE, "手册", 0, NULL },
	{ PROSE_CHAPTER, "一、准备", 0, NULL },
	{ PROSE_TEXT, "第一行，第二行 and so on又一行。", 0, NULL },
	{ PROSE_STEP, "登录", 1, NULL },
	{ PROSE_STEP, "填写  后保存", 2, NULL },
	{ PROSE_STEP, "提交", 3, NULL },
	{ PROSE_ITEM, "甲", 0, NULL },
	{ PROSE_STEP, "再来", 1, NULL },
	{ PROSE_NOTE, "注意", 0, NULL },
	{ PROSE_SECTION, "小节", 0, NULL },
	{ PROSE_PICTURE, "列表", 0, "list.jpg" },
	{ PROSE_TEXT, "#不是标题", 0, NULL },
	{ PROSE_PICTURE, "没有文件]", 0, "" },
};

static void
blocks_come_in_their_order(void **state)
{
	struct arena *a = arena_new(65536);
	const char *at = source;
	struct prose block = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++) {
		assert_true(prose_next(a, &at, &block));
		assert_int_equal(block.kind, expected[i].kind);
		assert_string_equal(block.text, expected[i].text);
		assert_int_equal(block.number, expected[i].number);
		if (expected[i].file != NULL)
			assert_string_equal(block.file, expected[i].file);
		else
			assert_null(block.file);
	}
	assert_false(prose_next(a, &at, &block));
	assert_int_equal(*at, '\0');
	arena_free(a);
}

static void
nothing_is_no_block(void **state)
{
	static const char *const empty[] = { "", "\n", "\n\n\n" };
	struct arena *a = arena_new(4096);
	struct prose block = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(empty); i++) {
		const char *at = empty[i];

		assert_false(prose_next(a, &at, &block));
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_come_in_their_order),
		cmocka_unit_test(nothing_is_no_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
