/*
 * The payer's side: what happens when a code is scanned and confirmed.
 */
import { markPaid as markPaidByAlipay } from "./alipay.mjs";
import { noticeParams } from "./alipay_protocol.mjs";
import {
	markPaid, transaction, whyNotPayable,
} from "./trade.mjs";

const MESSAGES = {
	unknown: "没有这个付款码对应的订单",
	paid: "该订单已支付，不能再付",
	closed: "该订单已关闭，不能付款",
	expired: "付款码已失效，请回到商户页面重新获取",
};

const refused = (status, error) =>
	({ status, body: { error, message: MESSAGES[error] } });

/* The order that somebody means, and the code that they hold. */
export function lookUp(store, { code_url, out_trade_no })
{
	const order = code_url === undefined ? store.orders.get(out_trade_no) :
		store.orderByCode(code_url);

	return { order, codeUrl: code_url ?? order?.codes.at(-1).code_url };
}

/* What changes hands, and what the merchant is told of it. */
function settle(order, keys, now)
{
	if (order.provider === "alipay") {
		markPaidByAlipay(order, now);
		return { provider: "alipay", event_type: "TRADE_SUCCESS",
			plain: noticeParams({ merchant: keys.alipay, order, now }) };
	}
	markPaid(order, now);
	return { event_type: "TRANSACTION.SUCCESS",
		plain: transaction(order, keys.merchant, now) };
}

/* Pays: 200 with the transaction, 404, or 409 with the reason. */
export async function pay({ store, keys, notifier }, wanted)
{
	const { order, codeUrl } = lookUp(store, wanted);
	const now = Date.now();

	if (order === undefined)
		return refused(404, "unknown");

	const why = whyNotPayable(order, codeUrl, now);

	if (why !== null)
		return refused(409, why);
	const notice = notifier.record({
		original_type: "transaction", summary: "支付成功",
		url: order.params.notify_url, out_trade_no: order.out_trade_no,
		due: now, ...settle(order, keys, now),
	});

	await store.save();
	notifier.schedule(notice);
	return {
		status: 200,
		body: {
			out_trade_no: order.out_trade_no,
			transaction_id: order.transaction_id,
			trade_state: "SUCCESS",
		},
	};
}

/* Why the page shows no button, in words; null when it can be paid. */
export function whyNot(order, codeUrl, now)
{
	const why = whyNotPayable(order, codeUrl, now);

	return why === null ? null : MESSAGES[why];
}
