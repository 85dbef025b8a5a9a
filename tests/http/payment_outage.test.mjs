/*
 * What goes wrong for hours, and is settled by itself: a provider that is
 * down, or hangs; a clock that is off. On the real parts; nobody does more than
 * an operator would.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { readKeys } from "../sandbox/keys.mjs";
import { buildNotice, rfc3339 } from "../sandbox/wechatpay_protocol.mjs";
import { load } from "../stack/cases.mjs";
import { send, signIn } from "../stack/client.mjs";
import { act } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import * as paying from "../stack/paying.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 30_000;

let stack, applicant, first, second;

before(async () => {
	stack = await startStack({ scale: 0.01,
		env: { CALOCK_ORDER_QUERY_SECONDS: "3",
			CALOCK_AUDIT_STALL_SECONDS: "3600" } });
	applicant = await signIn(stack, "applicant1");
	first = await signIn(stack, "manager1");
	second = await signIn(stack, "manager2");
});
afterEach(() => sandbox("clock", { seconds: 0 }));
after(() => stack?.stop());

const keys = () => readKeys(stack.path("sandbox"));
const sandbox = (what, body) => paying.sandbox(stack, what, body);
const approved = () => paying.approved(stack, applicant);
const order = (id, provider) => paying.order(applicant, id, provider);
const ordered = (provider) => paying.ordered(stack, applicant, provider);
const pay = (made) => paying.pay(stack, made);
const paySilently = (made) => paying.paySilently(stack, made);
const untilPaid = ({ id }) => paying.untilState(applicant, id, "paid");
const assertPaidOnce = (...args) => paying.assertPaidOnce(stack, ...args);

const stateOf = async ({ id }) => (await load(applicant, id)).state;

const orderState = async ({ order_no: no }) => (await stack.db("SELECT state " +
	`FROM orders WHERE order_no = '${no}'`))[0].state;

const expire = (made) => stack.db("UPDATE orders SET expires_at = NOW(6) - " +
	`INTERVAL 3 HOUR WHERE order_no = '${made.order_no}'`);

async function tell({ headers, body })
{
	const answer = await send(`${stack.baseUrl}/callback/wechatpay`,
		{ method: "POST", headers, body });

	return answer.status;
}

/* The notice of a payment as the provider would sign it. */
const noticeOf = (made, transaction, by, more = {}) => buildNotice({ keys: by,
	plain: { mchid: by.merchant.mchid, appid: by.merchant.appid,
		out_trade_no: made.order_no, transaction_id: transaction,
		trade_type: "NATIVE", trade_state: "SUCCESS",
		success_time: rfc3339(Date.now()),
		amount: { total: made.amount_fen, currency: "CNY" } }, ...more });

/* -- down -- */

/* A refund of a paid case that two managers want. */
async function refunded({ id })
{
	const path = await act(first, `/admin/applications/${id}/refund`,
		"/refund", { amount: "450.00", reason: "申请人要求退款" });
	const refund = path.split("/").at(-1);
	const [{ id: waiting }] = await stack.db("SELECT id FROM confirmations " +
		`WHERE subject = '${refund}'`);

	await act(second, `/admin/confirmations/${waiting}`, "/confirm");
	return refund;
}

const refundState = async (refund) => (await stack.db("SELECT state FROM " +
	`refunds WHERE id = '${refund}'`))[0].state;

/* Until the worker has tried it, and could not. */
const tried = (what, id) => until(() => new RegExp(`ev=provider ${what}=${id} `)
	.test(stack.logs("worker")), `${what} ${id} is tried`, WAIT_MS);

