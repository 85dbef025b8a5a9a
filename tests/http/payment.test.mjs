/*
 * Money on the real parts: orders, notices right and wrong, and what is
 * settled by asking.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { create, draft, load } from "../stack/cases.mjs";
import { send, signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { vendorNotice } from "../sandbox/merchant.mjs";
import { buildNotice, probeSignature, randomText, rfc3339, unixSeconds,
	wrongSignature } from "../sandbox/wechatpay_protocol.mjs";
import { MADE, PROVIDER, TAKEN, WAIT_MS, applicant, approved, assertPaidOnce,
	keys, lifeOf, notice, noticesOf, notify, order, pay, paySilently,
	paymentPath, paymentsOf, row, sandbox, setUp, stack, stateOf, untilState,
	whyNotPaid } from "./payment_kit.mjs";

setUp();

test("an order, its code, and the payment that its notice tells of",
	async () => {
		const { id, fee_fen, batch_no } = await approved();
		const none = await applicant.get(paymentPath(id));
		const answer = await applicant.post(paymentPath(id), PROVIDER);
		const made = answer.body;

		assert.equal(none.status, 404);
		assert.equal(answer.status, 201);
		assert.deepEqual(Object.keys(made), ["order_no", "provider",
			"amount_fen", "code_url", "expires_at", "status"]);
		assert.deepEqual([made.provider, made.amount_fen, made.status],
			["wechatpay", fee_fen, "open"]);
		assert.match(made.code_url, /^weixin:/);
		assert.ok(Date.parse(made.expires_at) > Date.now() + 80 * 60e3);

		const qr = await applicant.get(`${paymentPath(id)}/qr.svg`);

		assert.equal(qr.headers["content-type"], "image/svg+xml");
		assert.match(qr.bytes.toString(), /^<svg[^]*<\/svg>\s*$/);
		assert.deepEqual((await applicant.get(paymentPath(id))).body, made);

		const transaction = await pay(made.order_no);

		await untilState(id, "paid");
		await assertPaidOnce(id, transaction, "notice");
		assert.deepEqual(await lifeOf(made.order_no),
			[...MADE, "pay paid provider"]);
		const now = await applicant.get(paymentPath(id));

		assert.deepEqual([now.body.status, now.body.code_url], ["paid", null]);
		assert.equal((await applicant.get(`${paymentPath(id)}/qr.svg`)).status,
			404);
		assert.equal((await applicant.post(paymentPath(id), PROVIDER)).body.code,
			"wrong_state");

		const { body: list } =
			await applicant.get("/api/payments?status=paid&limit=1");

		assert.deepEqual(list.items.map((i) => [i.application_id, i.batch_no,
			i.order_no, i.order_status, i.status, i.amount_fen]),
		[[id, batch_no, made.order_no, "paid", "paid", fee_fen]]);
	});

test("the list goes on from page to page, and is filtered", async () => {
	const ids = [(await approved()).id, (await approved()).id];
	const seen = [];
	let cursor = "";

	do {
		const { body } = await applicant.get(
			`/api/payments?status=unpaid&limit=1${cursor}`);

		assert.equal(body.items.length, 1);
		assert.equal(body.items[0].status, "unpaid");
		assert.equal(body.items[0].order_no, null);
		seen.push(body.items[0].application_id);
		cursor = body.next === null ? null : `&cursor=${body.next}`;
	} while (cursor !== null);
	assert.deepEqual(seen, ids.reverse());
	assert.deepEqual((await (await signIn(stack, "applicant2"))
		.get("/api/payments")).body, { items: [], next: null,
		providers: [{ provider: "wechatpay", title: "微信支付" },
			{ provider: "alipay", title: "支付宝" }] });
	assert.equal((await applicant.get("/api/payments?status=x")).status, 422);
});

test("one open order, however often and from how many it is asked for",
	async () => {
		const { id } = await approved();
		const answers = await Promise.all(Array.from({ length: 10 }, () =>
			applicant.post(paymentPath(id), PROVIDER)));
		const first = answers[0].body;

		assert.deepEqual(answers.map((a) => a.status).sort(),
			[...Array(9).fill(200), 201]);
		for (const { body } of answers)
			assert.deepEqual(body, first);
		assert.deepEqual(await order(id), first);
		await sandbox("pay", { code_url: first.code_url });
		await untilState(id, "paid");
	});

test("the same Idempotency-Key gives the same answer", async () => {
	const { id } = await approved();
	const headers = { "Idempotency-Key": "k1" };
	const answers = [];

	for (let i = 0; i < 2; i++)
		answers.push(await applicant.post(paymentPath(id), PROVIDER, headers));
	assert.deepEqual(answers.map((a) => a.status), [201, 201]);
	assert.deepEqual(answers[0].body, answers[1].body);
	assert.equal((await applicant.post(paymentPath(id),
		{ ...PROVIDER, switch: true }, headers)).body.code,
	"idempotency_key_reused");
});

test("what cannot be ordered is refused", async () => {
	const { id } = await approved();
	const other = await signIn(stack, "applicant2");
	const { id: draftId } = await create(applicant, draft(applicant));
	const unknown = await applicant.post(paymentPath(id),
		{ provider: "cash" });

	assert.equal((await other.post(paymentPath(id), PROVIDER)).status, 404);
	assert.equal((await other.get(paymentPath(id))).status, 404);
	assert.equal((await applicant.post(paymentPath(draftId), PROVIDER)).body
		.code, "wrong_state");
	assert.equal(unknown.status, 422);
	assert.equal(unknown.body.errors[0].field, "provider");
	assert.equal((await applicant.post(paymentPath(id),
		{ ...PROVIDER, amount_fen: 1 })).body.code, "unknown_member");
	assert.deepEqual(await stack.db("SELECT order_no FROM orders WHERE " +
		`application_id = '${id}'`), []);
});

test("another provider's order is given up only when asked to", async () => {
	const { id } = await approved();
	const { order_no } = await order(id);

	await stack.db("UPDATE orders SET provider = 'alipay' WHERE " +
		`order_no = '${order_no}'`);
	assert.equal((await applicant.post(paymentPath(id), PROVIDER)).body.code,
		"other_order_open");
	assert.equal(await stateOf(order_no), "open");
	const next = await order(id, { switch: true });

	assert.notEqual(next.order_no, order_no);
	assert.equal(await stateOf(order_no), "closing");
	assert.deepEqual(await lifeOf(order_no),
		[...MADE, "switch closing applicant"]);
});

test("what has expired is closed once the provider was asked, and paid late",
	async () => {
		const { id } = await approved();
		const made = await order(id);
		const asked = async () => (await (await fetch(
			`${stack.sandboxUrl}/sandbox/orders`)).json()).requests
			.filter((r) => r.target.includes(made.order_no))
			.map((r) => r.call);

		await stack.db("UPDATE orders SET expires_at = NOW(6) - INTERVAL 1 " +
			`SECOND WHERE order_no = '${made.order_no}'`);
		await applicant.get(paymentPath(id));
		await sandbox("misbehave", { what: "error_500", on: "close" });
		await stack.restart("worker");
		await until(async () => await stateOf(made.order_no) === "closed",
			"the order is closed", WAIT_MS);
		/* The first close failed: asked again before it was tried again. */
		assert.deepEqual(await asked(), ["query", "close", "query", "close"]);
		assert.deepEqual(await lifeOf(made.order_no),
			[...MADE, "expire closing worker", "close closed worker"]);
		await stack.kill("worker", "SIGTERM");
		assert.equal(await whyNotPaid(made), "closed");
		/* A provider that has taken it all the same. */
		assert.deepEqual(await notify(notice({ mchid: keys.merchant.mchid,
			appid: keys.merchant.appid, out_trade_no: made.order_no,
			transaction_id: "late1", trade_state: "SUCCESS",
			success_time: rfc3339(Date.now()),
			amount: { total: made.amount_fen, currency: "CNY" } })), TAKEN);
		assert.equal((await load(applicant, id)).state, "paid");
		assert.equal((await lifeOf(made.order_no)).at(-1), "pay paid provider");
	});

