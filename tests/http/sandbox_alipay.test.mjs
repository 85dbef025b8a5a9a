/*
 * Alipay's sandbox as a merchant sees it, through the vendor's own library
 * (alipay-sdk), which also verifies every answer and every notice.
 */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { launchSandbox, receiveNotices, waitFor } from "../sandbox/launch.mjs";
import { randomText } from "../sandbox/wechatpay_protocol.mjs";

const { AlipaySdk } = createRequire(import.meta.url)("alipay-sdk");

/* The library writes the time of where it runs; Alipay reads China's. */
process.env.TZ = "Asia/Shanghai";

let sandbox, shop;

before(async () => {
	sandbox = await launchSandbox();
	const { alipay } = sandbox.keys;
	const pem = (key, type) => key.export({ type, format: "pem" });

	shop = new AlipaySdk({ appId: alipay.appid, keyType: "PKCS8",
		gateway: `${sandbox.url}/gateway.do`,
		privateKey: pem(alipay.app_private_key, "pkcs8"),
		alipayPublicKey: pem(alipay.public_key, "spki") });
});
after(() => sandbox.stop());

const call = (method, bizContent, more) => shop.exec(`alipay.trade.${method}`,
	{ bizContent, ...more }, { validateSign: true });

async function paid(notifyUrl)
{
	const outTradeNo = `T${randomText(15)}`;
	const made = await call("precreate", { outTradeNo, totalAmount: "260.00",
		subject: "CA锁办理费" }, { notifyUrl });

	assert.equal(made.code, "10000", JSON.stringify(made));
	const { body } = await sandbox.control("pay",
		{ code_url: made.qrCode });

	return { outTradeNo, tradeNo: body.transaction_id };
}

test("nobody knows a trade before its code is scanned", async () => {
	const answer = await call("query", { outTradeNo: "T1234567" });

	assert.equal(answer.subCode, "ACQ.TRADE_NOT_EXIST");
});

test("refunds: in part, again, with another amount, too much, the rest",
	async (t) => {
		const inbox = await receiveNotices(() => ({ status: 200,
			body: "success" }));

		t.after(() => inbox.stop());
		const { outTradeNo, tradeNo } = await paid(inbox.url);
		const part = { tradeNo, refundAmount: "10.05", outRequestNo: `${
			outTradeNo}_1`, refundReason: "退款" };
		const first = await call("refund", part);

		assert.deepEqual([first.code, first.fundChange, first.refundFee],
			["10000", "Y", "10.05"]);
		assert.equal((await call("refund", part)).fundChange, "N");
		assert.equal((await call("refund", { ...part, refundAmount: "1.00" }))
			.subCode, "ACQ.DISCORDANT_REPEAT_REQUEST");
		assert.equal((await call("query", { outTradeNo })).tradeStatus,
			"TRADE_SUCCESS");
		const rest = { ...part, outRequestNo: `${outTradeNo}_2` };

		assert.equal((await call("refund", { ...rest, refundAmount: "249.96" }))
			.subCode, "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL");
		const last = await call("refund", { ...rest, refundAmount: "249.95" });

		assert.deepEqual([last.fundChange, last.refundFee], ["Y", "260.00"]);
		assert.equal((await call("query", { outTradeNo })).tradeStatus,
			"TRADE_CLOSED");
		const found = await call("fastpay.refund.query",
			{ tradeNo, outRequestNo: rest.outRequestNo });

		assert.deepEqual([found.refundStatus, found.refundAmount],
			["REFUND_SUCCESS", "249.95"]);
		assert.equal((await call("fastpay.refund.query",
			{ tradeNo, outRequestNo: "nothing" })).refundStatus, undefined);

		await waitFor("three notices", () => inbox.notices.length === 3);
		const told = inbox.notices.map(({ body }) =>
			Object.fromEntries(new URLSearchParams(body.toString())));

		for (const notice of told)
			assert.ok(shop.checkNotifySign(notice, true));
		assert.deepEqual(told.map((n) => [n.trade_status, n.out_biz_no ?? "",
			n.refund_fee ?? ""].join(" ")).sort(), [
			`TRADE_CLOSED ${rest.outRequestNo} 260.00`, "TRADE_SUCCESS  ",
			`TRADE_SUCCESS ${part.outRequestNo} 10.05`]);
	});

test("a merchant without money, and an answer that is lost", async () => {
	const { tradeNo, outTradeNo } = await paid("http://127.0.0.1:9/");
	const all = { tradeNo, refundAmount: "260.00",
		outRequestNo: `${outTradeNo}_1` };
	const found = async () => (await call("fastpay.refund.query",
		{ tradeNo, outRequestNo: all.outRequestNo })).refundStatus;

	await sandbox.control("misbehave", { what: "not_enough",
		on: "trade_refund" });
	assert.equal((await call("refund", all)).subCode,
		"ACQ.SELLER_BALANCE_NOT_ENOUGH");
	assert.equal(await found(), undefined);
	await sandbox.control("misbehave", { what: "applied_then_drop",
		on: "trade_refund" });
	/* The library tries again by itself, sometimes. */
	await call("refund", all).catch(() => {});
	assert.equal(await found(), "REFUND_SUCCESS");
	assert.equal((await call("refund", all)).fundChange, "N");
});
