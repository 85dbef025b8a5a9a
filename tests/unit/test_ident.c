/* Every value here is synthetic, or printed as an example in its standard. */
#include "ident_expect.h"

#include "base/clock.h"

/* Noon in Shanghai. */
static const char today[] = "2026-11-24T12:00:00+08:00";

static void
folds_and_trims(void **state)
{
	static const struct {
		const char *input, *fold, *trim;
	} cases[] = {
		{ "", "", "" },
		{ " \t\xe3\x80\x80\xc2\xa0\r\n", "\t\r\n", "" },
		{ "　ａｂ９－＋～　", "AB9-+~", "ａｂ９－＋～" },
		{ " a b ", "AB", "a b" },
		{ "\xe2\x80\x8b a\xe2\x80\x8d\xef\xbb\xbfz\xe2\x81\xa0 ", "AZ",
		    "az" },
		{ "\xe2\x80\xad"
		  "138\xe2\x80\xac",
		    "138", "138" },
		{ "a\x01\nb", "A\x01\nB", "a\x01\nb" },
		{ "oO0Il", "OO0IL", "oO0Il" },
		{ "é张Ж𠅤", "é张Ж𠅤", "é张Ж𠅤" },
		{ "\xff"
		  "a\xc3",
		    "\xff"
		    "A\xc3",
		    "\xff"
		    "a\xc3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(
		    ident_fold(a, cases[i].input), cases[i].fold);
		assert_string_equal(
		    ident_trim(a, cases[i].input), cases[i].trim);
	}
}

static void
uscc(void **state)
{
	static const struct expect cases[] = {
		{ "91350100M000100Y43", "91350100M000100Y43", NULL, NULL },
		{ "91330800PDY00001X2", "91330800PDY00001X2", NULL, NULL },
		{ "92330800PDY00001XY", "92330800PDY00001XY", NULL, NULL },
		{ "93330802PDY00001XQ", "93330802PDY00001XQ", NULL, NULL },
		{ "52330000PDY00001XR", "52330000PDY00001XR", NULL, NULL },
		{ "12330800PDY00001X7", "12330800PDY00001X7", NULL, NULL },
		{ "A1110000PDY00001X2", "A1110000PDY00001X2", NULL, NULL },
		{ "N2330800PDY00001XH", "N2330800PDY00001XH", NULL, NULL },
		{ "Y1330000PDY00001X3", "Y1330000PDY00001X3", NULL, NULL },
		{ "12100000PDY000044R", "12100000PDY000044R", NULL, NULL },
		{ "91330800PDY0000950", "91330800PDY0000950", NULL, NULL },
		{ "91330800PDY000204Y", "91330800PDY000204Y", NULL, NULL },
		{ "91330800pdy0000282", "91330800PDY0000282", NULL, NULL },
		{ "91 330800 PDY000028 2", "91330800PDY0000282", NULL, NULL },
		{ "９１３３０８００ｐｄｙ００００２８２", "91330800PDY0000282",
		    NULL, NULL },
		{ "94330800PDY000028Q", "94330800PDY000028Q", "unknown_class",
		    "第 2 位“4”" },
		{ "91998877PDY000036J", "91998877PDY000036J", "unknown_region",
		    "“998877”" },
		{ "91350100M000100Y4Z", NULL, "alphabet", "第 18 位“Z”" },
		{ "9133080OPDY0000282", NULL, "alphabet",
		    "第 8 位“O”不是统一社会信用代码中使用的字符，"
		    "是否应为数字 0" },
		{ "9I330800PDY0000282", NULL, "alphabet", "数字 1" },
		{ "91330800PDY00002S2", NULL, "alphabet", "数字 5" },
		{ "91330800PDY00002V2", NULL, "alphabet", "第 17 位“V”" },
		{ "91330800РDY0000282", NULL, "alphabet",
		    "第 9 位“Р”（U+0420）" },
		{ "٩1330800PDY0000282", NULL, "alphabet", "U+0669" },
		{ "91330800\nPDY000028", NULL, "alphabet", "U+000A" },
		{ "91330800PDY00002\xef\xbf\xbf"
		  "2",
		    NULL, "alphabet", "U+FFFF" },
		{ "91A30800PDY0000281", NULL, "alphabet", "第 3 位是“A”" },
		{ "01330800PDY000028B", NULL, "registrar", "第 1 位“0”" },
		{ "C1330800PDY0000282", NULL, "registrar", "第 1 位“C”" },
		{ "000000000000000000", NULL, "registrar", NULL },
		{ "91330800PDY0000283", NULL, "check_character",
		    "第 18 位应为“2”" },
		{ "91303800PDY0000282", NULL, "check_character", NULL },
		{ "91330800PDY000021C", NULL, "org_check_character",
		    "第 17 位应为“8”" },
		{ "91330800PDY000028", NULL, "length", "现为 17 位" },
		{ "91330800PDY00002822", NULL, "length", "现为 19 位" },
		{ "PDY000028", NULL, "length", "18 位" },
		{ "330800000012345", NULL, "length", "15 位" },
		{ "", NULL, "length", "请填写" },
	};

	(void)state;
	check_all(cases, COUNT(cases), ident_uscc);
}

