/*
 * What the sandbox refuses to take from a merchant that signs wrongly, and
 * the answers that it gives when it is told to misbehave.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { launchSandbox } from "../sandbox/launch.mjs";
import { openMerchant } from "../sandbox/merchant.mjs";
import {
	authorization, randomText, unixSeconds,
} from "../sandbox/wechatpay_protocol.mjs";

let sandbox;
let shop;

before(async () => {
	sandbox = await launchSandbox();
	shop = openMerchant(sandbox);
});
after(() => sandbox.stop());

const stateOf = async (no) =>
	(await shop.query(no)).data.trade_state;

/* Sends an order whose signature is made over something else. */
async function send({ target = "/v3/pay/transactions/native?a=1", signed = {},
	options, change = (s) => s, headers = {} } = {})
{
	const body = JSON.stringify(shop.body());
	const s = { method: "POST", target, body, ...signed };
	const merchant = { ...sandbox.keys.merchant, ...signed.merchant };
	const auth = authorization(merchant, s.method, s.target, s.body, options);
	const res = await fetch(sandbox.url + target, {
		method: "POST", body,
		headers: { "Authorization": change(auth), "Accept": "application/json",
			"User-Agent": "test", "Content-Type": "application/json",
			...headers },
	});

	return { status: res.status, body: await res.json() };
}

test("a right signature is taken", async () => {
	for (const off of [0, 299, -299]) {
		const { status } =
			await send({ options: { timestamp: unixSeconds() + off } });

		assert.equal(status, 200, String(off));
	}
});

test("a wrong signature is refused", async () => {
	const wrong = {
		"query not signed": { signed: { target: "/v3/pay/transactions/native" } },
		"another method": { signed: { method: "PUT" } },
		"another body": { signed: { body: "{}" } },
		"another key": { signed: { merchant:
			{ private_key: sandbox.keys.platform.private_key } } },
		"base64 that is none": { change: (s) =>
			s.replace(/signature="[^"]+"/, 'signature="?"') },
	};

	for (const [name, how] of Object.entries(wrong)) {
		const { status, body } = await send(how);

		assert.deepEqual([status, body.code, body.detail?.detail.issue],
			[401, "SIGN_ERROR", "sign not match"], name);
		assert.match(body.detail.sign_information.truncated_sign_message,
			/^POST\n\/v3\/pay\/transactions\/native\?a=1\n\d{10}\n\w{32}\n{"appid"\n$/);
	}
});

test("a wrong identity or time is refused", async () => {
	const wrong = [
		{ signed: { merchant: { mchid: "1900000001" } } },
		{ signed: { merchant: { serial: "0".repeat(40) } } },
		{ options: { timestamp: unixSeconds() - 302 } },
		{ options: { timestamp: unixSeconds() + 302 } },
		{ options: { timestamp: Date.now() } },
		{ options: { nonce: randomText(33) } },
		{ change: (s) => s.replace("RSA2048", "RSA4096") },
		{ change: (s) => s.replaceAll('"', "") },
		{ change: (s) => s.replace(/nonce_str="\w+",/, "") },
		{ change: () => "" },
	];

	for (const how of wrong) {
		const { status, body } = await send(how);

		assert.deepEqual([status, body.code], [401, "SIGN_ERROR"]);
	}
});

test("a nonce is good for one request", async () => {
	const options = { nonce: randomText(32) };

	assert.equal((await send({ options })).status, 200);
	assert.equal((await send({ options })).body.detail.detail.issue,
		"nonce_str already used");
});

test("headers that the provider asks for", async () => {
	for (const headers of [{ "User-Agent": "" }, { "Accept": "text/html" },
		{ "Content-Type": "text/plain" }, { "Wechatpay-Serial": "1" }]) {
		const { status, body } = await send({ headers });

		assert.deepEqual([status, body.code], [400, "PARAM_ERROR"],
			JSON.stringify(headers));
	}
});

test("paths and methods that are not there", async () => {
	const { status } = await send({ target: "/v3/pay/transactions/jsapi" });
	const get = await fetch(`${sandbox.url}/v3/pay/transactions/native`);

	assert.equal(status, 404);
	assert.equal(get.status, 405);
});

const misbehave = async (order) =>
	assert.equal((await sandbox.control("misbehave", order)).status, 200);

/* Places an order while something goes wrong: {no, error}. */
async function troubled(what, merchant = shop)
{
	const body = shop.body();

	await misbehave({ what, on: "native" });

	const error = await merchant.order(body)
		.then(() => assert.fail(`${what} went well`), (e) => e);

	return { body, no: body.out_trade_no, error };
}

test("answers that must not be trusted, though it was done", async () => {
	const expected = {
		answer_bad_signature: "EV3_RES_HEADER_SIGNATURE_DIGEST",
		answer_unsigned: "EV3_RES_HEADERS_INCOMPLATE",
	};

	for (const [what, code] of Object.entries(expected)) {
		const { no, error } = await troubled(what);

		assert.equal(error.code, code);
		assert.equal(await stateOf(no), "NOTPAY");
	}
});

test("applied, then the connection is dropped", async () => {
	const { no, body, error } = await troubled("applied_then_drop");

	assert.equal(error.code, "ECONNRESET");
	assert.equal(await stateOf(no), "NOTPAY");
	assert.equal((await shop.order(body)).status, 200);
});

test("not applied: errors, limits, and no answer", async () => {
	const impatient = openMerchant(sandbox, { timeout: 200 });
	const cases = [["error_500", shop, 500], ["rate_limited", shop, 429],
		["hang", impatient, undefined]];

	for (const [what, merchant, status] of cases) {
		const { no, error } = await troubled(what, merchant);

		assert.equal(error.response?.status, status, what);
		await assert.rejects(stateOf(no), /404/);
	}
});

test("misbehaviour is counted and narrowed", async () => {
	const { data } = await shop.order(shop.body());

	assert.match(data.code_url, /^weixin:/);
	await misbehave({ what: "error_500", times: 2, on: "query" });
	await shop.order(shop.body());
	await assert.rejects(shop.query("nowhere"), /500/);
	await assert.rejects(shop.query("nowhere"), /500/);
	await assert.rejects(shop.query("nowhere"), /404/);
	for (const order of [{ what: "dance" }, { what: "hang", times: 0 },
		{ what: "hang", ms: -1 }, { what: "hang", on: 1 }])
		assert.equal((await sandbox.control("misbehave", order)).status, 422);
});

test("everything is told, and reset forgets it", async () => {
	const body = shop.body();

	await shop.order(body);
	await misbehave({ what: "hang" });

	const told = (await sandbox.control("orders")).body;

	assert.ok(told.orders.some((o) => o.out_trade_no === body.out_trade_no &&
		o.trade_state === "NOTPAY"));
	assert.deepEqual(told.misbehave.map((m) => m.what), ["hang"]);
	assert.equal(told.requests.at(-1).call, "native");
	assert.ok(told.calls.native >= 1);
	await sandbox.control("reset", {});
	assert.deepEqual((await sandbox.control("orders")).body,
		{ orders: [], refunds: [], invoices: [], invoice_config: {}, notices: [],
			requests: [], calls: {}, misbehave: [] });
});
