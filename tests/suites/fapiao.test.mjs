/*
 * WeChat Pay's invoices: our C code against the sandbox, which the vendor-neutral
 * library is run against as well (http/sandbox_invoices.test.mjs).
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { launchSandbox, receiveNotices, waitFor } from "../sandbox/launch.mjs";
import { openMerchant, openResource } from "../sandbox/merchant.mjs";
import { Driver } from "./driver.mjs";

const [NONE, ACCEPTED, ISSUED, ISSUE_FAILED, REVERSE_ACCEPTED, REVERSED,
	REVERSE_FAILED] = [0, 1, 2, 3, 4, 5, 6];

let sandbox, driver, shop, receiver;
let count = 0;

async function open(changes = {})
{
	const index = JSON.parse(fs.readFileSync(
		path.join(sandbox.dir, "wechatpay.json")));
	const file = (name) => path.join(sandbox.dir, index[name]);
	const opened = await driver.ask({ do: "invoices",
		base_url: sandbox.url, public_url: "http://127.0.0.1:9",
		mchid: index.mchid, serial: index.merchant_serial,
		merchant_key: file("merchant_key_file"),
		platform_keys: `${index.platform_public_key_id}=` +
			`${file("platform_public_key_file")},` +
			`${index.platform_certificate_serial}=` +
			file("platform_certificate_file"), appid: index.appid,
		...changes });

	assert.ok(opened.ok, opened.cause);
	return index;
}

before(async () => {
	sandbox = await launchSandbox();
	receiver = await receiveNotices();
	driver = new Driver();
	shop = openMerchant(sandbox);
});
after(async () => {
	await driver?.close();
	receiver?.stop();
	await sandbox?.stop();
});

const misbehave = (what, on, more) =>
	sandbox.control("misbehave", { what, on, ...more });

const order = (changes = {}) => ({
	apply_id: `A0000${++count}`, fapiao_id: `F0000${count}`,
	is_wechatpay: false, amount_fen: 26000, is_organisation: true,
	title: "示例建设有限公司", tax_no: "91330100MA27XF5K6T",
	mobile: "13812345678", email: "cai@example.com", goods: "数字证书 1 年",
	remark: "CA20261124000001", ...changes,
});

const ask = (what, o) => driver.ask({ do: `invoice_${what}`, ...o });

async function took(what, o)
{
	const answer = await ask(what, o);

	assert.ok(answer.ok, answer.cause);
	return answer;
}

const becomes = (o, progress) => waitFor(`progress ${progress}`, async () => {
	const fact = await took("query", o);

	return fact.progress === progress && fact;
});

async function issued(changes)
{
	const o = order(changes);

	await took("issue", o);
	const fact = await becomes(o, ISSUED);

	return { ...o, number: fact.number, fact };
}

const known = async (id) => (await sandbox.control("orders")).body
	.invoices.find((f) => f.fapiao_id === id);

test("an invoice is asked for, issued, fetched and reversed", async () => {
	await open();
	const o = await issued();
	const there = await known(o.fapiao_id);

	assert.match(o.number, /^\d{20}$/);
	assert.equal(o.fact.tax_fen, 1472);
	assert.equal(there.buyer.phone, o.mobile);
	assert.equal(there.buyer.email, o.email);
	assert.equal(there.buyer.name, o.title);
	assert.equal(there.info.remark, o.remark);
	assert.equal(there.info.items[0].specification, o.goods);
	assert.equal(there.info.items[0].tax_rate, 600);

	const files = await took("files", o);
	const begin = (form) => Buffer.from(files[form], "base64")
		.subarray(0, 5).toString("latin1");

	assert.deepEqual(["pdf", "ofd", "xml"].map(begin),
		["%PDF-", "PK\x03\x04\x14", "<?xml"]);
	await took("reverse", o);
	const red = await becomes(o, REVERSED);

	assert.match(red.red_number, /^\d{20}$/);
	assert.equal((await known(o.fapiao_id)).reverse.reason, "ISSUE_ERROR");
	/* Once more is nothing; its files are no longer asked for. */
	await took("reverse", o);
	assert.equal((await ask("files", o)).error, "PROVIDER");
});

test("of a payment by WeChat, never more than was paid", async () => {
	const body = shop.body();
	const { data } = await shop.order(body);
	const paid = await sandbox.control("pay", { code_url: data.code_url });
	const apply_id = paid.body.transaction_id;
	const o = await issued({ is_wechatpay: true, apply_id });
	const again = await ask("issue", order({ is_wechatpay: true, apply_id }));

	assert.equal((await known(o.fapiao_id)).scene, "WITH_WECHATPAY");
	assert.deepEqual([again.error, again.code], ["PROVIDER", "INVALID_REQUEST"]);
	assert.match(again.message, /不能超过/);
	const unpaid = await ask("issue", order({ is_wechatpay: true }));

	assert.deepEqual([unpaid.error, unpaid.code],
		["PROVIDER", "RESOURCE_NOT_EXISTS"]);
});

test("sealed for the certificate where there is no public key", async () => {
	const index = await open();

	await open({ platform_keys: `${index.platform_certificate_serial}=` +
		path.join(sandbox.dir, index.platform_certificate_file) });
	const o = order();

	/* Its answer is signed by the key that it is sealed with. */
	await took("issue", o);
	assert.equal((await known(o.fapiao_id)).buyer.phone, o.mobile);
	await open();
});