static void
org_code(void **state)
{
	static const struct expect cases[] = {
		{ "D2143569-X", "D2143569X", NULL, NULL },
		{ "D2143569X", "D2143569X", NULL, NULL },
		{ "d2143569-x", "D2143569X", NULL, NULL },
		{ "D2143569—X", "D2143569X", NULL, NULL },
		{ "Ｄ２１４３５６９－Ｘ", "D2143569X", NULL, NULL },
		{ "PDY00001-X", "PDY00001X", NULL, NULL },
		{ "PDY00006-0", "PDY000060", NULL, NULL },
		{ "PDY00002-8", "PDY000028", NULL, NULL },
		{ "ISOVZ000-6", "ISOVZ0006", NULL, NULL },
		{ "91330800PDY0000282", "91330800PDY0000282", NULL, NULL },
		{ "94330800PDY000028Q", "94330800PDY000028Q", "unknown_class",
		    NULL },
		{ "D2143569-0", NULL, "check_character", "第 9 位应为“X”" },
		{ "D2143569-Y", NULL, "check_character", "“X”" },
		{ "D214*569-X", NULL, "alphabet", "第 5 位“*”" },
		{ "D214356-9X", NULL, "format", "第 8 位之后" },
		{ "D2143569--X", NULL, "format", NULL },
		{ "91330800-PDY0000282", NULL, "format", "不用连字符" },
		{ "D2143569", NULL, "length", "现为 8 位" },
		{ "D21435690X", NULL, "length", "现为 10 位" },
		{ "330800000012345", NULL, "length", "15 位" },
		{ "91330800PDY0000283", NULL, "check_character", "“2”" },
		{ "", NULL, "length", "请填写" },
	};

	(void)state;
	check_all(cases, COUNT(cases), ident_org_code);
}

static void
id_no(void **state)
{
	static const struct expect cases[] = {
		{ "11010519491231002X", "11010519491231002X", NULL, NULL },
		{ "11010519491231002x", "11010519491231002X", NULL, NULL },
		{ "330802 19900307 0009", "330802199003070009", NULL, NULL },
		{ "３３０８０２１９９００３０７０００９", "330802199003070009",
		    NULL, NULL },
		{ "33999919900307001X", "33999919900307001X", NULL, NULL },
		{ "339999200002290008", "339999200002290008", NULL, NULL },
		{ "810000199003070007", "810000199003070007", NULL, NULL },
		{ "820000199003070009", "820000199003070009", NULL, NULL },
		{ "830000199003070000", "830000199003070000", NULL, NULL },
		{ "911330199003070006", "911330199003070006", NULL, NULL },
		{ "330802200811240008", "330802200811240008", NULL, NULL },
		{ "330802190511250005", "330802190511250005", NULL, NULL },
		{ "810101199003070009", "810101199003070009", "unknown_region",
		    "“810101”" },
		{ "330802200811250003", NULL, "under_age", "18 周岁" },
		{ "33999920200101000X", NULL, "under_age", NULL },
		{ "33080219051124000X", NULL, "too_old", "“19051124”" },
		{ "440524188001010014", NULL, "too_old", NULL },
		{ "339999199002290002", NULL, "date", "“19900229”" },
		{ "330802199004310000", NULL, "date", NULL },
		{ "330802202611250008", NULL, "date", "晚于今天" },
		{ "330802202701010008", NULL, "date", "晚于今天" },
		{ "330802199003070000", NULL, "check_character",
		    "第 18 位应为“9”" },
		{ "303802199003070009", NULL, "province", "“30”" },
		{ "990802199003070001", NULL, "province", "第 2、3 位“90”" },
		{ "900330199003070003", NULL, "province", "第 2、3 位“00”" },
		{ "33O802199003070009", NULL, "alphabet",
		    "第 3 位“O”不是身份证号码中使用的字符，"
		    "是否应为数字 0" },
		{ "3308X2199003070009", NULL, "alphabet", "第 5 位是“X”" },
		{ "33080219900307000Y", NULL, "alphabet", "第 18 位“Y”" },
		{ "11010519491231002Х", NULL, "alphabet", "U+0425" },
		{ "110105491231002", NULL, "fifteen_digits", "18 位" },
		{ "CAN110081080310", NULL, "length", "永久居留" },
		{ "11010519491231002", NULL, "length", "现为 17 位" },
		{ "1101051949123100211", NULL, "length", "现为 19 位" },
		{ "", NULL, "length", "请填写" },
	};
	int64_t now;

	(void)state;
	assert_true(clock_parse(today, &now));
	for (size_t i = 0; i < COUNT(cases); i++)
		check(&cases[i], ident_id_no(a, cases[i].input, now));
}