test("ten notices of one event at once: ten successes, one effect",
	async () => {
		const { id } = await approved();
		const made = await order(id);
		const plain = await paySilently(made);
		const same = notice(plain);
		const answers = await Promise.all(Array.from({ length: 10 }, () =>
			notify(same)));

		for (const answer of answers)
			assert.deepEqual(answer, TAKEN);
		await assertPaidOnce(id, plain.transaction_id, "notice");
		/* Another event about the same money. */
		assert.deepEqual(await notify(notice(plain)), TAKEN);
		await assertPaidOnce(id, plain.transaction_id, "notice");
		assert.deepEqual(await noticesOf(made.order_no),
			[{ outcome: "credited", reason: "" },
				{ outcome: "repeated", reason: "" }]);
	});

const now = () => unixSeconds();
const wrongs = {
	"a forged signature": (plain) =>
		notice(plain, { signature: wrongSignature() }),
	"a probe": (plain) => {
		const made = notice(plain);
		const { headers } = made;

		headers["Wechatpay-Signature"] =
			probeSignature(headers["Wechatpay-Signature"]);
		return made;
	},
	"no base64": (plain) => notice(plain, { signature: "%%%" }),
	"one of 301 s ago": (plain) => notice(plain, { timestamp: now() - 301 }),
	"one from 302 s ahead": (plain) =>
		notice(plain, { timestamp: now() + 302 }),
	"a changed body": (plain) => {
		const made = notice(plain);

		return { ...made, body: made.body.replace("支付成功", "支付成功 ") };
	},
	"an unknown serial": (plain) =>
		notice(plain, { serial: "PUB_KEY_ID_0000" }),
	"no serial": (plain) => {
		const made = notice(plain);

		delete made.headers["Wechatpay-Serial"];
		return made;
	},
	"signed by another key": (plain) => notice(plain, { keys: { ...keys,
		platform: { ...keys.platform,
			private_key: keys.merchant.private_key } } }),
	"another APIv3 key": (plain) =>
		notice(plain, { apiv3_key: randomText(32) }),
	"nothing": () => ({ headers: {}, body: "" }),
};

