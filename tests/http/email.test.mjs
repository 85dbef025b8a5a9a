/*
 * Messages by e-mail: a mail server takes them, refuses them in every way, or
 * breaks off, and what it took is read by a parser of others.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { startMail } from "../sandbox/mail.mjs";
import { signIn } from "../stack/client.mjs";
import { Invoices, bring } from "../stack/invoices.mjs";
import { decided } from "../stack/messages.mjs";
import { act, page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const FROM = "ca@example.cn";
const TO = "li.xiaomei@example.com";

let dir;
let mail;
let stack;
let applicant;
let reviewer;
let operator;

const file = (name) => path.join(dir, name);

/* A certificate that nobody but its own file vouches for. */
function makeCertificate(name, host)
{
	execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
		"/CN=mail", "-addext", `subjectAltName=${host}`, "-keyout",
		file(`${name}.key`), "-out", file(`${name}.pem`)],
	{ stdio: "ignore" });
	return { key: fs.readFileSync(file(`${name}.key`)),
		cert: fs.readFileSync(file(`${name}.pem`)) };
}

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-mail-"));
	fs.chmodSync(dir, 0o755);
	fs.writeFileSync(file("password"), "Geheim-42\n");
	fs.writeFileSync(file("wrong"), "another\n");
	mail = await startMail();
	stack = await startStack({ env: { CALOCK_MAIL_URL: mail.url,
		CALOCK_MAIL_FROM: FROM, CALOCK_SMS_NOTICES_DAY: "1000" } });
	applicant = await signIn(stack, "applicant1");
	reviewer = await signIn(stack, "reviewer1");
	operator = await signIn(stack, "operator1");
});
beforeEach(() => {
	mail.taken.length = 0;
	mail.seen.length = 0;
});
after(async () => {
	await stack?.stop();
	await mail?.stop();
	fs.rmSync(dir, { recursive: true });
});

/* Approved: one row for each channel. */
const approved = () => decided(applicant, reviewer);

const rowOf = async ({ id }, channel = "email") => (await stack.db("SELECT " +
	"id, state, attempts, error, code, next_at > NOW(6) + INTERVAL 50 MINUTE " +
	`AS is_late FROM messages WHERE application_id = '${id}' ` +
	`AND channel = '${channel}'`))[0];

const settled = (app, state) => until(async () => {
	const row = await rowOf(app);

	return row.state === state && row.attempts !== "0" && row;
}, `the mail is ${state}`, WAIT_MS);

const pageOf = async ({ id }) =>
	textOf(await page(operator, `/admin/messages/${id}`));

/* What was put off goes, and is in no other test's way. */
async function sendNow({ id })
{
	await stack.db(`UPDATE messages SET next_at = NOW(6) WHERE id = '${id}'`);
	await until(() => mail.taken.length === 1, "it is sent again", WAIT_MS);
	assert.equal(mail.taken[0].messageId, `<${id}@example.cn>`);
}

test("what is told by SMS is told by e-mail, in words that both sides read",
	async () => {
		const app = await approved();
		const row = await settled(app, "sent");
		const [got] = mail.taken;

		assert.deepEqual([got.subject, got.from.value[0], got.to.text],
			["审核通过", { name: "CA锁在线办理", address: FROM }, TO]);
		assert.equal(got.messageId, `<${row.id}@example.cn>`);
		assert.deepEqual(got.envelope, { from: FROM, to: [TO] });
		assert.equal(got.hello, "example.cn");
		assert.equal(got.headers.get("auto-submitted"), "auto-generated");
		assert.ok(Math.abs(got.date - Date.now()) < 60_000);
		assert.match(got.text, new RegExp(`批次号${app.batch_no}）已审核通过.*` +
			`\\n\\n登录系统：${stack.env.CALOCK_PUBLIC_URL}/\\n`));
		assert.ok(got.raw.split("\r\n").every((line) =>
			/^[\x20-\x7e]{0,78}$/.test(line)), got.raw);
		assert.equal((await until(async () => {
			const sms = await rowOf(app, "sms");

			return sms.state === "sent" && sms;
		}, "the SMS is sent", WAIT_MS)).error, "");
		assert.match(await pageOf(row), /邮件：审核通过 .*接收邮箱 li\.xiaomei@/);
		const list = textOf(await page(operator,
			`/admin/messages?channel=email&batch_no=${app.batch_no}`));

		assert.match(list, /审核通过 邮件 li\.xiaomei@example\.com 已发送/);
		assert.doesNotMatch(list, /138\*/);
	});

