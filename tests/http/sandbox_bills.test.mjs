/*
 * The sandboxes' bills as the vendors' own libraries fetch and read them.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";

import wechatpay from "wechatpay-axios-plugin";

import { billDay } from "../sandbox/bill.mjs";
import { launchSandbox } from "../sandbox/launch.mjs";
import { openMerchant } from "../sandbox/merchant.mjs";
import { randomText } from "../sandbox/wechatpay_protocol.mjs";

const { AlipaySdk } = createRequire(import.meta.url)("alipay-sdk");
const BILL = "alipay.data.dataservice.bill.downloadurl.query";
const NOWHERE = "http://127.0.0.1:9/notify";
const YESTERDAY = billDay(Date.now() - 86400e3);

process.env.TZ = "Asia/Shanghai";

let sandbox, wechat, alipay;
const orders = {};

before(async () => {
	sandbox = await launchSandbox();
	wechat = openMerchant(sandbox);
	const { alipay: keys } = sandbox.keys;
	const pem = (key, type) => key.export({ type, format: "pem" });

	alipay = new AlipaySdk({ appId: keys.appid, keyType: "PKCS8",
		gateway: `${sandbox.url}/gateway.do`,
		privateKey: pem(keys.app_private_key, "pkcs8"),
		alipayPublicKey: pem(keys.public_key, "spki") });
	await payBoth();
	await sandbox.control("age", { days: 1 });
});
after(() => sandbox.stop());

const exec = (method, bizContent) => alipay.exec(method,
	{ bizContent, notifyUrl: NOWHERE }, { validateSign: true });

async function payBoth()
{
	const body = wechat.body();
	const { data } = await wechat.order(body);

	await sandbox.control("pay", { code_url: data.code_url });
	await wechat.refund({ out_trade_no: body.out_trade_no,
		out_refund_no: `R${body.out_trade_no}`,
		amount: { refund: 1005, total: 26000, currency: "CNY" } });
	orders.wechat = body.out_trade_no;

	orders.alipay = `T${randomText(15)}`;
	const { qrCode } = await exec("alipay.trade.precreate", {
		outTradeNo: orders.alipay, totalAmount: "260.00",
		subject: "CA锁，办理费" });

	await sandbox.control("pay", { code_url: qrCode });
	await exec("alipay.trade.refund", { outTradeNo: orders.alipay,
		refundAmount: "10.05", outRequestNo: `R${orders.alipay}` });
}

const wechatFile = async () => {
	const { data } = await wechat.bill(YESTERDAY);
	const { data: bytes } = await wechat.file(data.download_url);

	return { ...data, bytes: Buffer.from(bytes) };
};

test("WeChat's bill: signed, gzip, its SHA-1, a line each, the sums",
	async () => {
		const { bytes, hash_type, hash_value } = await wechatFile();
		const plain = gunzipSync(bytes);
		const { rows, summary } = wechatpay.Formatter.castCsvBill(plain);

		assert.equal(hash_type, "SHA1");
		assert.equal(createHash("sha1").update(plain).digest("hex"),
			hash_value);
		assert.deepEqual(rows.map((r) => [r["商户订单号"], r["交易状态"],
			r["订单金额"], r["申请退款金额"], r["手续费"], r["退款状态"]]), [
			[orders.wechat, "SUCCESS", "260.00", "0.00", "1.56000", ""],
			[orders.wechat, "REFUND", "0.00", "10.05", "-0.06000", "SUCCESS"],
		]);
		assert.equal(summary["总交易单数"], "2.0");
		assert.equal(summary["手续费总金额"], "1.50");
	});

test("WeChat: a day without trade, one that is not over, a stale address",
	async () => {
		const code = (call) => call.then(() => null,
			(e) => e.response.data.code ?? JSON.parse(e.response.data).code);

		assert.equal(await code(wechat.bill("2020-01-01")),
			"NO_STATEMENT_EXIST");
		assert.equal(await code(wechat.bill(billDay(Date.now()))),
			"STATEMENT_CREATING");
		assert.equal(await code(wechat.file("http://x/?token=none")),
			"INVALID_REQUEST");
	});

test("Alipay's bill: a zip of two tables in GBK", async () => {
	const { billDownloadUrl } = await exec(BILL,
		{ billType: "trade", billDate: YESTERDAY });
	const file = path.join(sandbox.dir, "bill.zip");

	fs.writeFileSync(file,
		Buffer.from(await (await fetch(billDownloadUrl)).arrayBuffer()));
	execFileSync("unzip", ["-tqq", file]);
	const text = new TextDecoder("gbk", { fatal: true }).decode(
		execFileSync("unzip", ["-p", file]));
	const rows = text.split("\r\n").filter((l) => /^\d/.test(l))
		.map((l) => l.split(",").map((c) => c.trim()));

	assert.match(text, /#支付宝业务明细查询\r\n#账号：\[2088/);
	assert.deepEqual(rows.map((r) => [r[1], r[2], r[3], r[11], r[21], r[22]]), [
		[orders.alipay, "交易", "CA锁，办理费", "260.00", "", "-1.56"],
		[orders.alipay, "退款", "CA锁，办理费", "-10.05", `R${orders.alipay}`,
			"0.06"],
	]);
	assert.match(text, /#交易合计：1笔，商家实收共260\.00元/);
});

test("Alipay: a day without trade", async () => {
	const answer = await exec(BILL,
		{ billType: "trade", billDate: "2020-01-01" });

	assert.equal(answer.subCode, "isp.bill_not_exist");
});
