/* What applicants are told, and when a message is tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "domain/message.h"

enum { CAP = 65536 };

static const struct {
	const char *action, *category, *pickup, *has, *has_not;
} texts[] = {
	{ "approve", "new", "onsite", "300.05元", "领取" },
	{ "reject", "renewal", "onsite", "处理意见", "领取" },
	{ "pay", "renewal", "onsite", "已收到缴费", "领取CA锁" },
	/* Nobody has to come for a renewal, however it is picked up. */
	{ "complete", "renewal", "onsite", "请用原锁激活，无需到场领取",
	    "到现场" },
	{ "complete", "new", "mail", "邮寄", "到现场" },
	{ "complete", "new", "onsite", "到现场领取", "激活" },
	{ "refund_in_full", "new", "onsite", "全额退回", "领取" },
};

static struct application
application(const char *category, const char *pickup)
{
	struct application app = { .batch_no = "CA20261124000001" };

	app.value[FIELD_CATEGORY] = category;
	app.value[FIELD_PICKUP] = pickup;
	app.value[FIELD_FEE_FEN] = "30005";
	return app;
}

static void
test_texts_follow_category_and_pickup(void **state)
{
	struct arena *a = arena_new(CAP);

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct application app =
		    application(texts[i].category, texts[i].pickup);
		const char *text = message_text(a, texts[i].action, &app);

		assert_non_null(text);
		assert_non_null(strstr(text, "CA20261124000001"));
		assert_non_null(strstr(text, texts[i].has));
		assert_null(strstr(text, texts[i].has_not));
	}
	arena_free(a);
}

/* state.def says who is told; each of those has a text, the others none. */
static void
test_every_action_that_tells_has_a_text(void **state)
{
	struct application app = application("new", "onsite");
	struct arena *a = arena_new(CAP);

	(void)state;
	for (int i = 0; i < ACTION__N; i++) {
		const struct action_row *row = action_row((enum action)i);
		bool has_text = message_text(a, row->word, &app) != NULL;

		assert_int_equal(has_text, row->tells);
	}
	arena_free(a);
}

static void
test_back_off_grows_and_ends(void **state)
{
	int64_t last = 0;

	(void)state;
	assert_int_equal(message_back_off(1), 30);
	for (int64_t n = 1; n < 8; n++) {
		assert_true(message_back_off(n) > last);
		assert_true(message_back_off(n) <= 3600);
		last = message_back_off(n);
	}
	assert_int_equal(message_back_off(8), -1);
	assert_int_equal(message_back_off(INT64_MAX), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_follow_category_and_pickup),
		cmocka_unit_test(test_every_action_that_tells_has_a_text),
		cmocka_unit_test(test_back_off_grows_and_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
