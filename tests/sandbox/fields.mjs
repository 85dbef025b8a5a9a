/*
 * What each call takes: a table of fields for every body, and one function
 * that holds a body to its table with the provider's own wording.
 */
import { EXTRA_FIELDS, Refusal } from "./refusal.mjs";
import { rfc3339 } from "./wechatpay_protocol.mjs";

const ORDER_NO = /^[0-9A-Za-z_\-|*]+$/;
const REFUND_NO = /^[0-9A-Za-z_\-|*@]+$/;

const text = (title, max, more = {}) =>
	({ title, type: "string", min: 1, max, ...more });
const fen = (title, more = {}) => ({ title, type: "integer", min: 1, ...more });
const object = (title, fields, more = {}) =>
	({ title, type: "object", fields, ...more });
const list = (title, more = {}) => ({ title, type: "array", ...more });
const integer = (title, min, max, more = {}) =>
	({ title, type: "integer", min, max, ...more });
const free = (title) => ({ title, type: "object" });
const flag = (title) => ({ title, type: "boolean" });
const must = { required: true };
const currency = text("货币类型", 16, { one_of: ["CNY"] });

export const ORDER = {
	appid: text("公众号ID", 32, must),
	mchid: text("直连商户号", 32, must),
	description: text("商品描述", 127, must),
	out_trade_no: text("商户订单号", 32,
		{ ...must, min: 6, match: ORDER_NO }),
	time_expire: text("交易结束时间", 64, { check: "time" }),
	attach: text("附加数据", 128),
	notify_url: text("通知地址", 255, { ...must, check: "url" }),
	goods_tag: text("订单优惠标记", 32),
	limit_pay: list("指定支付方式"),
	support_fapiao: flag("电子发票入口开放标识"),
	amount: object("订单金额", { total: fen("总金额", must), currency }, must),
	detail: free("优惠功能"),
	scene_info: object("场景信息", {
		payer_client_ip: text("用户终端IP", 45, must),
		device_id: text("商户端设备号", 32),
		store_info: free("商户门店信息"),
	}),
	settle_info: object("结算信息", { profit_sharing: flag("是否指定分账") }),
};

export const CLOSE = { mchid: text("直连商户号", 32, must) };

export const REFUND = {
	transaction_id: text("微信支付订单号", 32),
	out_trade_no: text("商户订单号", 32, { min: 6, match: ORDER_NO }),
	out_refund_no: text("商户退款单号", 64, { ...must, match: REFUND_NO }),
	reason: text("退款原因", 80),
	notify_url: text("退款结果回调url", 256, { check: "url" }),
	funds_account: text("退款资金来源", 32,
		{ one_of: ["AVAILABLE", "UNSETTLED"] }),
	amount: object("金额信息", {
		refund: fen("退款金额", must),
		total: fen("原订单金额", must),
		currency: { ...currency, ...must },
		from: list("退款出资的账户类型及金额信息"),
	}, must),
	goods_detail: list("退款商品"),
};

const INVOICE_ID = /^[0-9A-Za-z_\-|*]+$/;

const BUYER = {
	type: text("购买方类型", 32,
		{ ...must, one_of: ["INDIVIDUAL", "ORGANIZATION"] }),
	name: text("名称", 256, must),
	taxpayer_id: text("纳税人识别号", 32),
	address: text("地址", 128),
	telephone: text("电话", 32),
	bank_name: text("开户银行", 128),
	bank_account: text("银行账号", 32),
	phone: text("手机号", 1024),
	email: text("邮箱地址", 1024),
};

const INVOICE_LINE = {
	tax_code: text("税收分类编码", 19, { ...must, match: /^\d{19}$/ }),
	goods_category: text("税收分类名称", 64),
	goods_name: text("货物或应税劳务、服务名称", 256),
	goods_id: integer("企业侧商品编码", 1, Number.MAX_SAFE_INTEGER),
	specification: text("规格型号", 128),
	unit: text("单位", 32),
	quantity: integer("数量", 1, Number.MAX_SAFE_INTEGER, must),
	total_amount: fen("单行金额合计", must),
	tax_rate: integer("税率", 0, 10000),
	tax_prefer_mark: text("税收优惠政策标识", 32, { one_of: ["NO_FAVORABLE",
		"OUTSIDE_VAT", "VAT_EXEMPT", "NORMAL_ZERO_RATED",
		"EXPORT_ZERO_RATED"] }),
	discount: flag("是否折扣行", must),
};

export const INVOICE = {
	scene: text("开票场景", 32,
		{ ...must, one_of: ["WITH_WECHATPAY", "WITHOUT_WECHATPAY"] }),
	fapiao_apply_id: text("发票申请单号", 32, { ...must, match: INVOICE_ID }),
	buyer_information: object("购买方信息", BUYER, must),
	fapiao_information: list("需要开具的发票信息", { ...must, most: 5,
		fields: {
			fapiao_id: text("商户发票单号", 32,
				{ ...must, match: INVOICE_ID }),
			total_amount: fen("总价税合计", must),
			need_list: flag("是否以清单形式开具发票", must),
			remark: text("发票备注", 512),
			items: list("发票行信息",
				{ ...must, most: 100, fields: INVOICE_LINE }),
		} }),
};

