/*
 * Alipay's gateway protocol: our C code against the vendor's own library for
 * Node, each computing its side anew, in key mode and in certificate mode,
 * with keys made for the run.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createPublicKey, createSign, createVerify, generateKeyPairSync }
	from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { base64, Driver } from "./driver.mjs";

const { AlipaySdk } = createRequire(import.meta.url)("alipay-sdk");
const APP = "2021000122671080", SELLER = "2088721996721370";
const ORDER = "01kb0000000000000000000001";
const STATES = { unpaid: 0, paid: 1, closed: 2, refunded: 3 };
const OTHER = generateKeyPairSync("rsa", { modulusLength: 2048 });

let dir, driver, gateway, keys;
let answerTo; /* what the gateway says: (params) => {text, status} */
const asked = [];

const file = (name) => path.join(dir, name);

/* A key and, by an authority of its own, the certificate of it. */
function makeKey(name)
{
	const { privateKey, publicKey } =
		generateKeyPairSync("rsa", { modulusLength: 2048 });
	const run = (...args) => execFileSync("openssl", args,
		{ stdio: "ignore" });

	fs.writeFileSync(file(`${name}.pem`),
		privateKey.export({ type: "pkcs8", format: "pem" }));
	fs.writeFileSync(file(`${name}_public.pem`),
		publicKey.export({ type: "spki", format: "pem" }));
	run("req", "-new", "-key", file(`${name}.pem`), "-subj",
		`/C=CN/O=测试/OU=CA 锁/CN=${name}`, "-utf8", "-out",
		file(`${name}.csr`));
	run("x509", "-req", "-in", file(`${name}.csr`), "-CA", file("root.crt"),
		"-CAkey", file("root.key"), "-CAcreateserial", "-days", "2",
		"-out", file(`${name}.crt`));
	return { privateKey, publicKey };
}

function makeRoot()
{
	for (const [name, args] of [["root", ["rsa:2048"]],
		["other", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]]])
		execFileSync("openssl", ["req", "-x509", "-nodes", "-newkey", ...args,
			"-keyout", file(`${name}.key`), "-out", file(`${name}.crt`),
			"-days", "2", "-subj", `/C=CN/O=Ant/OU=Root/CN=${name}`],
		{ stdio: "ignore" });
	/* Of several roots those that are signed by RSA have a name. */
	fs.writeFileSync(file("roots.crt"), ["root", "other"]
		.map((name) => fs.readFileSync(file(`${name}.crt`))).join("\n"));
}

async function listen()
{
	gateway = http.createServer(async (req, res) => {
		const parts = [];

		for await (const part of req)
			parts.push(part);
		const url = new URL(req.url, "http://gateway");
		const body = new URLSearchParams(Buffer.concat(parts).toString());
		const params = { ...Object.fromEntries(url.searchParams),
			...Object.fromEntries(body) };

		asked.push({ params, type: req.headers["content-type"],
			path: url.pathname });
		const { status = 200, text } = answerTo(params);

		res.writeHead(status, { "Content-Type":
			"text/html;charset=utf-8" }).end(text);
	});
	gateway.listen(0, "127.0.0.1");
	await once(gateway, "listening");
}

const urlOf = () =>
	`http://127.0.0.1:${gateway.address().port}/gateway.do`;

async function open(changes = {})
{
	const answer = await driver.ask({ do: "alipay", base_url: urlOf(),
		appid: APP, seller_id: SELLER, app_key: file("app.pem"),
		alipay_key: file("alipay_public.pem"), ...changes });

	return answer;
}

const CERTIFICATES = () => ({ alipay_key: file("alipay.crt"),
	app_cert: file("app.crt"), root_cert: file("roots.crt") });

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-alipay-"));
	makeRoot();
	keys = { app: makeKey("app"), alipay: makeKey("alipay") };
	await listen();
	driver = new Driver();
	assert.deepEqual(await open(), { ok: true });
});

after(async () => {
	gateway?.close();
	gateway?.closeAllConnections();
	fs.rmSync(dir, { recursive: true, force: true });
	await driver?.close();
});

/* What the vendor's library would be, with the keys of this run. */
function vendor(hasCertificates = false)
{
	return new AlipaySdk({ appId: APP, gateway: urlOf(),
		keyType: "PKCS8",
		privateKey: fs.readFileSync(file("app.pem"), "utf8"),
		...hasCertificates ? {
			alipayRootCertPath: file("roots.crt"),
			alipayPublicCertPath: file("alipay.crt"),
			appCertPath: file("app.crt"),
		} : {
			alipayPublicKey:
				fs.readFileSync(file("alipay_public.pem"), "utf8"),
		} });
}

