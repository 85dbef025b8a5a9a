/* Paying by Alipay: from the code to the books, and what goes wrong there. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { buildNotice, noticeParams } from "../sandbox/alipay_protocol.mjs";
import { readKeys } from "../sandbox/keys.mjs";
import { load } from "../stack/cases.mjs";
import { send, signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import * as paying from "../stack/paying.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;

let stack, applicant, keys;

before(async () => {
	stack = await startStack({ scale: 0.01,
		env: { CALOCK_ORDER_QUERY_SECONDS: "3" } });
	applicant = await signIn(stack, "applicant1");
	keys = readKeys(stack.path("sandbox"));
});
after(() => stack?.stop());

const sandbox = (what, body) => paying.sandbox(stack, what, body);
const approved = () => paying.approved(stack, applicant);
const order = (id, provider = "alipay", more = {}) =>
	paying.order(applicant, id, provider, more);
const pay = (made) => paying.pay(stack, made);
const untilState = (id, state) => paying.untilState(applicant, id, state);

const paymentsOf = (id) => stack.db(`SELECT provider, transaction_id,
	amount_fen, source FROM payments WHERE application_id = '${id}'`);

const unmatched = (orderNo) => stack.db(`SELECT reason, provider, amount_fen
	FROM notices WHERE outcome = 'unmatched' AND order_no = '${orderNo}'`);

test("both are offered", async () => {
	const { body } = await applicant.get("/api/payments");

	assert.deepEqual(body.providers, [
		{ provider: "wechatpay", title: "微信支付" },
		{ provider: "alipay", title: "支付宝" }]);
});

test("ordered, scanned, paid, and on the books once", async () => {
	const id = await approved();
	const { status, body } = await order(id);

	assert.equal(status, 201);
	assert.match(body.code_url, /^https:\/\/qr\.alipay\.com\//);
	assert.equal((await applicant.get(
		`/api/applications/${id}/payment/qr.svg`)).status, 200);
	/* Asked for again it is the same order. */
	assert.equal((await order(id)).body.order_no, body.order_no);
	await sandbox("misbehave", { what: "notice_twice" });
	const transaction = await pay(body);

	await untilState(id, "paid");
	assert.deepEqual((await paymentsOf(id)).map((row) =>
		({ ...row, amount_fen: Number(row.amount_fen) })), [{
		provider: "alipay", transaction_id: transaction,
		amount_fen: body.amount_fen, source: "notice" }]);
});

test("a notice that never came is made up for by asking", async () => {
	const id = await approved();
	const { body } = await order(id);

	await sandbox("misbehave", { what: "no_notice" });
	await pay(body);
	await untilState(id, "paid");
	assert.equal((await paymentsOf(id))[0].source, "query");
});

test("switched to the other one, which is then paid", async () => {
	const id = await approved();
	const first = (await order(id, "wechatpay")).body;
	const refused = await order(id);

	assert.equal(refused.status, 409);
	assert.equal(refused.body.code, "other_order_open");
	const second = await order(id, "alipay", { switch: true });

	assert.equal(second.status, 201);
	await pay(second.body);
	await untilState(id, "paid");
	await until(async () => (await stack.db("SELECT state FROM orders WHERE " +
		`order_no = '${first.order_no}'`))[0].state === "closed",
	"the first is closed", WAIT_MS);
});

test("a code that was switched away and is paid all the same", async () => {
	const id = await approved();
	const first = (await order(id)).body;
	const second = (await order(id, "wechatpay", { switch: true })).body;

	await pay(second);
	await untilState(id, "paid");
	await pay(first);
	/* Nobody could close it, as nobody had scanned it: the money is kept
	 * in view. */
	await until(async () => (await unmatched(first.order_no)).length > 0,
		"it is shown", WAIT_MS);
	const [row] = await unmatched(first.order_no);

	assert.deepEqual([row.provider, Number(row.amount_fen)],
		["alipay", first.amount_fen]);
	assert.equal((await paymentsOf(id)).length, 1);
});

test("a wrong amount pays nothing and is shown", async () => {
	const id = await approved();
	const { body } = await order(id);

	await stack.kill("worker", "SIGTERM");
	await sandbox("misbehave", { what: "notice_other_amount" });
	await pay(body);
	await until(async () => (await unmatched(body.order_no)).length > 0,
		"it is shown", WAIT_MS);
	assert.equal((await load(applicant, id)).state, "approved");
	await stack.restart("worker");
});

/* One as Alipay would send it, of an order that is not paid. */
function forged({ order_no: orderNo, amount_fen: total }, changes = {},
	key = keys.alipay.private_key)
{
	const now = Date.now();

	return buildNotice({ key, params: noticeParams({ merchant: keys.alipay,
		now, order: { out_trade_no: orderNo, transaction_id: `T${now}`,
			openid: "1", created_at: now, paid_at: now,
			params: { amount: { total }, description: "x" } },
		...changes }) });
}

async function callback({ headers, body })
{
	const answer = await send(`${stack.baseUrl}/callback/alipay`,
		{ method: "POST", headers, body });

	return [answer.status, answer.bytes.toString()];
}

test("what does not verify is answered the same, and changes nothing",
	async () => {
		const id = await approved();
		const { body } = await order(id);
		const good = forged(body);
		const platform = forged(body, {}, keys.platform.private_key);
		const refused = async () => Number((await stack.db("SELECT " +
			"COALESCE(SUM(times), 0) AS n FROM refusals WHERE " +
			"subject = 'alipay' AND code = 'notice'"))[0].n);
		const before = await refused();
		const wrong = [platform,
			{ ...good, body: good.body.replace("TRADE_SUCCESS",
				"TRADE_FINISHED") },
			{ ...good, body: good.body.replace("sign_type=RSA2",
				"sign_type=RSA") },
			{ ...good, body: `${good.body}&x=1` },
			{ ...good, body: "" }, { ...good, body: "{}" }];

		for (const bad of wrong)
			assert.deepEqual(await callback(bad), [401, "fail"]);
		assert.equal(await refused() - before, wrong.length);
		assert.equal((await load(applicant, id)).state, "approved");
		/* Whose application, and whose account, is looked at as well. */
		for (const changes of [{ app_id: "2021000000000000" },
			{ seller_id: "2088000000000000" },
			{ total_amount: "0.01" }])
			assert.deepEqual(await callback(forged(body, changes)),
				[200, "success"]);
		assert.equal((await load(applicant, id)).state, "approved");
		assert.equal((await unmatched(body.order_no)).length, 3);
		assert.deepEqual(await callback(good), [200, "success"]);
		assert.equal((await load(applicant, id)).state, "paid");
		assert.deepEqual(await callback(good), [200, "success"]);
		assert.equal((await paymentsOf(id)).length, 1);
	});

for (const [what, status] of [["error_500", 504], ["answer_unsigned", 504],
	["answer_bad_signature", 504], ["applied_then_drop", 504]])
	test(`the gateway's trouble at the order: ${what}`, async () => {
		const id = await approved();

		await sandbox("misbehave", { what, on: "precreate" });
		assert.equal((await order(id)).status, status);
		/* Tried again it is the same order, and can be paid. */
		const again = await order(id);

		assert.ok([200, 201].includes(again.status));
		await pay(again.body);
		await untilState(id, "paid");
	});
