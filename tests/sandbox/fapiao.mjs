/*
 * Invoices (电子发票) of WeChat Pay for a direct merchant: what is asked for is
 * taken with 202 and nothing, is done a little later, and told by a notice.
 * As in trade.mjs the time is given.
 */
import { constants, privateDecrypt, publicEncrypt } from "node:crypto";

import { listFiles } from "./fapiao_file.mjs";
import { INVOICE, INVOICE_CONFIG, readBody, REVERSE } from "./fields.mjs";
import { Refusal } from "./refusal.mjs";
import { isPaid, stateOf } from "./trade.mjs";
import { randomText, rfc3339 } from "./wechatpay_protocol.mjs";

const DIGITS = "0123456789";
const FAILURES_MAX = 4; /* tries that one application may fail with */

/* Scaled with the notices, so that tests need not wait for them. */
const TAKES = 3e3;
const REVERSE_GAP = 300e3;

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" };
const SEALED = ["phone", "email"];

const SELLER = {
	name: "示例公共资源交易中心", taxpayer_id: "12330000000000000A",
	address: "浙江省杭州市示例路 1 号", telephone: "057112345678",
	bank_name: "示例银行杭州分行", bank_account: "3300000000000000001",
};

/* ISSUE_ACCEPTED, ISSUED, ISSUE_FAILED, and the three of the red one. */
export function invoiceState({ done_at, error, reverse }, now)
{
	if (now < done_at)
		return "ISSUE_ACCEPTED";
	if (error !== null)
		return "ISSUE_FAILED";
	if (reverse === null)
		return "ISSUED";
	if (now < reverse.done_at)
		return "REVERSE_ACCEPTED";
	return reverse.error !== null ? "REVERSE_FAILED" : "REVERSED";
}

/* What was sealed with one of the platform's keys, in clear. */
function open(buyer, serial, keys)
{
	const key = [keys.platform, keys.certificate]
		.find((k) => k.serial === serial);
	const clear = { ...buyer };

	for (const name of SEALED.filter((n) => buyer[n] !== undefined)) {
		if (key === undefined) {
			throw new Refusal("PARAM_ERROR",
				"请求含有加密字段，Http头必须有Wechatpay-Serial");
		}
		try {
			clear[name] = privateDecrypt({ key: key.private_key, ...OAEP },
				Buffer.from(buyer[name], "base64")).toString();
		} catch {
			throw new Refusal("PARAM_ERROR",
				`字段 ${name} 解密失败，请检查加密使用的公钥`);
		}
	}
	return clear;
}

/* And sealed again for the merchant, as answers have it. */
function seal(buyer, merchant)
{
	const shut = { ...buyer };

	for (const name of SEALED.filter((n) => buyer[n] !== undefined)) {
		shut[name] = publicEncrypt({ key: merchant.public_key, ...OAEP },
			Buffer.from(buyer[name])).toString("base64");
	}
	return shut;
}

const isLive = (invoice, now) =>
	!["ISSUE_FAILED", "REVERSED"].includes(invoiceState(invoice, now));

const sum = (list, of) => list.reduce((n, one) => n + of(one), 0);
const total = (info) => info.total_amount;

function checkOrder(store, { scene, fapiao_apply_id: id, fapiao_information },
	now)
{
	const order = store.orderByTransaction(id);
	const live = store.invoicesOf(id).filter((f) => isLive(f, now));
	const asked = sum(fapiao_information, total) +
		sum(live, (f) => total(f.info));

	if (scene === "WITHOUT_WECHATPAY")
		return;
	if (order === undefined || order.provider !== undefined ||
	    !isPaid(stateOf(order, now)))
		throw new Refusal("RESOURCE_NOT_EXISTS", "微信支付订单不存在");
	if (asked > order.params.amount.total) {
		throw new Refusal("INVALID_REQUEST",
			"开票金额之和不能超过微信支付订单的金额");
	}
}

function checkInvoices(store, { fapiao_apply_id, fapiao_information }, now)
{
	const before = store.invoicesOf(fapiao_apply_id);
	const ids = fapiao_information.map((info) => info.fapiao_id);

	if (ids.some((id) => store.invoices.has(id)) ||
	    new Set(ids).size < ids.length)
		throw new Refusal("RESOURCE_ALREADY_EXISTS", "商户发票单号已存在");
	if (before.filter((f) => invoiceState(f, now) === "ISSUE_FAILED")
		.length >= FAILURES_MAX) {
		throw new Refusal("RULE_LIMIT",
			"该发票申请单的开票失败次数已达上限，不能再次重试");
	}
	if (fapiao_information.some((info) =>
		sum(info.items, total) !== info.total_amount)) {
		throw new Refusal("PARAM_ERROR",
			"发票行金额之和与总价税合计不一致");
	}
}