/* The third word is spelt so in the vendor's table. */
export const REVERSE = {
	reverse_reason: text("冲红原因", 200, { ...must, one_of: ["ISSUE_ERROR",
		"SALES_RETURN", "SERVICE_SUSPENTION", "SALES_DISCOUNT"] }),
	fapiao_information: list("需要冲红的发票信息", { ...must, most: 5,
		fields: {
			fapiao_id: text("商户发票单号", 32,
				{ ...must, match: INVOICE_ID }),
			fapiao_code: text("发票代码", 12),
			fapiao_number: text("发票号码", 20, must),
		} }),
};

export const INVOICE_CONFIG = {
	callback_url: text("商户回调地址", 256, { check: "url" }),
	show_fapiao_cell: flag("全部账单展示开发票入口开关"),
};

function bad(where, value, message)
{
	const [, location] = where.split("/");

	throw new Refusal("PARAM_ERROR", message,
		{ detail: { location, value: value ?? null } });
}

/* An http(s) address that carries nothing behind its path. */
function goodUrl(s)
{
	try {
		const u = new URL(s);

		return ["http:", "https:"].includes(u.protocol) &&
			!s.includes("?") && !s.includes("#");
	} catch {
		return false;
	}
}

const CHECKS = {
	url: goodUrl,
	/* A real moment in Beijing time: written back it reads the same. */
	time: (s) => {
		const ms = Date.parse(s);

		return !Number.isNaN(ms) && rfc3339(ms) === s;
	},
};

function checkString(row, where, value)
{
	const at = `输入源“${where}”映射到值字段“${row.title}”字符串规则校验失败`;
	const n = Buffer.byteLength(value);

	if (n < row.min)
		bad(where, n, `${at}，字节数 ${n}，小于最小值 ${row.min}`);
	if (n > row.max)
		bad(where, n, `${at}，字节数 ${n}，大于最大值 ${row.max}`);
	if (row.match && !row.match.test(value))
		bad(where, value, `${at}，含有不允许的字符`);
	if (row.one_of && !row.one_of.includes(value))
		bad(where, value, `${at}，值不在允许的范围内`);
	if (row.check && !CHECKS[row.check](value))
		bad(where, value, `${at}，格式不正确`);
}

const IS = {
	string: (v) => typeof v === "string",
	boolean: (v) => typeof v === "boolean",
	integer: (v) => Number.isSafeInteger(v),
	array: (v) => Array.isArray(v),
	object: (v) => typeof v === "object" && v !== null && !Array.isArray(v),
};
const NEEDS = {
	string: "字符串", boolean: "布尔值", integer: "合法的 64 位有符号整数",
	array: "数组", object: "对象",
};

function checkValue(row, where, value)
{
	if (!IS[row.type](value)) {
		bad(where, value, `无法将 JSON 输入源“${where}”映射到目标字段` +
			`“${row.title}”中，此字段需要一个${NEEDS[row.type]}`);
	}
	if (row.type === "string")
		checkString(row, where, value);
	if (row.type === "integer" && value < row.min) {
		bad(where, value, `输入源“${where}”映射到数值字段“${row.title}”` +
			`规则校验失败，值低于最小值 ${row.min}`);
	}
	if (row.type === "integer" && value > row.max) {
		bad(where, value, `输入源“${where}”映射到数值字段“${row.title}”` +
			`规则校验失败，值高于最大值 ${row.max}`);
	}
	if (row.type === "array" && row.fields)
		checkItems(row, where, value);
	else if (row.fields)
		checkFields(row.fields, where, value);
}

function checkItems({ title, fields, most }, where, list_)
{
	if (list_.length < 1 || list_.length > most) {
		bad(where, list_.length, `输入源“${where}”映射到数组字段“${title}”` +
			`规则校验失败，元素个数应为 1 到 ${most}`);
	}
	list_.forEach((item, i) => checkValue({ title, type: "object", fields },
		`${where}/${i}`, item));
}

function checkFields(fields, where, body)
{
	for (const name of Object.keys(body)) {
		if (Object.hasOwn(fields, name))
			continue;
		throw new Refusal("PARAM_ERROR",
			`请求中含有未在API文档中定义的参数：${where}/${name}`,
			{ detail: { location: "body", value: name },
				errno: EXTRA_FIELDS });
	}
	for (const [name, row] of Object.entries(fields)) {
		if (Object.hasOwn(body, name)) {
			checkValue(row, `${where}/${name}`, body[name]);
		} else if (row.required) {
			bad(`${where}/${name}`, "", `输入源“${where}/${name}”映射到字段` +
				`“${row.title}”必填性规则校验失败，此字段为必填项`);
		}
	}
}

/* The body as an object that fits its table; throws a Refusal. */
export function readBody(raw, fields)
{
	let body;

	try {
		body = JSON.parse(
			new TextDecoder("utf-8", { fatal: true }).decode(raw));
	} catch {
		bad("/body", "", "请求体不是合法的 JSON，请检查格式和 UTF-8 编码");
	}
	checkValue({ title: "请求体", type: "object", fields }, "/body", body);
	return body;
}