test("a notice that does not verify is refused, counted, without effect",
	async () => {
		const { id, version } = await approved();
		const made = await order(id);
		const plain = await paySilently(made);
		const refusals = async () => Number((await row("SELECT " +
			"COALESCE(SUM(times), 0) AS n FROM refusals WHERE " +
			"subject = 'wechatpay' AND code = 'notice'")).n);
		const before = await refusals();

		for (const [what, make] of Object.entries(wrongs))
			assert.deepEqual(await notify(make(plain)), { status: 401,
				body: { code: "FAIL", message: "失败" } }, what);
		assert.equal(await refusals() - before, Object.keys(wrongs).length);
		assert.deepEqual(await noticesOf(made.order_no), []);
		assert.equal((await load(applicant, id)).version, version);
		assert.equal((await send(`${stack.baseUrl}/callback/wechatpay`)).status,
			405);
		/* And the right one, as late as it may be, signed with the old kind. */
		assert.deepEqual(await notify(notice(plain, {
			keys: { ...keys, platform: keys.certificate },
			timestamp: now() - 290 })), TAKEN);
		await assertPaidOnce(id, plain.transaction_id, "notice");
	});

test("a notice that the vendor's own library signs is taken", async () => {
	const { id } = await approved();
	const plain = await paySilently(await order(id));

	assert.deepEqual(await notify(vendorNotice({ id: randomText(36),
		create_time: rfc3339(Date.now()), event_type: "TRANSACTION.SUCCESS",
		summary: "支付成功" }, plain, keys)), TAKEN);
	await assertPaidOnce(id, plain.transaction_id, "notice");
});

test("paid before the answer to the order came", async () => {
	const { id } = await approved();

	await sandbox("misbehave", { what: "applied_then_drop", on: "native" });
	const lost = await applicant.post(paymentPath(id), PROVIDER);

	assert.equal(lost.status, 504);
	assert.equal(lost.body.code, "provider_unknown");
	const { body } = await applicant.get(paymentPath(id));

	assert.deepEqual([body.status, body.code_url], ["created", null]);
	const transaction = await pay(body.order_no);

	await untilState(id, "paid");
	await assertPaidOnce(id, transaction, "notice");
});

test("an order whose answer was lost, or that could not be sent, is tried " +
	"again under its number", async () => {
	const { id } = await approved();

	await stack.kill("sandbox", "SIGTERM");
	const refused = await applicant.post(paymentPath(id), PROVIDER);

	assert.equal(refused.status, 502);
	await stack.restart("sandbox");
	await sandbox("misbehave", { what: "applied_then_drop", on: "native" });
	assert.equal((await applicant.post(paymentPath(id), PROVIDER)).status, 504);
	const again = await applicant.post(paymentPath(id), PROVIDER);

	assert.equal(again.status, 200);
	assert.equal(again.body.status, "open");
	assert.equal((await stack.db("SELECT order_no FROM orders WHERE " +
		`application_id = '${id}'`)).length, 1);
	const transaction = await pay(again.body.order_no);

	await untilState(id, "paid");
	await assertPaidOnce(id, transaction, "notice");
});

test("without a notice the worker finds the payment by asking", async () => {
	const { id } = await approved();
	const made = await order(id);
	const { transaction_id } = await paySilently(made);

	await applicant.get(paymentPath(id));
	await stack.restart("worker");
	await untilState(id, "paid");
	await assertPaidOnce(id, transaction_id, "query");
	assert.deepEqual(await noticesOf(made.order_no), []);
	await until(async () => (await row("SELECT state FROM messages WHERE " +
		`application_id = '${id}' AND event = 'pay'`)).state === "sent",
	"the message is sent", WAIT_MS);
});

