/* 启用: said by the applicant, reminded of, and helped with. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import { load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { completedCase, messagesOf, send, stepsOf } from "../stack/locks.mjs";
import { act, page, submitForm, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const ALL_DAY = { CALOCK_REMINDER_FROM: "0", CALOCK_REMINDER_TO: "24" };
const ONSITE = { pickup: "onsite", recipient: undefined,
	recipient_phone: undefined, mail_address: undefined };

let stack;
let operator;
let reviewer;
let n = 0;

before(async () => {
	stack = await startStack({ env: ALL_DAY });
	operator = await signIn(stack, "operator1");
	reviewer = await signIn(stack, "reviewer1");
	await stack.kill("worker", "SIGTERM");
});
/* Each test has cases of its own. */
beforeEach(() => stack.db("UPDATE applications SET activated_at = NOW(6) " +
	"WHERE state = 'completed' AND activated_at IS NULL"));
after(() => stack?.stop());

const activate = (client, id, body = {}, headers = {}) =>
	client.post(`/api/applications/${id}/activation`, body, headers);

const casePath = (id) => `/admin/applications/${id}`;

/* Completed so many days ago. */
async function caseOf(days, options = ONSITE)
{
	const one = await completedCase(stack, operator, options);

	await stack.db(`UPDATE applications SET entered_at = NOW(6) - INTERVAL
		${days} DAY WHERE id = '${one.id}'`);
	return one;
}

const remindersOf = async ({ id }) => (await stack.db(`SELECT r.days, m.event
	FROM activation_reminders r JOIN messages m ON m.id = r.message_id
	WHERE r.application_id = '${id}' ORDER BY r.days`))
	.map(({ days, event }) => {
		assert.equal(event, "remind_activate");
		return Number(days);
	});

/* The facts of its evidence pack. */
async function factsOf(id)
{
	const auditor = await signIn(stack, "auditor1");
	const file = stack.path("evidence.zip");

	fs.writeFileSync(file,
		(await auditor.get(`${casePath(id)}/evidence.zip`)).bytes);
	return JSON.parse(execFileSync("unzip",
		["-p", file, "application.json"]));
}

async function work(isDone)
{
	await stack.restart("worker");
	await until(isDone, "the worker has done it", WAIT_MS);
	await stack.kill("worker", "SIGTERM");
}

/* A round that finds nothing more to do has seen all. */
async function workAll()
{
	const last = await caseOf(8);

	await work(async () => (await remindersOf(last)).length === 1);
}

test("it is said once, whatever is said again", async () => {
	const { id, client } = await caseOf(0);
	const earlier = await load(client, id);

	assert.ok(earlier.actions.includes("activate"));
	assert.equal(earlier.activation.activated_at, null);
	const { status, body } = await activate(client, id);

	assert.equal(status, 200, JSON.stringify(body));
	assert.notEqual(body.activation.activated_at, null);
	assert.ok(!body.actions.includes("activate"));
	assert.deepEqual(body.history.at(-1).step, "确认启用");
	const again = await activate(client, id, { valid_to: "2000-01-01" });

	assert.equal(again.status, 200);
	assert.equal(again.body.version, body.version);
	assert.equal(again.body.activation.said_valid_to, null);
	assert.equal((await stepsOf(client, id)).filter((a) =>
		a === "activate").length, 1);
	const { body: list } = await client.get("/api/applications");

	assert.ok(!list.items.find((item) => item.id === id)
		.actions.includes("activate"));
});

test("two at once have one effect", async () => {
	const { id, client } = await caseOf(0);
	const both = await Promise.all([activate(client, id),
		activate(client, id)]);

	assert.deepEqual(both.map(({ status }) => status), [200, 200]);
	assert.equal((await stepsOf(client, id)).filter((a) =>
		a === "activate").length, 1);
});

test("before it is completed there is nothing to activate", async () => {
	const { id, client } = await caseOf(0);

	await stack.db(`UPDATE applications SET state = 'processing'
		WHERE id = '${id}'`);
	assert.equal((await activate(client, id)).status, 409);
	assert.equal((await load(client, id)).activation, null);
	await stack.db(`UPDATE applications SET state = 'completed'
		WHERE id = '${id}'`);
	const wrong = await activate(client, id, { valid_to: "soon",
		serial: "x".repeat(41) });

	assert.equal(wrong.status, 422);
	assert.deepEqual(wrong.body.errors.map((e) => e.field),
		["valid_to", "serial"]);
});

test("what differs is said to both sides, and the lock stays ours",
	async () => {
		const serial = `DIFF${++n}`;
		const { id, batchNo, client } = await caseOf(0,
			{ ...ONSITE, serial });
		const { valid_to: ours } = await load(client, id);
		const { body } = await activate(client, id,
			{ valid_to: "2031-02-03", serial: "ANOTHER" });

		assert.deepEqual(body.activation.differences.map((d) => d.field),
			["valid_to", "serial"]);
		assert.match(body.activation.differences[0].message,
			new RegExp(`2031-02-03 与登记的 ${ours} 不同`));
		const { body: locks } = await client.get("/api/locks");
		const lock = locks.items.find((l) => l.serial === serial);

		assert.equal(lock.valid_to, ours);
		assert.notEqual(lock.activated_at, null);
		const path = "/admin/activations?which=different";

		assert.match(textOf(await page(reviewer, path)), new RegExp(
			`${batchNo} .*${ours} ${serial} 2031-02-03 ANOTHER`));
		await act(reviewer, casePath(id), "/contact",
			{ contact: "看错了一行，已核对", cleared: "1" });
		assert.doesNotMatch(textOf(await page(reviewer, path)),
			new RegExp(batchNo));
		assert.match(textOf(await page(operator, casePath(id))),
			/看错了一行，已核对/);
	});

