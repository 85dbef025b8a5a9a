/*
 * What goes wrong for hours, and is settled by itself: keys that change while
 * orders are open, a provider that is down, a clock that is off. On the real
 * parts; nobody does more than an operator would.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import fs from "node:fs";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { readKeys } from "../sandbox/keys.mjs";
import { buildNotice, rfc3339 } from "../sandbox/wechatpay_protocol.mjs";
import { complete, force, load, submit } from "../stack/cases.mjs";
import { send, signIn } from "../stack/client.mjs";
import { act } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 30_000;
const ROUNDS_MS = 5000; /* in which the worker asks, and asks again */
const PROGRAMS = ["callback", "payment", "worker"];

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

async function sandbox(what, body)
{
	const res = await fetch(`${stack.sandboxUrl}/sandbox/${what}`,
		{ method: "POST", body: JSON.stringify(body) });

	assert.equal(res.status, 200, what);
	return res.json();
}

async function approved()
{
	const { id } = await complete(applicant, "new",
		{ second_reason: "再办一把" });

	await submit(applicant, id);
	await force(stack, id, "approved");
	return id;
}

const order = (id, provider) =>
	applicant.post(`/api/applications/${id}/payment`, { provider });

/* An approved case with an order that can be paid. */
async function ordered(provider)
{
	const id = await approved();
	const { status, body } = await order(id, provider);

	assert.equal(status, 201, JSON.stringify(body));
	return { id, ...body };
}

const pay = async ({ order_no }) =>
	(await sandbox("pay", { out_trade_no: order_no })).transaction_id;

/* Paid there, and nobody is told. */
async function paySilently(made)
{
	await sandbox("misbehave", { what: "no_notice" });
	return pay(made);
}

const stateOf = async ({ id }) => (await load(applicant, id)).state;

const untilPaid = (made) => until(async () => await stateOf(made) === "paid",
	`${made.id} is paid`, WAIT_MS);

const orderState = async ({ order_no: no }) => (await stack.db("SELECT state " +
	`FROM orders WHERE order_no = '${no}'`))[0].state;

/* Once in the books, and how it was learnt. */
async function assertPaidOnce(made, transaction, source)
{
	const rows = await stack.db("SELECT transaction_id, source FROM payments " +
		`WHERE application_id = '${made.id}'`);

	assert.deepEqual(rows.map((r) => r.transaction_id), [transaction]);
	if (source !== undefined)
		assert.equal(rows[0].source, source);
}

const expire = (made) => stack.db("UPDATE orders SET expires_at = NOW(6) - " +
	`INTERVAL 3 HOUR WHERE order_no = '${made.order_no}'`);

/* -- keys -- */

/* A pair in the sandbox's folder: the names of its files. */
function makePair(name)
{
	const { privateKey, publicKey } =
		generateKeyPairSync("rsa", { modulusLength: 2048 });
	const files = { secret: `${name}_key.pem`, open: `${name}_public.pem` };

	fs.writeFileSync(stack.path("sandbox", files.secret),
		privateKey.export({ type: "pkcs8", format: "pem" }));
	fs.writeFileSync(stack.path("sandbox", files.open),
		publicKey.export({ type: "spki", format: "pem" }), { mode: 0o644 });
	return files;
}

/* From now on the provider has these keys. */
async function rotate(index, changes)
{
	const file = stack.path("sandbox", index);

	await stack.kill("sandbox", "SIGTERM");
	fs.writeFileSync(file, JSON.stringify(
		{ ...JSON.parse(fs.readFileSync(file)), ...changes }));
	await stack.restart("sandbox");
}

async function configure(env)
{
	for (const name of PROGRAMS)
		await stack.restart(name, env);
}

async function tell(provider, { headers, body })
{
	const answer = await send(`${stack.baseUrl}/callback/${provider}`,
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

test("WeChat's key changes while orders are open", async () => {
	const old = keys();
	const list = stack.env.CALOCK_WECHATPAY_PLATFORM_KEYS;
	const [late, next] = [await ordered("wechatpay"),
		await ordered("wechatpay")];
	const id = `PUB_KEY_ID_${"7".repeat(30)}`;
	const { secret, open } = makePair("platform_next");
	const added = `${id}=${stack.path("sandbox", open)}`;

	await stack.kill("worker", "SIGTERM");
	const known = await paySilently(late);

	await rotate("wechatpay.json", { platform_public_key_id: id,
		platform_key_file: secret, platform_public_key_file: open });
	/* Beside the old one: what each of them signed is taken. */
	await configure({ CALOCK_WECHATPAY_PLATFORM_KEYS: `${added},${list}` });
	assert.equal(await tell("wechatpay", noticeOf(late, known, old)), 200);
	await untilPaid(late);
	await assertPaidOnce(late, known);
	const transaction = await pay(next);

	await untilPaid(next);
	await assertPaidOnce(next, transaction, "notice");
	assert.equal(keys().platform.serial, id);
	/* An answer of the new one as well: else there were no code to scan. */
	const last = await ordered("wechatpay");

	/* The old one is removed: refused like any other, asked about, settled. */
	await configure({ CALOCK_WECHATPAY_PLATFORM_KEYS: added });
	await stack.kill("worker", "SIGTERM");
	const unheard = await paySilently(last);

	assert.equal(await tell("wechatpay", noticeOf(last, unheard, old)), 401);
	assert.equal(await stateOf(last), "approved");
	await stack.restart("worker");
	await untilPaid(last);
	await assertPaidOnce(last, unheard, "query");
});

test("Alipay's key changes while orders are open", async () => {
	const paid = await ordered("alipay");
	const open = await ordered("alipay");
	const next = makePair("alipay_next");

	await rotate("alipay.json", { alipay_key_file: next.secret,
		alipay_public_key_file: next.open });
	const transaction = await pay(paid);

	await expire(open);
	/* Nothing that it says can be verified, so nothing is believed. */
	await delay(ROUNDS_MS);
	assert.equal(await stateOf(paid), "approved");
	assert.notEqual(await orderState(open), "closed");
	await configure({ CALOCK_ALIPAY_ALIPAY_KEY_FILE:
		stack.path("sandbox", next.open) });
	await untilPaid(paid);
	await assertPaidOnce(paid, transaction);
	await until(async () => await orderState(open) === "closed",
		"what nobody paid is closed", WAIT_MS);
});

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
			await delay(ROUNDS_MS);
			for (const made of [paid, open]) {
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
		assert.equal(await tell("wechatpay", noticeOf(made, transaction, keys(),
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

test("WeChat's notices alone are late: the worker asks", async () => {
	const made = await ordered("wechatpay");

	await sandbox("misbehave", { what: "notice_stale", times: 50 });
	const transaction = await pay(made);

	await untilPaid(made);
	await assertPaidOnce(made, transaction, "query");
});
