/*
 * An invoice that its provider leaves open: asked about at once, its file
 * brought, or its outcome found out by two persons; and what comes of a try
 * that was closed, when the provider issues it all the same.
 */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { BY_API, bring, Invoices } from "../stack/invoices.mjs";
import { act, fieldsOf, multipart, page, submitForm, textOf }
	from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 60_000;
const ALWAYS = 1000;
const NUMBER = "26332000000000000701";
const FOUND_NUMBER = "26332000000000000702";
const RED_NUMBER = "26352000000000000703";
const DAY = "2026-01-05";
const REASON = "在税务系统中按批次号查询，截图存档";

let stack, applicant, operator, manager, second, invoices;

before(async () => {
	stack = await startStack({ ...BY_API,
		env: { ...BY_API.env, CALOCK_SMS_NOTICES_DAY: "1000" } });
	applicant = await signIn(stack, "applicant1");
	operator = await signIn(stack, "operator1");
	manager = await signIn(stack, "manager1");
	second = await signIn(stack, "manager2");
	invoices = new Invoices(stack, applicant);
});
after(() => stack?.stop());
beforeEach(() => invoices.sandbox("behave", {}));

const pathOf = (id) => `/admin/invoices/${id}`;
const pageText = async (id, client = operator) =>
	textOf(await page(client, pathOf(id)));

/* Sent, and so it stays: what goes wrong with which calls. */
async function stuck(...wrong)
{
	const application = await invoices.completed();

	for (const [what, more] of wrong)
		await invoices.misbehave(what, { times: ALWAYS, ...more });
	const { id } = await invoices.ask(application);

	await until(async () => {
		const { state, problem, asked_at } = await invoices.row(id);

		return state === "sent" && asked_at !== null &&
			(problem !== "" || wrong[0][0] === "invoice_slow");
	}, "it is stuck", WAIT_MS);
	return { application, id };
}

const BAD_FILE = ["file_not_pdf"];
const SLOW = ["invoice_slow", { ms: 3_600_000 }];
const NO_ANSWER = ["error_500", { on: "invoice_query" }];
/* Done there, or not, and we hear neither. */
const LOST = [["applied_then_drop", { on: "invoice_issue" }], NO_ANSWER];
const NEVER = [["error_500", { on: "invoice_issue" }], NO_ANSWER];

async function upload(id, number)
{
	const { bytes, type } = await multipart({
		...fieldsOf(await page(operator, pathOf(id)), "/issue"), number }, pdf());

	return operator.post(`${pathOf(id)}/issue`, bytes, { "Content-Type": type });
}

/* No call is on its way: as when a minute has passed. */
async function quiet(id)
{
	await stack.db("UPDATE invoices SET calling_until = NULL, next_at = " +
		`NOW(6) + INTERVAL 1 HOUR WHERE id = '${id}'`);
}

/* Asked for by the operator: the page of the confirmation. */
async function say(id, fields)
{
	await stack.kill("worker", "SIGTERM");
	await quiet(id);
	const answer = await submitForm(operator, pathOf(id), "/outcome",
		{ reason: REASON, ...fields });

	assert.equal(answer.status, 303, textOf(answer.bytes.toString()));
	return new URL(answer.headers.location, stack.adminUrl).pathname;
}

/* And confirmed by a manager; the worker goes on. */
async function settle(id, fields, { rest = false } = {})
{
	const path = await say(id, fields);

	await act(second, path, "/confirm");
	if (!rest)
		await stack.restart("worker");
	return path;
}

const watched = (id) => stack.db("UPDATE invoice_tries SET watch_at = " +
	`NOW(6) WHERE invoice_id = '${id}' AND state = 'closed'`);

const told = async (application) => (await stack.db("SELECT event FROM " +
	`messages WHERE application_id = '${application}' AND channel = 'sms' ` +
	"ORDER BY id")).map(({ event }) => event);

