#include "arena_kit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "domain/field.h"
#include "service/config.h"

enum { SEAL_BYTES = 29, CHARACTER_BYTES = 4 }; /* what sealing adds */

static void
every_row_is_whole(void **state)
{
	(void)state;
	for (int i = 0; i < FIELD__N; i++) {
		enum field f = (enum field)i;
		const struct field_row *row = field_row(f);

		/* Found by its name: it is the only one of that name. */
		assert_int_equal(field_by_name(row->name), f);
		assert_in_range(row->section, 1, FIELD_SECTIONS);
		assert_true(strlen(field_section_title(row->section)) > 0);
		assert_true(utf8_valid(row->label, strlen(row->label)));
		assert_true(strlen(row->label) > 0 && strlen(row->help) > 0);
		assert_true(row->min >= 1 && row->min <= row->max);
	}
	assert_int_equal(field_by_name(""), FIELD__N);
	assert_int_equal(field_by_name("fee"), FIELD__N);
}

/* A private one is bytes with room for the seal, a public one characters. */
static void
columns_have_room(void **state)
{
	const char *text;
	unsigned long n;

	(void)state;
	assert_int_equal(
	    config_read_file(a, "sql/0001_base.sql", 1 << 20, &text, &n), E_OK);
	text = strstr(text, "CREATE TABLE IF NOT EXISTS applications (");
	assert_non_null(text);
	for (int i = 0; i < FIELD__N; i++) {
		const struct field_row *row = field_row((enum field)i);
		const char *column =
		    strstr(text, arena_printf(a, "\n  %s ", row->name));
		char type[16];
		size_t room;

		if (row->type == FIELD_FEE)
			continue;
		assert_non_null(column);
		assert_int_equal(
		    sscanf(column, " %*s %15[A-Z](%zu)", type, &room), 2);
		assert_string_equal(
		    type, row->is_private ? "VARBINARY" : "VARCHAR");
		assert_true(
		    room >= (row->is_private
				    ? SEAL_BYTES + CHARACTER_BYTES * row->max
				    : row->max));
	}
}

static void
options_belong_to_fields_that_have_them(void **state)
{
	size_t n;
	const struct option_row *o = field_options(&n);
	bool has[FIELD__N] = { false };

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(field_row(o[i].field)->type, FIELD_OPTION);
		assert_true(strlen(o[i].value) <= field_row(o[i].field)->max);
		assert_true(field_is_option(o[i].field, o[i].value));
		assert_string_equal(
		    field_option_label(o[i].field, o[i].value), o[i].label);
		has[o[i].field] = true;
	}
	for (int f = 0; f < FIELD__N; f++)
		assert_int_equal(
		    has[f], field_row((enum field)f)->type == FIELD_OPTION);
	assert_false(field_is_option(FIELD_CATEGORY, "mail"));
	assert_string_equal(field_option_label(FIELD_PICKUP, "x"), "x");
	assert_null(field_option_label(FIELD_PICKUP, NULL));
}

static void
values_are_shown_as_people_read_them(void **state)
{
	(void)state;
	assert_string_equal(field_shown(a, FIELD_CATEGORY, "renewal"), "续期");
	assert_string_equal(field_shown(a, FIELD_YEARS, "3"), "3 年");
	assert_string_equal(field_shown(a, FIELD_FEE_FEN, "45050"), "450.50");
	assert_string_equal(field_shown(a, FIELD_POSTCODE, "045000"), "045000");
	assert_null(field_shown(a, FIELD_FEE_FEN, NULL));
}

