/*
 * The sandbox as a merchant sees it, through a client that we did not write
 * (wechatpay-axios-plugin), which also verifies every answer.
 */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { launchSandbox, waitFor } from "../sandbox/launch.mjs";
import { openMerchant, openResource } from "../sandbox/merchant.mjs";
import { rfc3339 } from "../sandbox/wechatpay_protocol.mjs";

let sandbox;
let shop;

before(async () => {
	/* Between two refunds of an order there are three seconds. */
	sandbox = await launchSandbox({ scale: 0.05 });
	shop = openMerchant(sandbox);
});
after(() => sandbox.stop());

/* The call is refused with this status and code; gives the answer. */
async function refused(call, status, code)
{
	const e = await call.then(() => assert.fail("was not refused"), (x) => x);

	assert.deepEqual([e.response?.status, e.response?.data.code],
		[status, code], e.message);
	assert.match(e.response.headers["request-id"], /^[0-9A-F]{40}-\d+$/);
	return e.response.data;
}

async function place(changes)
{
	const body = shop.body(changes);
	const { data } = await shop.order(body);

	return { body, no: body.out_trade_no, code_url: data.code_url };
}

const pay = (code_url) => sandbox.control("pay", { code_url });

async function placePaid(changes)
{
	const order = await place(changes);

	assert.equal((await pay(order.code_url)).status, 200);
	return order;
}

test("an order is placed, paid and queried", async () => {
	const { no, body, code_url } = await place({ attach: "a=1" });
	const unpaid = await shop.query(no);

	assert.match(code_url, /^weixin:\/\/wxpay\/bizpayurl\?pr=\w+$/);
	assert.equal(unpaid.data.trade_state, "NOTPAY");
	assert.equal(unpaid.data.transaction_id, undefined);
	assert.equal(unpaid.data.success_time, undefined);

	const paid = await pay(code_url);
	const { data } = await shop.query(no);

	assert.deepEqual(paid, { status: 200, body: { out_trade_no: no,
		transaction_id: data.transaction_id, trade_state: "SUCCESS" } });
	assert.match(data.transaction_id, /^42000012342\d{17}$/);
	assert.match(data.success_time, /^\d{4}-\d\d-\d\dT[\d:]{8}\+08:00$/);
	assert.deepEqual(
		[data.mchid, data.appid, data.out_trade_no, data.trade_type,
			data.trade_state, data.attach],
		[body.mchid, body.appid, no, "NATIVE", "SUCCESS", "a=1"]);
	assert.deepEqual(data.amount, { total: 26000, payer_total: 26000,
		currency: "CNY", payer_currency: "CNY" });
	assert.equal((await pay(code_url)).body.error, "paid");
	await refused(shop.order(body), 400, "ORDER_PAID");
	await refused(shop.close(no), 400, "ORDER_PAID");
});

test("what is not there is not found", async () => {
	await refused(shop.query("nowhere"), 404, "ORDER_NOT_EXIST");
	await refused(shop.close("nowhere"), 404, "ORDER_NOT_EXIST");
	await refused(shop.queryRefund("nowhere"), 404, "RESOURCE_NOT_EXISTS");
	assert.equal((await pay("weixin://wxpay/bizpayurl?pr=0")).status, 404);
});

test("the same order again gets a new code, another one is refused",
	async () => {
		const { body, code_url } = await place();
		const swapped = { ...body, amount: { currency: "CNY", total: 26000 } };
		const again = await shop.order(swapped);

		assert.notEqual(again.data.code_url, code_url);
		assert.deepEqual(await pay(code_url), { status: 409, body: {
			error: "expired",
			message: "付款码已失效，请回到商户页面重新获取" } });
		await refused(shop.order({ ...body, amount: { total: 26001 } }), 400,
			"INVALID_REQUEST");
		assert.equal((await pay(again.data.code_url)).status, 200);
	});

test("a closed order stays closed", async () => {
	const { no, body, code_url } = await place();

	assert.equal((await shop.close(no)).status, 204);
	assert.equal((await shop.close(no)).status, 204);
	assert.equal((await shop.query(no)).data.trade_state, "CLOSED");
	assert.equal((await pay(code_url)).body.error, "closed");
	await refused(shop.order(body), 400, "ORDER_CLOSED");
});

test("an order expires", async () => {
	const { no, code_url } =
		await place({ time_expire: rfc3339(Date.now() + 3000) });

	assert.equal((await shop.query(no)).data.trade_state, "NOTPAY");
	await waitFor("the order to expire", async () =>
		(await shop.query(no)).data.trade_state === "CLOSED");
	assert.deepEqual((await pay(code_url)).body.error, "expired");
});