const sign = (text, key = keys.alipay.privateKey) =>
	createSign("RSA-SHA256").update(text, "utf8").sign(key, "base64");

/* An answer as the gateway writes it, slashes and all. */
function answerText(method, inner, { key, sn, signature } = {})
{
	const name = `${method.replaceAll(".", "_")}_response`;
	const text = JSON.stringify(inner).replaceAll("/", "\\/");

	return `{"${name}":${text},` +
		`${sn === undefined ? "" : `"alipay_cert_sn":"${sn}",`}` +
		`"sign":"${signature ?? sign(text, key)}"}`;
}

const says = (inner, options) => (params) =>
	({ text: answerText(params.method, inner, options) });

function create(changes = {})
{
	return driver.ask({ do: "alipay_create", order_no: ORDER,
		amount_fen: 26000, description: "CA锁办理费 CA20261129000001",
		...changes });
}

const OK = { code: "10000", msg: "Success" };
const MADE = { ...OK, out_trade_no: ORDER,
	qr_code: "https://qr.alipay.com/bax03431ljhokirwl38f00a7" };
const no = (sub_code, code = "40004") =>
	({ code, msg: "Business Failed", sub_code, sub_msg: "不行" });

for (const hasCertificates of [false, true])
	test(`requests are signed as the vendor's library does, ${
		hasCertificates ? "certificates" : "keys"}`, async () => {
		assert.deepEqual(await open(hasCertificates ? CERTIFICATES() : {}),
			{ ok: true });
		answerTo = says(MADE);
		assert.deepEqual(await create(), { code_url: MADE.qr_code, ok: true });
		const { params, type, path: at } = asked.at(-1);
		const { sign: signature, ...signed } = params;

		assert.equal(at, "/gateway.do");
		assert.match(type, /^application\/x-www-form-urlencoded/);
		const text = Object.keys(signed).sort()
			.map((name) => `${name}=${signed[name]}`).join("&");

		assert.ok(createVerify("RSA-SHA256").update(text, "utf8")
			.verify(keys.app.publicKey, signature, "base64"));
		/* The library signs the same words to the same bytes. */
		const { config } = vendor(hasCertificates);

		assert.equal(params.app_cert_sn, config.appCertSn);
		assert.equal(params.alipay_root_cert_sn, config.alipayRootCertSn);
		assert.equal(params.sign_type, "RSA2");
		assert.equal(params.notify_url,
			"https://ca.example.com/callback/alipay");
		const content = JSON.parse(params.biz_content);

		assert.equal(content.total_amount, "260.00");
		assert.equal(content.out_trade_no, ORDER);
		assert.match(content.qr_code_timeout_express, /^(89|90)m$/);
		assert.match(params.timestamp,
			/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
	});

test("an answer is the vendor's by its own characters", async () => {
	await open();
	const inner = { ...MADE, msg: "成功 } \" {\"sign\":\"x\"} / \\" };
	const text = answerText("alipay.trade.precreate", inner);

	answerTo = () => ({ text });
	assert.equal((await create()).ok, true);
	/* The library, on the same text. */
	vendor().checkResponseSign(text, "alipay_trade_precreate_response",
		JSON.parse(text).sign, "trace");
});

/* [what, the gateway's answer, error] */
const ANSWERS = [
	["of another key", says(MADE, { key: OTHER.privateKey }), "PROVIDER_UNKNOWN"],
	["with a signature that is none", says(MADE, { signature: "***" }),
		"PROVIDER_UNKNOWN"],
	["changed on its way", ({ method }) => ({ text: answerText(method, MADE)
		.replace("bax0", "bax1") }), "PROVIDER_UNKNOWN"],
	["without a signature", ({ method }) => ({ text:
		`{"${method.replaceAll(".", "_")}_response":${JSON.stringify(MADE)}}` }),
	"PROVIDER_UNKNOWN"],
	["of another call", () => ({ text: answerText("alipay.trade.query", MADE) }),
		"PROVIDER_UNKNOWN"],
	["an error of the gateway", () => ({ text: JSON.stringify({
		error_response: no("isv.invalid-app-id", "40002") }) }),
	"PROVIDER_UNKNOWN"],
	["no JSON", () => ({ text: "<html>" }), "PROVIDER_UNKNOWN"],
	["nothing", () => ({ text: "" }), "PROVIDER_UNKNOWN"],
	["status 502", () => ({ status: 502, text: "bad" }), "PROVIDER_UNKNOWN"],
	["busy", says(no("isp.unknow-error", "20000")), "PROVIDER_UNKNOWN"],
	["a fault of theirs", says(no("ACQ.SYSTEM_ERROR")), "PROVIDER_UNKNOWN"],
	["paid already", says(no("ACQ.TRADE_HAS_SUCCESS")), "PROVIDER_UNKNOWN"],
	["other words for the same number",
		says(no("ACQ.CONTEXT_INCONSISTENT")), "PROVIDER_UNKNOWN"],
	["a code that is none", says({ ...MADE, qr_code: "" }),
		"PROVIDER_UNKNOWN"],
	["a refusal", says(no("ACQ.INVALID_PARAMETER")), "PROVIDER"],
	["a signature that they refuse",
		says(no("isv.invalid-signature", "40002")), "PROVIDER"],
];

for (const [what, answer, error] of ANSWERS)
	test(`an answer to create: ${what}`, async () => {
		await open();
		answerTo = answer;
		assert.equal((await create()).error, error);
	});

test("certificates: an answer signed by another one", async () => {
	await open(CERTIFICATES());
	answerTo = says(MADE, { sn: "0".repeat(32) });
	assert.equal((await create()).error, "PROVIDER_UNKNOWN");
	await open();
});

const TRADE = { ...OK, out_trade_no: ORDER, trade_no: "2026112922001400001",
	total_amount: "260.00", buyer_user_id: "2088102534368455" };
const PAID_AT = { send_pay_date: "2026-11-29 15:30:08" };

for (const [what, inner, want] of [
	["unpaid", { ...TRADE, trade_status: "WAIT_BUYER_PAY" }, "unpaid"],
	["paid", { ...TRADE, ...PAID_AT, trade_status: "TRADE_SUCCESS" }, "paid"],
	["finished", { ...TRADE, ...PAID_AT, trade_status: "TRADE_FINISHED" },
		"paid"],
	["closed unpaid", { ...TRADE, trade_status: "TRADE_CLOSED" }, "closed"],
	["refunded in full", { ...TRADE, ...PAID_AT,
		trade_status: "TRADE_CLOSED" }, "refunded"],
	["never scanned", no("ACQ.TRADE_NOT_EXIST"), "unpaid"],
])
	test(`a trade that is ${what}`, async () => {
		answerTo = says(inner);
		const answer = await driver.ask({ do: "alipay_query",
			order_no: ORDER });

		assert.equal(answer.ok, true, answer.cause);
		assert.equal(answer.state, STATES[want]);
		assert.equal(answer.order_no, ORDER);
		if (want !== "paid")
			return;
		assert.deepEqual([answer.amount_fen, answer.transaction_id,
			answer.merchant, answer.app, answer.currency, answer.paid_at],
		[26000, TRADE.trade_no, SELLER, APP, "CNY",
			"2026-11-29T07:30:08.000Z"]);
	});

for (const [what, inner] of [
	["of another order", { ...TRADE, out_trade_no: "other",
		trade_status: "WAIT_BUYER_PAY" }],
	["in a state that nobody knows", { ...TRADE, trade_status: "SOMETHING" }],
	["paid without an amount", { ...TRADE, ...PAID_AT, total_amount: undefined,
		trade_status: "TRADE_SUCCESS" }],
	["paid with half a fen", { ...TRADE, ...PAID_AT, total_amount: "1.005",
		trade_status: "TRADE_SUCCESS" }],
])
	test(`a trade ${what} is not believed`, async () => {
		answerTo = says(inner);
		assert.equal((await driver.ask({ do: "alipay_query",
			order_no: ORDER })).error, "PROVIDER_UNKNOWN");
	});

for (const [inner, error] of [
	[{ ...OK, out_trade_no: ORDER }, undefined],
	[no("ACQ.TRADE_NOT_EXIST"), undefined],
	[no("ACQ.TRADE_HAS_CLOSE"), undefined],
	[no("ACQ.TRADE_STATUS_ERROR"), "PROVIDER"],
	[no("ACQ.SYSTEM_ERROR"), "PROVIDER_UNKNOWN"],
])
	test(`closing: ${inner.sub_code ?? "done"}`, async () => {
		answerTo = says(inner);
		assert.equal((await driver.ask({ do: "alipay_close",
			order_no: ORDER })).error, error);
	});

/* -- refunds -- */

const REFUND = { refund_no: "01kr0000000000000000000001_2",
	transaction_id: TRADE.trade_no, amount_fen: 1005, total_fen: 26000 };
const PROGRESS = { unknown: 0, refused: 1, pending: 2, done: 3 };
const REFUNDED = { ...OK, trade_no: TRADE.trade_no, out_trade_no: ORDER,
	refund_fee: "250.00", fund_change: "Y",
	gmt_refund_pay: "2026-11-30 09:00:00" };
const FOUND = { ...OK, trade_no: TRADE.trade_no, out_trade_no: ORDER,
	out_request_no: REFUND.refund_no, refund_amount: "10.05",
	total_amount: "260.00", refund_status: "REFUND_SUCCESS",
	gmt_refund_pay: "2026-11-30 09:00:00" };
const DONE_AT = "2026-11-30T01:00:00.000Z";

test("a refund is asked for with the number that makes it one", async () => {
	await open();
	answerTo = says(REFUNDED);
	assert.deepEqual(await driver.ask({ do: "alipay_refund", ...REFUND }),
		{ progress: PROGRESS.done, refund_id: null, word: "",
			done_at: DONE_AT, ok: true });
	const { params } = asked.at(-1);

	assert.equal(params.method, "alipay.trade.refund");
	assert.deepEqual(JSON.parse(params.biz_content), {
		trade_no: TRADE.trade_no, out_request_no: REFUND.refund_no,
		refund_amount: "10.05", refund_reason: "CA锁办理费退款" });
});

for (const [what, inner, want] of [
	["a repeat", { ...REFUNDED, fund_change: "N" }, "pending"],
	["not enough money", no("ACQ.SELLER_BALANCE_NOT_ENOUGH"), "refused"],
	["too much", no("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"), "refused"],
	["the number with another amount", no("ACQ.DISCORDANT_REPEAT_REQUEST"),
		"refused"],
	["another trade", { ...REFUNDED, trade_no: "1" }, "PROVIDER_UNKNOWN"],
	["busy", no("isp.unknow-error", "20000"), "PROVIDER_UNKNOWN"],
	["a fault of theirs", no("ACQ.SYSTEM_ERROR"), "PROVIDER_UNKNOWN"],
	["our signature", no("isv.invalid-signature", "40002"), "PROVIDER"],
])
	test(`a refund is answered: ${what}`, async () => {
		answerTo = says(inner);
		const answer = await driver.ask({ do: "alipay_refund", ...REFUND });

		assert.equal(answer.error ?? answer.progress, PROGRESS[want] ?? want);
		if (want === "refused")
			assert.equal(answer.word, inner.sub_code);
	});

for (const [what, inner, want] of [
	["done", FOUND, "done"],
	["nothing but success", OK, "unknown"],
	["no such trade", no("ACQ.TRADE_NOT_EXIST"), "unknown"],
	["on its way", { ...FOUND, refund_status: "REFUND_PROCESSING" },
		"pending"],
	["another amount", { ...FOUND, refund_amount: "10.06" },
		"PROVIDER_UNKNOWN"],
	["another number", { ...FOUND, out_request_no: "x" }, "PROVIDER_UNKNOWN"],
	["another trade", { ...FOUND, trade_no: "x" }, "PROVIDER_UNKNOWN"],
	["busy", no("isp.unknow-error", "20000"), "PROVIDER_UNKNOWN"],
])
	test(`a refund is looked for: ${what}`, async () => {
		answerTo = says(inner);
		const answer = await driver.ask(
			{ do: "alipay_refund_query", ...REFUND });

		assert.equal(answer.error ?? answer.progress, PROGRESS[want] ?? want);
	});

/* -- notices -- */

const NOTICE = { gmt_create: "2026-11-29 15:29:50", charset: "utf-8",
	seller_email: "ca+lock@example.com", subject: "CA锁办理费 100% & a=b",
	buyer_id: "2088102534368455", invoice_amount: "260.00",
	notify_id: "2026112900222153008062451", body: "",
	fund_bill_list: "[{\"amount\":\"260.00\",\"fundChannel\":\"BALANCE\"}]",
	notify_type: "trade_status_sync", trade_status: "TRADE_SUCCESS",
	receipt_amount: "260.00", buyer_pay_amount: "260.00", app_id: APP,
	seller_id: SELLER, gmt_payment: "2026-11-29 15:30:08",
	notify_time: "2026-11-29 15:30:09", version: "1.0",
	out_trade_no: ORDER, total_amount: "260.00",
	trade_no: "2026112922001400001", auth_app_id: APP };

/* The body as Alipay sends it. */
function notice(changes = {}, { key, sign_type = "RSA2" } = {})
{
	const params = Object.fromEntries(Object.entries(
		{ ...NOTICE, ...changes }).filter(([, v]) => v !== undefined));
	const text = Object.keys(params).sort()
		.map((name) => `${name}=${params[name]}`).join("&");

	return new URLSearchParams({ ...params, sign_type,
		sign: sign(text, key) }).toString();
}

const take = (body) => driver.ask({ do: "alipay_notice",
	bytes: base64(body) });

test("a payment's notice, as the vendor's library sees it", async () => {
	const body = notice();
	const answer = await take(body);

	assert.equal(vendor().checkNotifySign(
		Object.fromEntries(new URLSearchParams(body)), true), true);
	assert.deepEqual(answer, { ok: true, event_id: NOTICE.notify_id,
		event_type: "TRADE_SUCCESS", plain: answer.plain, is_payment: true,
		order_no: ORDER, transaction_id: NOTICE.trade_no, merchant: SELLER,
		app: APP, currency: "CNY", amount_fen: 26000,
		paid_at: "2026-11-29T07:30:08.000Z" });
	assert.ok(answer.plain.includes("subject=CA锁办理费 100% & a=b"));
});

test("blanks as + and as %20 are the same words", async () => {
	assert.equal((await take(notice().replaceAll("+", "%20"))).ok, true);
});

test("a notice of a refund says which", async () => {
	const answer = await take(notice({ refund_fee: "10.00",
		out_biz_no: "R1" }));

	assert.deepEqual([answer.ok, answer.is_payment, answer.refund_no],
		[true, false, "R1"]);
});

for (const [what, changes] of [
	["of a refund", { refund_fee: "10.00", gmt_refund: "2026-11-30 10:00:00" }],
	["of a part's refund", { out_biz_no: "R1" }],
	["of a trade that was closed", { trade_status: "TRADE_CLOSED" }],
	["of a code that was scanned", { trade_status: "WAIT_BUYER_PAY" }],
	["of another kind", { notify_type: "servicemarket_order_notify" }],
])
	test(`a notice ${what} is no payment`, async () => {
		const answer = await take(notice(changes));

		assert.deepEqual([answer.ok, answer.is_payment], [true, false]);
	});

for (const [what, body] of [
	["of another key", () => notice({}, { key: OTHER.privateKey })],
	["by SHA-1's name", () => notice({}, { sign_type: "RSA" })],
	["without a signature", () => notice().replace(/(^|&)sign=[^&]*/, "")],
	["without its type", () => notice().replace(/&sign_type=RSA2/, "")],
	["changed on its way", () => notice().replace("260.00", "260.01")],
	["with one parameter more", () => `${notice()}&extra=1`],
	["with a parameter twice", () => `${notice()}&out_trade_no=${ORDER}`],
	["without an id", () => notice({ notify_id: undefined })],
	["with an amount that is none", () => notice({ total_amount: "much" })],
	["without an order", () => notice({ out_trade_no: undefined })],
	["that is no form", () => "%zz"],
	["that is empty", () => ""],
	["signed by the application itself",
		() => notice({}, { key: keys.app.privateKey })],
])
	test(`a notice ${what} is refused`, async () => {
		assert.equal((await take(body())).error, "NOTICE");
	});

/* -- settings -- */

test("what is half there, or of another kind, does not start", async () => {
	fs.writeFileSync(file("small.pem"), generateKeyPairSync("rsa",
		{ modulusLength: 1024 }).privateKey
		.export({ type: "pkcs8", format: "pem" }));
	for (const changes of [{ seller_id: "" }, { alipay_key: "" },
		{ appid: "wx1" }, { app_key: file("nothing.pem") },
		{ app_key: file("small.pem") }, { alipay_key: file("app.pem") },
		{ app_cert: file("app.crt") },
		{ ...CERTIFICATES(), app_cert: file("alipay.crt") },
		{ ...CERTIFICATES(), root_cert: file("other.crt") }])
		assert.equal((await open(changes)).error, "INTERNAL",
			JSON.stringify(changes));
	/* Without an application it is not offered. */
	assert.equal((await open({ appid: "" })).ok, true);
	assert.ok(createPublicKey(fs.readFileSync(file("app_public.pem"))));
});