for (const provider of ["wechatpay", "alipay"])
	test(`${provider} is down for hours: nothing is closed, nothing is lost`,
		async () => {
			const back = await ordered(provider);

			await pay(back);
			await untilPaid(back);
			const paid = await ordered(provider);
			const open = await ordered(provider);
			const none = await approved();
			const transaction = await paySilently(paid);

			await stack.kill("sandbox", "SIGTERM");
			const refund = await refunded(back);

			for (const made of [paid, open])
				await expire(made);
			assert.ok([502, 504].includes((await order(none, provider)).status));
			await tried("refund", refund);
			for (const made of [paid, open]) {
				await tried("order", made.order_no);
				assert.equal(await orderState(made), "open");
				assert.equal(await stateOf(made), "approved");
			}
			assert.equal(await refundState(refund), "sent");
			await stack.restart("sandbox");
			await untilPaid(paid);
			await assertPaidOnce(paid, transaction, "query");
			await until(async () => await orderState(open) === "closed",
				"what nobody paid is closed", WAIT_MS);
			await until(async () => await refundState(refund) === "done",
				"the refund is done", WAIT_MS);
			assert.equal(await stateOf(back), "refunded");
			/* And the order that could not be sent is, and paid. */
			const sent = await order(none, provider);

			assert.equal(sent.status, 200);
			await pay(sent.body);
			await untilPaid({ id: none });
		});

/* What a closed order's worker does next is due now. */
const isDue = ({ order_no: no }, closed) => stack.db("UPDATE orders SET " +
	`closed_at = NOW(6) - INTERVAL ${closed} HOUR, ` +
	"queried_at = NOW(6) - INTERVAL 1 HOUR " +
	`WHERE order_no = '${no}'`);

/* Until the worker has asked about it; what the watch has come to. */
async function untilAsked({ order_no: no })
{
	const row = async () => (await stack.db("SELECT watch_ended_at, " +
		"calling_until IS NULL AND queried_at > NOW(6) - INTERVAL 10 MINUTE " +
		`AS is_over FROM orders WHERE order_no = '${no}'`))[0];

	await until(async () => (await row()).is_over === "1", `${no} is asked about`,
		WAIT_MS);
	return (await row()).watch_ended_at;
}

const cancel = ({ id }) => applicant.post(`/api/applications/${id}/cancel`, {});

test("a provider that is down at the end of a closed order's watch", async () => {
	const made = [];

	/* Codes of Alipay that nobody has scanned, so that they can be paid. */
	for (let i = 0; i < 3; i++)
		made.push(await ordered("alipay"));
	const [kept, cancelled, unpaid] = made;

	for (const one of made)
		await expire(one);
	for (const one of made)
		await until(async () => await orderState(one) === "closed",
			"it is closed", WAIT_MS);
	assert.ok([200, 204].includes((await cancel(cancelled)).status));
	await stack.kill("worker", "SIGTERM");
	const transaction = await paySilently(kept);
	const other = await paySilently(cancelled);

	await stack.kill("sandbox", "SIGTERM");
	for (const one of made)
		await isDue(one, 5);
	await stack.restart("worker");
	for (const one of made)
		assert.equal(await untilAsked(one), null);
	await stack.restart("sandbox");
	for (const one of made)
		await isDue(one, 5);
	await untilPaid(kept);
	await assertPaidOnce(kept, transaction, "query");
	await until(async () => (await stack.db("SELECT 1 FROM refunds r JOIN " +
		`notices n ON n.id = r.notice_id WHERE n.transaction_id = '${other}' ` +
		"AND r.state = 'done'")).length === 1, "it goes back by rule", WAIT_MS);
	assert.notEqual(await untilAsked(unpaid), null);
	/* Within its time it is watched on. */
	const again = await ordered("alipay");

	await expire(again);
	await until(async () => await orderState(again) === "closed",
		"it is closed", WAIT_MS);
	await isDue(again, 3);
	assert.equal(await untilAsked(again), null);
});

