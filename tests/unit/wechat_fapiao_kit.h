#pragma once
/* An invoice, and what WeChat Pay tells of it, for the tests of both. */

#include "base/err.h"
#include "format/json.h"
#include "provider/wechat_fapiao_private.h"
#include "service/http.h"
#include "wechatpay_server.h"

#define APPLY "4200001234202611240000000001"
#define ID    "01kr0000000000000000000000"

static const struct invoice_order order = {
	.apply_id = APPLY,
	.is_wechatpay = true,
	.fapiao_id = ID,
	.amount_fen = 26000,
	.goods = "数字证书 1 年",
	.remark = "CA20261124000001",
	.number = "26332000000012345678",
	.buyer = { .is_organisation = true,
	    .title = "示例建设有限公司",
	    .tax_no = "91330100MA27XF5K6T",
	    .mobile = "13812345678",
	    .email = "cai@example.com" },
};

static int
setup(void **state)
{
	if (kit_setup(state) != 0 || http_open() != E_OK)
		return -1;
	cfg.invoice_goods_name = "数字证书服务费";
	cfg.invoice_goods_category = "信息技术服务";
	cfg.invoice_tax_code = "3040201000000000000";
	cfg.invoice_tax_rate = "6";
	cfg.invoice_tax_prefer_mark = "NO_FAVORABLE";
	cfg.invoice_unit = "项";
	return 0;
}

static int
teardown(void **state)
{
	http_close();
	return kit_teardown(state);
}

static struct tiny
begin(const struct tiny_step *steps, size_t n)
{
	struct tiny t = wechat_start(steps, n);

	assert_int_equal(invoice_wechatpay.open(&cfg), E_OK);
	return t;
}

#define BLUE                                                                   \
	"\"blue_fapiao\":{\"fapiao_code\":\"\",\"fapiao_number\":"             \
	"\"26332000000012345678\","                                            \
	"\"fapiao_time\":\"2026-11-24T10:00:00+08:00\"},"
#define RED                                                                    \
	"\"red_fapiao\":{\"fapiao_number\":\"26332000000087654321\","          \
	"\"fapiao_time\":\"2026-11-25T10:00:00+08:00\"},"
#define SUM "\"total_amount\":26000,\"tax_amount\":1472,\"amount\":24528,"
#define ONE(id, status, rest)                                                  \
	"{" rest "\"fapiao_id\":\"" id "\",\"status\":\"" status "\"}"
#define OF(id, status, rest)                                                   \
	"{\"total_count\":1,\"fapiao_information\":[" ONE(id, status, rest) "]}"
#define TOLD(status, rest) OF(ID, status, rest)
