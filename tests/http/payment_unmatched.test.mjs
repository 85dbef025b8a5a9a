/*
 * Money that is not as its order has it: another amount, a stranger's, for a
 * case that was cancelled, late, twice. It is recorded, and nothing is lost.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "../stack/cases.mjs";
import { until } from "../stack/parts.mjs";
import { TAKEN, WAIT_MS, applicant, approved, assertPaidOnce, lifeOf, notice,
	noticesOf, notify, order, pay, paySilently, paymentPath, paymentsOf, setUp,
	stack, stateOf, untilState, whyNotPaid } from "./payment_kit.mjs";

setUp();

test("another amount is recorded, taken, and not credited", async () => {
	const { id } = await approved();
	const made = await order(id);
	const plain = await paySilently(made);
	const amount = { ...plain.amount, total: plain.amount.total + 1 };

	assert.deepEqual(await notify(notice({ ...plain, amount })), TAKEN);
	assert.deepEqual(await noticesOf(made.order_no),
		[{ outcome: "unmatched", reason: "other_amount" }]);
	/* It waits for a person: what is told of it later changes nothing. */
	assert.deepEqual(await notify(notice(plain)), TAKEN);
	assert.equal((await load(applicant, id)).state, "approved");
	assert.deepEqual(await paymentsOf(id), []);
});

const strangers = [
	["other_merchant", { mchid: "1" }],
	["other_merchant", { appid: "wx0" }],
	["unknown_order", { out_trade_no: "nowhere" }],
	["other_currency", { amount: { total: 1, currency: "USD" } }],
];

for (const [reason, changes] of strangers)
	test(`${reason} (${Object.keys(changes)[0]}) is recorded and not credited`,
		async () => {
			const { id } = await approved();
			const made = await order(id);
			const plain = { ...await paySilently(made), ...changes };

			assert.deepEqual(await notify(notice(plain)), TAKEN);
			assert.deepEqual(await noticesOf(plain.out_trade_no),
				[{ outcome: "unmatched", reason }]);
			assert.equal((await load(applicant, id)).state, "approved");
		});

test("a provider's odd words do not keep its money from the record",
	async () => {
		const { id } = await approved();
		const plain = { ...await paySilently(await order(id)),
			out_trade_no: "号".repeat(70), transaction_id: "t".repeat(70) };

		assert.deepEqual(await notify(notice(plain)), TAKEN);
		assert.deepEqual(await noticesOf("?".repeat(64)),
			[{ outcome: "unmatched", reason: "unknown_order" }]);
	});

test("money for a cancelled case is recorded; by query as by notice, once",
	async () => {
		const { id } = await approved();
		const made = await order(id);
		const cancelled = await applicant.post(
			`/api/applications/${id}/cancel`, {});

		assert.equal(cancelled.body.state, "cancelled");
		assert.equal((await lifeOf(made.order_no)).at(-1),
			"cancel closing applicant");
		const plain = await paySilently(made);

		await stack.restart("worker");
		await until(async () => await stateOf(made.order_no) === "paid",
			"the worker asked", WAIT_MS);
		assert.deepEqual(await notify(notice(plain)), TAKEN);
		assert.deepEqual(await noticesOf(made.order_no),
			[{ outcome: "unmatched", reason: "cancelled" },
				{ outcome: "repeated", reason: "" }]);
		assert.deepEqual(await paymentsOf(id), []);
		assert.equal((await load(applicant, id)).state, "cancelled");
	});

test("an expired order is followed by another; its late money still counts",
	async () => {
		const { id } = await approved();
		const old = await order(id);

		await stack.db("UPDATE orders SET expires_at = NOW(6) - INTERVAL 1 " +
			`SECOND WHERE order_no = '${old.order_no}'`);
		const next = await order(id);

		assert.notEqual(next.order_no, old.order_no);
		assert.equal(await stateOf(old.order_no), "closing");
		const transaction = await pay(old.order_no);

		await untilState(id, "paid");
		await assertPaidOnce(id, transaction, "notice");
		assert.equal((await applicant.get(paymentPath(id))).body.order_no,
			old.order_no);
		await stack.restart("worker");
		await until(async () => await stateOf(next.order_no) === "closed",
			"the other order is closed", WAIT_MS);
		assert.equal(await whyNotPaid(next), "closed");
		assert.deepEqual((await lifeOf(old.order_no)).slice(2),
			["expire closing applicant", "pay paid provider"]);
		assert.deepEqual((await lifeOf(next.order_no)).slice(2),
			["supersede closing provider", "close closed worker"]);
	});

test("a second payment of one case is recorded as such", async () => {
	const { id } = await approved();
	const old = await order(id);

	await stack.db("UPDATE orders SET expires_at = NOW(6) - INTERVAL 1 " +
		`SECOND WHERE order_no = '${old.order_no}'`);
	const next = await order(id);
	const transaction = await pay(next.order_no);

	await untilState(id, "paid");
	assert.deepEqual(await notify(notice(await paySilently(old))), TAKEN);
	assert.deepEqual(await noticesOf(old.order_no),
		[{ outcome: "unmatched", reason: "paid_twice" }]);
	await assertPaidOnce(id, transaction, "notice");
	assert.equal((await applicant.get(paymentPath(id))).body.order_no,
		next.order_no);
});