/* Eighteen on the birthday in Shanghai; on 1 March for a leap day. */
static void
age_by_day(void **state)
{
	static const struct {
		const char *now;
		struct expect e;
	} cases[] = {
		{ "2026-11-23T15:59:59Z",
		    { "330802200811240008", NULL, "under_age", NULL } },
		{ "2026-11-23T16:00:00Z",
		    { "330802200811240008", "330802200811240008", NULL,
			NULL } },
		{ "2026-02-28T23:59:59+08:00",
		    { "330802200802290003", NULL, "under_age", NULL } },
		{ "2026-03-01T00:00:00+08:00",
		    { "330802200802290003", "330802200802290003", NULL,
			NULL } },
	};
	int64_t now;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_true(clock_parse(cases[i].now, &now));
		check(&cases[i].e, ident_id_no(a, cases[i].e.input, now));
	}
}

static void
name(void **state)
{
	static const struct expect cases[] = {
		{ "张三", "张三", NULL, NULL },
		{ "张　三", "张三", NULL, NULL },
		{ "欧阳〇", "欧阳〇", NULL, NULL },
		{ "𬱖㛃䶮𠅤", "𬱖㛃䶮𠅤", NULL, NULL },
		{ "买买提·艾力", "买买提·艾力", NULL, NULL },
		{ "买买提•艾力", "买买提·艾力", NULL, NULL },
		{ "买买提・艾力", "买买提·艾力", NULL, NULL },
		{ "买买提‧艾力", "买买提·艾力", NULL, NULL },
		{ "买买提 · 艾力", "买买提·艾力", NULL, NULL },
		{ "Mary  Ann\xc2\xa0Lee", "Mary Ann Lee", NULL, NULL },
		{ "O’Brien-Smith", "O'Brien-Smith", NULL, NULL },
		{ "O‘Brien‐Smith", "O'Brien-Smith", NULL, NULL },
		{ "Bjørn Müller", "Bjørn Müller", NULL, NULL },
		{ "Nguyễn Văn Thiệu", "Nguyễn Văn Thiệu", NULL, NULL },
		{ "Jose\xcc\x81-Luis", "Jose\xcc\x81-Luis", NULL, NULL },
		{ "David 李", "David 李", NULL, NULL },
		{ "'t Hooft", "'t Hooft", NULL, NULL },
		{ "张三3", NULL, "alphabet", "“3”" },
		{ "张３", NULL, "alphabet", "“３”" },
		{ "买买提.艾力", NULL, "alphabet", "“·”" },
		{ "张三\n", NULL, "alphabet", "U+000A" },
		{ "张\xee\xa1\xa3", NULL, "alphabet", "U+E863" },
		{ "张三😀", NULL, "alphabet", NULL },
		{ "Иван", NULL, "alphabet", "U+0418" },
		{ "<b>", NULL, "alphabet", "“<”" },
		{ "张\xff", NULL, "alphabet", "无法识别" },
		{ " \xff", NULL, "alphabet", "无法识别" },
		{ "·艾力", NULL, "format", "“·”" },
		{ "艾力·", NULL, "format", NULL },
		{ "买买提··艾力", NULL, "format", NULL },
		{ "张-三", NULL, "format", "“-”" },
		{ "-Lee", NULL, "format", NULL },
		{ "张'三", NULL, "format", NULL },
		{ "张\xcc\x81", NULL, "format", "U+0301" },
		{ "", NULL, "length", "请填写" },
	};

	(void)state;
	check_all(cases, COUNT(cases), ident_name);
}

static void
same_unit(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} cases[] = {
		{ "示例（衢州）科技有限公司", "示例(衢州)科技有限公司", true },
		{ "示例【衢州】科技", "示例（衢州）科技", true },
		{ "示例 科技", "　示例科技\xc2\xa0", true },
		{ "示例科技", "示例\xe2\x80\x8b科技", true },
		{ "（）", "", true },
		{ "示例科技", "示例科技公司", false },
		{ "示例科技公司", "示例科技", false },
		{ "示例甲", "示例乙", false },
		{ "\xff", "\xfe", false },
		{ "", "甲", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (ident_same_unit(cases[i].a, cases[i].b) != cases[i].same)
			fail_msg("%s, %s", cases[i].a, cases[i].b);
}

/* No check reads past its input or takes noise for a value. */
static void
noise(void **state)
{
	static const char *const cases[] = { "\xf0\x9f", "\xe5\xbc",
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80", "%s%n%d", "-", "--",
		"@", "+", "·" };
	const char *s;
	int64_t now;

	(void)state;
	assert_true(clock_parse(today, &now));
	for (size_t i = 0; i < COUNT(cases); i++) {
		s = cases[i];
		assert_true(is_sentence(ident_org_code(a, s).message));
		assert_true(is_sentence(ident_uscc(a, s).message));
		assert_true(is_sentence(ident_id_no(a, s, now).message));
		assert_true(is_sentence(ident_mobile(a, s).message));
		assert_true(is_sentence(ident_landline(a, s).message));
		assert_true(is_sentence(ident_postcode(a, s).message));
		assert_true(is_sentence(ident_email(a, s).message));
		assert_true(is_sentence(ident_name(a, s).message));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds_and_trims),
		cmocka_unit_test(uscc),
		cmocka_unit_test(org_code),
		cmocka_unit_test(id_no),
		cmocka_unit_test(age_by_day),
		cmocka_unit_test(name),
		cmocka_unit_test(same_unit),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
