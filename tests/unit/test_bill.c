/* Bills as text: what is taken out of them, and what is no such bill. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "provider/alipay_private.h"
#include "provider/bill.h"
#include "provider/wechatpay_private.h"

#define MCHID  "1230000109"
#define APPID  "wxd678efh567hg6787"
#define SELLER "2088721996721370"

static struct arena *a;

static int
set_up(void **state)
{
	(void)state;
	a = arena_new(64 << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void
yuan_become_fen(void **state)
{
	static const struct {
		const char *text;
		int64_t fen;
	} good[] = { { "0.00", 0 }, { "260.00", 26000 }, { "-1.56", -156 },
		{ "0.02700", 3 }, { "0.00499", 0 }, { "0.00500", 1 },
		{ "-0.00500", -1 }, { "1", 100 }, { "45.0", 4500 },
		{ "10000000.00", 1000000000 } };
	static const char *const bad[] = { "", "-", ".5", "1.", "1.000001",
		"1,000.00", "+1.00", " 1", "1 ", "1e3", "--1", "nan",
		"99999999999999999999", "100000000000.00", "￥1" };
	int64_t fen;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(bill_fen(good[i].text, &fen));
		assert_int_equal(fen, good[i].fen);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (bill_fen(bad[i], &fen))
			fail_msg("%s is %lld", bad[i], (long long)fen);
}

#define WECHAT_HEAD                                                                          \
	"\xef\xbb\xbf交易时间,公众账号ID,商户号,微信订单号,商户订单号," \
	"交易状态,商户退款单号,退款状态,商品名称,手续费,订单金额,申请退款金额\r\n"
#define WECHAT_ROW(app, mch, state, refund, fee, amount, back)                 \
	"`2026-11-28 23:59:58,`" app ",`" mch ",`42001,`01kb1,`" state         \
	",`" refund ",`SUCCESS,`CA锁, 办理费,`" fee ",`" amount ",`" back      \
	"\r\n"
#define WECHAT_PAID                                                            \
	WECHAT_ROW(APPID, MCHID, "SUCCESS", "0", "1.56000", "260.00", "0.00")
#define WECHAT_BACK                                                            \
	WECHAT_ROW(APPID, MCHID, "REFUND", "R1", "-0.06000", "0.00", "10.05")
#define WECHAT_SUMS(n) "总交易单数,应结订单总金额\r\n`" n ",`260.00\r\n"

static const char *
wechat(const char *text, struct payment_bill *out)
{
	return wechatpay_bill_read(a, MCHID, APPID, arena_strdup(a, text), out);
}

static void
wechat_has_what_came_and_went(void **state)
{
	const struct payment_bill_line *line;
	struct payment_bill bill;
	int64_t day;

	(void)state;
	assert_null(wechat(
	    WECHAT_HEAD WECHAT_PAID WECHAT_BACK WECHAT_SUMS("2.0"), &bill));
	assert_int_equal(bill.n, 2);
	assert_false(bill.is_none);
	line = bill.line;
	assert_true(clock_parse_day("2026-11-29", &day));
	assert_false(line->is_refund);
	assert_string_equal(line->order_no, "01kb1");
	assert_string_equal(line->transaction_id, "42001");
	assert_null(line->refund_no);
	assert_string_equal(line->state, "SUCCESS");
	assert_int_equal(line->amount_fen, 26000);
	assert_int_equal(line->charge_fen, 156);
	assert_int_equal(line->at, day - 2 * CLOCK_SECOND);
	line++;
	assert_true(line->is_refund);
	assert_string_equal(line->refund_no, "R1");
	assert_int_equal(line->amount_fen, 1005);
	assert_int_equal(line->charge_fen, -6);
}

static void
wechat_leaves_other_apps_out(void **state)
{
	struct payment_bill bill;

	(void)state;
	assert_null(
	    wechat(WECHAT_HEAD WECHAT_ROW("wx0", MCHID, "SUCCESS", "0",
		       "0.00000", "1.00", "0.00") WECHAT_PAID WECHAT_SUMS("2"),
		&bill));
	assert_int_equal(bill.n, 1);
	assert_null(wechat(WECHAT_HEAD WECHAT_SUMS("0.0"), &bill));
	assert_int_equal(bill.n, 0);
}

static void
wechat_refuses_what_is_no_bill(void **state)
{
	static const char *const bad[] = { "", "\xef\xbb\xbf", "x", "a,b,c\r\n",
		WECHAT_HEAD, WECHAT_HEAD WECHAT_PAID,
		WECHAT_HEAD WECHAT_PAID "总交易单数\r\n",
		WECHAT_HEAD WECHAT_PAID WECHAT_SUMS("2.0"),
		WECHAT_HEAD WECHAT_PAID WECHAT_SUMS("x"),
		WECHAT_HEAD "`2026-11-28 23:59:58,`x\r\n" WECHAT_SUMS("1"),
		WECHAT_HEAD WECHAT_ROW(APPID, "999", "SUCCESS", "0", "0.00",
		    "1.00", "0.00") WECHAT_SUMS("1"),
		WECHAT_HEAD WECHAT_ROW(APPID, MCHID, "SUCCESS", "0", "0.00",
		    "-1.00", "0.00") WECHAT_SUMS("1"),
		WECHAT_HEAD WECHAT_ROW(APPID, MCHID, "SUCCESS", "0", "?",
		    "1.00", "0.00") WECHAT_SUMS("1") };
	struct payment_bill bill;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (wechat(bad[i], &bill) == NULL)
			fail_msg("%zu is taken", i);
}

#define ALIPAY_TOP(account)                                                                                \
	"#支付宝业务明细查询\r\n#账号：[" account "0156]\r\n"                                              \
	"支付宝交易号,商户订单号,业务类型,商品名称,完成时间,订单金额（元）," \
	"退款批次号/请求号,服务费（元）,备注\r\n"
#define ALIPAY_REMARKED(subject, amount, refund, fee, remark)                  \
	"2026112822\t,01kb1\t,交易\t," subject ",2026-11-28 00:00:00," amount  \
	"," refund "\t," fee "," remark "\r\n"
#define ALIPAY_ROW(subject, amount, refund, fee)                               \
	ALIPAY_REMARKED(subject, amount, refund, fee, "")
#define ALIPAY_WORDS(subject, remark)                                          \
	ALIPAY_REMARKED(subject, "260.00", "", "-1.56", remark)
#define ALIPAY_PAID ALIPAY_ROW("CA锁, 办理,费", "260.00", "", "-1.56")
#define ALIPAY_BACK ALIPAY_ROW("CA锁", "-10.05", "R1", "0.06")
#define ALIPAY_END(paid, back)                                                 \
	"#---业务明细列表结束---\r\n#交易合计：" paid                          \
	"笔，共260.00元\r\n#退款合计：" back "笔，共0.00元\r\n"

static const char *
alipay(const char *text, struct payment_bill *out)
{
	return alipay_bill_read(a, SELLER, arena_strdup(a, text), out);
}

static void
alipay_has_what_came_and_went(void **state)
{
	struct payment_bill bill;
	int64_t day;

	(void)state;
	assert_null(alipay(ALIPAY_TOP(SELLER)
			       ALIPAY_PAID ALIPAY_BACK ALIPAY_END("1", "1"),
	    &bill));
	assert_int_equal(bill.n, 2);
	assert_true(clock_parse_day("2026-11-28", &day));
	assert_false(bill.line[0].is_refund);
	assert_string_equal(bill.line[0].transaction_id, "2026112822");
	assert_string_equal(bill.line[0].order_no, "01kb1");
	assert_int_equal(bill.line[0].amount_fen, 26000);
	assert_int_equal(bill.line[0].charge_fen, 156);
	assert_int_equal(bill.line[0].at, day);
	assert_true(bill.line[1].is_refund);
	assert_string_equal(bill.line[1].refund_no, "R1");
	assert_int_equal(bill.line[1].amount_fen, 1005);
	assert_int_equal(bill.line[1].charge_fen, -6);
}

/* What a shop writes there is not quoted. */
static void
alipay_takes_commas_in_names_and_remarks(void **state)
{
	static const char *const rows[] = { ALIPAY_WORDS("CA锁", "无"),
		ALIPAY_WORDS("CA锁", "甲,乙, 丙"),
		ALIPAY_WORDS("CA锁, 办理,费", "甲,2026-11-28 00:00:00"),
		ALIPAY_WORDS("2026-11-28 00:00:00,1.00", "1.00,1.00") };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct payment_bill bill;
		const char *wrong =
		    alipay(arena_printf(a, "%s%s%s", ALIPAY_TOP(SELLER),
			       rows[i], ALIPAY_END("1", "0")),
			&bill);

		if (wrong != NULL)
			fail_msg("%zu: %s", i, wrong);
		assert_int_equal(bill.n, 1);
		assert_int_equal(bill.line[0].amount_fen, 26000);
		assert_int_equal(bill.line[0].charge_fen, 156);
	}
}

