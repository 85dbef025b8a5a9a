/*
 * Refunds: what is refused, and what the provider says of them. As in
 * trade.mjs, nothing here has a clock.
 */
import { REENTRY_DIFFERS, Refusal } from "./refusal.mjs";
import { canonical, isPaid, newId, stateOf } from "./trade.mjs";
import { rfc3339 } from "./wechatpay_protocol.mjs";

const REFUNDS_MAX = 50;

/* Scaled with the notices, so that tests need not wait for them. */
const REFUND_TAKES = 3e3;
const REFUND_GAP = 60e3;

function refundedOrder(store, params)
{
	const order = params.out_trade_no === undefined ?
		store.orderByTransaction(params.transaction_id) :
		store.orders.get(params.out_trade_no);

	if (params.out_trade_no === undefined &&
	    params.transaction_id === undefined) {
		throw new Refusal("PARAM_ERROR",
			"transaction_id和out_trade_no必须二选一",
			{ detail: { location: "body", value: "" } });
	}
	if (order === undefined || (params.transaction_id !== undefined &&
	    params.transaction_id !== order.transaction_id))
		throw new Refusal("RESOURCE_NOT_EXISTS", "订单不存在");
	return order;
}

function checkRefund(store, order, params, now, scale)
{
	const before = store.refundsOf(order)
		.filter((r) => r.outcome !== "CLOSED");
	const sum = before.reduce((n, r) => n + r.params.amount.refund, 0);
	const { refund, total } = params.amount;

	if (!isPaid(stateOf(order, now)))
		throw new Refusal("INVALID_REQUEST", "订单未支付，不能申请退款");
	if (total !== order.params.amount.total) {
		throw new Refusal("INVALID_REQUEST",
			"订单金额或退款金额与之前请求不一致，请核实后再试");
	}
	if (sum + refund > total) {
		throw new Refusal("INVALID_REQUEST",
			"累计退款金额大于支付金额，请核实后再试");
	}
	if (before.length >= REFUNDS_MAX)
		throw new Refusal("INVALID_REQUEST", "订单退款次数超过上限");
	if (before.some((r) => now < r.created_at + REFUND_GAP * scale)) {
		throw new Refusal("FREQUENCY_LIMITED",
			"同一订单的多次退款需间隔1分钟，请稍后再试");
	}
}

/* How a refund ends when it was asked to go wrong. */
const OUTCOMES = { refund_abnormal: "ABNORMAL", refund_closed: "CLOSED" };

/*
 * A refund is asked for: {refund, made}. made is false when the same
 * request was known already. takeFate gives what is to go wrong with it.
 */
export function placeRefund(store, params, now, { scale, takeFate })
{
	const known = store.refunds.get(params.out_refund_no);
	const order = refundedOrder(store, params);

	if (known !== undefined) {
		if (canonical(known.params) === canonical(params))
			return { refund: known, made: false };
		throw new Refusal("INVALID_REQUEST",
			"订单金额或退款金额与之前请求不一致，请核实后再试",
			{ errno: REENTRY_DIFFERS });
	}
	checkRefund(store, order, params, now, scale);

	const fate = takeFate();
	const refund = {
		out_refund_no: params.out_refund_no,
		out_trade_no: order.out_trade_no,
		transaction_id: order.transaction_id,
		refund_id: newId("5030001234", now),
		params, created_at: now, outcome: OUTCOMES[fate.what] ?? "SUCCESS",
		done_at: now + (fate.what === "refund_slow" ? fate.ms :
			REFUND_TAKES * scale),
	};

	store.refunds.set(refund.out_refund_no, refund);
	order.refunded_at ??= now;
	return { refund, made: true };
}

export function findRefund(store, no)
{
	const refund = store.refunds.get(no);

	if (refund === undefined || refund.provider !== undefined)
		throw new Refusal("RESOURCE_NOT_EXISTS", "退款单不存在");
	return refund;
}

const numbers = (refund) => ({
	out_trade_no: refund.out_trade_no,
	transaction_id: refund.transaction_id,
	out_refund_no: refund.out_refund_no,
	refund_id: refund.refund_id,
	user_received_account: "支付用户零钱",
});

const successTime = ({ outcome, done_at }) => outcome === "SUCCESS" &&
	{ success_time: rfc3339(done_at) };

/* What the refund calls answer. */
export function refundView(refund, now)
{
	const { refund: part, total, from = [] } = refund.params.amount;
	const done = now >= refund.done_at;

	return {
		...numbers(refund),
		channel: "ORIGINAL",
		create_time: rfc3339(refund.created_at),
		...(done && successTime(refund)),
		status: done ? refund.outcome : "PROCESSING",
		funds_account: refund.params.funds_account ?? "UNSETTLED",
		amount: {
			total, refund: part, from, payer_total: total,
			payer_refund: part, settlement_total: total,
			settlement_refund: part, discount_refund: 0, currency: "CNY",
		},
		promotion_detail: [],
	};
}

/* What the notice of a finished refund says. */
export function refundFact(refund, merchant)
{
	const { refund: part, total } = refund.params.amount;

	return {
		mchid: merchant.mchid,
		...numbers(refund),
		refund_status: refund.outcome,
		...successTime(refund),
		amount: {
			total, refund: part, payer_total: total, payer_refund: part,
		},
	};
}
