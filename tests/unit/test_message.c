/* What applicants are told, and when a message is tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/message_send.h"
#include "domain/reminder.h"
#include "service/config.h"

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
	{ "refund", "new", "onsite", "金额请登录系统查看", "全额" },
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

/* What a case is told of an event; false when it is told nothing. */
static bool
made(struct arena *a, const char *event, const struct application *app,
    const struct lock *lock, struct sms_message *out)
{
	struct message_values values = { 0 };
	enum message_word word = message_word_of(event, app);

	if (word == MESSAGE__N)
		return false;
	message_values_fill(a, app, lock, &values);
	return message_make(a, message_template(word)->text, &values, out);
}

static void
test_texts_follow_category_and_pickup(void **state)
{
	struct arena *a = arena_new(CAP);

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct application app =
		    application(texts[i].category, texts[i].pickup);
		struct sms_message m;

		assert_true(made(a, texts[i].action, &app, NULL, &m));
		assert_non_null(strstr(m.text, "CA20261124000001"));
		assert_non_null(strstr(m.text, texts[i].has));
		assert_null(strstr(m.text, texts[i].has_not));
		assert_null(strchr(m.text, '{'));
		assert_string_equal(m.values[0].name, "batch_no");
		assert_string_equal(m.values[0].value, "CA20261124000001");
	}
	arena_free(a);
}

/* What an action is told by where that is not its own word; NULL: it is not,
 * for a reason. Only actions that another than the applicant can take. */
static const struct {
	enum action action;
	const char *word;
} told_otherwise[] = {
	{ ACTION_SEND, "delivery_sent" }, { ACTION_CORRECT, "delivery_sent" },
	{ ACTION_RETURN, "delivery_returned" },
	{ ACTION_DISCARD, NULL },    /* a draft that nobody has touched */
	{ ACTION_DISPATCH, NULL },   /* it was paid, and will be done */
	{ ACTION_RECEIVE, NULL },    /* they have it */
	{ ACTION_SEND_AGAIN, NULL }, /* told when it was returned, and sent */
	{ ACTION_HAND_OVER, NULL },  /* they are there */
};

static bool
is_told_otherwise(int action)
{
	for (size_t i = 0; i < COUNT(told_otherwise); i++) {
		const char *word = told_otherwise[i].word;

		if ((int)told_otherwise[i].action != action)
			continue;
		assert_true(
		    word == NULL || message_word_named(word) != MESSAGE__N);
		return true;
	}
	return false;
}

/* The applicant is told of what others do with their case. */
static void
test_what_others_do_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < state_machine.moves; i++) {
		const struct machine_move *m = &state_machine.move[i];
		unsigned others = m->by & ~(unsigned)ROLE_APPLICANT;
		unsigned told = action_row((enum action)m->event)->tells;

		if (others != 0 &&
		    ((told & others) != others) != is_told_otherwise(m->event))
			fail_msg("%s is told in no way, or in two",
			    state_machine.event[m->event].word);
	}
}

/* Whatever category and pickup there are, which text is told was thought of. */
static void
test_every_kind_of_case_is_told_by_its_text(void **state)
{
	static const struct {
		const char *category, *pickup;
		enum message_word word;
	} kinds[] = {
		{ "new", "onsite", MESSAGE_COMPLETE_ONSITE },
		{ "new", "mail", MESSAGE_COMPLETE_MAIL },
		{ "renewal", "onsite", MESSAGE_COMPLETE_RENEWAL },
		{ "renewal", "mail", MESSAGE_COMPLETE_RENEWAL },
	};
	size_t n, categories = 0, pickups = 0;
	const struct option_row *options = field_options(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		categories += options[i].field == FIELD_CATEGORY;
		pickups += options[i].field == FIELD_PICKUP;
	}
	assert_int_equal(categories * pickups, COUNT(kinds));
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct application app =
		    application(kinds[i].category, kinds[i].pickup);

		assert_true(field_is_option(FIELD_CATEGORY, kinds[i].category));
		assert_true(field_is_option(FIELD_PICKUP, kinds[i].pickup));
		assert_int_equal(
		    message_word_of("complete", &app), kinds[i].word);
	}
}

/* state.def says who is told; each of those has a text, the others none. */
static void
test_every_action_that_tells_has_a_text(void **state)
{
	struct application app = application("new", "onsite");

	(void)state;
	for (int i = 0; i < ACTION__N; i++) {
		const struct action_row *row = action_row((enum action)i);
		bool has_text = message_word_of(row->word, &app) != MESSAGE__N;

		assert_int_equal(has_text, row->tells != 0);
	}
}