function checkBuyer({ type, taxpayer_id })
{
	if (type === "ORGANIZATION" && taxpayer_id === undefined) {
		throw new Refusal("PARAM_ERROR",
			"购买方类型为单位时，纳税人识别号必填");
	}
}

/* How it ends, and when. */
function end({ misbehave, scale }, which, now)
{
	const { what, ms } = misbehave.take("invoice", which);

	return {
		done_at: now + (what === "invoice_slow" ? ms : TAKES * scale),
		error: what === "invoice_fails" ? {
			code: "TAX_BUREAU_REJECTED",
			message: "税局返回：纳税人识别号与名称不符",
		} : null,
	};
}

const newNumber = (now) =>
	rfc3339(now).slice(2, 4) + "332" + randomText(15, DIGITS);

/* What the notice says: every invoice of the application. */
const plainOf = ({ store, keys }, applyId, now) => ({
	mchid: keys.merchant.mchid, fapiao_apply_id: applyId,
	fapiao_information: store.invoicesOf(applyId).map((f) => ({
		fapiao_id: f.fapiao_id, fapiao_status: invoiceState(f, now),
		card_status: "INSERTED",
	})),
});

/* One that is told once it is done well; nothing is where nobody listens. */
function tell(ctx, invoice, done, event_type, summary)
{
	const url = ctx.store.invoice_config.callback_url;

	if (url === undefined || done.error !== null)
		return () => {};
	const notice = ctx.notifier.record({
		original_type: "fapiao", event_type, summary, url,
		fapiao_id: invoice.fapiao_id, due: done.done_at,
		plain: plainOf(ctx, invoice.fapiao_apply_id, done.done_at),
	});

	return () => ctx.notifier.schedule(notice);
}

function issue(ctx, { body, serial, now })
{
	const { store, keys } = ctx;
	const params = readBody(body, INVOICE);
	const buyer = open(params.buyer_information, serial, keys);

	checkBuyer(buyer);
	checkInvoices(store, params, now);
	checkOrder(store, params, now);
	const made = params.fapiao_information.map((info) => ({
		fapiao_id: info.fapiao_id, fapiao_apply_id: params.fapiao_apply_id,
		scene: params.scene, buyer, info, asked_at: now,
		number: newNumber(now), reverse: null, ...end(ctx, "issue", now),
	}));

	for (const invoice of made)
		store.invoices.set(invoice.fapiao_id, invoice);
	const told = made.map((invoice) => tell(ctx, invoice, invoice,
		"FAPIAO.ISSUED", "发票开具成功"));

	return { status: 202, after: () => told.forEach((schedule) => schedule()) };
}

/* The part of a price that is tax, for a rate of ten-thousandths. */
const taxIn = (fen, rate = 0) =>
	fen - Math.round(fen * 10000 / (10000 + rate));

function lineView({ total_amount, tax_rate = 0, ...line })
{
	const tax_amount = taxIn(total_amount, tax_rate);
	const amount = total_amount - tax_amount;

	return {
		...line, unit_price: amount, amount, tax_amount, total_amount,
		tax_rate, tax_prefer_mark: line.tax_prefer_mark ?? "NO_FAVORABLE",
	};
}

/* A 数电发票 has a number of 20 digits and no code. */
const sheet = (number, at) => ({
	fapiao_code: "", fapiao_number: number, check_code: "", password: "",
	fapiao_time: rfc3339(at),
});