test("what cannot be delivered goes back to a mailbox that people read",
	async () => {
		await stack.restart("worker",
			{ CALOCK_MAIL_RETURN: "bounces@mail.example.cn" });
		await settled(await approved(), "sent");
		const [got] = mail.taken;

		assert.deepEqual([got.envelope.from, got.from.value[0].address,
			got.hello], ["bounces@mail.example.cn", FROM, "example.cn"]);
		await stack.restart("worker", { CALOCK_MAIL_RETURN: "" });
	});

test("an invoice goes to whom it was asked for, and with the e-mail",
	async () => {
		const invoices = new Invoices(stack, applicant);
		const id = await invoices.completed();

		await invoices.ask(id, { email: "cai.wu@example.com",
			mobile: "13700137000" });
		const [invoice] = await stack.db("SELECT id FROM invoices " +
			`WHERE application_id = '${id}'`);
		const number = await bring(operator, invoice);
		const row = await settled({ id }, "sent");
		const [got] = mail.taken;
		const [file] = got.attachments;

		assert.deepEqual([got.subject, got.to.text, got.messageId],
			["发票已开具", "cai.wu@example.com", `<${row.id}@example.cn>`]);
		assert.match(got.text, /电子发票已开好.*\n\n发票见附件。\n\n登录系统：/);
		assert.deepEqual([got.attachments.length, file.filename,
			file.contentType, file.contentDisposition],
		[1, `invoice_${number}.pdf`, "application/pdf", "attachment"]);
		assert.deepEqual(file.content, (await applicant.get(
			invoices.path(id, ".pdf"))).bytes);
		assert.ok(got.raw.split("\r\n").every((line) =>
			/^[\x20-\x7e]{0,78}$/.test(line)));
		const sms = await until(async () => {
			const found = await rowOf({ id }, "sms");

			return found.state === "sent" && found;
		}, "the SMS is sent", WAIT_MS);

		assert.match(await pageOf(row), /接收邮箱 cai\.wu@/);
		assert.match(await pageOf(sms), /137\*{4}7000/);
	});

test("an invoice that was taken back meanwhile is not told of", async () => {
	const invoices = new Invoices(stack, applicant);
	const id = await invoices.completed();

	mail.next({ at: "rcpt", code: 450 });
	await invoices.ask(id);
	const [invoice] = await stack.db("SELECT id FROM invoices " +
		`WHERE application_id = '${id}'`);

	await bring(operator, invoice);
	const { id: message } = await settled({ id }, "queued");

	await stack.db("UPDATE invoices SET state = 'reversing' WHERE " +
		`id = '${invoice.id}'; UPDATE messages SET next_at = NOW(6) ` +
		`WHERE id = '${message}'`);
	assert.equal((await settled({ id }, "failed")).error, "outdated");
	assert.equal(mail.taken.length, 0);
});

const LATER = ["queued", "provider_failed", "0"];
const BLOCKED = ["queued", "provider_blocked", "1"];
const NEVER = ["failed", "number_refused", "0"];
const ANSWERS = [
	["mail", 451, "4.3.0 busy", LATER, "451 4.3.0"],
	["mail", 553, "5.7.1 not yours", BLOCKED, "553 5.7.1"],
	["rcpt", 450, "4.2.2 full", LATER, "450 4.2.2"],
	["rcpt", 550, "5.1.1 unknown", NEVER, "550 5.1.1"],
	["rcpt", 530, "5.7.0 sign in first", BLOCKED, "530 5.7.0"],
	["data", 452, "4.3.1 disk", LATER, "452 4.3.1"],
	["data", 554, "5.6.0 unwanted", NEVER, "554 5.6.0"],
	["data", 500, "no more", NEVER, "500"],
];

for (const [at, code, text, [state, error, late], word] of ANSWERS)
	test(`${code} to ${at}: ${error}`, async () => {
		mail.next({ at, code, text });
		const row = await settled(await approved(), state);

		assert.deepEqual([row.error, row.is_late, row.code, row.attempts],
			[error, late, word, "1"]);
		assert.equal(mail.taken.length, 0);
		if (state === "failed")
			assert.match(await pageOf(row), /请核对邮箱地址，必要时电话通知/);
		assert.match(await pageOf(row), new RegExp(`服务器代码 ${word} `));
		if (state === "queued")
			await sendNow(row);
	});

