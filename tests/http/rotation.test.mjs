/*
 * The field key changes while people work: what was sealed by the old one is
 * sealed anew by the worker, nobody notices, and then the old one can go.
 */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import { after, before, test } from "node:test";

import { addApplicant, complete, create, draft, force, load, submit } from
	"../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, page, submitForm, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { newAdministrator, setUp } from "../stack/second_factor.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 30_000;
const MOBILE = "13957043218";
const HEAD = 16; /* of an object, before its two slots */
const SLOT = 64;
const KIND = "business_licence";

let stack;
let applicant;
let manager;
let reviewer;
let person; /* with a second factor */
let cases; /* {id, values, files: [{url, bytes}]} */

before(async () => {
	stack = await startStack({ env: { CALOCK_REMINDER_FROM: "0",
		CALOCK_REMINDER_TO: "24" } });
	applicant = await signIn(stack, await addApplicant(stack));
	manager = await signIn(stack, "manager1");
	reviewer = await signIn(stack, "reviewer1");
	cases = [];
	for (let i = 0; i < 5; i++)
		cases.push(await made(i));
	await invoice(cases[1].id);
	await warn(cases[2].id);
	await collected(cases[1].id);
	person = await setUp(await newAdministrator(stack, "reviewer", manager));
});
after(() => stack?.stop());

const newKey = () => crypto.randomBytes(32).toString("hex");
const keys = () => fs.readFileSync(stack.env.CALOCK_FIELD_KEY_FILE, "utf8")
	.trim().split("\n");

/* Handed in but the last one, so that each kind of row is there. */
async function made(i)
{
	const bytes = pdf({ text: `scan ${i}`, bytes: 100_000 * i });
	const { id, attachments } = await complete(applicant, "new",
		{ handler_mobile: MOBILE, pickup: "mail", recipient: "周敏",
			recipient_phone: "0570-3012345", second_reason: "再办一把",
			mail_address: `浙江省衢州市柯城区示例路${i}号` });
	const { body: file } = await applicant.upload(id, KIND, bytes);

	if (i < 4)
		await submit(applicant, id);
	if (i === 1)
		await force(stack, id, "completed");
	const { handler_mobile, handler_id_no, recipient, mail_address } =
		await load(applicant, id);

	assert.ok(attachments.length > 0);
	return { id, values: { handler_mobile, handler_id_no, recipient,
		mail_address },
	file: { bytes, url: `/api/applications/${id}/attachments/${KIND}/` +
		file.id } };
}

/* Handed to somebody, whose name is sealed. */
async function collected(id)
{
	await stack.db(`INSERT INTO deliveries (id, application_id, attempt, way,
		state) VALUES ('${id}', '${id}', 1, 'onsite', 'ready')`);
	await act(await signIn(stack, "operator1"), `/admin/deliveries/${id}`,
		"/collected", { relation: "agent", collector: "赵代领",
			id_checked: "1" });
}

const INVOICE = { title_type: "individual", title: "周敏", mobile: MOBILE,
	email: "zhou@example.com", address: "衢州市荷花路1号",
	bank_account: "6222020200112233445" };

/* Told of a day, which stands sealed with the message. */
async function warn(id)
{
	await force(stack, id, "approved");
	await stack.db("UPDATE applications SET entered_at = NOW(6) - INTERVAL " +
		`29 DAY, touched_at = entered_at WHERE id = '${id}'`);
	await stack.restart("worker");
	await until(async () => (await stack.db("SELECT 1 FROM messages WHERE " +
		"details IS NOT NULL")).length === 1, "the applicant is told", WAIT_MS);
}

async function invoice(id)
{
	assert.equal((await applicant.post(`/api/applications/${id}/invoice`,
		INVOICE)).status, 202);
}