test("fields are held to their rules", async () => {
	const text = (n) => "a".repeat(n);
	const good = [{ description: text(127) }, { out_trade_no: "a-_|*9" + text(26) },
		{ attach: text(128) }, { amount: { total: 1 } },
		{ notify_url: "https://example.com/" + text(235) }];
	const bad = [
		{ description: text(128) }, { description: "" }, { description: 1 },
		{ description: "锁".repeat(43) }, { description: undefined },
		{ out_trade_no: text(5) }, { out_trade_no: text(33) },
		{ out_trade_no: "a b c d" }, { attach: text(129) }, { attach: null },
		{ amount: { total: 0 } }, { amount: { total: 1.5 } },
		{ amount: { total: "1" } }, { amount: { total: 1, currency: "USD" } },
		{ amount: {} }, { amount: [] }, { extra: 1 }, { mchid: "1" },
		{ notify_url: "https://example.com/?a=1" }, { notify_url: "ftp://a/b" },
		{ notify_url: "https://example.com/" + text(236) },
		{ time_expire: "2030-02-30T00:00:00+08:00" },
		{ time_expire: "2030-01-01 00:00:00" },
		{ time_expire: "2020-01-01T00:00:00+08:00" },
	];

	for (const changes of good)
		assert.match((await place(changes)).code_url, /^weixin:/);
	for (const changes of bad) {
		const { detail } =
			await refused(shop.order(shop.body(changes)), 400, "PARAM_ERROR");

		assert.equal(detail.location, "body", JSON.stringify(changes));
	}
	await refused(shop.order(shop.body({ appid: "wx0" })), 400,
		"APPID_MCHID_NOT_MATCH");
	await refused(shop.query("nowhere", { params: { mchid: "1" } }), 400,
		"PARAM_ERROR");
});

test("answers are signed by the key that the request names", async () => {
	const { platform, certificate } = sandbox.keys;
	const { no } = await place();
	const signer = async (call) =>
		(await call).headers["wechatpay-serial"];
	const named = { headers: { "Wechatpay-Serial": certificate.serial } };

	assert.match(platform.serial, /^PUB_KEY_ID_\d+$/);
	assert.equal(await signer(shop.query(no)), platform.serial);
	assert.equal(await signer(shop.query(no, named)), certificate.serial);
	assert.equal(await signer(shop.close(no, named)), certificate.serial);
	assert.equal(await signer(shop.close(no)), platform.serial);
	await refused(shop.query(no, { headers: { "Wechatpay-Serial": "00" } }),
		400, "PARAM_ERROR");
});

test("the platform certificate can be fetched", async () => {
	const { data: { data: [row] } } = await shop.certificates();
	const pem =
		openResource(row.encrypt_certificate, sandbox.keys.apiv3_key);

	assert.equal(row.encrypt_certificate.associated_data, "certificate");
	assert.equal(row.serial_no, sandbox.keys.certificate.serial);
	assert.equal(new X509Certificate(pem).serialNumber, row.serial_no);
});

test("refunds", async () => {
	const { no } = await placePaid();
	const part = { out_trade_no: no, out_refund_no: `${no}@1`,
		amount: { refund: 10000, total: 26000, currency: "CNY" } };
	const { data } = await shop.refund(part);

	assert.deepEqual([data.out_refund_no, data.out_trade_no, data.amount.refund],
		[`${no}@1`, no, 10000]);
	assert.equal(data.status, "PROCESSING");
	assert.equal((await shop.query(no)).data.trade_state, "REFUND");
	const rest = { ...part, out_refund_no: `${no}@2`,
		amount: { ...part.amount, refund: 16000 } };

	await refused(shop.refund({ ...rest, amount: { ...part.amount,
		refund: 16001 } }), 400, "INVALID_REQUEST");
	await refused(shop.refund(rest), 429, "FREQUENCY_LIMITED");
	assert.equal((await shop.refund(part)).data.refund_id, data.refund_id);
	await refused(shop.refund({ ...part,
		amount: { ...part.amount, refund: 1 } }), 400, "INVALID_REQUEST");
	await waitFor("the refund", async () =>
		(await shop.queryRefund(`${no}@1`)).data.status === "SUCCESS");
	await waitFor("the next refund to be taken", () =>
		shop.refund(rest).then(() => true, () => false));
});

