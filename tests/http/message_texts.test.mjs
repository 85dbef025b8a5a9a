/*
 * 消息模板: what people are told is shown as it is sent; a manager asks for
 * another version, a second one confirms it, and it goes out from then on.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { startMail } from "../sandbox/mail.mjs";
import { ACCOUNT, startSms } from "../sandbox/sms.mjs";
import { signIn } from "../stack/client.mjs";
import { byAliyun, decided, registered } from "../stack/messages.mjs";
import { act, formsOf, page, submitForm, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const LIST = "/admin/message-texts";
const ONE = `${LIST}/approve`;
const NEW = { title: "请您缴费", code: "SMS_new",
	text: "请支付办理费用{amount}元，批次号{batch_no}，登录系统后在“CA支付”中办理。",
	reason: "措辞更清楚" };

let dir;
let sms;
let mail;
let stack;
let applicant;
let reviewer;
let manager;
let second;

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-texts-"));
	fs.chmodSync(dir, 0o755);
	fs.writeFileSync(path.join(dir, "secret"), ACCOUNT.key_secret);
	sms = await startSms({ templates:
		{ ...registered(), SMS_new: ["amount", "batch_no"] } });
	mail = await startMail();
	stack = await startStack({ env: {
		CALOCK_MAIL_URL: mail.url, CALOCK_MAIL_FROM: "ca@example.cn",
		...byAliyun(sms, path.join(dir, "secret")),
	} });
	[applicant, reviewer, manager, second] = await Promise.all(["applicant1",
		"reviewer1", "manager1", "manager2"].map((who) =>
		signIn(stack, who)));
});
after(async () => {
	await stack?.stop();
	await sms?.stop();
	await mail?.stop();
	fs.rmSync(dir, { recursive: true });
});

const approved = () => decided(applicant, reviewer);

/* Both of its messages, once they are sent. */
const sent = ({ id }) => until(async () => {
	const rows = await stack.db("SELECT id, channel, state, text_version " +
		`FROM messages WHERE application_id = '${id}' ORDER BY channel`);

	return rows.length === 2 && rows.every((r) => r.state === "sent") && rows;
}, "both are sent", WAIT_MS);

