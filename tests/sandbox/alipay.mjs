/*
 * Alipay's gateway: one URL, the method a parameter. A trade comes to be when
 * the payer scans the code: before, it can be neither found nor closed.
 */
import { answerText, chinaTime, fenOf, isSigned, noticeParams, yuan }
	from "./alipay_protocol.mjs";
import { makeBill, takeFile } from "./bill.mjs";
import { newId } from "./trade.mjs";
import { randomText, wrongSignature } from "./wechatpay_protocol.mjs";

const CLOCK = 10 * 60e3;
const CODE_MINUTES = 120;
const NUMBER = /^[0-9A-Za-z_]{1,64}$/;

const ok = (body) => ({ code: "10000", msg: "Success", ...body });

class Refused extends Error {
	constructor(sub_code, sub_msg, code = "40004", msg = "Business Failed")
	{
		super(sub_code);
		this.body = { code, msg, sub_code, sub_msg };
	}
}

const bad = (name) => new Refused("ACQ.INVALID_PARAMETER", `参数无效：${name}`);

function minutesOf(text = `${CODE_MINUTES}m`)
{
	const [, n] = /^([1-9]\d{0,5})m$/.exec(text) ?? [];

	if (n === undefined)
		throw bad("timeout_express");
	return Number(n);
}

function precreate({ store, keys }, content, { notify_url }, now)
{
	const total = fenOf(content.total_amount);
	const minutes = Math.min(minutesOf(content.timeout_express),
		minutesOf(content.qr_code_timeout_express));

	if (!NUMBER.test(content.out_trade_no ?? ""))
		throw bad("out_trade_no");
	if (!(total >= 1))
		throw bad("total_amount");
	if (!content.subject)
		throw bad("subject");
	if ((content.seller_id ?? keys.alipay.seller_id) !==
		keys.alipay.seller_id)
		throw bad("seller_id");
	const known = store.orders.get(content.out_trade_no);

	if (known !== undefined && known.paid_at !== null)
		throw new Refused("ACQ.TRADE_HAS_SUCCESS", "交易已被支付");
	if (known !== undefined && known.params.amount.total !== total)
		throw new Refused("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改");
	const order = known ?? {
		provider: "alipay", out_trade_no: content.out_trade_no,
		created_at: now, codes: [], transaction_id: null, openid: null,
		paid_at: null, closed_at: null, refunded_at: null,
	};
	const qr_code = `https://qr.alipay.com/bax${randomText(20)}`;

	order.params = { description: content.subject, amount: { total },
		notify_url,
		time_expire: new Date(now + minutes * 60e3).toISOString() };
	order.codes.push({ code_url: qr_code, made_at: now });
	store.orders.set(order.out_trade_no, order);
	return { out_trade_no: order.out_trade_no, qr_code };
}

/* Scanned is paid, here; and what was paid cannot be unknown. */
function scanned(store, { out_trade_no, trade_no })
{
	const order = out_trade_no === undefined ?
		store.orderByTransaction(trade_no) : store.orders.get(out_trade_no);

	if (order?.provider !== "alipay" || order.paid_at === null)
		throw new Refused("ACQ.TRADE_NOT_EXIST", "交易不存在");
	return order;
}

/* One that is refunded in part is still a success. */
const statusOf = (order) => order.refunded_at === null ?
	"TRADE_SUCCESS" : "TRADE_CLOSED";

function query({ store }, content)
{
	const order = scanned(store, content);
	const total = yuan(order.params.amount.total);

	return {
		trade_no: order.transaction_id, out_trade_no: order.out_trade_no,
		buyer_logon_id: "159****5620", buyer_user_id: order.openid,
		trade_status: statusOf(order),
		total_amount: total, receipt_amount: total, buyer_pay_amount: total,
		send_pay_date: chinaTime(order.paid_at),
		fund_bill_list: [{ fund_channel: "ALIPAYACCOUNT", amount: total }],
	};
}