for (const [what, status] of [["refund_abnormal", "ABNORMAL"],
	["refund_closed", "CLOSED"]])
	test(`a refund that ends otherwise: ${what}`, async () => {
		const { no } = await placePaid();
		const all = { out_trade_no: no, out_refund_no: `${no}-1`,
			amount: { refund: 26000, total: 26000, currency: "CNY" } };

		await sandbox.control("misbehave", { what });
		assert.equal((await shop.refund(all)).data.status, "PROCESSING");
		const { data } = await waitFor("its end", async () => {
			const now = await shop.queryRefund(`${no}-1`);

			return now.data.status !== "PROCESSING" && now;
		});

		assert.equal(data.status, status);
		assert.equal(data.success_time, undefined);
		/* The same number stays as it is; another may be taken. */
		assert.equal((await shop.refund(all)).data.status, status);
		const next = shop.refund({ ...all, out_refund_no: `${no}-2` });

		if (status === "CLOSED")
			assert.equal((await next).data.status, "PROCESSING");
		else
			await refused(next, 400, "INVALID_REQUEST");
	});

test("a merchant without money refunds nothing", async () => {
	const { no } = await placePaid();
	const all = { out_trade_no: no, out_refund_no: `${no}-1`,
		amount: { refund: 26000, total: 26000, currency: "CNY" } };

	await sandbox.control("misbehave", { what: "not_enough", on: "refund" });
	await refused(shop.refund(all), 403, "NOT_ENOUGH");
	await refused(shop.queryRefund(`${no}-1`), 404, "RESOURCE_NOT_EXISTS");
	assert.equal((await shop.refund(all)).data.status, "PROCESSING");
});

test("refunds of what was not paid, or not so, are refused", async () => {
	const { no } = await place();
	const ask = (changes, amount) => shop.refund({ out_trade_no: no,
		out_refund_no: `${no}-r`, amount: { refund: 1, total: 26000,
			currency: "CNY", ...amount }, ...changes });

	await refused(ask(), 400, "INVALID_REQUEST");
	await refused(ask({ out_trade_no: undefined }), 400, "PARAM_ERROR");
	await refused(ask({ out_trade_no: "nowhere" }), 404,
		"RESOURCE_NOT_EXISTS");
	await refused(ask({ out_refund_no: "a b" }), 400, "PARAM_ERROR");
	await sandbox.control("pay", { out_trade_no: no });
	await refused(ask({}, { total: 25999 }), 400, "INVALID_REQUEST");
	await refused(ask({ transaction_id: "1" }), 404, "RESOURCE_NOT_EXISTS");
});

test("people can see and pay an order", async () => {
	const { no, code_url } = await place({ description: "<锁> & \"1\"" });
	const list = await (await fetch(sandbox.url)).text();
	const link = `${sandbox.url}/pay?code_url=${encodeURIComponent(code_url)}`;
	const page = await (await fetch(link)).text();
	const byOrder =
		await (await fetch(`${sandbox.url}/pay?out_trade_no=${no}`)).text();

	assert.ok(list.includes(no));
	assert.ok(page.includes("&lt;锁&gt; &amp; &quot;1&quot;"));
	assert.ok(page.includes("¥260.00"));
	assert.ok(page.includes(`name="code_url" value="${code_url}"`));
	assert.equal(byOrder, page);

	const done = await (await fetch(`${sandbox.url}/pay`,
		{ method: "POST", body: new URLSearchParams({ code_url }) })).text();

	assert.ok(done.includes("支付成功"));
	assert.ok(!done.includes("<button"));
	assert.equal((await shop.query(no)).data.trade_state, "SUCCESS");
	assert.equal((await fetch(`${sandbox.url}/pay?code_url=0`)).status, 404);
});

test("keys and paid orders outlive a restart; private files are private",
	async (t) => {
		const dir = path.join(sandbox.dir, "again");
		const first = await launchSandbox({ dir });
		const body = openMerchant(first).body();

		t.after(first.stop);
		await openMerchant(first).order(body);
		await first.control("pay", body);
		await first.stop();

		const second = await launchSandbox({ dir });

		t.after(second.stop);

		const merchant = openMerchant({ url: second.url, keys: first.keys });
		const { data } = await merchant.query(body.out_trade_no);

		assert.equal(data.trade_state, "SUCCESS");
		for (const file of fs.readdirSync(dir)) {
			const { mode } = fs.statSync(path.join(dir, file));
			const open = /public_key|certificate\.pem/.test(file);

			assert.equal(mode & 0o777, open ? 0o644 : 0o600, file);
		}
	});
