/*
 * 查询办理进度, without signing in: batch number, the handler's mobile and a
 * code that goes there. Nobody learns from it whether there is such a pair.
 */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import { complete, create, draft, force, load, submit } from "../stack/cases.mjs";
import { clientFrom, freshAddress, signIn } from "../stack/client.mjs";
import { PARCEL, completedCase, send } from "../stack/locks.mjs";
import { act, page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { messagesTo, nextMessage } from "../stack/phone.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const NUMBER = "SF1234567890123";
const NOBODYS = "CA20200101000001";
const CODE = /^【.+】验证码(\d{6})，/;
const MEMBERS = ["batch_no", "unit", "category", "state", "state_title",
	"status", "promised_by", "next", "delivery", "steps"];

let stack;
let applicant;
let reviewer;
let app;
let mobiles = 0;

/* A number of its own for each test; they belong to nobody. */
const mobileOf = () => `1990000${String(++mobiles).padStart(4, "0")}`;
const stranger = () => clientFrom(stack, freshAddress());

before(async () => {
	stack = await startStack({ phone: true });
	applicant = await signIn(stack, "applicant1");
	reviewer = await signIn(stack, "reviewer1");
});
/* Each test begins with all limits untouched. */
beforeEach(async () => {
	const mobile = mobileOf();

	await stack.db("DELETE FROM status_codes");
	const { id } = await complete(applicant, "new",
		{ handler_mobile: mobile, second_reason: "另一个项目部使用" });
	const { batch_no } = await submit(applicant, id);

	app = { id, batch_no, mobile };
});
after(() => stack?.stop());

const pairOf = ({ batch_no, mobile }) => ({ batch_no, mobile });
const ask = (pair, client = stranger()) =>
	client.post("/api/status/code", pairOf(pair));
const look = (pair, code, client = stranger()) =>
	client.post("/api/status", { ...pairOf(pair), code });

async function asked(pair)
{
	const message = await nextMessage(stack, pair.mobile, async () => {
		assert.equal((await ask(pair)).status, 202);
	}, "SMS_code");

	return CODE.exec(message.text)[1];
}

const wrongOf = (code) => String((Number(code) + 1) % 1e6).padStart(6, "0");

/* Lets so much time pass for what was asked for. */
const age = (minutes) => stack.db(`UPDATE status_codes SET
	created_at = created_at - INTERVAL ${minutes} MINUTE,
	minute = minute - ${minutes} ORDER BY minute`);

async function refused(answer)
{
	const { status, body } = await answer;

	assert.deepEqual([status, body.code, body.errors],
		[422, "status_refused", []]);
	return { ...body, request_id: null };
}

test("for the code there is the state, masked, and nothing that opens", async () => {
	const { status, body } = await look(app, await asked(app));

	assert.equal(status, 200);
	assert.deepEqual(Object.keys(body), MEMBERS);
	assert.equal(body.batch_no, app.batch_no);
	assert.equal(body.unit, "衢＊＊＊司");
	assert.deepEqual([body.category, body.state, body.status,
		body.state_title], ["new", "pending", "pending", "待审核"]);
	assert.match(body.next, /审核员会在承诺的期限前审核/);
	assert.match(body.promised_by, /^\d{4}-\d\d-\d\d$/);
	assert.equal((await load(applicant, app.id)).promised_by,
		body.promised_by);
	assert.deepEqual(body.steps.map(({ step }) => step),
		["新增申请", "提交审核"]);
	const text = JSON.stringify(body);

	for (const secret of [app.id, app.mobile, "示例建设", "李晓梅", "张明"])
		assert.ok(!text.includes(secret), secret);
});

test("an opinion is not told, the step is", async () => {
	const path = `/admin/applications/${app.id}`;

	await act(reviewer, path, "/claim");
	await act(reviewer, path, "/reject", { opinion: "公章不清楚" });
	const { body } = await look(app, await asked(app));

	assert.deepEqual([body.state, body.promised_by], ["rejected", null]);
	assert.equal((await load(applicant, app.id)).promised_by, null);
	assert.equal(body.steps.at(-1).step, "审核不通过");
	assert.ok(!JSON.stringify(body).includes("公章"));
});

test("of a completed case it tells where the lock is, and that it works",
	async () => {
		const operator = await signIn(stack, "operator1");
		const mobile = mobileOf();
		const { id, batchNo, client } = await completedCase(stack, operator,
			{ handler_mobile: mobile });
		const pair = { batch_no: batchNo, mobile };
		const told = async () => {
			await stack.db("DELETE FROM status_codes");
			const { body } = await look(pair, await asked(pair));
			const text = JSON.stringify(body);

			for (const secret of [...Object.values(PARCEL), NUMBER])
				assert.ok(!text.includes(secret), secret);
			return body;
		};

		let body = await told();

		assert.deepEqual(body.delivery, { way: "mail", state: "to_send",
			state_title: "待寄出" });
		assert.match(body.next, /等待寄出/);
		await send(operator, id, NUMBER);
		body = await told();
		assert.deepEqual([body.delivery.state, body.steps.at(-1).step],
			["sent", "寄出CA锁"]);
		assert.match(body.next, /收到后请在申请页面上确认/);
		await client.post(`/api/applications/${id}/delivery/received`, {});
		assert.equal((await client.post(`/api/applications/${id}/activation`,
			{})).status, 200);
		body = await told();
		assert.equal(body.delivery.state, "received");
		assert.match(body.next, /已启用/);
	});

test("the code is good once", async () => {
	const code = await asked(app);

	assert.equal((await look(app, code)).status, 200);
	await refused(look(app, code));
});

test("five tries, then not even the right one", async () => {
	const code = await asked(app);

	for (let i = 0; i < 4; i++)
		await refused(look(app, wrongOf(code)));
	assert.equal((await look(app, code)).status, 200);
	await age(2);
	const next = await asked(app);

	for (let i = 0; i < 5; i++)
		await refused(look(app, wrongOf(next)));
	await refused(look(app, next));
});

test("ten minutes, then not any more", async () => {
	const code = await asked(app);

	await age(9);
	const before = await stack.db("SELECT tries_left FROM status_codes " +
		`WHERE application_id = '${app.id}'`);

	assert.deepEqual(before, [{ tries_left: "5" }]);
	await age(2);
	await refused(look(app, code));
});

test("a newer code takes the place of the old", async () => {
	const old = await asked(app);

	await age(2);
	const code = await asked(app);

	if (old !== code)
		await refused(look(app, old));
	assert.equal((await look(app, code)).status, 200);
});

test("who is handler no more has no use of a code", async () => {
	const code = await asked(app);
	const other = mobileOf();

	await force(stack, app.id, "editing");
	const { version } = (await applicant.get(
		`/api/applications/${app.id}`)).body;

	assert.equal((await applicant.put(`/api/applications/${app.id}`,
		{ version, handler_mobile: other })).status, 200);
	await refused(look(app, code));
	const next = await asked({ ...app, mobile: other });

	assert.equal((await look({ ...app, mobile: other }, next)).status, 200);
});

test("a pair that there is not is answered alike, and nobody is written to",
	async () => {
		const known = await ask(app);
		const pairs = [{ ...app, mobile: mobileOf() },
			{ batch_no: NOBODYS, mobile: app.mobile },
			{ batch_no: NOBODYS, mobile: mobileOf() }];

		await stack.db("UPDATE status_codes SET minute = minute - 2, " +
			"created_at = created_at - INTERVAL 2 MINUTE");
		for (const pair of pairs) {
			const { status, body, headers } = await ask(pair);

			assert.deepEqual([status, body, Object.keys(headers)],
				[202, known.body, Object.keys(known.headers)]);
		}
		const answers = [await refused(look(app, "000000")),
			await refused(look({ ...app, mobile: mobileOf() }, "000000"))];

		for (const pair of pairs)
			answers.push(await refused(look(pair, "000000")));
		for (const answer of answers)
			assert.deepEqual(answer, answers[0]);
		const rows = await stack.db("SELECT COUNT(*) AS n FROM messages " +
			`WHERE application_id = '${app.id}' AND event = 'code'`);

		assert.deepEqual(rows, [{ n: "1" }]);
	});

test("a draft that was discarded is there no more", async () => {
	const mobile = mobileOf();
	const gone = { ...await create(applicant,
		draft(applicant, { handler_mobile: mobile })), mobile };

	assert.equal((await applicant.del(
		`/api/applications/${gone.id}`)).status, 204);
	assert.equal((await ask(gone)).status, 202);
	assert.deepEqual(await stack.db("SELECT application_id FROM status_codes " +
		`WHERE batch_no = '${gone.batch_no}'`), [{ application_id: null }]);
});

/* What application had the database do meanwhile, without the values. */
async function statementsOf(work)
{
	await stack.db("TRUNCATE mysql.general_log; SET GLOBAL log_output = " +
		"'TABLE'; SET GLOBAL general_log = 1");
	await work();
	await stack.db("SET GLOBAL general_log = 0");
	const rows = await stack.db("SELECT argument FROM mysql.general_log " +
		"WHERE user_host LIKE '%calock_application%' AND " +
		"command_type IN ('Execute', 'Query') ORDER BY event_time");

	/* Whether seals are overdue is asked for once a second. */
	return rows.map(({ argument }) => argument
		.replace(/'(?:[^'\\]|\\.|'')*'/g, "?").replace(/\bNULL\b|\b\d+\b/g, "?"))
		.filter((text) => !/audit_seals|FROM audit\b|^SET /.test(text));
}

test("the same statements are run for a pair that there is not", async () => {
	const { mobile } = app;
	const pairs = [app, { ...app, mobile: mobileOf() },
		{ batch_no: NOBODYS, mobile: mobileOf() }];
	const asking = [], looking = [];

	assert.match(mobile, /^199/);
	for (const pair of pairs)
		asking.push(await statementsOf(() => ask(pair)));
	for (const pair of pairs)
		looking.push(await statementsOf(() => look(pair, "000000")));
	for (const [first, ...others] of [asking, looking]) {
		assert.ok(first.length >= 4, first.join("\n"));
		for (const other of others)
			assert.deepEqual(other, first);
	}
});

async function throttled(answer, seconds)
{
	const { status, headers } = await answer;

	assert.deepEqual([status, headers["retry-after"]], [429, String(seconds)]);
}

test("of a number one a minute, five an hour, ten a day; known or not",
	async () => {
		for (const pair of [app, { batch_no: NOBODYS, mobile: mobileOf() }]) {
			assert.equal((await ask(pair)).status, 202);
			await throttled(ask(pair), 60);
			await throttled(ask({ ...pair, batch_no: "CA20200101000002" }), 60);
			for (let i = 1; i < 10; i++) {
				await age(i === 5 ? 61 : 2);
				assert.equal((await ask(pair)).status, 202, `the ${i}th`);
				if (i === 4) {
					await age(2);
					await throttled(ask(pair), 3600);
				}
			}
			await age(61);
			await throttled(ask(pair), 86400);
			await age(1440);
			assert.equal((await ask(pair)).status, 202);
			await stack.db("DELETE FROM status_codes");
		}
	});

test("of a case five an hour, whatever the number; and of an address", async () => {
	for (let i = 0; i < 5; i++) {
		assert.equal((await ask({ ...app, mobile: mobileOf() })).status, 202);
		await age(2);
	}
	await throttled(ask(app), 3600);
	await stack.db("DELETE FROM status_codes");
	const client = stranger();
	const numbers = Array.from({ length: 11 }, (_, i) =>
		`CA202001010001${String(i).padStart(2, "0")}`);

	/* Past nginx, which comes first here. */
	await ask({ ...app, mobile: mobileOf() }, client);
	for (const batch_no of numbers.slice(1))
		await stack.db("INSERT INTO status_codes (id, batch_no, mobile_index, " +
			"key_no, ip, minute) SELECT LEFT(CONCAT('01j0', MD5(UUID())), 26), " +
			`'${batch_no}', RANDOM_BYTES(16), key_no, ip, minute ` +
			`FROM status_codes WHERE batch_no = '${app.batch_no}'`);
	await throttled(ask({ ...app, batch_no: numbers[0], mobile: mobileOf() },
		client), 60);
});

test("two at once are one", async () => {
	const answers = await Promise.all(Array.from({ length: 6 },
		() => ask(app)));
	const taken = answers.filter(({ status }) => status === 202);

	/* A minute may end between two of them, but not a rolling one. */
	assert.ok(taken.length >= 1 && taken.length <= 2);
	assert.ok(answers.every(({ status }) => [202, 429].includes(status)));
});

test("nginx counts an address, and says so in the same form", async () => {
	const client = stranger();
	const answers = await Promise.all(Array.from({ length: 12 }, () =>
		look({ batch_no: NOBODYS, mobile: mobileOf() }, "000000", client)));

	assert.ok(answers.some(({ status }) => status === 429));
});

test("what cannot be a pair is told field by field", async () => {
	const { status, body } = await ask({ batch_no: "123", mobile: "12" });

	assert.equal(status, 422);
	assert.deepEqual(body.errors.map(({ field }) => field),
		["batch_no", "mobile"]);
	assert.equal((await ask({ batch_no: ` ${app.batch_no.toLowerCase()} `,
		mobile: `+86 ${app.mobile}` })).status, 202);
});

test("refusals are counted, in one row a day; a look is in the trail", async () => {
	await refused(look(app, "000000"));
	const [{ times }] = await stack.db("SELECT times FROM refusals WHERE " +
		"subject = 'status' AND code = 'status_refused'");

	await refused(look({ ...app, mobile: mobileOf() }, "000000"));
	assert.deepEqual(await stack.db("SELECT times FROM refusals WHERE " +
		"subject = 'status'"), [{ times: String(Number(times) + 1) }]);
	await look(app, await asked(app));
	assert.deepEqual(await stack.db("SELECT action, role FROM audit WHERE " +
		`subject = '${app.id}' AND action = 'status_view'`).then((rows) =>
		rows.map(({ action }) => action)), ["status_view"]);
});

/* Waits until the code's message is in a state. */
const messageIn = (state) => until(async () => (await stack.db("SELECT id, " +
	`error FROM messages WHERE application_id = '${app.id}' AND ` +
	`event = 'code' AND state = '${state}'`))[0], `it is ${state}`, WAIT_MS);

test("the code stands in no row, no log and no page", async () => {
	const code = await asked(app);
	const { id } = await messageIn("sent");
	const operator = await signIn(stack, "operator1");
	const shown = textOf(await page(operator, `/admin/messages/${id}`));
	const rows = JSON.stringify([await stack.db("SELECT * FROM messages " +
		`WHERE id = '${id}'`), await stack.db("SELECT id, application_id, " +
		`batch_no, key_no, ip FROM status_codes WHERE id = '${id}'`)]);

	assert.match(shown, /查询验证码/);
	for (const text of [shown, rows, ...fs.readdirSync(stack.path("log"))
		.map((name) => fs.readFileSync(stack.path("log", name), "utf8"))])
		assert.ok(!new RegExp(`(?<!\\d)${code}(?!\\d)`).test(text));
});

test("a code that is late is not sent", async () => {
	await stack.kill("worker", "SIGTERM");
	await ask(app);
	await age(11);
	await stack.restart("worker");
	assert.equal((await messageIn("failed")).error, "outdated");
	assert.deepEqual((await messagesTo(stack, app.mobile)).filter(
		({ template }) => template === "SMS_code"), []);
});

test("nor again, whoever asks for that", async () => {
	await stack.kill("worker", "SIGTERM");
	await ask(app);
	await stack.db("UPDATE messages SET state = 'failed' WHERE event = 'code' " +
		`AND application_id = '${app.id}'`);
	const { id } = await messageIn("failed");
	const operator = await signIn(stack, "operator1");
	const html = await page(operator, `/admin/messages/${id}`);

	assert.match(textOf(html), /不能重新发送/);
	assert.ok(!html.includes(`/admin/messages/${id}/queue`));
	/* As the form of another message would send it. */
	const [csrf] = html.match(/(?<=name="csrf" value=")[^"]+/) ?? [];
	const { status } = await operator.form(`/admin/messages/${id}/queue`,
		{ csrf, state: "failed" });

	assert.equal(status, 409);
	await stack.restart("worker");
});

test("a code passes what waits", async () => {
	await stack.kill("worker", "SIGTERM");
	await stack.db("INSERT INTO messages (id, application_id, event, next_at) " +
		"SELECT LEFT(CONCAT('01j0', MD5(CONCAT(UUID(), seq))), 26), " +
		`'${app.id}', 'approve', NOW(6) - INTERVAL 1 DAY FROM seq_1_to_40`);
	await ask(app);
	await stack.restart("worker");
	const { template } = (await until(async () => {
		const all = await messagesTo(stack, app.mobile);

		return all.length > 0 && all;
	}, "the first is sent", WAIT_MS)).at(-1);

	assert.equal(template, "SMS_code");
	await stack.db("UPDATE messages SET state = 'failed' WHERE state = 'queued'");
});

test("what is a day old goes", async () => {
	await ask(app);
	await age(1441);
	await stack.restart("worker");
	await until(async () => (await stack.db("SELECT 1 FROM status_codes WHERE " +
		`application_id = '${app.id}'`)).length === 0, "it is gone", WAIT_MS);
});

/* The last: the programs that are not told cannot open the new seals. */
test("a number that is sealed under an older key is found", async () => {
	const file = stack.env.CALOCK_FIELD_KEY_FILE;

	fs.writeFileSync(file, `2 ${crypto.randomBytes(32).toString("hex")}\n` +
		fs.readFileSync(file, "utf8"));
	await stack.restart("application");
	assert.equal((await ask(app)).status, 202);
	await stack.restart("worker");
	const { values: [code] } = await until(async () => (await messagesTo(stack,
		app.mobile)).find(({ template }) => template === "SMS_code"),
	"the code", WAIT_MS);

	assert.equal((await look(app, code)).status, 200);
	await age(2);
	const next = await asked(app);

	assert.deepEqual(await stack.db("SELECT DISTINCT key_no FROM status_codes"),
		[{ key_no: "2" }]);
	assert.equal((await look(app, next)).status, 200);
});