test("one provider hangs: what is due at the other one does not wait for it",
	async (t) => {
		const back = await ordered("alipay");

		t.after(() => sandbox("behave", {}));
		await pay(back);
		await untilPaid(back);
		await stack.kill("worker", "SIGTERM");
		const hung = [];

		for (let i = 0; i < 5; i++)
			hung.push(await ordered("wechatpay"));
		const other = await ordered("alipay");
		const refund = await refunded(back);
		const transaction = await paySilently(other);

		await sandbox("misbehave", { what: "hang", on: "query", times: 1000 });
		await stack.db("UPDATE orders SET queried_at = NOW(6) - INTERVAL " +
			`1 MINUTE WHERE order_no IN ('${hung.map((one) =>
				one.order_no).join("', '")}')`);
		await stack.restart("worker");
		await untilPaid(other);
		await assertPaidOnce(other, transaction, "query");
		await until(async () => await refundState(refund) === "done",
			"the refund is done", WAIT_MS);
		const { requests } = await (await fetch(
			`${stack.sandboxUrl}/sandbox/orders`)).json();

		/* Not one time-out for each that is due. */
		assert.ok(requests.filter((r) => r.what === "hang").length <= 3);
		await sandbox("behave", {});
		for (const one of hung) {
			await pay(one);
			await untilPaid(one);
		}
	});

/* -- the clock -- */

for (const seconds of [400, -400])
	test(`our clock and WeChat's are ${seconds} s apart`, async () => {
		const made = await ordered("wechatpay");
		const expired = await ordered("wechatpay");

		/* Their logs anew. */
		for (const name of ["callback", "worker"])
			await stack.restart(name);
		await sandbox("clock", { seconds });
		await expire(expired);
		const transaction = await pay(made);

		/* No notice is taken, and no call either: nobody can tell. */
		await until(() => stack.logs("worker").includes("ev=clock") &&
			stack.logs("callback").includes("a clock is wrong"),
		"the logs tell of it", WAIT_MS);
		const [, ahead] = / ev=clock ahead_s=(-?\d+) /
			.exec(stack.logs("worker"));

		assert.ok(Math.abs(Number(ahead) + seconds) < 5, ahead);
		assert.equal(await tell(noticeOf(made, transaction, keys(),
			{ timestamp: Math.floor(Date.now() / 1000) + seconds })), 401);
		assert.equal(await stateOf(made), "approved");
		assert.equal(await orderState(expired), "open");
		await sandbox("clock", { seconds: 0 });
		await untilPaid(made);
		await assertPaidOnce(made, transaction);
		await until(async () => await orderState(expired) === "closed",
			"what nobody paid is closed", WAIT_MS);
		assert.equal((await stack.db("SELECT 1 FROM payments WHERE " +
			`application_id = '${expired.id}'`)).length, 0);
	});

for (const seconds of [4000, -4000])
	test(`our clock and Alipay's are ${seconds} s apart`, async () => {
		const told = await ordered("alipay");
		const unheard = await ordered("alipay");
		const expired = await ordered("alipay");

		await stack.restart("worker");
		await sandbox("clock", { seconds });
		for (const made of [unheard, expired])
			await expire(made);
		/* Its notices bear no time that counts; our calls do. */
		const transaction = await pay(told);

		await untilPaid(told);
		await assertPaidOnce(told, transaction, "notice");
		const silent = await paySilently(unheard);

		for (const made of [unheard, expired]) {
			await tried("order", made.order_no);
			assert.equal(await orderState(made), "open");
		}
		assert.equal(await stateOf(unheard), "approved");
		assert.match(stack.logs("worker"), /ev=clock /);
		assert.equal((await order(await approved(), "alipay")).status, 502);
		await sandbox("clock", { seconds: 0 });
		await untilPaid(unheard);
		await assertPaidOnce(unheard, silent, "query");
		await until(async () => await orderState(expired) === "closed",
			"what nobody paid is closed", WAIT_MS);
	});

test("WeChat's notices alone are late: the worker asks", async () => {
	const made = await ordered("wechatpay");

	await sandbox("misbehave", { what: "notice_stale", times: 50 });
	const transaction = await pay(made);

	await untilPaid(made);
	await assertPaidOnce(made, transaction, "query");
});