test("what the provider does not know is none", async () => {
	const o = order();

	assert.equal((await took("query", o)).progress, NONE);
	await took("issue", o);
	assert.equal((await took("query",
		{ ...o, fapiao_id: "F999999" })).progress, NONE);
});

test("a lost answer is settled by asking, and nothing is issued twice",
	async () => {
		for (const what of ["applied_then_drop", "answer_bad_signature",
			"answer_unsigned"]) {
			const o = order();

			await misbehave(what, "invoice_issue");
			assert.equal((await ask("issue", o)).error, "PROVIDER_UNKNOWN");
			assert.notEqual((await took("query", o)).progress, NONE);
			/* Asked for again it is the one that is there. */
			await took("issue", o);
			await becomes(o, ISSUED);
			assert.equal((await sandbox.control("orders")).body.invoices
				.filter((f) => f.fapiao_apply_id === o.apply_id).length, 1);
		}
		for (const [what, error] of [["error_500", "PROVIDER_UNKNOWN"],
			["rate_limited", "PROVIDER_UNKNOWN"]]) {
			const o = order();

			await misbehave(what, "invoice_issue");
			assert.equal((await ask("issue", o)).error, error);
			assert.equal((await took("query", o)).progress, NONE);
			await took("issue", o);
		}
	});

test("a failure is told with its reason; another id is another try",
	async () => {
		const o = order();

		await misbehave("invoice_fails", "issue");
		await took("issue", o);
		const failed = await becomes(o, ISSUE_FAILED);

		assert.equal(failed.code, "TAX_BUREAU_REJECTED");
		assert.match(failed.message, /纳税人识别号/);
		await issued({ apply_id: o.apply_id });
	});

test("an accepted one is not issued yet", async () => {
	const o = order();

	await misbehave("invoice_slow", "issue", { ms: 60000 });
	await took("issue", o);
	assert.equal((await took("query", o)).progress, ACCEPTED);
	assert.equal((await ask("files", o)).error, "PROVIDER");
	const early = await ask("reverse", { ...o, number: "12345678" });

	assert.deepEqual([early.error, early.code], ["PROVIDER", "NOT_ISSUED"]);
});

test("a red one that is slow, lost, or fails", async () => {
	const slow = await issued();

	await misbehave("invoice_slow", "reverse", { ms: 60000 });
	await took("reverse", slow);
	assert.equal((await took("query", slow)).progress, REVERSE_ACCEPTED);
	await took("reverse", slow);

	const lost = await issued();

	await misbehave("applied_then_drop", "invoice_reverse");
	assert.equal((await ask("reverse", lost)).error, "PROVIDER_UNKNOWN");
	await took("reverse", lost);
	await becomes(lost, REVERSED);

	const fails = await issued();

	await misbehave("invoice_fails", "reverse");
	await took("reverse", fails);
	const failed = await becomes(fails, REVERSE_FAILED);

	assert.equal(failed.code, "TAX_BUREAU_REJECTED");
	assert.equal(failed.number, fails.number);
	/* Too soon; then the five minutes, made short, are over. */
	assert.equal((await ask("reverse", fails)).error, "PROVIDER_UNKNOWN");
	await waitFor("the way to be free", async () =>
		(await ask("reverse", { ...fails, reason: 2 })).ok);
	await becomes(fails, REVERSED);
	assert.equal((await known(fails.fapiao_id)).reverse.reason,
		"SERVICE_SUSPENTION");
});

test("a file that is late or wrong is for another time", async () => {
	const o = await issued();

	for (const what of ["file_expired", "file_not_pdf", "file_wrong_digest"]) {
		await misbehave(what);
		assert.equal((await ask("files", o)).error, "PROVIDER", what);
	}
	await misbehave("file_pdf_alone");
	const alone = await took("files", o);

	assert.deepEqual([alone.ofd, alone.xml], [null, null]);
	assert.ok((await took("files", o)).ofd.length > 0);
});

test("it tells once where the notices go to", async () => {
	await open({ public_url: receiver.url.replace("/notify", "") });
	const o = await issued();
	const told = await waitFor("the notice", () => receiver.notices.find((n) =>
		openResource(JSON.parse(n.body).resource, sandbox.keys.apiv3_key)
			.includes(o.fapiao_id)));

	assert.equal(told.path, "/callback/wechatpay");
	const calls = async () =>
		(await sandbox.control("orders")).body.calls.invoice_config;
	const before = await calls();

	await issued();
	assert.equal(await calls(), before);
	/* Trouble there does not stand in the way; it is told the next time. */
	await open({ public_url: receiver.url.replace("/notify", "") });
	await misbehave("applied_then_drop", "invoice_config");
	await issued();
	await issued();
	await issued();
	assert.equal(await calls(), before + 2);
});

test("a payer who has not granted it is told of as a refusal", async () => {
	await misbehave("not_granted", "invoice_issue");
	const answer = await ask("issue", order());

	assert.deepEqual([answer.error, answer.code], ["PROVIDER", "NO_AUTH"]);
	assert.match(answer.message, /用户未填写抬头/);
});