test("broken off before its end: surely not sent, so later", async () => {
	mail.next({ at: "rcpt", cut: true });
	const row = await settled(await approved(), "queued");

	assert.deepEqual([row.error, row.code, row.attempts],
		["provider_failed", "", "1"]);
	await sendNow(row);
});

test("broken off after its end: unknown, and not sent twice", async () => {
	mail.next({ at: "data", cut: true });
	const row = await settled(await approved(), "unknown");

	assert.equal(row.error, "provider_unknown");
	await settled(await approved(), "sent");
	assert.deepEqual(mail.seen.map((id) => id === `<${row.id}@example.cn>`),
		[true, false]);
	assert.match(await pageOf(row),
		/没有得到邮件服务器的明确答复，这条消息可能已经送达/);
});

test("resent by a person, it is the same mail to its receiver", async () => {
	mail.next({ at: "data", cut: true });
	const row = await settled(await approved(), "unknown");

	await act(operator, `/admin/messages/${row.id}`, "/queue",
		{ checked: "yes" });
	await until(() => mail.taken.length === 1, "it is sent", WAIT_MS);
	assert.deepEqual(mail.seen,
		[`<${row.id}@example.cn>`, `<${row.id}@example.cn>`]);
});

test("no log names an address or a text", () => {
	const logs = stack.logs("worker");

	assert.match(logs, /ev=not_sent .*550 5\.1\.1/);
	assert.doesNotMatch(logs, /xiaomei|批次号|unknown\b.*5\.1\.1 unknown|Geheim/);
});

test("nobody listens: later, and no try for each mail that waits", async () => {
	await stack.restart("worker", { CALOCK_MAIL_URL: "smtp://127.0.0.1:1" });
	const first = await approved();
	const row = await settled(first, "queued");

	assert.deepEqual([row.error, row.code], ["provider_failed", ""]);
	await stack.restart("worker", { CALOCK_MAIL_URL: mail.url });
	await stack.db("UPDATE messages SET next_at = NOW(6) " +
		`WHERE id = '${row.id}'`);
	await settled(first, "sent");
});

/* A worker with another server, on which signing in or TLS matters. */
async function withServer(options, env, run)
{
	const other = await startMail(options);

	await stack.restart("worker", { CALOCK_MAIL_URL: other.url, ...env });
	try {
		await run(other);
	} finally {
		await stack.restart("worker", { CALOCK_MAIL_URL: mail.url,
			CALOCK_MAIL_USER: "", CALOCK_MAIL_PASSWORD_FILE: "",
			CALOCK_MAIL_CA_FILE: "" });
		await other.stop();
	}
}

test("signed in over STARTTLS, by the authority that is named", () => {
	const tls = makeCertificate("right", "IP:127.0.0.1");

	return withServer({ tls, user: ["calock", "Geheim-42"] },
		{ CALOCK_MAIL_USER: "calock",
			CALOCK_MAIL_PASSWORD_FILE: file("password"),
			CALOCK_MAIL_CA_FILE: file("right.pem") }, async (other) => {
			await settled(await approved(), "sent");
			const [got] = other.taken;

			assert.deepEqual([got.isSecure, got.user], [true, "calock"]);
		});
});

test("a password that is refused stops the channel, not the SMS", () =>
	withServer({ user: ["calock", "Geheim-42"] },
		{ CALOCK_MAIL_USER: "calock",
			CALOCK_MAIL_PASSWORD_FILE: file("wrong") }, async (other) => {
			const app = await approved();
			const row = await settled(app, "queued");

			assert.deepEqual([row.error, row.is_late, row.code],
				["provider_blocked", "1", "535 5.7.8"]);
			assert.equal(other.seen.length, 0);
			assert.match(await pageOf(row), /邮件服务器停止受理所有邮件/);
			await until(async () => (await rowOf(app, "sms")).state === "sent",
				"the SMS is sent", WAIT_MS);
		}));

test("no STARTTLS where it is asked for, or of another: nothing is said",
	async () => {
		makeCertificate("other", "IP:127.0.0.1");
		for (const [tls, ca] of [[null, "other"],
			[makeCertificate("far", "DNS:mail.example.cn"), "far"],
			[makeCertificate("mine", "IP:127.0.0.1"), "other"]])
			await withServer({ tls }, { CALOCK_MAIL_CA_FILE:
				file(`${ca}.pem`) }, async (other) => {
				const row = await settled(await approved(), "queued");

				assert.deepEqual([row.error, row.is_late],
					["provider_blocked", "1"]);
				assert.equal(other.seen.length, 0);
			});
	});