/* Writes the key file and has every program read it, as README says. */
async function useKeys(lines)
{
	fs.writeFileSync(stack.env.CALOCK_FIELD_KEY_FILE, `${lines.join("\n")}\n`);
	for (const name of stack.programs.filter((p) => p !== "worker")) {
		const old = new Set(stack.workers(name));

		await stack.kill(name, "SIGHUP");
		await until(() => stack.workers(name).length === old.size &&
			stack.workers(name).every((pid) => !old.has(pid)),
		`new workers of ${name}`, WAIT_MS);
	}
	await stack.restart("worker");
}

/* What was made is read as it was made. */
async function assertWhole()
{
	for (const { id, values, file } of cases) {
		const now = await load(applicant, id);

		for (const [name, value] of Object.entries(values))
			assert.equal(now[name], value);
		const answer = await applicant.get(file.url);

		assert.equal(answer.status, 200);
		assert.deepEqual(answer.bytes, file.bytes);
	}
	assert.equal((await load(applicant, cases[1].id)).delivery.collector,
		"赵代领");
	const { body } = await applicant.get(
		`/api/applications/${cases[1].id}/invoice`);

	for (const [name, value] of Object.entries(INVOICE))
		assert.equal(body[name], value);
	assert.equal((await applicant.get("/api/invoice-titles")).body.items[0]
		.address, INVOICE.address);
	await person.signIn();
}

/* Key numbers that anything is sealed by, as the bytes themselves say. */
async function numbersInUse()
{
	const rows = await stack.db([["applications", "handler_mobile"],
		["applications", "handler_id_no"], ["applications", "recipient"],
		["applications", "mail_address"], ["invoices", "mobile"],
		["invoices", "title"], ["invoices", "email"], ["invoices", "address"],
		["invoices", "bank_account"],
		["second_factors", "secret"], ["messages", "details"],
		["submissions", "LEFT(fields, 1)"]].map(([table, column]) =>
		`SELECT DISTINCT ORD(${column}) AS n FROM ${table}
		WHERE ${column} IS NOT NULL`).join(" UNION "));
	const objects = await stack.db("SELECT store_key AS k FROM attachments");
	const slots = objects.flatMap(({ k }) => {
		const bytes = fs.readFileSync(stack.path("store", k));

		return [0, 1].map((i) => bytes[HEAD + SLOT * i]);
	});

	return [...new Set([...rows.map(({ n }) => Number(n)), ...slots])]
		.filter((n) => n !== 0).sort((a, b) => a - b);
}

/* "… 9 电子件 0 …" of the page. */
async function left()
{
	const html = await page(manager, "/admin/privacy");

	return [...html.matchAll(/<th scope="row">([^<]*)<\/th><td>(\d+)</g)]
		.map(([, , n]) => Number(n));
}

const rotated = () => until(async () => (await left()).every((n) => n === 0),
	"nothing is left", WAIT_MS);