test("of one whose file stays bad is seen since when and why, and its file " +
	"is brought", async () => {
	const { application, id } = await stuck(BAD_FILE);
	const [there] = await invoices.there(id);
	const text = await pageText(id);

	assert.match(text, new RegExp("开具中.*此状态开始于 20.*最近一次查询开票平台 20" +
		".*原因：开票平台已开具，但发票文件取不到或不能用.*" +
		`开票平台已开具，号码 ${there.number} ，文件还没有取到`));
	assert.match(textOf(await page(operator, "/admin/invoices")),
		/开具中 开票平台已开具，但发票文件取不到或不能用/);
	/* The provider's word is not for people to deny. */
	assert.ok(!text.includes("登记查明的结果"));
	const wrong = await upload(id, NUMBER);

	assert.equal(wrong.status, 422);
	assert.match(textOf(wrong.bytes.toString()),
		new RegExp(`这张发票的号码是 ${there.number}`));
	await until(async () => (await upload(id, there.number)).status === 303,
		"it is taken, as soon as the worker is not at it", WAIT_MS);
	const row = await invoices.row(id);

	assert.deepEqual([row.state, row.provider, row.number],
		["issued", "wechatpay", there.number]);
	assert.deepEqual((await invoices.tries(id)).map((t) => t.state),
		["issued"]);
	assert.deepEqual((await invoices.life(id)).slice(-1),
		["take issued operator"]);
	assert.deepEqual((await invoices.load(application)).files, ["pdf"]);
	assert.deepEqual(await told(application), ["invoice"]);
	/* It is the provider's, and is reversed there. */
	await act(manager, pathOf(id), "/reverse",
		{ kind: "mistaken", reason: "抬头不符" });
	await invoices.until(id, "reversed");
	assert.equal((await invoices.there(id))[0].status, "REVERSED");
});

test("asked about at once, on record", async () => {
	const { id } = await stuck(BAD_FILE);

	await stack.kill("worker", "SIGTERM");
	await quiet(id);
	await invoices.sandbox("behave", {});
	await act(operator, pathOf(id), "/ask");
	await stack.restart("worker");
	await invoices.until(id, "issued", false);
	assert.deepEqual((await invoices.life(id)).slice(-2),
		["ask sent operator", "issue issued worker"]);
	assert.match(await pageText(id), /请系统立即再查询/);
	await invoices.assertOnce(id);
});

test("one without an end: issued, as two persons have found", async () => {
	const { application, id } = await stuck(SLOW);

	await stack.kill("worker", "SIGTERM");
	await quiet(id);
	const bad = await submitForm(operator, pathOf(id), "/outcome",
		{ kind: "issued", issued_number: "12", day: "2026-02-30" });

	assert.equal(bad.status, 422);
	for (const text of [/请填写查到的号码/, /请填写开具的日期/, /怎样查明的/])
		assert.match(textOf(bad.bytes.toString()), text);
	const path = await say(id, { kind: "issued", issued_number: FOUND_NUMBER,
		day: DAY });
	const asked = textOf(await page(second, path));

	assert.match(asked, new RegExp(`发票查明结果.*${FOUND_NUMBER}.*${DAY}`));
	assert.match(await pageText(id), /查明的结果正在等待第二人确认/);
	assert.equal((await invoices.row(id)).state, "sent");
	await act(second, path, "/confirm");
	assert.match(await pageText(id), new RegExp(
		`已查明开具，号码 ${FOUND_NUMBER}`));
	/* Nothing is sent any more, whatever the provider knows. */
	await invoices.sandbox("behave", {});
	await stack.restart("worker");
	await invoices.due(id);
	assert.equal((await invoices.there(id)).length, 1);
	await until(async () => (await upload(id, FOUND_NUMBER)).status === 303,
		"it is taken", WAIT_MS);
	const body = await invoices.load(application);

	assert.deepEqual([body.status, body.number, body.issued_at.slice(0, 10)],
		["issued", FOUND_NUMBER, "2026-01-04"]);
	assert.deepEqual(await invoices.life(id), ["request requested applicant",
		"send sent worker", "learn sent manager", "take issued operator"]);
	assert.deepEqual(await stack.db("SELECT action FROM audit WHERE subject = " +
		`'${id}' ORDER BY id`),
	[{ action: "confirmation_asked" }, { action: "confirmed" }]);
});

test("one without an answer: never issued, and then issued once", async () => {
	const { application, id } = await stuck(...NEVER);

	await settle(id, { kind: "none" });
	assert.equal((await invoices.row(id)).state, "failed");
	assert.equal((await invoices.load(application)).status, "failed");
	assert.deepEqual(await told(application), ["invoice_failed"]);
	assert.match(textOf(await page(operator, "/admin/invoices")),
		/开具失败 查明没有开具/);
	await invoices.sandbox("behave", {});
	await act(operator, pathOf(id), "/again");
	await invoices.until(id, "issued");
	assert.deepEqual((await invoices.tries(id)).map((t) => t.state),
		["closed", "issued"]);
	await invoices.assertOnce(id);
});

test("what was closed and is issued there all the same is the invoice",
	async () => {
		const { id } = await stuck(...LOST);

		await settle(id, { kind: "none" });
		await invoices.sandbox("behave", {});
		await watched(id);
		await invoices.until(id, "issued");
		assert.deepEqual((await invoices.life(id)).slice(-3),
			["close failed manager", "found sent worker",
				"issue issued worker"]);
		assert.equal((await invoices.tries(id)).length, 1);
		await invoices.assertOnce(id);
	});

