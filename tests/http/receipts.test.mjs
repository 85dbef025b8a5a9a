/*
 * Whether a message arrived: what the vendors push, which nobody signs, and
 * what the worker asks them for.
 */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { ACCOUNT, startSms } from "../sandbox/sms.mjs";
import { Client, signIn } from "../stack/client.mjs";
import { byAliyun, decided, texts } from "../stack/messages.mjs";
import { act, page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const TOKEN = crypto.randomBytes(24).toString("hex");

let dir;
let sms;
let stack;
let applicant;
let reviewer;
let operator;

const file = (name, text) => {
	fs.writeFileSync(path.join(dir, name), text);
	return path.join(dir, name);
};

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-receipts-"));
	fs.chmodSync(dir, 0o755);
	sms = await startSms({ templates: Object.fromEntries(texts().map(({ word }) =>
		[`SMS_${word}`, word === "approve" ? ["batch_no", "amount"] : []])) });
	stack = await startStack({ env: {
		...byAliyun(sms, file("secret", ACCOUNT.key_secret)),
		CALOCK_SMS_APP_ID: ACCOUNT.app_id,
		CALOCK_SMS_CALLBACK_TOKEN_FILE: file("token", TOKEN),
	} });
	applicant = await signIn(stack, "applicant1");
	reviewer = await signIn(stack, "reviewer1");
	operator = await signIn(stack, "operator1");
});
beforeEach(() => {
	sms.sent.length = 0;
});
after(async () => {
	await stack?.stop();
	await sms?.stop();
	fs.rmSync(dir, { recursive: true });
});

const urlOf = (vendor, token = TOKEN) =>
	`${stack.baseUrl}/callback/sms/${vendor}?token=${token}`;

const rowOf = async ({ id }) => (await stack.db("SELECT id, state, code, " +
	"serial, receipt_text, receipt_at IS NOT NULL AS has_receipt, " +
	"TIMESTAMPDIFF(SECOND, NOW(6), next_at) AS wait, HEX(receipt_key) AS k " +
	`FROM messages WHERE application_id = '${id}'`))[0];

/* Sent and taken: [what the vendor knows of it, the case]. */
async function sent()
{
	const app = await decided(applicant, reviewer);
	const row = await until(async () => {
		const found = await rowOf(app);

		return found.state === "sent" && found;
	}, "it is sent", WAIT_MS);

	return [sms.sent.find(({ key }) => key === row.id), app];
}

const pageOf = async ({ id }) =>
	textOf(await page(operator, `/admin/messages/${id}`));

const ANSWERS = { aliyun: { code: 0, msg: "接收成功" },
	tencent: { result: 0, errmsg: "OK" } };

for (const vendor of ["aliyun", "tencent"]) {
	test(`${vendor} pushes that it arrived, or not`, async () => {
		await stack.restart("callback", { CALOCK_SMS_PROVIDER: vendor });
		await stack.restart("worker");
		const [one, app] = await sent();
		const [other, lost] = await sent();

		assert.equal(one.vendor, vendor);
		sms.arrives(one, true, "DELIVRD", "用户接收成功");
		sms.arrives(other, false, "MK:0001", "空号");
		const answer = await sms.push(urlOf(vendor), [one, other]);

		assert.equal(answer.status, 200);
		assert.match(answer.headers.get("content-type"), /^application\/json/);
		assert.deepEqual(await answer.json(), ANSWERS[vendor]);
		const row = await rowOf(app);

		assert.deepEqual([row.state, row.code, row.receipt_text],
			["delivered", "DELIVRD", "用户接收成功"]);
		assert.match(await pageOf(row), /状态 已送达 .*回执时间 .*用户接收成功/);
		const bad = await rowOf(lost);

		assert.equal(bad.state, "undelivered");
		assert.match(await pageOf(bad),
			/未送达 .*，空号 .*MK:0001 .*没有送达.*请核对手机号码/);
		assert.match(textOf(await page(operator,
			"/admin/messages?state=undelivered")), new RegExp(lost.batch_no));
		/* Late and first again: what arrived has arrived. */
		sms.arrives(one, false, "EXPIRED", "超时");
		sms.arrives(other, true, "DELIVRD", "用户接收成功");
		await sms.push(urlOf(vendor), [one, other]);
		assert.equal((await rowOf(app)).state, "delivered");
		assert.equal((await rowOf(lost)).state, "delivered");
	});

	test(`${vendor} is asked about what it does not push`, async () => {
		const [one, app] = await sent();
		const row = await rowOf(app);

		assert.ok(row.wait > 200 && row.wait <= 300, row.wait);
		const due = () => stack.db("UPDATE messages SET next_at = NOW(6) " +
			`WHERE id = '${row.id}'`);

		await due();
		await until(async () => (await rowOf(app)).wait > 200,
			"it is asked about", WAIT_MS);
		assert.equal((await rowOf(app)).state, "sent");
		sms.arrives(one, false, "REJECTD", "被拒");
		await due();
		const judged = await until(async () => {
			const found = await rowOf(app);

			return found.state !== "sent" && found;
		}, "it is judged", WAIT_MS);

		assert.deepEqual([judged.state, judged.has_receipt],
			["undelivered", "1"]);
		const path = `/admin/messages/${row.id}`;

		await act(operator, path, "/queue");
		await until(async () => (await rowOf(app)).state === "sent",
			"it is sent again", WAIT_MS);
	});
}

test("after three days nobody is asked any more", async () => {
	const [, app] = await sent();

	await stack.db("UPDATE messages SET next_at = NOW(6), sent_at = NOW(6) - " +
		`INTERVAL 4 DAY WHERE application_id = '${app.id}'`);
	await until(async () => (await rowOf(app)).wait > 1e9, "given up", WAIT_MS);
	assert.equal((await rowOf(app)).state, "sent");
});

test("a receipt of another number, serial, vendor or secret is not believed",
	async () => {
		const [one, app] = await sent();

		sms.arrives(one, true, "DELIVRD", "到了");
		for (const odd of [{ ...one, mobile: "13900139000" },
			{ ...one, serial: `${one.serial}1` }])
			assert.equal((await sms.push(urlOf("tencent"), [odd])).status, 200);
		for (const [vendor, token] of [["tencent", TOKEN.slice(1)],
			["tencent", ""], ["aliyun", TOKEN], ["nobody", TOKEN]])
			assert.equal((await sms.push(urlOf(vendor, token), [one])).status,
				404, `${vendor} ${token}`);
		for (const body of ["", "{}", "[]", "[1]", "[{\"sid\":\"1\"}]",
			`[{"sid":"${one.serial}","mobile":"${one.mobile}"}]`])
			assert.equal((await fetch(urlOf("tencent"),
				{ method: "POST", body })).status, 400, body);
		assert.deepEqual([(await rowOf(app)).state,
			(await rowOf(app)).has_receipt], ["sent", "0"]);
		assert.ok(!stack.logs("callback").includes(TOKEN));
		assert.match((await rowOf(app)).k, /^[0-9A-F]{64}$/);
	});

test("without the secret there is no such callback", async () => {
	const [one] = await sent();

	sms.arrives(one, true, "DELIVRD", "到了");
	await stack.restart("callback", { CALOCK_SMS_CALLBACK_TOKEN_FILE: "" });
	const answer = await new Client(stack).post(
		"/callback/sms/tencent?token=", []);

	assert.equal(answer.status, 404);
});