const partsOf = (store, order) => store.refundsOf(order)
	.reduce((sum, r) => sum + r.amount, 0);

/* The same number again moves nothing; with another amount it is refused. */
function placeRefund({ store }, order, content, now)
{
	const amount = fenOf(content.refund_amount);
	const total = order.params.amount.total;
	const no = content.out_request_no ?? order.out_trade_no;
	const known = store.refunds.get(no);

	if (!(amount >= 1))
		throw bad("refund_amount");
	if (known !== undefined && known.out_trade_no === order.out_trade_no) {
		if (known.amount !== amount)
			throw new Refused("ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的请求");
		return { refund: known, made: false };
	}
	if (partsOf(store, order) + amount > total) {
		throw new Refused("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL",
			"退款金额超限");
	}
	const refund = { provider: "alipay", out_refund_no: no, amount,
		out_trade_no: order.out_trade_no, done_at: now };

	store.refunds.set(no, refund);
	if (partsOf(store, order) === total)
		order.refunded_at = now;
	return { refund, made: true };
}

function tellRefund({ store, keys, notifier }, order, refund, now)
{
	return notifier.record({
		provider: "alipay", original_type: "refund",
		event_type: "TRADE_SUCCESS", summary: "退款成功",
		out_trade_no: order.out_trade_no, url: order.params.notify_url,
		due: now, plain: noticeParams({ merchant: keys.alipay, order, now,
			trade_status: statusOf(order),
			out_biz_no: refund.out_refund_no,
			refund_fee: yuan(partsOf(store, order)),
			gmt_refund: `${chinaTime(refund.done_at)}.000` }),
	});
}

function refund(ctx, content, params, now)
{
	const { store, notifier } = ctx;
	const order = scanned(store, content);
	const placed = placeRefund(ctx, order, content, now);
	const { what } = ctx.misbehave.take("refund", "trade_refund");

	/* Slow: taken, and seen only when it is asked about. */
	if (placed.made && what !== "refund_slow") {
		const notice = tellRefund(ctx, order, placed.refund, now);

		ctx.after = () => notifier.schedule(notice);
	}
	return {
		trade_no: order.transaction_id, out_trade_no: order.out_trade_no,
		buyer_logon_id: "159****5620",
		fund_change: placed.made && what !== "refund_slow" ? "Y" : "N",
		refund_fee: yuan(partsOf(store, order)),
		gmt_refund_pay: chinaTime(placed.refund.done_at),
	};
}

/* Of one that never came nothing is said. */
function queryRefund({ store }, content)
{
	const order = scanned(store, content);
	const known = store.refunds.get(content.out_request_no);

	if (known?.out_trade_no !== order.out_trade_no)
		return {};
	return {
		trade_no: order.transaction_id, out_trade_no: order.out_trade_no,
		out_request_no: known.out_refund_no,
		total_amount: yuan(order.params.amount.total),
		refund_amount: yuan(known.amount), refund_status: "REFUND_SUCCESS",
		gmt_refund_pay: chinaTime(known.done_at),
	};
}

function close({ store }, content)
{
	scanned(store, content);
	throw new Refused("ACQ.TRADE_STATUS_ERROR", "交易状态不合法");
}

export const ALIPAY_FILE = "/downloadBillFile.resource";

function bill(ctx, content)
{
	if (content.bill_type !== "trade" ||
		!/^\d{4}-\d\d-\d\d$/.test(content.bill_date ?? ""))
		throw bad("bill_date");
	const { token } = makeBill(ctx, "alipay", content.bill_date);

	if (token === undefined)
		throw new Refused("isp.bill_not_exist", "账单不存在");
	return { bill_download_url:
		`http://${ctx.host}${ALIPAY_FILE}?bizType=trade&fileId=${token}` };
}

/* The file itself; whoever has its address gets it. */
export function callFile(ctx, { url })
{
	const bytes = takeFile(ctx, url.searchParams.get("fileId"));

	return bytes === undefined ?
		{ status: 404, headers: {}, text: "not found" } :
		{ status: 200, headers: { "Content-Type": "application/zip" },
			text: bytes };
}

