/*
 * Whether a message arrived: what the vendors push, which nobody signs, and
 * what the worker asks them for; also of one whose answer was lost.
 */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { ACCOUNT, startSms } from "../sandbox/sms.mjs";
import { Client, signIn } from "../stack/client.mjs";
import { byAliyun, decided, registered } from "../stack/messages.mjs";
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
	sms = await startSms({ templates: registered() });
	stack = await startStack({ env: {
		...byAliyun(sms, file("secret", ACCOUNT.key_secret)),
		CALOCK_SMS_APP_ID: ACCOUNT.app_id,
		CALOCK_SMS_NOTICES_DAY: "1000",
		CALOCK_SMS_CALLBACK_TOKEN_FILE: file("token", TOKEN),
	} });
	applicant = await signIn(stack, "applicant1");
	reviewer = await signIn(stack, "reviewer1");
	operator = await signIn(stack, "operator1");
});
beforeEach(() => {
	sms.sent.length = 0;
	sms.givesContext = true;
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

const becomes = (app, state) => until(async () => {
	const found = await rowOf(app);

	return found.state === state && found;
}, `it is ${state}`, WAIT_MS);

/* In that state: [what the vendor knows of it, the case]. */
async function told(state)
{
	const app = await decided(applicant, reviewer);
	const { id } = await becomes(app, state);

	return [sms.sent.find(({ key }) => key === id), app];
}

const sent = () => told("sent");

/* It has it, and its answer is lost. */
function unanswered()
{
	sms.answerWith("drop");
	return told("unknown");
}

/* A worker that starts asks at once about what is due. */
async function askNow(...apps)
{
	await stack.db("UPDATE messages SET next_at = NOW(6) WHERE " +
		`application_id IN (${apps.map(({ id }) => `'${id}'`)})`);
	await stack.restart("worker");
}

/* Asked about, and waiting for the next time. */
const isAsked = (app) => until(async () => (await rowOf(app)).wait > 200,
	"it is asked about", WAIT_MS);

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
		await askNow(app);
		await isAsked(app);
		assert.equal((await rowOf(app)).state, "sent");
		sms.arrives(one, false, "REJECTD", "被拒");
		await askNow(app);
		assert.equal((await becomes(app, "undelivered")).has_receipt, "1");
		await act(operator, `/admin/messages/${row.id}`, "/queue");
		await becomes(app, "sent");
		assert.deepEqual(sms.sent.map(({ key }) => key),
			[row.id, `${row.id}-1`]);
	});

	test(`${vendor} is asked about one whose answer was lost`, async () => {
		const [came, app] = await unanswered();
		const [lost, other] = await unanswered();
		const row = await rowOf(app);

		assert.ok(row.wait > 200 && row.wait <= 300, row.wait);
		assert.match(await pageOf(row),
			/结果不明 .*最后一次发送 .*下次查询 .*系统会再向平台查询/);
		sms.arrives(came, true, "DELIVRD", "用户接收成功");
		sms.arrives(lost, false, "REJECTD", "被拒");
		await askNow(app, other);
		await becomes(app, "delivered");
		await becomes(other, "undelivered");
		assert.match(await pageOf(row), /已送达 .*发送时间 .*回执时间/);
		assert.doesNotMatch(await pageOf(row), /没有答复|最后一次发送/);
		assert.equal(sms.sent.length, 2, "nothing was sent twice");
	});
}

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

test("tencent gives back no key: one whose answer was lost stays unknown",
	async () => {
		const [one, app] = await unanswered();

		sms.givesContext = false;
		sms.arrives(one, true, "DELIVRD", "用户接收成功");
		await askNow(app);
		await isAsked(app);
		assert.equal((await rowOf(app)).state, "unknown");
		assert.match(await pageOf(await rowOf(app)), /平台没有答复/);
	});

test("one that went to another vendor is not asked about at this one",
	async () => {
		const [, app] = await unanswered();

		await stack.restart("callback", { CALOCK_SMS_PROVIDER: "aliyun" });
		await askNow(app);
		await isAsked(app);
		const row = await rowOf(app);

		assert.equal(row.state, "unknown");
		assert.doesNotMatch(await pageOf(row), /发送记录/);
	});

test("aliyun has it, or has none of it, and by its receipt it is known",
	async () => {
		const [, taken] = await unanswered();
		const [pushed, app] = await unanswered();

		sms.arrives(pushed, true, "DELIVERED", "用户接收成功");
		await sms.push(urlOf("aliyun"), [{ ...pushed, mobile: "13900139000" }]);
		assert.equal((await rowOf(app)).state, "unknown");
		await sms.push(urlOf("aliyun"), [pushed]);
		assert.equal((await rowOf(app)).state, "delivered");
		await askNow(taken);
		const row = await becomes(taken, "sent");

		assert.match(await pageOf(row), /已发送 .*发送时间/);
		const [gone, none] = await unanswered();

		sms.sent.splice(sms.sent.indexOf(gone), 1);
		await askNow(none);
		await isAsked(none);
		const unknown = await rowOf(none);

		assert.equal(unknown.state, "unknown");
		assert.match(await pageOf(unknown), /平台的发送记录中也没有 .*可能已经送达/);
		/* It was late in there. */
		sms.sent.push(gone);
		await askNow(none);
		await becomes(none, "sent");
	});

test("what comes of one that was sent again is not that of the first",
	async () => {
		const [first, app] = await unanswered();
		const { id } = await rowOf(app);

		await act(operator, `/admin/messages/${id}`, "/queue",
			{ checked: "yes" });
		await becomes(app, "sent");
		const second = sms.sent.find(({ key }) => key === `${id}-1`);

		sms.arrives(first, false, "EXPIRED", "超时");
		await sms.push(urlOf("aliyun"), [first]);
		assert.equal((await rowOf(app)).state, "sent");
		sms.arrives(second, true, "DELIVERED", "用户接收成功");
		await sms.push(urlOf("aliyun"), [second]);
		assert.equal((await rowOf(app)).state, "delivered");
	});

test("after three days nobody is asked any more", async () => {
	const [, app] = await sent();
	const [, other] = await unanswered();

	await stack.db("UPDATE messages SET tried_at = NOW(6) - " +
		`INTERVAL 4 DAY WHERE application_id IN ('${app.id}', '${other.id}')`);
	sms.sent.length = 0;
	await askNow(app, other);
	for (const { id } of [app, other])
		await until(async () => (await rowOf({ id })).wait > 1e9, "given up",
			WAIT_MS);
	assert.equal((await rowOf(app)).state, "sent");
	const row = await rowOf(other);

	assert.equal(row.state, "unknown");
	assert.doesNotMatch(await pageOf(row), /下次查询|再向平台查询/);
});

test("without the secret there is no such callback", async () => {
	const [one] = await sent();

	sms.arrives(one, true, "DELIVRD", "到了");
	await stack.restart("callback", { CALOCK_SMS_CALLBACK_TOKEN_FILE: "" });
	const answer = await new Client(stack).post(
		"/callback/sms/aliyun?token=", []);

	assert.equal(answer.status, 404);
});