test("the notice and the worker's question at once: one effect", async () => {
	await stack.restart("worker");
	for (let i = 0; i < 5; i++) {
		const { id } = await approved();
		const made = await order(id);
		const plain = await paySilently(made);

		/* The worker asks in its next round, wherever the notices are. */
		await stack.db("UPDATE orders SET asked_at = NOW(6), queried_at = " +
			`NOW(6) - INTERVAL 5 SECOND WHERE order_no = '${made.order_no}'`);
		do
			assert.deepEqual(await notify(notice(plain)), TAKEN);
		while ((await row("SELECT queried_at < NOW(6) - INTERVAL 4 SECOND AND " +
			"state <> 'paid' AS waits FROM orders WHERE order_no = " +
			`'${made.order_no}'`)).waits === "1");
		const [{ source }] = await paymentsOf(id);

		await assertPaidOnce(id, plain.transaction_id, source);
	}
});

test("a provider in trouble delays and loses nothing", async () => {
	const { id } = await approved();
	const made = await order(id);
	const { transaction_id } = await paySilently(made);

	await sandbox("misbehave", { what: "error_500", on: "query" });
	await sandbox("misbehave", { what: "answer_bad_signature", on: "query" });
	await stack.restart("worker");
	await untilState(id, "paid");
	await assertPaidOnce(id, transaction_id, "query");
});

test("a notice of another kind is noted, once", async () => {
	const { id } = await approved();
	const made = await order(id);
	const other = buildNotice({ keys, id: "refund-1",
		event_type: "REFUND.SUCCESS", original_type: "refund",
		plain: { out_trade_no: made.order_no, refund_status: "SUCCESS" } });

	assert.deepEqual(await notify(other), TAKEN);
	assert.deepEqual(await notify(other), TAKEN);
	assert.equal((await row("SELECT outcome FROM notices WHERE " +
		"event_id = 'refund-1'")).outcome, "noted");
	assert.equal((await load(applicant, id)).state, "approved");
});

test("while the database is down a notice is not taken", async () => {
	const { id } = await approved();
	const made = await order(id);
	const plain = await paySilently(made);
	const told = notice(plain);

	await stack.killDatabase();
	const answer = await notify(told);

	assert.equal(answer.status, 503);
	await stack.startDatabase();
	assert.deepEqual(await notify(told), TAKEN);
	await assertPaidOnce(id, plain.transaction_id, "notice");
});

for (const victims of [["callback", "worker"], ["mariadbd"]])
	test(`${victims.join(" and ")} killed under payments: each counts once`,
		async () => {
			const cases = [];

			for (let i = 0; i < 5; i++) {
				const { id } = await approved();

				cases.push({ id, order_no: (await order(id)).order_no });
			}
			await stack.restart("worker");
			for (const one of cases) {
				const kills = victims.map((name) => stack.kill(name));

				[one.transaction_id] =
					await Promise.all([pay(one.order_no), ...kills]);
				await Promise.all(victims.map((name) =>
					stack.restart(name)));
				await applicant.get(paymentPath(one.id));
			}
			for (const { id, transaction_id } of cases) {
				await untilState(id, "paid");
				const [{ source }] = await paymentsOf(id);

				await assertPaidOnce(id, transaction_id, source);
			}
		});

test("a cancellation and a payment at once: one of them, wholly", async () => {
	for (let i = 0; i < 5; i++) {
		const { id } = await approved();
		const made = await order(id);
		const plain = await paySilently(made);
		const [cancelled, taken] = await Promise.all([
			applicant.post(`/api/applications/${id}/cancel`, {}),
			notify(notice(plain))]);
		const [{ outcome, reason }] = await noticesOf(made.order_no);

		assert.deepEqual(taken, TAKEN);
		assert.equal(await stateOf(made.order_no), "paid");
		if (cancelled.status === 200) {
			assert.deepEqual([outcome, reason], ["unmatched", "cancelled"]);
			assert.equal((await load(applicant, id)).state, "cancelled");
			assert.deepEqual(await paymentsOf(id), []);
		} else {
			assert.equal(cancelled.body.code, "wrong_state");
			assert.equal(outcome, "credited");
			await assertPaidOnce(id, plain.transaction_id, "notice");
		}
	}
});

test("the worker cancels what nobody has touched, and its order with it",
	async () => {
		const { id } = await approved();
		const made = await order(id);

		await stack.db("UPDATE applications SET entered_at = NOW(6) - " +
			"INTERVAL 31 DAY, touched_at = entered_at " +
			`WHERE id = '${id}'`);
		await stack.restart("worker");
		const app = await untilState(id, "cancelled");

		assert.equal(app.history.at(-1).actor, "系统");
		assert.ok((await lifeOf(made.order_no))
			.includes("cancel closing worker"));
		await until(async () => await stateOf(made.order_no) === "closed",
			"the order is closed", WAIT_MS);
	});