/* Every text can be made of the values that the table knows. */
static void
test_texts_name_known_values(void **state)
{
	struct arena *a = arena_new(CAP);
	struct message_values samples = { 0 };
	struct sms_message m;

	(void)state;
	for (int v = 0; v < VALUE__N; v++)
		samples.value[v] =
		    message_value_row((enum message_value)v)->sample;
	for (int w = 0; w < MESSAGE__N; w++)
		assert_true(message_make(a,
		    message_template((enum message_word)w)->text, &samples,
		    &m));
	assert_false(message_make(a, "编号{nothing}。", &samples, &m));
	samples.value[VALUE_BATCH_NO] = NULL;
	assert_false(message_make(a, "批次号{batch_no}。", &samples, &m));
	arena_free(a);
}

/* As a vendor's template wants them: by name, and in the text's order. */
static void
test_values_stand_in_the_order_of_the_text(void **state)
{
	struct application app = application("new", "onsite");
	struct lock lock = { .serial = "A1", .valid_to = "2026-12-31" };
	struct arena *a = arena_new(CAP);
	struct sms_message m;

	(void)state;
	assert_true(made(a, "approve", &app, NULL, &m));
	assert_string_equal(m.values[1].name, "amount");
	assert_string_equal(m.values[1].value, "300.05");
	assert_null(m.values[2].name);
	assert_true(made(a, message_reminder(false), &app, &lock, &m));
	assert_string_equal(m.values[0].value, "A1");
	assert_string_equal(m.values[1].value, "2026-12-31");
	assert_non_null(strstr(m.text, "（序列号A1）将于2026-12-31到期"));
	assert_false(made(a, message_reminder(false), &app, NULL, &m));
	arena_free(a);
}

static void
test_a_vendor_needs_every_template(void **state)
{
	struct config cfg = { .sms_provider = "aliyun",
		.sms_base_url = "",
		.mail_url = "",
		.sms_callback_token_file = "",
		.sms_key_id = "",
		.sms_templates = "approve=T1,reject=T2" };
	struct arena *a = arena_new(CAP);

	(void)state;
	assert_int_equal(message_open(a, &cfg), E_INTERNAL);
	assert_string_equal(err_fault()->cause, "sms_templates has no pay");
	cfg.sms_provider = "none";
	assert_int_equal(message_open(a, &cfg), E_INTERNAL);
	cfg.sms_provider = "log";
	assert_int_equal(message_open(a, &cfg), E_OK);
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
	assert_int_equal(message_back_off(INT64_MAX), -1);
}

/* A vendor's limit of a day passes, an outage of a weekend is seen to. */
static void
test_three_days_are_tried_through(void **state)
{
	int64_t hours, seconds = 0, n;

	(void)state;
	for (n = 1; message_back_off(n) > 0; n++)
		seconds += message_back_off(n);
	hours = seconds / 3600;
	assert_int_equal(hours, 72);
	assert_int_equal(message_back_off(n), -1);
}

#define AT(day, second)                                                        \
	((day)*CLOCK_DAY - CLOCK_SHANGHAI + (second)*CLOCK_SECOND)

/* By the clock of China, over midnight and the end of a year. */
static void
test_reminders_wait_for_the_morning(void **state)
{
	static const struct config cfg = { .reminder_from = 9,
		.reminder_to = 20 };
	static const int64_t eve = 20818; /* 2026-12-31 */
	static const struct {
		int64_t second, wait;
	} times[] = {
		{ 0, 9 * 3600 },
		{ 9 * 3600 - 1, 1 },
		{ 9 * 3600, 0 },
		{ 20 * 3600 - 1, 0 },
		{ 20 * 3600, 13 * 3600 },
		{ 24 * 3600 - 1, 9 * 3600 + 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++)
		assert_int_equal(reminder_wait(&cfg, AT(eve, times[i].second)),
		    times[i].wait);
	assert_int_equal(reminder_wait(&cfg, AT(eve, 9 * 3600) - 1), 1);
}

static void
test_hours_that_never_come_stop_the_start(void **state)
{
	struct config cfg = { .reminder_from = 20, .reminder_to = 8 };

	(void)state;
	assert_int_equal(reminder_open(&cfg), E_INTERNAL);
	cfg.reminder_to = 20;
	assert_int_equal(reminder_open(&cfg), E_INTERNAL);
	cfg.reminder_to = 21;
	assert_int_equal(reminder_open(&cfg), E_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_follow_category_and_pickup),
		cmocka_unit_test(test_what_others_do_is_told),
		cmocka_unit_test(test_every_kind_of_case_is_told_by_its_text),
		cmocka_unit_test(test_every_action_that_tells_has_a_text),
		cmocka_unit_test(test_texts_name_known_values),
		cmocka_unit_test(test_values_stand_in_the_order_of_the_text),
		cmocka_unit_test(test_a_vendor_needs_every_template),
		cmocka_unit_test(test_back_off_grows_and_ends),
		cmocka_unit_test(test_three_days_are_tried_through),
		cmocka_unit_test(test_reminders_wait_for_the_morning),
		cmocka_unit_test(test_hours_that_never_come_stop_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