test("what is the same is not remarked on", async () => {
	const serial = `SAME${++n}`;
	const { id, client } = await caseOf(0, { ...ONSITE, serial });
	const { valid_to: ours } = await load(client, id);
	const { body: waiting } = await client.get("/api/locks");

	const before_ = waiting.items.find((l) => l.serial === serial);

	assert.deepEqual([before_.awaits_activation, before_.handler_known],
		[id, true]);
	const { body } = await activate(client, id, { valid_to: ours, serial });

	assert.deepEqual(body.activation.differences, []);
	const { body: done } = await client.get("/api/locks");

	const after_ = done.items.find((l) => l.serial === serial);

	assert.deepEqual([after_.awaits_activation, after_.handler_known],
		[null, true]);
});

test("the help desk sees who waits, calls, and notes it", async () => {
	const { id, batchNo, client } = await caseOf(9);
	const list = textOf(await page(reviewer, "/admin/activations"));

	assert.match(list,
		new RegExp(`${batchNo} .*138\\*\\*\\*\\*8000 .* 9 天前 待领取`));
	assert.doesNotMatch(list, /13800138000/);
	const { bytes } = await submitForm(reviewer, casePath(id), "/reveal",
		{ why: "contact" });
	const shown = textOf(bytes.toString("utf8"));

	assert.match(shown, /13800138000/);
	assert.doesNotMatch(shown, /330802199003070009/);
	const bad = await submitForm(reviewer, casePath(id), "/contact",
		{ contact: " " });

	assert.equal(bad.status, 422);
	await act(operator, casePath(id), "/contact",
		{ contact: "已电话指导，下午激活" });
	assert.match(textOf(await page(reviewer, "/admin/activations")),
		new RegExp(`${batchNo} .*已电话指导，下午激活`));
	await activate(client, id);
	assert.doesNotMatch(textOf(await page(reviewer, "/admin/activations")),
		new RegExp(batchNo));
	assert.deepEqual((await factsOf(id)).contacts.map(({ note }) => note),
		["已电话指导，下午激活"]);
});

test("the share that was activated within a week", async () => {
	await stack.db("UPDATE applications SET state = 'refunded' " +
		"WHERE state = 'completed'");
	for (const [days, after] of [[20, 3], [20, 8], [20, null], [3, 1]]) {
		const { id } = await caseOf(days);

		if (after !== null)
			await stack.db(`UPDATE applications SET activated_at =
				entered_at + INTERVAL ${after} DAY WHERE id = '${id}'`);
	}
	assert.match(textOf(await page(reviewer, "/admin/activations")),
		/最近办结满一周的 3 件中，一周内确认启用的占 33%/);
});

test("each step is reminded of once, by whoever was slept through", async () => {
	const cases = [];

	for (const [days, steps] of [[2, []], [3, [3]], [6, [3]], [7, [7]],
		[14, [14]], [30, [30]], [37, [30]], [38, []]])
		cases.push({ ...await caseOf(days), days, steps });
	await workAll();
	await workAll();
	for (const { id, days, steps } of cases)
		assert.deepEqual(await remindersOf({ id }), steps, `${days} days`);
});

test("by mail it counts from when it came, or may have come", async () => {
	const waiting = await caseOf(20, {});
	const sent = await caseOf(20, {});
	const received = await caseOf(20, {});
	const back = await caseOf(20, {});

	for (const { id } of [sent, received, back])
		await send(operator, id);
	await act(operator, `/admin/deliveries/${received.id}`, "/received");
	await act(operator, `/admin/deliveries/${back.id}`, "/returned",
		{ note: "查无此人" });
	await stack.db(`UPDATE deliveries SET sent_at = NOW(6) - INTERVAL 12 DAY,
		done_at = IF(done_at IS NULL, NULL, NOW(6) - INTERVAL 4 DAY)`);
	await workAll();
	assert.deepEqual([await remindersOf(waiting), await remindersOf(sent),
		await remindersOf(received), await remindersOf(back)],
	[[], [7], [3], []]);
});

test("who activated, was paid back or wants no reminders hears no more",
	async () => {
		const done = await caseOf(3);
		const refunded = await caseOf(3);
		const serial = `MUTE${++n}`;
		const muted = await caseOf(3, { ...ONSITE, serial });

		await activate(done.client, done.id);
		await stack.db(`UPDATE applications SET state = 'refunded'
			WHERE id = '${refunded.id}'`);
		const { body: { items } } = await muted.client.get("/api/locks");

		await muted.client.put(`/api/locks/${items.find((l) =>
			l.serial === serial).id}/reminders`, { on: false });
		await workAll();
		for (const one of [done, refunded, muted])
			assert.deepEqual(await remindersOf(one), []);
	});

test("one that waits is not sent when it was activated meanwhile",
	async () => {
		const one = await caseOf(3);

		await work(async () => (await remindersOf(one)).length === 1);
		await activate(one.client, one.id);
		await stack.db(`UPDATE messages SET state = 'queued', next_at = NOW(6)
			WHERE application_id = '${one.id}' AND event = 'remind_activate'`);
		await work(async () => (await messagesOf(stack, one.id)).some((m) =>
			m.event === "remind_activate" && m.state === "failed"));
	});
