/*
 * The bills of both providers, made of what they took and gave back on a day
 * in China, and what can be wrong with them.
 */
import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";

import { chinaTime, yuan } from "./alipay_protocol.mjs";
import { gbk, zip } from "./bill_file.mjs";
import { newId } from "./trade.mjs";

const PER_MILLE = 6; /* what the provider takes */
const LIFE_MS = 300e3;
const BOMB = 64 << 20;

export const billDay = (ms) => chinaTime(ms).slice(0, 10);

const chargeOf = (fen) => Math.round(fen * PER_MILLE / 1000);

const signed = (fen) => fen < 0 ? `-${yuan(-fen)}` : yuan(fen);

/* What moved on a day: payments, then refunds. */
function rowsOf(store, provider, day)
{
	const isOurs = ({ provider: p }) => (p ?? "wechatpay") === provider;
	const payments = [...store.orders.values()]
		.filter((o) => isOurs(o) && o.paid_at !== null &&
			billDay(o.paid_at) === day)
		.map((o) => ({ at: o.paid_at, order: o.out_trade_no,
			transaction: o.transaction_id, openid: o.openid,
			fen: o.params.amount.total, subject: o.params.description,
			charge: chargeOf(o.params.amount.total) }));
	const refunds = [...store.refunds.values()]
		.filter((r) => isOurs(r) && billDay(r.created_at ?? r.done_at) === day)
		.map((r) => {
			const order = store.orders.get(r.out_trade_no);
			const fen = r.amount ?? r.params.amount.refund;

			return { at: r.created_at ?? r.done_at, order: r.out_trade_no,
				transaction: order.transaction_id, openid: order.openid,
				refund: r.out_refund_no, refund_id: r.refund_id, fen,
				outcome: r.outcome, subject: order.params.description,
				charge: -chargeOf(fen) };
		});

	return [...payments, ...refunds];
}

const invented = (now) => ({ at: now - 86400e3, order: newId("X", now),
	transaction: newId("42", now), openid: "o1", fen: 12345,
	subject: "CA锁办理费", charge: chargeOf(12345) });

/* What is wrong with the rows. */
const ROWS_WRONG = {
	bill_missing_line: (rows) => rows.slice(1),
	bill_extra_line: (rows, now) => [...rows, invented(now)],
	bill_amount: ([first, ...rest]) => [{ ...first, fen: first.fen + 100 },
		...rest],
	bill_fee: ([first, ...rest]) => [{ ...first, charge: first.charge + 7 },
		...rest],
	bill_state: (rows) => rows.map((row) => row.refund === undefined ? row :
		{ ...row, outcome: "CLOSED" }),
};

/* And with the file. */
const FILE_WRONG = {
	bill_truncated: (bytes) => bytes.subarray(0, bytes.length - 40),
	bill_garbage: () => randomBytes(500),
	bill_bomb: (bytes, pack) => pack(Buffer.alloc(BOMB, 0x30)),
};

const STATES = { SUCCESS: "SUCCESS", ABNORMAL: "CHANGE", CLOSED: "FAIL" };
const WECHAT_HEAD = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号," +
	"商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额," +
	"代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型," +
	"退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const WECHAT_SUMS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额," +
	"手续费总金额,订单总金额,申请退款总金额";

const line = (cells) => cells.map((cell) => `\`${cell}`).join(",");
const sum = (rows, of) => rows.reduce((n, row) => n + of(row), 0);

function wechatRow(row, { mchid, appid })
{
	const came = row.refund === undefined ? yuan(row.fen) : "0.00";
	const went = row.refund === undefined ? "0.00" : yuan(row.fen);

	return line([chinaTime(row.at), appid, mchid, "0", "", row.transaction,
		row.order, row.openid, "NATIVE",
		row.refund === undefined ? "SUCCESS" : "REFUND", "OTHERS", "CNY", came,
		"0.00", row.refund_id ?? "0", row.refund ?? "0", went, "0.00",
		row.refund === undefined ? "" : "ORIGINAL",
		row.refund === undefined ? "" : STATES[row.outcome], row.subject, "",
		`${signed(row.charge)}000`, "0.60%", came, went, ""]);
}