/* How many cases a search finds. */
async function search(client, number)
{
	const answer = await submitForm(client, "/admin/find", "/admin/find",
		{ number });
	const html = answer.bytes.toString();

	return { status: answer.status, html,
		n: [...html.matchAll(/<a href="\/admin\/applications\//g)].length };
}

/* People go on until they are told to stop: how often they were served. */
function work()
{
	let isOver = false;
	let served = 0;
	const run = async () => {
		const client = applicant.copy();

		while (!isOver) {
			const { id } = await create(client, draft(client,
				{ handler_mobile: MOBILE }));
			const up = await client.upload(id, KIND, pdf());

			assert.equal(up.status, 201);
			assert.equal((await client.get(up.headers.location)).status, 200);
			assert.equal((await load(client, id)).handler_mobile, MOBILE);
			await assertWhole();
			served++;
		}
	};
	const running = run();

	return async () => {
		isOver = true;
		await running;
		return served;
	};
}

test("a case is found by the number of its handler, whoever holds the key",
	async () => {
		const mine = await search(reviewer, " 139-5704-3218 ");

		assert.equal(mine.status, 200);
		assert.equal(mine.n, 4); /* not the draft */
		assert.ok(!mine.html.includes(MOBILE));
		assert.match(textOf(mine.html), /139\*\*\*\*3218 的申请/);
		assert.equal((await search(reviewer, "13957043219")).n, 0);
		assert.equal((await search(reviewer, "１３９５７０４３２１８")).n, 4);
		assert.ok((await search(reviewer,
			cases[0].values.handler_id_no)).n >= 4);
		for (const bad of ["", "139", "周敏", "330802199003070000"])
			assert.equal((await search(reviewer, bad)).status, 422, bad);
		const trail = await stack.db("SELECT subject, detail FROM audit " +
			"WHERE action = 'find' ORDER BY at, id LIMIT 2");

		assert.deepEqual(trail.map((row) => ({ ...row })),
			[{ subject: "handler_mobile", detail: "4" },
				{ subject: "handler_mobile", detail: "0" }]);
	});

test("a new key seals, under traffic, and the old one can be taken out",
	async () => {
		const [old] = keys();
		const next = `2 ${newKey()}`;

		assert.deepEqual(await numbersInUse(), [1]);
		const stop = work();

		/* Known to all before anybody seals by it. */
		await useKeys([old, next]);
		assert.ok((await left()).every((n) => n === 0));
		await useKeys([next, old]);
		await rotated();
		assert.equal((await search(manager, MOBILE)).n, 4);
		await until(async () => (await numbersInUse()).join() === "2",
			"one number", WAIT_MS);
		assert.ok(await stop() >= 1);
		await rotated();
		assert.deepEqual(await numbersInUse(), [2]);
		await useKeys([next]);
		await assertWhole();
		assert.equal((await search(manager, MOBILE)).n, 4);
		assert.match(stack.logs("worker"), /^(?!.*ev=not_resealed)/s);
	});

test("what no key opens is counted, and holds nothing up", async () => {
	const [key] = keys();
	const lost = `7 ${newKey()}`;

	await useKeys([lost, key]);
	await rotated();
	await useKeys([key]);
	assert.ok((await left())[0] >= cases.length);
	await useKeys([key, lost]);
	await rotated();
	assert.deepEqual(await numbersInUse(), [2]);
	await assertWhole();
});

test("invoices of before all of it was sealed are read, and sealed",
	async () => {
		const where = `application_id = '${cases[1].id}'`;

		await stack.kill("worker", "SIGTERM");
		await stack.db(`UPDATE invoices SET is_sealed = FALSE,
			title = '${INVOICE.title}', email = '${INVOICE.email}',
			address = '${INVOICE.address}',
			bank_account = '${INVOICE.bank_account}' WHERE ${where}`);
		assert.equal((await left())[2], 1);
		await assertWhole();
		await stack.restart("worker");
		await rotated();
		await assertWhole();
		const [row] = await stack.db(`SELECT * FROM invoices WHERE ${where}`);

		assert.equal(Number(row.is_sealed), 1);
		for (const name of ["title", "email", "address", "bank_account"])
			assert.notEqual(row[name], INVOICE[name]);
	});

test("files of before there were keys are sealed, if they are theirs",
	async () => {
		const [{ k, a }] = await stack.db("SELECT store_key AS k, id AS a " +
			"FROM attachments WHERE id = '" +
			`${cases[2].file.url.split("/").pop()}'`);
		const object = stack.path("store", k);
		const put = async (bytes) => {
			fs.writeFileSync(object, bytes);
			await stack.db("UPDATE attachments SET sealed_by = 0 " +
				`WHERE id = '${a}'`);
		};

		await put(cases[2].file.bytes);
		await rotated();
		await assertWhole();
		assert.ok(!fs.readFileSync(object).includes("%PDF"));
		await put(Buffer.from("somebody else's"));
		await until(() => /ev=not_resealed .*neither sealed/
			.test(stack.logs("worker")), "it is told", WAIT_MS);
		assert.equal((await left())[4], 1);
		assert.equal((await applicant.get(cases[2].file.url)).status, 503);
	});
