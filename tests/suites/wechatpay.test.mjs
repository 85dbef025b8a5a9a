/*
 * Signatures and sealed texts of WeChat Pay API v3: our C code against the
 * vendor's own library for Node, each computing its side anew, with keys made
 * for the run.
 */
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Aes, Formatter, Rsa } from "wechatpay-axios-plugin";

import { openKeys } from "../sandbox/keys.mjs";
import { base64, Driver } from "./driver.mjs";

const NOW = 1_790_000_000;
const NONCE = "0123456789ab";
const TYPE = "WECHATPAY2-SHA256-RSA2048";

let dir, driver, keys;

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-suite-"));
	await openKeys(dir, 0);
	keys = JSON.parse(fs.readFileSync(path.join(dir, "wechatpay.json")));
	driver = new Driver();
	const file = (name) => path.join(dir, name);
	const opened = await driver.ask({ do: "open", mchid: keys.mchid,
		serial: keys.merchant_serial,
		merchant_key: file(keys.merchant_key_file),
		apiv3_key: file(keys.apiv3_key_file),
		platform_keys: `${keys.platform_public_key_id}=` +
			`${file(keys.platform_public_key_file)},` +
			`${keys.platform_certificate_serial}=` +
			file(keys.platform_certificate_file) });

	assert.ok(opened.ok, opened.cause);
});

after(async () => {
	await driver?.close();
	fs.rmSync(dir, { recursive: true, force: true });
});

function privateKey(name)
{
	return createPrivateKey(fs.readFileSync(path.join(dir, keys[name])));
}

const REQUESTS = [
	["GET", "/v3/pay/transactions/out-trade-no/CA20261124000001?mchid=1", ""],
	["GET", "/v3/certificates", ""],
	["POST", "/v3/pay/transactions/native", "{\"description\":\"CA 锁续期\"}"],
	["POST", "/v3/pay/transactions/native", "{\"description\":\"𠮷野家\\n\"}"],
	["POST", "/v3/refund/domestic/refunds", "{}"],
	["POST", "/v3/a?b=%E9%94%81&c=d", "x".repeat(20_000)],
];

for (const [method, target, body] of REQUESTS)
	test(`${method} ${target}, ${body.length} characters`, async () => {
		const nonce = Formatter.nonce();
		const timestamp = String(Formatter.timestamp());
		const answer = await driver.ask({ do: "authorization", method, target,
			timestamp, nonce, bytes: base64(body) });

		assert.ok(answer.ok, answer.cause);
		const [scheme, rest] = answer.value.split(" ");
		const parts = Object.fromEntries(rest.split(",").map((part) =>
			/^([a-z_]+)="(.*)"$/.exec(part).slice(1)));
		const text = Formatter.request(method, target, timestamp, nonce, body);
		const key = privateKey("merchant_key_file");

		/* PKCS #1 v1.5 knows no chance: both come to the same bytes. */
		assert.deepEqual({ scheme, ...parts }, { scheme: TYPE,
			mchid: keys.mchid, serial_no: keys.merchant_serial,
			nonce_str: nonce, timestamp, signature: Rsa.sign(text, key) });
		assert.ok(Rsa.verify(text, parts.signature, createPublicKey(key)));
	});

/* 2048 bits take 214 bytes. */
for (const text of ["13812345678", "cai@example.com", "", "张三丰 😀",
	"x".repeat(214)])
	test(`sealed for WeChat: ${Buffer.byteLength(text)} bytes`, async () => {
		const key = privateKey("platform_key_file");
		const one = await driver.ask({ do: "seal", bytes: base64(text) });
		const two = await driver.ask({ do: "seal", bytes: base64(text) });

		assert.ok(one.ok, one.cause);
		assert.equal(Rsa.decrypt(one.sealed, key), text);
		assert.equal(Rsa.decrypt(two.sealed, key), text);
		assert.notEqual(one.sealed, two.sealed);
	});

test("too much to be sealed", async () => {
	const answer = await driver.ask({ do: "seal", bytes: base64("x".repeat(215)) });

	assert.equal(answer.ok, false);
});

const TRANSACTION = {
	out_trade_no: "CA20261124000001X1", transaction_id: "4200001234",
	trade_type: "NATIVE", trade_state: "SUCCESS", attach: "附加 😀",
	success_time: "2026-11-24T10:34:56+08:00",
	amount: { total: 20000, payer_total: 20000, currency: "CNY" },
};

/* A notice as WeChat sends it, with changes at every place where a stranger
 * could make one. */