static void
alipay_refuses_what_is_no_bill(void **state)
{
	static const char *const bad[] = { "", "x", "#账号：[1]\r\n",
		ALIPAY_TOP(SELLER)
		    ALIPAY_WORDS("x,2026-11-28 00:00:00,1.00,,1.00", "")
			ALIPAY_END("1", "0"),
		ALIPAY_TOP("2088000000000000") ALIPAY_END("0", "0"),
		ALIPAY_TOP(SELLER), ALIPAY_TOP(SELLER) ALIPAY_PAID,
		ALIPAY_TOP(SELLER) ALIPAY_PAID "#---业务明细列表结束---\r\n",
		ALIPAY_TOP(SELLER) ALIPAY_PAID ALIPAY_END("2", "0"),
		ALIPAY_TOP(SELLER) ALIPAY_BACK ALIPAY_END("1", "0"),
		ALIPAY_TOP(SELLER) "1,2,3\r\n" ALIPAY_END("1", "0"),
		ALIPAY_TOP(SELLER) ALIPAY_ROW("x", "0.00", "", "0.00")
		    ALIPAY_END("1", "0"),
		ALIPAY_TOP(SELLER) ALIPAY_ROW("x", "1.00", "", "x")
		    ALIPAY_END("1", "0") };
	struct payment_bill bill;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (alipay(bad[i], &bill) == NULL)
			fail_msg("%zu is taken", i);
}

static void
lines_without_end_are_refused(void **state)
{
	struct bill_lines lines = { .a = a };

	(void)state;
	while (bill_add(&lines) != NULL)
		;
	assert_int_equal(lines.n, 40000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yuan_become_fen),
		cmocka_unit_test(wechat_has_what_came_and_went),
		cmocka_unit_test(wechat_leaves_other_apps_out),
		cmocka_unit_test(wechat_refuses_what_is_no_bill),
		cmocka_unit_test(alipay_has_what_came_and_went),
		cmocka_unit_test(alipay_takes_commas_in_names_and_remarks),
		cmocka_unit_test(alipay_refuses_what_is_no_bill),
		cmocka_unit_test(lines_without_end_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
