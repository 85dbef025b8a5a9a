/*
 * Cases to be paid, their orders and notices, on the real parts. The worker
 * runs only where a test starts it, so that nothing but the notice at hand can
 * have had an effect.
 */
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { complete, load, submit } from "../stack/cases.mjs";
import { send, signIn } from "../stack/client.mjs";
import { act } from "../stack/pages.mjs";
import * as paying from "../stack/paying.mjs";
import { startStack } from "../stack/stack.mjs";
import { readKeys } from "../sandbox/keys.mjs";
import { buildNotice, rfc3339 } from "../sandbox/wechatpay_protocol.mjs";

export const PROVIDER = { provider: "wechatpay" };
export const WAIT_MS = 20_000;

export let stack;
export let applicant;
export let keys;
let reviewer;

/* For a file's tests: the parts, without the worker. */
export function setUp()
{
	before(async () => {
		stack = await startStack({ scale: 0.01,
			env: { CALOCK_ORDER_QUERY_SECONDS: "3",
				CALOCK_SMS_NOTICES_DAY: "1000",
				CALOCK_AUDIT_STALL_SECONDS: "3600" } });
		await stack.kill("worker", "SIGTERM");
		applicant = await signIn(stack, "applicant1");
		reviewer = await signIn(stack, "reviewer1");
		keys = readKeys(stack.path("sandbox"));
	});
	afterEach(() => stack.kill("worker", "SIGTERM"));
	after(() => stack?.stop());
}

export const paymentPath = (id) => `/api/applications/${id}/payment`;

export const sandbox = (what, body) => paying.sandbox(stack, what, body);
export const pay = (order_no) => paying.pay(stack, { order_no });
/* What somebody is told there who can no longer pay it. */
export const whyNotPaid = async ({ order_no: no }) => (await (await fetch(
	`${stack.sandboxUrl}/sandbox/pay`, { method: "POST",
		body: JSON.stringify({ out_trade_no: no }) })).json()).error;
export const untilState = (id, state) => paying.untilState(applicant, id, state);

/* An application to be paid, by the API alone. */
export async function approved()
{
	const { id } = await complete(applicant, "new",
		{ second_reason: "再办一把" });

	await submit(applicant, id);
	await act(reviewer, `/admin/applications/${id}`, "/claim");
	await act(reviewer, `/admin/applications/${id}`, "/approve");
	return load(applicant, id);
}

export async function order(id, fields = {}, headers = {})
{
	const answer = await applicant.post(paymentPath(id),
		{ ...PROVIDER, ...fields }, headers);

	assert.ok([200, 201].includes(answer.status), answer.bytes.toString());
	return answer.body;
}

/* Paid at the provider, which tells nobody: the transaction it would tell. */
export async function paySilently({ order_no, amount_fen })
{
	await sandbox("misbehave", { what: "no_notice" });
	return {
		mchid: keys.merchant.mchid, appid: keys.merchant.appid,
		out_trade_no: order_no, transaction_id: await pay(order_no),
		trade_type: "NATIVE", trade_state: "SUCCESS",
		trade_state_desc: "支付成功", bank_type: "OTHERS",
		success_time: rfc3339(Date.now()), payer: { openid: "o1" },
		amount: { total: amount_fen, payer_total: amount_fen,
			currency: "CNY", payer_currency: "CNY" },
	};
}

/* Sends a notice as the provider would: {status, body}. */
export async function notify({ headers, body })
{
	const answer = await send(`${stack.baseUrl}/callback/wechatpay`,
		{ method: "POST", headers, body });

	return { status: answer.status,
		body: JSON.parse(answer.bytes.toString()) };
}

export const notice = (plain, changes = {}) =>
	buildNotice({ keys, plain, ...changes });

export const TAKEN = { status: 200, body: { code: "SUCCESS", message: "成功" } };

/* The one row of a statement. */
export async function row(sql)
{
	const rows = await stack.db(sql);

	assert.equal(rows.length, 1, sql);
	return rows[0];
}

export const stateOf = async (order_no) =>
	(await row(`SELECT state FROM orders WHERE order_no = '${order_no}'`)).state;

/* "create open applicant": each step of an order, with who took it. */
export const lifeOf = async (order_no) => (await stack.db("SELECT event, state, " +
	`role FROM order_history WHERE order_no = '${order_no}' ORDER BY version`))
	.map((step) => Object.values(step).join(" "));

export const MADE = ["create created applicant", "register open applicant"];

export const paymentsOf = (id) => stack.db("SELECT transaction_id, amount_fen, " +
	`source FROM payments WHERE application_id = '${id}'`);

export const noticesOf = (order_no) => stack.db("SELECT outcome, reason FROM " +
	`notices WHERE order_no = '${order_no}' ORDER BY id`);

/* Just one effect, whatever was sent how often. */
export async function assertPaidOnce(id, transaction_id, source)
{
	const app = await load(applicant, id);

	assert.equal(app.state, "paid");
	assert.equal(app.order.status, "paid");
	assert.equal(app.history.filter((h) => h.action === "pay").length, 1);
	assert.deepEqual(await paymentsOf(id), [{ transaction_id,
		amount_fen: String(app.fee_fen), source }]);
	assert.equal((await stack.db("SELECT id FROM messages WHERE event = 'pay' " +
		`AND application_id = '${id}'`)).length, 1);
	assert.equal((await stack.db("SELECT id FROM audit WHERE action = 'pay' " +
		`AND subject = '${id}'`)).length, 1);
}