function view(invoice, { merchant }, now)
{
	const { info, error, reverse } = invoice;
	const items = info.items.map(lineView);
	const status = invoiceState(invoice, now);
	const isIssued = !["ISSUE_ACCEPTED", "ISSUE_FAILED"].includes(status);
	const failed = status === "ISSUE_FAILED" ? error :
		status === "REVERSE_FAILED" ? reverse.error : null;

	return {
		fapiao_id: invoice.fapiao_id, status,
		...(isIssued && {
			blue_fapiao: sheet(invoice.number, invoice.done_at),
			card_information: {
				card_appid: merchant.appid,
				card_openid: "oSandboxCard", card_id: "pSandboxCard",
				card_code: invoice.number, card_status: "INSERTED",
			},
		}),
		...(status === "REVERSED" &&
			{ red_fapiao: sheet(reverse.number, reverse.done_at) }),
		total_amount: info.total_amount,
		tax_amount: sum(items, (line) => line.tax_amount),
		amount: sum(items, (line) => line.amount),
		seller_information: SELLER,
		buyer_information: seal(invoice.buyer, merchant),
		extra_information: { payee: "", reviewer: "", drawer: "管理员" },
		items,
		...(info.remark !== undefined && { remark: info.remark }),
		...(failed && { fapiao_error_code: failed.code,
			fapiao_error_message: failed.message }),
	};
}

/* Those of an application, or the one that is asked about. */
function find(store, applyId, id)
{
	const found = store.invoicesOf(applyId)
		.filter((f) => id === null || f.fapiao_id === id);

	if (found.length === 0)
		throw new Refusal("RESOURCE_NOT_EXISTS", "发票申请单或发票不存在");
	return found;
}

function query({ store, keys }, { id, query: params, now })
{
	const found = find(store, id, params.get("fapiao_id"));

	return { body: { total_count: found.length,
		fapiao_information: found.map((f) => view(f, keys, now)) } };
}

function files(ctx, { id, query: params, now, host })
{
	const issued = find(ctx.store, id, params.get("fapiao_id"))
		.filter((f) => invoiceState(f, now) === "ISSUED");

	if (issued.length === 0) {
		throw new Refusal("INVALID_REQUEST",
			"发票状态不是ISSUED，不能下载发票文件");
	}
	return { body: { fapiao_download_info_list:
		issued.flatMap((f) => listFiles(ctx, f, host)) } };
}

function checkReverse(invoice, { fapiao_number }, scale, now)
{
	const state = invoice && invoiceState(invoice, now);

	if (invoice === undefined)
		throw new Refusal("RESOURCE_NOT_EXISTS", "发票不存在");
	if (!["ISSUED", "REVERSE_FAILED"].includes(state)) {
		throw new Refusal("INVALID_REQUEST",
			"发票状态不允许冲红，只有已开具的发票可以冲红");
	}
	if (fapiao_number !== invoice.number)
		throw new Refusal("PARAM_ERROR", "发票号码与商户发票单号不匹配");
	if (invoice.reverse !== null &&
	    now < invoice.reverse.asked_at + REVERSE_GAP * scale) {
		throw new Refusal("FREQUENCY_LIMITED",
			"冲红失败后需间隔5分钟才能重试");
	}
}

function reverse(ctx, { id, body, now })
{
	const params = readBody(body, REVERSE);
	const asked = params.fapiao_information.map((info) => {
		const invoice = ctx.store.invoicesOf(id)
			.find((f) => f.fapiao_id === info.fapiao_id);

		checkReverse(invoice, info, ctx.scale, now);
		return invoice;
	});
	const told = asked.map((invoice) => {
		invoice.reverse = { reason: params.reverse_reason, asked_at: now,
			number: newNumber(now), ...end(ctx, "reverse", now) };
		return tell(ctx, invoice, invoice.reverse, "FAPIAO.REVERSED",
			"发票冲红成功");
	});

	return { status: 202, after: () => told.forEach((schedule) => schedule()) };
}

function configure({ store }, { body })
{
	Object.assign(store.invoice_config, readBody(body, INVOICE_CONFIG));
	return { body: store.invoice_config };
}

const configured = ({ store }) => ({ body: store.invoice_config });

const FAPIAO = "/v3/new-tax-control-fapiao";
const APPLICATIONS = `${FAPIAO}/fapiao-applications`;
const CONFIG = `${FAPIAO}/merchant/development-config`;

/* [name, method, path, run], as api.mjs has its own. */
export const INVOICE_ROUTES = [
	["invoice_config", "PATCH", CONFIG, configure],
	["invoice_configured", "GET", CONFIG, configured],
	["invoice_issue", "POST", APPLICATIONS, issue],
	["invoice_query", "GET", `${APPLICATIONS}/([^/]+)`, query],
	["invoice_files", "GET", `${APPLICATIONS}/([^/]+)/fapiao-files`, files],
	["invoice_reverse", "POST", `${APPLICATIONS}/([^/]+)/reverse`, reverse],
];