const METHODS = {
	"alipay.trade.precreate": ["precreate", precreate],
	"alipay.trade.query": ["trade_query", query],
	"alipay.trade.close": ["trade_close", close],
	"alipay.trade.refund": ["trade_refund", refund],
	"alipay.trade.fastpay.refund.query": ["refund_query", queryRefund],
	"alipay.data.dataservice.bill.downloadurl.query": ["bill", bill],
};

/* What every call is held to before it is looked at. */
function authenticate(params, { alipay }, now)
{
	const wrong = (sub_code, sub_msg) =>
		new Refused(sub_code, sub_msg, "40002", "Invalid Arguments");

	if (params.app_id !== alipay.appid)
		throw wrong("isv.invalid-app-id", "无效的AppID参数");
	if (params.sign_type !== "RSA2" || params.charset !== "utf-8" ||
		(params.format ?? "JSON") !== "JSON" || params.version !== "1.0")
		throw wrong("isv.invalid-signature-type", "无效的签名类型");
	if (Math.abs(Date.parse(`${params.timestamp?.replace(" ", "T")}+08:00`) -
		now) > CLOCK)
		throw wrong("isv.invalid-timestamp", "非法的时间戳参数");
	if (!isSigned(params, alipay.app_public_key))
		throw wrong("isv.invalid-signature", "无效签名");
	if (!Object.hasOwn(METHODS, params.method))
		throw wrong("isv.invalid-method", "不存在的方法名");
}

function contentOf(text)
{
	try {
		return JSON.parse(text);
	} catch {
		throw bad("biz_content");
	}
}

const BUSY = { code: "20000", msg: "Service Currently Unavailable",
	sub_code: "isp.unknow-error", sub_msg: "系统繁忙" };

async function carryOut(ctx, params, note, host)
{
	const now = Date.now();

	authenticate(params, ctx.keys, ctx.misbehave.now());
	const [name, run] = METHODS[params.method];
	const before = ctx.misbehave.take("request", name);

	note.call = name;
	ctx.calls[name] = (ctx.calls[name] ?? 0) + 1;
	note.what = before.what;
	if (before.what === "hang")
		return { fate: "hang" };
	if (before.what === "not_enough")
		throw new Refused("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足");
	if (before.what !== undefined)
		return { inner: BUSY };
	const call = { ...ctx, host, after: undefined };
	const inner = ok(run(call, contentOf(params.biz_content), params, now));

	await ctx.store.save();
	call.after?.();
	note.what = ctx.misbehave.take("answer", name).what;
	return note.what === "applied_then_drop" ? { fate: "drop" } : { inner };
}

const WRONG = { answer_bad_signature: wrongSignature,
	answer_unsigned: () => null };

/* req as for callApi. A refusal is signed as a success is. */
export async function callGateway(ctx, req)
{
	const params = { ...Object.fromEntries(req.url.searchParams),
		...Object.fromEntries(new URLSearchParams(req.body.toString())) };
	const note = { at: new Date().toISOString(), method: req.method,
		target: req.target };
	let done;

	try {
		done = await carryOut(ctx, params, note, req.headers.host);
	} catch (e) {
		if (!(e instanceof Refused))
			throw e;
		note.code = e.message;
		done = { inner: e.body };
	}
	ctx.requests.push({ ...note, status: done.fate ?? 200 });
	if (done.fate !== undefined)
		return { fate: done.fate };
	return { status: 200,
		headers: { "Content-Type": "text/html;charset=utf-8" },
		text: answerText(params.method ?? "error", done.inner, {
			key: ctx.keys.alipay.private_key,
			signature: WRONG[note.what]?.() }) };
}

/* The payer has paid: ids as Alipay gives them. */
export function markPaid(order, now)
{
	order.paid_at = now;
	order.transaction_id = newId("2088", now);
	order.openid = `2088${randomText(12, "0123456789")}`;
}