function wechatText(rows, merchant)
{
	const paid = sum(rows, (r) => r.refund === undefined ? r.fen : 0);
	const back = sum(rows, (r) => r.refund === undefined ? 0 : r.fen);
	const sums = line([`${rows.length}.0`, yuan(paid), yuan(back), "0.00",
		signed(sum(rows, (r) => r.charge)), yuan(paid), yuan(back)]);

	return Buffer.from(`\ufeff${[WECHAT_HEAD,
		...rows.map((row) => wechatRow(row, merchant)), WECHAT_SUMS, sums, ""]
		.join("\r\n")}`);
}

const ALIPAY_HEAD = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间," +
	"门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）," +
	"支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）," +
	"券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）," +
	"分润（元）,备注";

function alipayRow(row)
{
	const fen = signed(row.refund === undefined ? row.fen : -row.fen);
	const at = chinaTime(row.at);

	return [`${row.transaction}\t`, `${row.order}\t`,
		`${row.refund === undefined ? "交易" : "退款"}\t`, row.subject, at, at,
		"\t", "\t", "\t", "\t", "*某(138******00)\t", fen, fen, "0.00", "0.00",
		"0.00", "0.00", "0.00", "", "0.00\t", "0.00", `${row.refund ?? ""}\t`,
		signed(-row.charge), "0.00", ""].join(",");
}

function alipayText(rows, { seller_id }, day)
{
	const paid = rows.filter((r) => r.refund === undefined);
	const back = rows.filter((r) => r.refund !== undefined);
	const rule = "-".repeat(40);

	return gbk([
		"#支付宝业务明细查询", `#账号：[${seller_id}0156]`,
		`#起始日期：[${day} 00:00:00]   终止日期：[${day} 24:00:00]`,
		`#${rule}业务明细列表${rule}`, ALIPAY_HEAD, ...rows.map(alipayRow),
		`#${rule}业务明细列表结束${rule}`,
		`#交易合计：${paid.length}笔，商家实收共${yuan(sum(paid, (r) => r.fen))}元，` +
			"商家优惠共0.00元",
		`#退款合计：${back.length}笔，商家实收退款共` +
			`-${yuan(sum(back, (r) => r.fen))}元，商家优惠退款共0.00元`,
		`#导出时间：[${chinaTime(Date.now())}]`, ""].join("\r\n"));
}

const SUMMARY = "#支付宝业务汇总查询\r\n门店编号,门店名称,交易订单总笔数\r\n合计,,0\r\n";

function packAlipay(text, { seller_id }, day)
{
	const name = `${seller_id}0156_${day.replaceAll("-", "")}_`;

	return zip([[gbk(`${name}业务明细.csv`), text],
		[gbk(`${name}业务明细(汇总).csv`), gbk(SUMMARY)]]);
}

/* Kept for as long as its address is good: the token in it. */
export function keep(ctx, bytes, life = LIFE_MS, more = {})
{
	const token = randomBytes(16).toString("hex");

	ctx.files.set(token, { bytes, until: Date.now() + life, ...more });
	return token;
}

/*
 * A day's bill of a provider: {what} when there is none to be had ("none",
 * "creating"), else {token, hash} of the file; hash is of the plain text.
 */
export function makeBill(ctx, provider, day)
{
	const { what } = ctx.misbehave.take("bill", provider);
	const now = Date.now();
	const wrong = ROWS_WRONG[what] ?? ((all) => all);
	const rows = wrong(rowsOf(ctx.store, provider, day), now);

	if (day >= billDay(now) || what === "bill_creating")
		return { what: "creating" };
	if (rows.length === 0 || what === "bill_none")
		return { what: "none" };
	const isAlipay = provider === "alipay";
	const text = isAlipay ? alipayText(rows, ctx.keys.alipay, day) :
		wechatText(rows, ctx.keys.merchant);
	const pack = (plain) => isAlipay ?
		packAlipay(plain, ctx.keys.alipay, day) : gzipSync(plain);
	const file = FILE_WRONG[what]?.(pack(text), pack) ?? pack(text);
	const hash = createHash("sha1").update(what === "bill_wrong_hash" ?
		"something else" : text).digest("hex");

	return { token: keep(ctx, file), hash };
}

/* The file of a token, or undefined. */
export function takeFile(ctx, token)
{
	const { bytes, until } = ctx.files.get(token) ?? { until: 0 };

	return Date.now() < until ? bytes : undefined;
}
