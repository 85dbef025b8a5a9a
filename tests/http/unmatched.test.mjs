/*
 * Money that fits no order, and money that comes twice, when all of it comes at
 * once: each transaction is written down once, whoever tells of it.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { readKeys } from "../sandbox/keys.mjs";
import { buildNotice, randomText, rfc3339 }
	from "../sandbox/wechatpay_protocol.mjs";
import { send, signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import * as paying from "../stack/paying.mjs";
import { atOnce, endAll } from "../stack/session.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const FEN = 12_345;

let stack, applicant, keys;

before(async () => {
	stack = await startStack({ scale: 0.01,
		env: { CALOCK_AUDIT_STALL_SECONDS: "3600" } });
	await stack.kill("worker", "SIGTERM");
	applicant = await signIn(stack, "applicant1");
	keys = readKeys(stack.path("sandbox"));
});
after(async () => {
	await endAll();
	await stack?.stop();
});

/* A notice of WeChat's of that transaction, each an event of its own. */
async function told(transaction, changes = {})
{
	const { headers, body } = buildNotice({ keys, plain: {
		mchid: keys.merchant.mchid, appid: keys.merchant.appid,
		out_trade_no: "nowhere", transaction_id: transaction,
		trade_type: "NATIVE", trade_state: "SUCCESS",
		success_time: rfc3339(Date.now()),
		amount: { total: FEN, currency: "CNY" }, ...changes } });
	const answer = await send(`${stack.baseUrl}/callback/wechatpay`,
		{ method: "POST", headers, body });

	return answer.status;
}

const outcomesOf = async (transaction) => (await stack.db("SELECT outcome, " +
	`reason FROM notices WHERE transaction_id = '${transaction}' ORDER BY ` +
	"outcome")).map((n) => `${n.outcome} ${n.reason}`.trim());

const postedOf = (transaction) => stack.db("SELECT p.event, p.amount_fen " +
	"FROM postings p JOIN notices n ON n.id = p.reference WHERE " +
	`n.transaction_id = '${transaction}'`);

test("two notices at once of money that fits no order: it waits once",
	async () => {
		const transaction = randomText(28, "0123456789");

		assert.deepEqual(await atOnce(stack, "callback", 2, () =>
			[told(transaction), told(transaction)]), [200, 200]);
		assert.deepEqual(await outcomesOf(transaction),
			["repeated", "unmatched unknown_order"]);
		assert.deepEqual(await postedOf(transaction),
			[{ event: "unmatched", amount_fen: String(FEN) }]);
		/* The next one finds it so. */
		assert.equal(await told(transaction), 200);
		assert.deepEqual((await outcomesOf(transaction)).slice(0, 2),
			["repeated", "repeated"]);
	});

test("both providers are paid at the same moment: one counts, one goes back",
	async () => {
		const one = await paying.ordered(stack, applicant, "alipay");
		const { body: other } = await paying.order(applicant, one.id,
			"wechatpay", { switch: true });
		const transactions = await atOnce(stack, "callback", 2, () =>
			[one, other].map((made) => paying.pay(stack, made)));

		await paying.untilState(applicant, one.id, "paid");
		const [credited] = await stack.db("SELECT transaction_id FROM " +
			`payments WHERE application_id = '${one.id}'`);
		const [second] = transactions.filter((t) =>
			t !== credited.transaction_id);

		await until(async () => (await outcomesOf(second)).length > 0,
			"the other one is told of", WAIT_MS);
		assert.deepEqual(await outcomesOf(second), ["unmatched paid_twice"]);
		await paying.assertPaidOnce(stack, one, credited.transaction_id,
			"notice");
		await stack.restart("worker");
		await until(async () => (await stack.db("SELECT 1 FROM refunds r JOIN " +
			`notices n ON n.id = r.notice_id WHERE n.transaction_id = '${second}' ` +
			"AND r.state = 'done'")).length === 1, "it went back", WAIT_MS);
		await stack.kill("worker", "SIGTERM");
		assert.deepEqual((await postedOf(second)).map((p) => p.amount_fen),
			[String(other.amount_fen)]);
	});