test("and a notice of it has it looked at", async () => {
	const { id } = await stuck(
		["invoice_slow", { ms: 8000, times: 1 }], ["error_500",
			{ on: "invoice_query" }]);

	await settle(id, { kind: "none" });
	await invoices.sandbox("behave", {});
	await invoices.until(id, "issued", false);
	await invoices.assertOnce(id);
});

test("it is asked about before there is another", async () => {
	const { id } = await stuck(...LOST);

	await settle(id, { kind: "none" });
	await invoices.sandbox("behave", {});
	await act(operator, pathOf(id), "/again");
	await invoices.until(id, "issued");
	assert.ok((await invoices.life(id)).includes("found sent worker"));
	assert.equal((await invoices.tries(id)).length, 1);
	await invoices.assertOnce(id);
});

test("another request of the applicant waits for it, too", async () => {
	const { application, id } = await stuck(...LOST);

	await settle(id, { kind: "none" });
	await invoices.sandbox("behave", {});
	const next = await invoices.ask(application);

	await invoices.until(next.id, "issued");
	assert.deepEqual((await invoices.tries(id)).map((t) => t.state),
		["reversed"]);
	assert.deepEqual((await invoices.there(id)).map((f) => f.status),
		["REVERSED"]);
	assert.equal((await invoices.row(id)).state, "failed");
	await invoices.assertOnce(next.id);
});

test("what stands beside another is reversed, and seen until it is",
	async () => {
		const { id } = await stuck(...LOST);

		await settle(id, { kind: "none" });
		const number = await bring(operator, { id });

		await invoices.sandbox("behave", {});
		await invoices.misbehave("invoice_slow", { on: "reverse", ms: 2000 });
		await watched(id);
		await until(async () => /后来又开具了号码 .* ，这一张不应有/
			.test(await pageText(id)), "it is seen", WAIT_MS);
		assert.ok((await page(operator, "/admin/invoices")).includes("应红冲"));
		await until(async () => {
			await watched(id);
			return (await invoices.tries(id))[0].state === "reversed";
		}, "it is reversed", WAIT_MS);
		assert.equal((await invoices.there(id))[0].status, "REVERSED");
		const row = await invoices.row(id);

		assert.deepEqual([row.state, row.provider, row.number],
			["issued", "manual", number]);
		assert.doesNotMatch(await pageText(id), /这一张不应有/);
	});

test("nobody denies what is just being asked, or alone, or twice", async () => {
	const { id } = await stuck(...NEVER);
	const path = await say(id, { kind: "none" });
	const { version } = await invoices.row(id);
	const { csrf } = fieldsOf(await page(operator, pathOf(id)), "/ask");
	const twice = await operator.form(`${pathOf(id)}/outcome`,
		{ csrf, version, kind: "none", reason: REASON });

	assert.equal(twice.status, 409);
	assert.equal((await operator.form(`${path}/confirm`, { csrf, version: 1 }))
		.status, 403);
	await stack.db("UPDATE invoices SET calling_until = NOW(6) + INTERVAL 1 " +
		`MINUTE WHERE id = '${id}'`);
	const refused = await submitForm(second, path, "/confirm");

	assert.equal(refused.status, 409);
	assert.equal((await invoices.row(id)).state, "sent");
	assert.match(textOf(await page(second, path)), /未能执行/);
	await invoices.sandbox("behave", {});
	await stack.restart("worker");
	await quiet(id);
	await invoices.until(id, "issued");
	await invoices.assertOnce(id);
});

test("a red invoice without an end: reversed, as two persons have found",
	async () => {
		const application = await invoices.completed();
		const { id } = await invoices.ask(application);

		await invoices.until(id, "issued");
		await invoices.misbehave("invoice_slow", { ...SLOW[1], on: "reverse" });
		await invoices.correct(application);
		await until(async () => (await invoices.there(id))[0].status ===
			"REVERSE_ACCEPTED", "it is asked for", WAIT_MS);
		await settle(id, { kind: "reversed", issued_number: RED_NUMBER,
			day: DAY });
		const row = await invoices.row(id);

		assert.deepEqual([row.state, row.red_number],
			["reversed", RED_NUMBER]);
		assert.deepEqual((await invoices.life(id)).slice(-1),
			["red_learn reversed manager"]);
		const [next] = await stack.db("SELECT id FROM invoices WHERE " +
			`corrects = '${id}'`);

		await invoices.sandbox("behave", {});
		await invoices.until(next.id, "issued");
	});
