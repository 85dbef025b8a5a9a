/*
 * 流程说明 and the manual say what the system does: both are made from its
 * tables, for readers who have not signed in as well.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";

import { clientFrom, freshAddress } from "../stack/client.mjs";
import { textOf } from "../stack/paper.mjs";
import { startStack } from "../stack/stack.mjs";

const DEF = new URL("../../lib/domain/state.def", import.meta.url);
/* The manual's steps as the trading centre has them, in their order. */
const CHAPTERS = ["办理前准备", "登录", "新增申请", "填写申请",
	"下载申请表、上传材料", "提交审核", "支付费用", "八、制证",
	"领取 CA 锁", "启用 CA 锁", "开具电子发票", "查询办理进度", "常见问题"];
const MAIL = ["邮寄取领", "现场取领"];

let stack;

before(async () => {
	stack = await startStack({});
});
after(() => stack?.stop());

const plain = (text) => text.replace(/\s+/g, "");
const stranger = () => clientFrom(stack, freshAddress());

async function guide()
{
	const { status, body } = await stranger().get("/api/guide");

	assert.equal(status, 200);
	return body;
}

/* What stands on each page around its text. */
const AROUND = /^\f?CA锁在线办理\s+操作手册\s*$|^\s*页面以实际显示为准\s+第.*页\s*$/gm;

/* Its lines are broken anywhere, as Chinese is. */
async function manual()
{
	const { status, bytes } = await stranger().get("/api/manual.pdf");

	assert.equal(status, 200);
	return plain(textOf(bytes).replace(AROUND, ""));
}

/* What the table of states says, read apart from the programs. */
function table()
{
	const text = fs.readFileSync(DEF, "utf8");
	const states = new Map([...text.matchAll(
		/^STATE\((\w+),\s+"\w+",\s+"([^"]+)",\s+("\w+"|NULL)/gm)]
		.filter(([, , , tab]) => tab !== "NULL")
		.map(([, name, title]) => [name, title]));
	const steps = new Map([...text.matchAll(
		/^ACTION\((\w+),\s+"\w+",\s+"([^"]+)"/gm)]
		.map(([, name, step]) => [name, step]));
	const moves = [...text.matchAll(
		/^MOVE\((\w+),\s+(\w+),\s+([^,]+),\s+\w+\)/gm)]
		.filter(([, from]) => states.has(from))
		.map(([, from, action, by]) => [states.get(from), steps.get(action),
			by.includes("ROLE_APPLICANT")]);

	assert.ok(states.size >= 9 && moves.length >= 14);
	return { states: [...states.values()], moves };
}

test("every state stands there, and who takes which step", async () => {
	const { states, moves } = table();
	const told = await guide();
	const paper = await manual();

	assert.deepEqual(told.states.map(({ title }) => title), states);
	assert.deepEqual(told.states.flatMap(({ title, ways }) =>
		ways.map(({ step, by }) => [title, step, by.includes("经办人")])).sort(),
	moves.sort());
	for (const { title, next, ways } of told.states) {
		assert.ok(paper.includes(plain(`${title}：${next}`)), title);
		for (const { step, by } of ways)
			assert.ok(paper.includes(plain(`${step}（${by}）`)), step);
	}
});

test("the manual goes through all of the process, in its order", async () => {
	const paper = await manual();
	let at = 0;

	for (const chapter of CHAPTERS) {
		const found = paper.indexOf(plain(chapter), at);

		assert.ok(found >= 0, chapter);
		at = found;
	}
	for (const word of [...MAIL, "处理历史", "证书延期", "发票抬头"])
		assert.ok(paper.includes(word), word);
	assert.ok(!/[{}]/.test(paper), "a value is left out");
});

test("documents, fields, limits, periods and messages are the tables'",
	async () => {
		const { attachments, fields, file, periods, messages, tool_url: tool,
			consent, delivery, ...more } = await guide();
		const paper = await manual();

		for (const { label, note } of attachments)
			assert.ok(paper.includes(plain(label)) &&
				paper.includes(plain(note)), label);
		for (const { label, help } of fields)
			assert.ok(paper.includes(plain(label)) &&
				paper.includes(plain(help)), label);
		for (const { title, text } of messages)
			assert.ok(paper.includes(plain(`${title}：${text}`)), title);
		for (const { title, next } of delivery.states)
			assert.ok(paper.includes(plain(`${title}：${next}`)), title);
		for (const text of [...delivery.carriers,
			...more.activations.flatMap(({ steps }) => steps)])
			assert.ok(paper.includes(plain(text)), text);
		assert.ok(paper.includes(`最多${more.invoice_corrections}次`));
		assert.deepEqual(file, { max_size: "10 MB", max_files: 5,
			max_pages: 50 });
		assert.deepEqual(periods, { promise_days: 1, cancel_days: 30,
			order_minutes: 90, renewal_opens_days: 90,
			renewal_closes_days: 365, reminder_days: 60,
			session_minutes: 30, code_minutes: 10 });
		assert.ok(paper.includes(tool));
		assert.ok(consent.text.length > 100);
	});

test("a new fee is in both at once", async () => {
	await stack.db("INSERT INTO fees (type, category, business, years, " +
		"valid_from, fee_fen) SELECT type, category, business, years, " +
		"DATE(NOW() + INTERVAL 8 HOUR), 12345 FROM fees WHERE " +
		"category = 'renewal' AND business = 'certificate' AND years = 1 " +
		"LIMIT 1");
	const { fees } = await guide();
	const { category_title: category, business_title: business } =
		fees.find(({ fee_fen: fen }) => fen === 12345);

	assert.deepEqual([category, business], ["续期", "数字证书"]);
	assert.ok((await manual()).includes("续期，数字证书，1年：123.45元"));
	for (const fee of fees)
		assert.equal(fee.fee_yuan, (fee.fee_fen / 100).toFixed(2));
});

test("so is another text of a message", async () => {
	await stack.db("INSERT INTO message_texts (word, version, title, text, " +
		"code) VALUES ('pay', 2, '缴费已收到', '批次号{batch_no}的费用收到了。', '')");
	const { messages } = await guide();
	const { text } = messages.find(({ title }) => title === "缴费已收到");

	assert.match(text, /^批次号CA\d{14}的费用收到了。$/);
	assert.ok((await manual()).includes(`缴费已收到：${text}`));
});

test("so are settings", async () => {
	const env = { CALOCK_CANCEL_DAYS: "45", CALOCK_ORDER_MINUTES: "35",
		CALOCK_RENEWAL_OPENS_DAYS: "77", CALOCK_PROMISE_DAYS: "3",
		CALOCK_FILE_MAX_BYTES: "524288", CALOCK_FILE_MAX_PAGES: "12",
		CALOCK_ACTIVATION_URL: "https://example.com/tool?a=1&b=2" };

	for (const program of ["application", "document"])
		await stack.restart(program, env);
	const { periods, file, tool_url: tool } = await guide();
	const paper = await manual();

	assert.deepEqual([periods.cancel_days, periods.order_minutes,
		periods.renewal_opens_days, periods.promise_days], [45, 35, 77, 3]);
	assert.deepEqual(file, { max_size: "512 KB", max_files: 5,
		max_pages: 12 });
	assert.equal(tool, env.CALOCK_ACTIVATION_URL);
	for (const text of ["45天没有继续办理", "35分钟内有效", "到期前77天起",
		"3个工作日内", "不超过512KB、12页", tool])
		assert.ok(paper.includes(text), text);
});