function notice({ transaction = {}, resource = {}, event = {}, headers = {},
	seal = {}, signer = "public", signed, body, timestamp = NOW } = {})
{
	const plain = seal.plain ?? JSON.stringify({ ...TRANSACTION,
		mchid: keys.mchid, appid: keys.appid, ...transaction });
	const data = seal.data ?? "transaction";
	const text = JSON.stringify({ id: "EV-2018022511223320873",
		create_time: "2026-11-24T10:34:56+08:00",
		resource_type: "encrypt-resource", event_type: "TRANSACTION.SUCCESS",
		summary: "支付成功",
		resource: { original_type: "transaction",
			algorithm: "AEAD_AES_256_GCM", associated_data: data,
			nonce: NONCE, ciphertext: Aes.AesGcm.encrypt(plain,
				seal.key ?? keys.apiv3_key, NONCE, data), ...resource },
		...event });
	const sent = { "wechatpay-timestamp": String(timestamp),
		"wechatpay-nonce": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
		"wechatpay-serial": signer === "public" ?
			keys.platform_public_key_id : keys.platform_certificate_serial,
		"wechatpay-signature-type": TYPE };

	sent["wechatpay-signature"] = Rsa.sign(Formatter.response(
		sent["wechatpay-timestamp"], sent["wechatpay-nonce"],
		signed ?? body ?? text), privateKey({ public: "platform_key_file",
		certificate: "platform_certificate_key_file",
		merchant: "merchant_key_file" }[signer]));
	for (const [name, value] of Object.entries(headers))
		if (value === null)
			delete sent[name];
		else
			sent[name] = typeof value === "function" ?
				value(sent[name]) : value;
	return { do: "notice", headers: sent, bytes: base64(body ?? text),
		now: NOW };
}

const PAID = { is_payment: true, event_type: "TRANSACTION.SUCCESS",
	order_no: TRANSACTION.out_trade_no, transaction_id: "4200001234",
	currency: "CNY", amount_fen: 20000,
	paid_at: "2026-11-24T02:34:56.000Z" };

const TAKEN = [
	["signed with the public key", {}, PAID],
	["signed with the certificate", { signer: "certificate" }, PAID],
	["its serial in lower case", { signer: "certificate", headers:
		{ "wechatpay-serial": (value) => value.toLowerCase() } }, PAID],
	["without a signature type",
		{ headers: { "wechatpay-signature-type": null } }, PAID],
	["300 seconds old", { timestamp: NOW - 300 }, PAID],
	["300 seconds ahead", { timestamp: NOW + 300 }, PAID],
	["no associated data", { seal: { data: "" } }, PAID],
	["no associated data at all",
		{ seal: { data: "" }, resource: { associated_data: undefined } }, PAID],
	["Chinese associated data", { seal: { data: "交易" } }, PAID],
	["no currency", { transaction: { amount: { total: 1 } } },
		{ ...PAID, amount_fen: 1 }],
	["another currency",
		{ transaction: { amount: { total: 1, currency: "HKD" } } },
		{ ...PAID, amount_fen: 1, currency: "HKD" }],
	["a success that is none", { transaction: { trade_state: "CLOSED" } },
		{ is_payment: false }],
	["a refund", { event: { event_type: "REFUND.SUCCESS" },
		seal: { plain: "{\"refund_status\":\"SUCCESS\"}" } },
	{ is_payment: false, event_type: "REFUND.SUCCESS" }],
	["an invoice", { event: { event_type: "FAPIAO.ISSUED" },
		seal: { data: "fapiao", plain: JSON.stringify({
			fapiao_apply_id: TRANSACTION.transaction_id }) } },
	{ is_payment: false, apply_id: TRANSACTION.transaction_id }],
];

for (const [name, changes, expected] of TAKEN)
	test(`a notice is taken: ${name}`, async () => {
		const answer = await driver.ask(notice(changes));

		assert.ok(answer.ok, answer.cause);
		for (const [key, value] of Object.entries(expected))
			assert.equal(answer[key], value, key);
		if (answer.is_payment)
			assert.deepEqual([answer.merchant, answer.app],
				[keys.mchid, keys.appid]);
		if (changes.seal?.plain === undefined && !changes.transaction)
			assert.deepEqual(JSON.parse(answer.plain), { ...TRANSACTION,
				mchid: keys.mchid, appid: keys.appid });
	});

/* By the cause that goes into the log, so that each is refused for its own
 * fault. */