test("each is shown as it is sent, with what it costs", async () => {
	const html = textOf(await page(reviewer, LIST));

	assert.match(html, /审核通过 您的CA锁申请（批次号CA20260105000123）已审核通过，请登录系统，在“CA支付”中支付办理费用450\.00元。 62 1 SMS_approve 1/);
	assert.match(html, /续期办结 [^ ]+ 72 2 SMS_complete_renewal 1/);
	const one = await page(reviewer, ONE);

	assert.match(textOf(one), /常用原因 告知确认书 消息模板 收费标准/);
	assert.match(textOf(one), /第 1 版 .*&#123;batch_no&#125; 批次号 CA20260105000123 .*随软件 现行/);
	assert.ok(!one.includes("/ask"), "a reviewer only looks");
	assert.equal((await reviewer.get(`${LIST}/nothing`)).status, 404);
});

test("sent by the table's own text, a message says so", async () => {
	const rows = await sent(await approved());

	assert.deepEqual(rows.map((r) => r.text_version), ["1", "1"]);
	assert.equal(sms.sent.at(-1).template, "SMS_approve");
});

const REFUSED = [
	[{ text: "请支付办理费用{amount}元，登录系统后办理。" }, /每一个变量/],
	[{ text: `${NEW.text}{serial}` }, /每一个变量/],
	[{ text: `${NEW.text}{batch_no}` }, /每一个变量/],
	[{ text: `${NEW.text}{other}` }, /每一个变量/],
	[{ text: "短{amount}" }, /10 到 300/],
	[{ text: `第一行\n${NEW.text}` }, /写成一段/],
	[{ title: "一" }, /2 到 20/],
	[{ code: "" }, /先在短信平台登记/],
	[{ code: "SMS-1" }, /字母、数字和下划线/],
	[{ code: "SMS_approve" }, /模板代码也须是新登记的/],
	[{ reason: "" }, /请写明原因/],
];

test("what could not be sent is refused, and what was typed stays",
	async () => {
		for (const [fields, why] of REFUSED) {
			const answer = await submitForm(manager, ONE, "/ask",
				{ ...NEW, ...fields });

			assert.equal(answer.status, 422, JSON.stringify(fields));
			assert.match(textOf(answer.bytes.toString()), why);
		}
		const form = formsOf(await page(manager, ONE))
			.find((f) => f.action.endsWith("/ask"));
		const now = Object.fromEntries(form.inputs.map((i) =>
			[i.name, i.value]));
		const same = await manager.form(form.action, { csrf: now.csrf,
			version: "1", title: "审核通过", code: "SMS_approve",
			text: "您的CA锁申请（批次号{batch_no}）已审核通过，请登录系统，" +
				"在“CA支付”中支付办理费用{amount}元。", reason: "x" });

		assert.equal(same.status, 422);
		assert.match(textOf(same.bytes.toString()), /与现行版本相同/);
	});

test("a second person confirms it; from then on it is sent, in its order",
	async () => {
		const confirmation = await act(manager, ONE, "/ask", NEW);

		assert.match(textOf(await page(manager, ONE)), /等待另一位管理员确认/);
		assert.equal((await submitForm(manager, ONE, "/ask",
			{ ...NEW, title: "又一个" })).status, 409);
		assert.match(textOf(await page(second, confirmation)),
			/示例 请支付办理费用450\.00元，批次号CA20260105000123/);
		const before = await approved();

		assert.deepEqual((await sent(before)).map((r) => r.text_version),
			["1", "1"]);
		await act(second, confirmation, "/confirm");
		const app = await approved();
		const rows = await sent(app);
		const fee = (await stack.db("SELECT fee_fen FROM applications " +
			`WHERE id = '${app.id}'`))[0].fee_fen / 100;

		assert.deepEqual(rows.map((r) => r.text_version), ["2", "2"]);
		assert.deepEqual([sms.sent.at(-1).template, sms.sent.at(-1).values],
			["SMS_new", [fee.toFixed(2), app.batch_no]]);
		const got = mail.taken.find((m) => m.text.includes(app.batch_no));

		assert.equal(got.subject, NEW.title);
		assert.match(got.text, new RegExp(`^请支付办理费用${fee.toFixed(2)}元，` +
			`批次号${app.batch_no}，`));
		assert.match(textOf(await page(manager,
			`/admin/messages/${rows[0].id}`)), /模板第 2 版/);
	});

test("versions stay, and two of the same cannot both come into force",
	async () => {
		assert.match(textOf(await page(reviewer, ONE)), new RegExp(
			"2 请您缴费 .* SMS_new .* 现行 1 审核通过 .* SMS_approve 随软件 已被取代"));
		const form = formsOf(await page(manager, ONE))
			.find((f) => f.action.endsWith("/ask"));
		const { csrf } = Object.fromEntries(form.inputs.map((i) =>
			[i.name, i.value]));

		for (const [version, status] of [["1", 412], ["", 428]])
			assert.equal((await manager.form(form.action,
				{ csrf, version, ...NEW, title: "再一个" })).status, status);
		const path = await act(manager, ONE, "/ask",
			{ ...NEW, title: "再改一次" });

		await stack.db("INSERT INTO message_texts (word, version, title, text, " +
			"code) VALUES ('approve', 3, 'x', 'x', 'x')");
		assert.equal((await submitForm(second, path, "/confirm")).status, 409);
		await stack.db("DELETE FROM message_texts WHERE version = 3");
		const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM audit WHERE " +
			"action = 'confirmed' AND subject = 'approve'");

		assert.equal(n, "1");
	});
