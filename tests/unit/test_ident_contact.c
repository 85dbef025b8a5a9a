/* Shapes only: no number here is ever dialled, no address written to. */
#include "ident_expect.h"

static void
mobile(void **state)
{
	static const struct expect cases[] = {
		{ "13800138000", "13800138000", NULL, NULL },
		{ "1３８００１３８０００", "13800138000", NULL, NULL },
		{ "+86 138-0013-8000", "13800138000", NULL, NULL },
		{ "0086-138 0013 8000", "13800138000", NULL, NULL },
		{ "86 138–0013–8000", "13800138000", NULL, NULL },
		{ "\xe2\x80\xad"
		  "13800138000\xe2\x80\xac",
		    "13800138000", NULL, NULL },
		{ "17412000000", "17412000000", NULL, NULL },
		{ "15400000000", "15400000000", "unassigned_prefix", "“154”" },
		{ "17900000001", "17900000001", "unassigned_prefix", NULL },
		{ "17413000000", "17413000000", "unassigned_prefix", NULL },
		{ "17450000000", "17450000000", "unassigned_prefix", NULL },
		{ "12800138000", NULL, "format", "13 至 19" },
		{ "23800138000", NULL, "format", NULL },
		{ "013800138000", NULL, "format", "去掉" },
		{ "0570-3012345", NULL, "format", "座机" },
		{ "+85261234567", NULL, "format", "中国内地" },
		{ "1380013800O", NULL, "alphabet", "第 11 位“O”" },
		{ "13800138000;rm", NULL, "alphabet", "第 12 位“;”" },
		{ "1380013800٣", NULL, "alphabet", "U+0663" },
		{ "1380013800", NULL, "length", "现为 10 位" },
		{ "138001380000", NULL, "length", "现为 12 位" },
		{ "1440001380000", NULL, "length", "现为 13 位" },
		{ "10086", NULL, "length", NULL },
		{ "+86", NULL, "length", "请填写" },
		{ "", NULL, "length", "请填写" },
	};

	(void)state;
	check_all(cases, COUNT(cases), ident_mobile);
}

static void
landline(void **state)
{
	static const struct expect cases[] = {
		{ "0570-3012345", "0570-3012345", NULL, NULL },
		{ "05703012345", "0570-3012345", NULL, NULL },
		{ "(0570) 3012345", "0570-3012345", NULL, NULL },
		{ "（０５７０）３０１２３４５", "0570-3012345", NULL, NULL },
		{ "0570-3012345-8001", "0570-3012345-8001", NULL, NULL },
		{ "0570—3012345转8001", "0570-3012345-8001", NULL, NULL },
		{ "01080000000", "010-80000000", NULL, NULL },
		{ "021 80000000", "021-80000000", NULL, NULL },
		{ "+86-21-80000000", "021-80000000", NULL, NULL },
		{ "0086 0570 3012345", "0570-3012345", NULL, NULL },
		{ "400-800-0000", "400-8000000", NULL, NULL },
		{ "8008000000-12", "800-8000000-12", NULL, NULL },
		{ "026-80000000", "026-80000000", "unassigned_prefix", "026" },
		{ "02680000000转8001", "026-80000000-8001", "unassigned_prefix",
		    NULL },
		{ "0570-1234567", NULL, "format", "不会以 1 开头" },
		{ "0570-0234567", NULL, "format", "不会以 0 开头" },
		{ "0570-300000", NULL, "length", "现为 6 位" },
		{ "0570-300000000", NULL, "length", "现为 9 位" },
		{ "400-800-000", NULL, "length", "现为 9 位" },
		{ "400-800-00001", NULL, "format", "分机" },
		{ "57030000000", NULL, "area_code", "以 0 开头的区号" },
		{ "3012345", NULL, "area_code", NULL },
		{ "016-80000000", NULL, "area_code", "没有这样的区号" },
		{ "009-80000000", NULL, "area_code", NULL },
		{ "0", NULL, "area_code", NULL },
		{ "+86", NULL, "area_code", NULL },
		{ "010--80000000", NULL, "length", NULL },
		{ "010-80000000-", NULL, "format", "区号-号码" },
		{ "010-80000000-1234567", NULL, "format", NULL },
		{ "+1-2025550123", NULL, "format", NULL },
		{ "13800138000", NULL, "format", "手机号码" },
		{ "0570-301234A", NULL, "alphabet", "第 12 位“A”" },
		{ "0570-3012345、3012346", NULL, "alphabet", "“、”" },
		{ "", NULL, "length", "请填写" },
	};

	(void)state;
	check_all(cases, COUNT(cases), ident_landline);
}