const REFUSED = [
	[/is missing/, { headers: { "wechatpay-signature": null } }],
	[/is missing/, { headers: { "wechatpay-signature": "" } }],
	[/is missing/, { headers: { "wechatpay-timestamp": null } }],
	[/is missing/, { headers: { "wechatpay-nonce": null } }],
	[/is missing/, { headers: { "wechatpay-serial": null } }],
	[/another type/, { headers: { "wechatpay-signature-type":
		"WECHATPAY2-SM2-WITH-SM3" } }],
	[/serial .* is unknown/, { headers: { "wechatpay-serial": "7F".repeat(20) } }],
	[/serial .* is unknown/, { headers: { "wechatpay-serial": "PUB_KEY_ID_" } }],
	[/is not now/, { timestamp: NOW - 301 }],
	[/is not now/, { timestamp: NOW + 301 }],
	[/is not now/, { headers: { "wechatpay-timestamp": `+${NOW}` } }],
	[/is not now/, { headers: { "wechatpay-timestamp": `${NOW}.0` } }],
	[/is not now/, { headers: { "wechatpay-timestamp": `0${NOW}` } }],
	[/not base64/, { headers: { "wechatpay-signature":
		"WECHATPAY/SIGNTEST/abcdefg" } }],
	[/not base64/, { headers: { "wechatpay-signature":
		(value) => `${value}\n` } }],
	[/does not match/, { headers: { "wechatpay-signature":
		(value) => value.slice(4) } }],
	[/does not match/, { headers: { "wechatpay-signature":
		(value) => `AAAA${value.slice(4)}` } }],
	[/does not match/, { headers: { "wechatpay-nonce": "another" } }],
	[/does not match/, { headers: { "wechatpay-timestamp": String(NOW + 1) } }],
	[/does not match/, { signed: "{}" }],
	[/does not match/, { signer: "merchant", headers: { "wechatpay-serial":
		() => keys.platform_public_key_id } }],
	[/does not match/, { headers: { "wechatpay-serial":
		() => keys.platform_certificate_serial } }],
	[/body is not JSON/, { body: "" }],
	[/body is not JSON/, { body: "id=1&event_type=2" }],
	[/id or event_type/, { body: "[]" }],
	[/id or event_type/, { event: { id: "" } }],
	[/id or event_type/, { event: { id: 1 } }],
	[/id or event_type/, { event: { id: "x".repeat(65) } }],
	[/id or event_type/, { event: { event_type: null } }],
	[/resource is missing/, { event: { resource: null } }],
	[/the algorithm/, { event: { resource: "text" } }],
	[/the algorithm/, { resource: { algorithm: "AEAD_SM4_GCM" } }],
	[/the nonce/, { resource: { nonce: "short" } }],
	[/the nonce/, { resource: { nonce: "0123456789abc" } }],
	[/not base64/, { resource: { ciphertext: "#" } }],
	[/not base64/, { resource: { ciphertext: null } }],
	[/shorter than its tag/, { resource: { ciphertext: "AAAA" } }],
	[/does not decrypt/, { resource: { nonce: "0123456789aB" } }],
	[/does not decrypt/, { resource: { associated_data: "refund" } }],
	[/does not decrypt/, { seal: { key: "k".repeat(32) } }],
	[/text is not JSON/, { seal: { plain: "text" } }],
	[/text is not JSON/, { seal: { plain: "" } }],
	[/trade_state/, { transaction: { trade_state: "PAID" } }],
	[/trade_state/, { seal: { plain: "[]" } }],
	[/out_trade_no/, { transaction: { out_trade_no: null } }],
	[/amount is missing/, { transaction: { transaction_id: null } }],
	[/amount is missing/, { transaction: { mchid: null } }],
	[/amount is missing/, { transaction: { appid: 1 } }],
	[/amount is missing/, { transaction: { amount: null } }],
	[/amount is missing/, { transaction: { amount: { total: "1" } } }],
	[/amount is missing/, { transaction: { amount: { total: 0 } } }],
	[/amount is missing/, { transaction: { amount: { total: -1 } } }],
	[/amount is missing/, { transaction: { amount: { total: 1.5 } } }],
];

for (const [i, [cause, changes]] of REFUSED.entries())
	test(`a notice is refused: ${i + 1}, ${cause.source}`, async () => {
		const answer = await driver.ask(notice(changes));

		assert.equal(answer.ok, false);
		assert.equal(answer.error, "NOTICE");
		assert.match(answer.cause, cause);
	});
