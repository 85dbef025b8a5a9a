/*
 * Messages by a vendor of short messages, from the approval to what the office
 * sees of it; the vendor is a sandbox that speaks its protocol.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

import { ACCOUNT, startSms } from "../sandbox/sms.mjs";
import { signIn } from "../stack/client.mjs";
import { byAliyun, decided, registered, texts } from "../stack/messages.mjs";
import { page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WAIT_MS = 20_000;

let dir;
let sms;
let stack;
let applicant;
let reviewer;
let operator;

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-sms-"));
	fs.chmodSync(dir, 0o755);
	fs.writeFileSync(path.join(dir, "secret"), ACCOUNT.key_secret);
	sms = await startSms({ templates: registered() });
	stack = await startStack({ env: {
		...byAliyun(sms, path.join(dir, "secret")),
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

async function messageOf({ id })
{
	const [row] = await stack.db("SELECT id, state, attempts, error, code, " +
		"serial, next_at > NOW(6) + INTERVAL 50 MINUTE AS is_late " +
		`FROM messages WHERE application_id = '${id}'`);

	return row;
}

const settled = (app, state) => until(async () => {
	const row = await messageOf(app);

	return row.state === state && row.attempts !== "0" && row;
}, `the message is ${state}`, WAIT_MS);

const pageOf = async (client, { id }) =>
	textOf(await page(client, `/admin/messages/${id}`));

/* What was put off goes, and is in no other test's way. */
async function sendNow({ id })
{
	await stack.db(`UPDATE messages SET next_at = NOW(6) WHERE id = '${id}'`);
	await until(() => sms.sent.some(({ key }) => key === id),
		"it goes when that is over", WAIT_MS);
}

test("the applicant is told, by the template of what was decided", async () => {
	const approved = await decided(applicant, reviewer);
	const row = await settled(approved, "sent");

	assert.deepEqual(sms.sent, [{ vendor: "aliyun", mobile: "13800138000",
		template: "SMS_approve", key: row.id, serial: row.serial,
		values: [approved.batch_no, (approved.fee_fen / 100).toFixed(2)] }]);
	assert.match(await pageOf(operator, row),
		/平台代码 OK .*平台流水号 \d+\^0/);
	const rejected = await decided(applicant, reviewer, "reject",
		{ opinion: "请补正" });

	await settled(rejected, "sent");
	assert.deepEqual([sms.sent[1].template, sms.sent[1].values],
		["SMS_reject", [rejected.batch_no]]);
});

test("what stops every message is for the operator, and waits", async () => {
	sms.refuse("isv.AMOUNT_NOT_ENOUGH");
	const row = await settled(await decided(applicant, reviewer), "queued");

	assert.deepEqual([row.error, row.code, row.is_late],
		["provider_blocked", "isv.AMOUNT_NOT_ENOUGH", "1"]);
	assert.match(stack.logs("worker"),
		/lvl=error prog=worker ev=not_sent .*isv\.AMOUNT_NOT_ENOUGH/);
	assert.match(await pageOf(operator, row),
		/停止受理，等待运维处理 平台代码 isv\.AMOUNT_NOT_ENOUGH .*余额不足/);
	const list = async () => textOf(await page(operator, "/admin/messages"));

	assert.match(await list(), /短信平台对所有短信都停止受理/);
	await sendNow(row);
	await until(async () => !(await list()).includes("停止受理"),
		"nothing is said of it any more", WAIT_MS);
});

test("a number that the vendor refuses is not tried again", async () => {
	sms.refuse("isv.MOBILE_NUMBER_ILLEGAL");
	const row = await settled(await decided(applicant, reviewer), "failed");

	assert.deepEqual([row.error, row.attempts], ["number_refused", "1"]);
	assert.match(await pageOf(operator, row), /不向这个收件人发送/);
	assert.deepEqual(sms.sent, []);
});

test("a text that the vendor refuses holds up no other, nor is its number " +
	"called wrong", async () => {
	sms.refuse("isv.TEMPLATE_PARAMS_ILLEGAL");
	const row = await settled(await decided(applicant, reviewer), "failed");

	assert.deepEqual([row.error, row.attempts], ["text_refused", "1"]);
	const text = await pageOf(operator, row);

	assert.match(text, /平台不接受这条短信的内容/);
	assert.doesNotMatch(text, /核对手机号码|停止受理/);
	await settled(await decided(applicant, reviewer), "sent");
});

test("too many to one number: later", async () => {
	sms.refuse("isv.BUSINESS_LIMIT_CONTROL");
	const row = await settled(await decided(applicant, reviewer), "queued");

	assert.deepEqual([row.error, row.is_late], ["provider_failed", "0"]);
	await sendNow(row);
});

test("an answer that is lost leaves it unknown, and it is not sent twice",
	async () => {
		sms.answerWith("drop");
		const row = await settled(await decided(applicant, reviewer), "unknown");

		assert.equal(row.error, "provider_unknown");
		assert.equal(sms.sent.length, 1);
		await settled(await decided(applicant, reviewer), "sent");
		assert.deepEqual(sms.sent.map(({ key }) => key === row.id),
			[true, false]);
	});

test("killed while the vendor sends: unknown, and not sent twice", async () => {
	sms.answerWith("hang");
	const app = await decided(applicant, reviewer);

	await until(() => sms.sent.length === 1, "the vendor has it", WAIT_MS);
	await stack.kill("worker");
	const { id, state } = await messageOf(app);

	assert.equal(state, "sending");
	await stack.db(`UPDATE messages SET lease_until = NOW(6) WHERE id = '${id}'`);
	await stack.restart("worker");
	assert.equal((await settled(app, "unknown")).error, "interrupted");
	assert.equal(sms.sent.length, 1);
});

test("no log names a number or a text", () => {
	assert.doesNotMatch(stack.logs("worker"), /13800138000|批次号/);
});

test("the README says what to register at a vendor", () => {
	const readme = fs.readFileSync(path.join(ROOT, "README.md"), "utf8");

	const rows = texts().map(({ word, title, text }) =>
		`| \`${word}\` | ${title} | ${text} |\n`);

	assert.equal(readme.split("<!-- messages -->\n")[1]
		?.split("<!-- /messages -->")[0],
	`| word | when | text |\n| --- | --- | --- |\n${rows.join("")}`);
});
