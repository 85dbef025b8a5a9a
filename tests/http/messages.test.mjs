/* 消息: what became of each, and sending one again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, page, pagesFrom, submitForm, textOf } from
	"../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
let stack;
let operator;
let app;

before(async () => {
	stack = await startStack({});
	operator = await signIn(stack, "operator1");
	const applicant = await signIn(stack, "applicant1");

	app = await complete(applicant);
	await submit(applicant, app.id);
	/* Nothing is sent but what a test lets go. */
	await stack.kill("worker", "SIGTERM");
});
after(() => stack?.stop());

const named = (n) => `01j0mess${String(n).padStart(18, "0")}`;

function add(n, state, more = "")
{
	return stack.db(`INSERT INTO messages SET id = '${named(n)}',
		application_id = '${app.id}', event = 'approve', state = '${state}',
		next_at = NOW(6) + INTERVAL 1 HOUR ${more}`);
}

const statesOf = (html) => [...html.matchAll(
	/<td><span class="state \w+">([^<]+)<\/span>/g)]
	.map(([, title]) => title);

async function stateOf(n)
{
	const [row] = await stack.db("SELECT state, attempts FROM messages " +
		`WHERE id = '${named(n)}'`);

	return row;
}

test("each state is listed, filtered by it and by batch number", async () => {
	await add(1, "queued", ", attempts = 2, error = 'provider_failed'");
	await add(2, "sent", ", attempts = 1, sent_at = '2026-11-24 07:30:00'");
	await add(3, "failed", ", attempts = 8, error = 'provider_failed'");
	await add(4, "unknown", ", attempts = 1, error = 'provider_unknown'");
	const html = await page(operator, "/admin/messages");

	assert.deepEqual(statesOf(html), ["结果不明", "发送失败", "已发送", "待发送"]);
	assert.match(textOf(html), new RegExp(
		`${app.batch_no} 审核通过 短信 138\\*\\*\\*\\*8000 已发送 1 2026-11-24 15:30`));
	assert.match(textOf(html), /待发送 平台没有受理 2 下次 \d{4}-\S+ \S+/);
	assert.ok(!html.includes("13800138000"), "nobody's number in the clear");
	for (const [query, states] of [["state=failed", ["发送失败"]],
		["state=sending", []], ["channel=email", []],
		["channel=sms", statesOf(html)], [`batch_no=%20${app.batch_no}`, statesOf(html)],
		["batch_no=CA0", []], [`state=sent&batch_no=${app.batch_no}`, ["已发送"]]])
		assert.deepEqual(statesOf(await page(operator,
			`/admin/messages?${query}`)), states, query);
	const odd = await operator.get(
		`/admin/messages?batch_no=${encodeURIComponent("批次")}`);

	assert.equal(odd.status, 422);
	assert.match(odd.bytes.toString(),
		/id="batch_no-error">批次号由 CA 和数字组成/);
});

test("one of several texts is called by its own, which is a click away",
	async () => {
		await add(5, "sent", ", attempts = 1, text_version = 1");
		await stack.db("UPDATE messages SET event = 'complete' " +
			`WHERE id = '${named(5)}'`);
		const html = await page(operator, `/admin/messages/${named(5)}`);

		assert.match(textOf(html), /短信：新办办结，现场取领/);
		assert.match(html,
			/href="\/admin\/message-texts\/complete_onsite">模板第 1 版/);
		await stack.db(`DELETE FROM messages WHERE id = '${named(5)}'`);
	});

test("a failed one is queued again, by an operator alone, and sent",
	async () => {
		const path = `/admin/messages/${named(3)}`;

		assert.equal(await act(operator, path, "/queue"), path);
		const { state, attempts } = await stateOf(3);

		assert.deepEqual([state, attempts], ["queued", "0"]);
		const [row] = await stack.db("SELECT action, detail FROM audit " +
			`WHERE subject = '${named(3)}'`);

		assert.deepEqual(row, { action: "message_queued", detail: "failed" });
		await stack.restart("worker");
		await until(async () => (await stateOf(3)).state === "sent",
			"it is sent", WAIT_MS);
		await stack.kill("worker", "SIGTERM");
		assert.ok(!(await page(operator, path)).includes("/queue"));
		const manager = await signIn(stack, "manager1");
		const html = await page(manager, `/admin/messages/${named(4)}`);

		assert.match(textOf(html), /由制证员重新发送/);
		assert.ok(!html.includes("/queue"));
	});

test("of an unknown one it is said that it may have come, and asked",
	async () => {
		const path = `/admin/messages/${named(4)}`;
		const html = await page(operator, path);

		assert.match(textOf(html), /可能已经送达/);
		assert.match(html, /type="checkbox" name="checked"/);
		const answer = await submitForm(operator, path, "/queue");

		assert.equal(answer.status, 422);
		assert.match(answer.bytes.toString(),
			/aria-describedby="checked-error"[^]*id="checked-error">这条消息可能已经送达/);
		assert.equal((await stateOf(4)).state, "unknown");
		await act(operator, path, "/queue", { checked: "yes" });
		assert.equal((await stateOf(4)).state, "queued");
	});

test("one that was never marked is shown as unknown, not sent again",
	async () => {
		await add(6, "sending", ", attempts = 1, owner = '0', " +
			"lease_until = NOW(6)");
		await stack.restart("worker");
		const judged = await until(async () => {
			const found = await stateOf(6);

			return found.state !== "sending" && found;
		}, "the message is judged", WAIT_MS);

		assert.deepEqual(judged, { state: "unknown", attempts: "1" });
		await stack.kill("worker", "SIGTERM");
	});

test("what is no longer so is not sent again", async () => {
	await add(5, "failed");
	const form = formsOf(await page(operator,
		`/admin/messages/${named(5)}`)).find((f) =>
		f.action.endsWith("/queue"));
	const { csrf } = Object.fromEntries(form.inputs.map((i) =>
		[i.name, i.value]));

	for (const [fields, status] of [[{ csrf, state: "unknown",
		checked: "yes" }, 409], [{ csrf, state: "sent" }, 409],
	[{ csrf, state: "failed" }, 303], [{ csrf, state: "failed" }, 409]])
		assert.equal((await operator.form(form.action, fields)).status,
			status, JSON.stringify(fields));
});

test("pages follow each other without a gap", async () => {
	await stack.db(`INSERT INTO messages (id, application_id, event, state)
		SELECT CONCAT('01j0page', LPAD(seq, 18, '0')), '${app.id}', 'pay',
			'sent' FROM seq_1_to_130`);
	const pages = await pagesFrom(operator, "/admin/messages?state=sent");
	const seen = [...pages.join("").matchAll(
		/<th scope="row"><a href="\/admin\/messages\/([^"]+)"/g)]
		.map(([, id]) => id);
	const rows = await stack.db("SELECT id FROM messages WHERE " +
		"state = 'sent' ORDER BY id DESC");

	assert.ok(rows.length > 130);
	assert.deepEqual(seen, rows.map((row) => row.id));
});
