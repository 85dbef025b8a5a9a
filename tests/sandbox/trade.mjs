/*
 * Orders: what may happen to them, and what the provider says of them.
 * Every function takes the time, so that nothing here has a clock.
 */
import { REENTRY_DIFFERS, Refusal } from "./refusal.mjs";
import { randomText, rfc3339 } from "./wechatpay_protocol.mjs";

const DIGITS = "0123456789";
const CODE_LIFE = 2 * 3600e3;
const ORDER_LIFE = 7 * 24 * 3600e3;

const STATES = {
	NOTPAY: "订单未支付", SUCCESS: "支付成功", CLOSED: "订单已关闭",
	REFUND: "订单发生过退款",
};

/* One text for equal parameters, whatever the order of their names. */
export const canonical = (value) => JSON.stringify(value, (key, v) =>
	v !== null && typeof v === "object" && !Array.isArray(v) ?
		Object.fromEntries(Object.entries(v).sort()) : v);

/* Ids in the vendor's shape: a prefix, the day, then digits. */
export const newId = (prefix, now) => prefix +
	rfc3339(now).slice(0, 10).replaceAll("-", "") + randomText(10, DIGITS);

export const expiresAt = (order) => order.params.time_expire === undefined ?
	order.created_at + ORDER_LIFE : Date.parse(order.params.time_expire);

/* NOTPAY, SUCCESS, CLOSED or REFUND. */
export function stateOf(order, now)
{
	if (order.refunded_at !== null)
		return "REFUND";
	if (order.paid_at !== null)
		return "SUCCESS";
	if (order.closed_at !== null || now >= expiresAt(order))
		return "CLOSED";
	return "NOTPAY";
}

export const isPaid = (state) => state === "SUCCESS" || state === "REFUND";

function addCode(order, now)
{
	const code_url = `weixin://wxpay/bizpayurl?pr=${randomText(9)}`;

	order.codes.push({ code_url, made_at: now });
	return { code_url };
}

function repeatOrder(order, params, now)
{
	const state = stateOf(order, now);

	if (isPaid(state))
		throw new Refusal("ORDER_PAID", "该订单已支付");
	if (state === "CLOSED")
		throw new Refusal("ORDER_CLOSED", "该订单已关闭，请更换商户订单号");
	if (canonical(order.params) !== canonical(params)) {
		throw new Refusal("INVALID_REQUEST",
			"请求重入时，参数与首次请求时不一致",
			{ errno: REENTRY_DIFFERS });
	}
	return addCode(order, now);
}

/* A new order, or a new code for the same one: {code_url}. */
export function placeOrder(store, merchant, params, now)
{
	const known = store.orders.get(params.out_trade_no);

	if (params.appid !== merchant.appid) {
		throw new Refusal("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配");
	}
	if (known !== undefined)
		return repeatOrder(known, params, now);

	const order = {
		out_trade_no: params.out_trade_no, params, created_at: now,
		codes: [], transaction_id: null, openid: null,
		paid_at: null, closed_at: null, refunded_at: null,
	};

	if (expiresAt(order) <= now) {
		throw new Refusal("PARAM_ERROR", "time_expire早于当前时间",
			{ detail: { location: "body", value: params.time_expire } });
	}
	store.orders.set(order.out_trade_no, order);
	return addCode(order, now);
}

export function findOrder(store, no)
{
	const order = store.orders.get(no);

	if (order === undefined || order.provider !== undefined)
		throw new Refusal("ORDER_NOT_EXIST", "订单不存在");
	return order;
}

/* Again and again is fine; paid is not. */
export function closeOrder(order, now)
{
	if (isPaid(stateOf(order, now)))
		throw new Refusal("ORDER_PAID", "该订单已支付");
	order.closed_at ??= now;
}

/* Why a code cannot be paid: "paid", "closed", "expired"; else null. */
export function whyNotPayable(order, codeUrl, now)
{
	const last = order.codes.at(-1);

	if (isPaid(stateOf(order, now)))
		return "paid";
	if (order.closed_at !== null)
		return "closed";
	if (now >= expiresAt(order) || codeUrl !== last.code_url ||
	    now >= last.made_at + CODE_LIFE)
		return "expired";
	return null;
}

/* The payer confirms. Only for an order that can be paid. */
export function markPaid(order, now)
{
	order.paid_at = now;
	order.transaction_id = newId("4200001234", now);
	order.openid = "oSandbox" + randomText(20);
}

/* What a query says of an order, and a notice once it is paid. */
export function transaction(order, merchant, now)
{
	const state = stateOf(order, now);
	const { total } = order.params.amount;
	const device = order.params.scene_info?.device_id;
	const base = {
		mchid: merchant.mchid,
		appid: merchant.appid,
		out_trade_no: order.out_trade_no,
		trade_state: state,
		trade_state_desc: STATES[state],
		attach: order.params.attach ?? "",
		promotion_detail: [],
		...(device && { scene_info: { device_id: device } }),
	};

	if (!isPaid(state)) {
		return { ...base, amount: { total, currency: "CNY" }, payer: {} };
	}
	return {
		...base,
		transaction_id: order.transaction_id,
		trade_type: "NATIVE",
		bank_type: "OTHERS",
		success_time: rfc3339(order.paid_at),
		payer: { openid: order.openid },
		amount: {
			total, payer_total: total,
			currency: "CNY", payer_currency: "CNY",
		},
	};
}