static void
postcode(void **state)
{
	static const struct expect cases[] = {
		{ "324000", "324000", NULL, NULL },
		{ "050000", "050000", NULL, NULL },
		{ "３２４ ０００", "324000", NULL, NULL },
		{ "990000", "990000", "unassigned_prefix", "“99”" },
		{ "006291", "006291", "unassigned_prefix", "“00”" },
		{ "000000", NULL, "format", "000000" },
		{ "32400", NULL, "length", "现为 5 位" },
		{ "3240000", NULL, "length", "现为 7 位" },
		{ "32400O", NULL, "alphabet", "是否应为数字 0" },
		{ "三二四", NULL, "alphabet", "第 1 位“三”" },
		{ "32-000", NULL, "alphabet", "“-”" },
		{ "", NULL, "length", NULL },
	};

	(void)state;
	check_all(cases, COUNT(cases), ident_postcode);
}

#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define L60 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
email(void **state)
{
	static const struct expect cases[] = {
		{ "zhang.san@example.com", "zhang.san@example.com", NULL,
		    NULL },
		{ "Zhang.San@Mail.EXAMPLE.com", "Zhang.San@mail.example.com",
		    NULL, NULL },
		{ "!#$%&'*+/=?^_`{|}~-.@a-b.example",
		    "!#$%&'*+/=?^_`{|}~-.@a-b.example", NULL, NULL },
		{ X64 "@example.com", X64 "@example.com", NULL, NULL },
		{ X64 "x@example.com", NULL, "length", "64" },
		{ X64 "@" L60 "." L60 "." L60 ".abcdef",
		    X64 "@" L60 "." L60 "." L60 ".abcdef", NULL, NULL },
		{ X64 "@" L60 "." L60 "." L60 ".abcdefg", NULL, "length",
		    "254" },
		{ "a@" X64 ".com", NULL, "format", "域名" },
		{ "a@b", NULL, "format", "域名" },
		{ "a@.com", NULL, "format", NULL },
		{ "a@example..com", NULL, "format", NULL },
		{ "a@example.com.", NULL, "format", NULL },
		{ "a@-example.com", NULL, "format", NULL },
		{ "a@example-.com", NULL, "format", NULL },
		{ "a@", NULL, "format", NULL },
		{ "@example.com", NULL, "format", "邮箱名" },
		{ "example.com", NULL, "format", "缺少“@”" },
		{ "a@b@example.com", NULL, "format", "只能有一个" },
		{ "a@example.com\r\nBcc:x@example.org", NULL, "alphabet",
		    "U+000D" },
		{ "a\x01@example.com", NULL, "alphabet", "第 2 位“U+0001”" },
		{ "a@example.com,b@example.com", NULL, "alphabet", "“,”" },
		{ "a b@example.com", NULL, "alphabet", "第 2 位“空格”" },
		{ "张三@example.com", NULL, "alphabet", "第 1 位“张”" },
		{ "a@例子.com", NULL, "alphabet", "第 3 位“例”" },
		{ "a＠example.com", NULL, "alphabet", "“＠”" },
		{ "a@example。com", NULL, "alphabet", "“。”" },
		{ "a@qq.con", "a@qq.con", "suspicious_domain", "“qq.com”" },
		{ "a@163.co", "a@163.co", "suspicious_domain", "“163.com”" },
		{ "a@GMIAL.com", "a@gmial.com", "suspicious_domain",
		    "“gmail.com”" },
		{ "a@gmial.con", "a@gmial.con", "suspicious_domain",
		    "“gmail.com”" },
		{ "a@mail.example.con", "a@mail.example.con",
		    "suspicious_domain", "“mail.example.com”" },
		{ "a@vip.qq.com", "a@vip.qq.com", NULL, NULL },
		{ "a@example.co", "a@example.co", NULL, NULL },
		{ "a@sian.org", "a@sian.org", NULL, NULL },
		{ "", NULL, "length", "请填写" },
	};

	(void)state;
	check_all(cases, COUNT(cases), ident_email);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mobile),
		cmocka_unit_test(landline),
		cmocka_unit_test(postcode),
		cmocka_unit_test(email),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