static void
private_values_are_masked(void **state)
{
	static const struct {
		enum field f;
		const char *value, *masked;
	} cases[] = {
		{ FIELD_HANDLER_MOBILE, "13800138000", "138****8000" },
		{ FIELD_HANDLER_MOBILE, "13800138", "****" },
		{ FIELD_HANDLER_MOBILE, NULL, "" },
		{ FIELD_HANDLER_ID_NO, "330802199003070009", "330802****0009" },
		{ FIELD_RECIPIENT, "张三丰", "张****" },
		{ FIELD_RECIPIENT, "张三", "****" },
		{ FIELD_RECIPIENT_PHONE, "0570-3012345", "057****2345" },
		{ FIELD_MAIL_ADDRESS, "浙江省衢州市柯城区1号",
		    "浙江省衢州市****" },
		{ FIELD_HANDLER_NAME, "李晓梅", "李晓梅" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(
		    field_mask(a, cases[i].f, cases[i].value), cases[i].masked);
}

/* At any length at least two characters are missing. */
static void
a_mask_never_shows_all(void **state)
{
	(void)state;
	for (int f = 0; f < FIELD__N; f++) {
		if (!field_row((enum field)f)->is_private)
			continue;
		for (int n = 1; n <= 60; n++) {
			const char *masked = field_mask(
			    a, (enum field)f, arena_printf(a, "%0*d", n, 0));
			size_t shown = 0;

			for (const char *p = masked; *p != '\0'; p++)
				shown += *p == '0';
			assert_non_null(strstr(masked, "****"));
			assert_true(shown == 0 || shown + 2 <= (size_t)n);
		}
	}
}

static void
what_a_client_sends_is_taken_or_refused(void **state)
{
	static const struct {
		enum field f;
		const char *json, *value, *code;
	} cases[] = {
		{ FIELD_APPLICANT_NAME, "null", NULL, NULL },
		{ FIELD_APPLICANT_NAME, "\"\"", NULL, NULL },
		{ FIELD_APPLICANT_NAME, "\"  \"", NULL, NULL },
		{ FIELD_APPLICANT_NAME, "\" 张明 \"", "张明", NULL },
		{ FIELD_APPLICANT_NAME, "5", NULL, "type" },
		{ FIELD_APPLICANT_NAME, "true", NULL, "type" },
		{ FIELD_APPLICANT_NAME, "[\"x\"]", NULL, "type" },
		{ FIELD_APPLICANT_NAME, "{}", NULL, "type" },
		{ FIELD_YEARS, "3", "3", NULL },
		{ FIELD_YEARS, "null", NULL, NULL },
		{ FIELD_YEARS, "\"3\"", NULL, "type" },
		{ FIELD_YEARS, "1.5", NULL, "type" },
		{ FIELD_YEARS, "10", NULL, "range" },
		{ FIELD_YEARS, "-1", NULL, "range" },
		{ FIELD_YEARS, "99999999999", NULL, "range" },
		{ FIELD_HANDLER_MOBILE, "\"138 0013 8000\"", "13800138000",
		    NULL },
		{ FIELD_HANDLER_MOBILE, "\"１３８００１３８０００\"",
		    "13800138000", NULL },
		{ FIELD_HANDLER_MOBILE, "\"1380013\"", "1380013", NULL },
		{ FIELD_LOCK_SERIAL, "\" ｚｊ-12 ab\"", "ZJ-12AB", NULL },
		{ FIELD_POSTCODE, "\"123456789012345678901\"", NULL,
		    "too_long" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct json_object *in = json_tokener_parse(cases[i].json);
		struct problems errors = { .a = a };
		const char *value;
		enum err e = field_take(a, cases[i].f, in, &value, &errors);

		json_object_put(in);
		assert_int_equal(e, cases[i].code == NULL ? E_OK : E_INVALID);
		assert_int_equal(errors.n, cases[i].code != NULL);
		if (cases[i].code != NULL)
			assert_string_equal(errors.item[0].code, cases[i].code);
		if (cases[i].value == NULL)
			assert_null(value);
		else
			assert_string_equal(value, cases[i].value);
	}
}

static void
length_is_counted_in_characters(void **state)
{
	(void)state;
	for (size_t n = 99; n <= 101; n++) {
		struct json_object *in;
		struct problems errors = { .a = a };
		char *text = arena_alloc(a, 3 * n + 1);
		const char *value;

		for (size_t i = 0; i < n; i++)
			memcpy(text + 3 * i, "字", 3);
		in = json_object_new_string(text);
		assert_int_equal(
		    field_take(a, FIELD_PROJECT_NAME, in, &value, &errors),
		    n <= 100 ? E_OK : E_INVALID);
		json_object_put(in);
	}
}

/* A draft of which nothing is wrong. */
static void
good(const char *values[FIELD__N])
{
	static const char *const all[FIELD__N] = {
		[FIELD_APPLICANT_UNIT] = "衢州示例有限公司",
		[FIELD_APPLICANT_NAME] = "张明",
		[FIELD_CATEGORY] = "new",
		[FIELD_BUSINESS] = "certificate",
		[FIELD_YEARS] = "1",
		[FIELD_PICKUP] = "onsite",
		[FIELD_UNIT_NAME] = "衢州示例有限公司",
		[FIELD_ORG_CODE] = "91330800PDY0000950",
		[FIELD_LEGAL_REPRESENTATIVE] = "陈建国",
		[FIELD_UNIT_PHONE] = "0570-3012345",
		[FIELD_HANDLER_NAME] = "李晓梅",
		[FIELD_HANDLER_TITLE] = "办公室主任",
		[FIELD_HANDLER_MOBILE] = "13800138000",
		[FIELD_HANDLER_EMAIL] = "li@example.com",
		[FIELD_ADDRESS] = "浙江省衢州市柯城区示例路1号",
		[FIELD_HANDLER_ID_NO] = "330802199003070009",
	};

	memcpy(values, all, sizeof(all));
}

static void
rules_are_checked_as_at_submission(void **state)
{
	static const struct {
		enum field set;
		const char *to;
		enum field also;
		const char *value;
		bool no_fee, second;
		const char *lock_error, *field, *code, *warned;
	} cases[] = {
#define ONE(f, v) .set = FIELD_##f, .to = v, .also = FIELD_##f, .value = v
		{ ONE(APPLICANT_NAME, "张明") },
		{ ONE(APPLICANT_NAME, NULL), .field = "applicant_name",
		    .code = "required" },
		{ ONE(HANDLER_TITLE, "a\nb"), .field = "handler_title",
		    .code = "control_character" },
		{ ONE(CATEGORY, "other"), .field = "category",
		    .code = "option" },
		{ ONE(ADDRESS, "衢州"), .field = "address",
		    .code = "too_short" },
		{ ONE(YEARS, "1"), .no_fee = true, .field = "years",
		    .code = "no_fee" },
		{ ONE(CATEGORY, "new"), .second = true,
		    .field = "second_reason", .code = "required" },
		{ ONE(SECOND_REASON, "另一项目"), .second = true },
		{ ONE(CATEGORY, "renewal"), .field = "lock_serial",
		    .code = "required" },
		{ .set = FIELD_CATEGORY,
		    .to = "renewal",
		    .also = FIELD_LOCK_SERIAL,
		    .value = "A1" },
		{ FIELD_CATEGORY, "renewal", FIELD_LOCK_SERIAL, "A1",
		    .lock_error = "不行。", .field = "lock_serial",
		    .code = "lock" },
		/* Of no interest to a new one. */
		{ ONE(LOCK_SERIAL, "A1"), .lock_error = "不行。" },
		{ ONE(UNIT_NAME, "杭州另一有限公司"), .warned = "unit_name" },
#undef ONE
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *values[FIELD__N];
		struct field_facts facts = { .now = clock_now(),
			.has_fee = !cases[i].no_fee,
			.second_is_needed = cases[i].second,
			.lock_error = cases[i].lock_error };
		struct problems errors = { .a = a }, warnings = { .a = a };

		good(values);
		values[cases[i].set] = cases[i].to;
		values[cases[i].also] = cases[i].value;
		field_check(a, values, &facts, &errors, &warnings);
		if (errors.n != (cases[i].field != NULL) ||
		    warnings.n != (cases[i].warned != NULL))
			fail_msg("case %zu: %zu %s", i, errors.n,
			    errors.n > 0 ? errors.item[0].field : "");
		if (cases[i].field != NULL) {
			assert_string_equal(
			    errors.item[0].field, cases[i].field);
			assert_string_equal(errors.item[0].code, cases[i].code);
		}
		if (cases[i].warned != NULL)
			assert_string_equal(
			    warnings.item[0].field, cases[i].warned);
	}
}

static void
mail_needs_where_to(void **state)
{
	const char *values[FIELD__N];
	struct field_facts facts = { .now = clock_now(), .has_fee = true };
	struct problems errors = { .a = a }, warnings = { .a = a };

	(void)state;
	good(values);
	values[FIELD_PICKUP] = "mail";
	field_check(a, values, &facts, &errors, &warnings);
	assert_int_equal(errors.n, 3);
	assert_non_null(problem_message(&errors, "recipient"));
	assert_non_null(problem_message(&errors, "recipient_phone"));
	assert_non_null(problem_message(&errors, "mail_address"));
	values[FIELD_CATEGORY] = "renewal";
	field_check(a, values, &facts, &errors, &warnings);
	assert_non_null(problem_message(&errors, "pickup"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_whole),
		TEST(columns_have_room),
		TEST(options_belong_to_fields_that_have_them),
		TEST(values_are_shown_as_people_read_them),
		TEST(private_values_are_masked),
		TEST(a_mask_never_shows_all),
		TEST(what_a_client_sends_is_taken_or_refused),
		TEST(length_is_counted_in_characters),
		TEST(rules_are_checked_as_at_submission),
		TEST(mail_needs_where_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
