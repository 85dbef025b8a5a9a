/*
 * The rules that make calock safe to run more than once: jobs are claimed,
 * nothing lives in a process, a file is there before its row; and a database
 * that was away is found again at once.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { complete, create, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, page } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { endAll, holdAudit, waiting } from "../stack/session.mjs";
import { startStack } from "../stack/stack.mjs";
import { dropAnswer, notice } from "./openapi_applicant.mjs";
import { World } from "./openapi_world.mjs";

const WAIT_MS = 20_000;
const DAYS = 86_400;
const BACK_MS = 1000;
const MESSAGES = 120;
const WORKERS = 3;

let stack;
let world;
let client;
let reviewer;

before(async () => {
	stack = await startStack({ env: { CALOCK_SMS_NOTICES_DAY: "1000" } });
	world = new World(stack);
	client = await signIn(stack, "applicant1");
	reviewer = await signIn(stack, "reviewer1");
});
after(async () => {
	await endAll();
	await stack?.stop();
});

/* Another worker beside the stack's: its log when it has ended. */
function hireWorker()
{
	const child = spawn(path.join(stack.bin, "worker"), [],
		{ env: { ...process.env, ...stack.env },
			stdio: ["ignore", "ignore", "pipe"] });
	const out = [];

	child.stderr.on("data", (data) => out.push(data));
	return () => new Promise((resolve) => {
		child.on("close", () => resolve(Buffer.concat(out).toString()));
		child.kill("SIGTERM");
	});
}

test("SIGHUP has the worker leave cleanly, to be started anew", async () => {
	const child = spawn(path.join(stack.bin, "worker"), [],
		{ env: { ...process.env, ...stack.env },
			stdio: ["ignore", "ignore", "pipe"] });
	const ended = new Promise((resolve) => {
		child.on("close", (code, signal) => resolve([code, signal]));
	});
	let log = "";

	child.stderr.on("data", (data) => {
		log += data;
	});
	await until(() => stack.db("SELECT 1 FROM information_schema.processlist " +
		"WHERE user = 'calock_worker'").then((rows) => rows.length > 1),
	"both work", WAIT_MS);
	child.kill("SIGHUP");
	assert.deepEqual(await ended, [0, null]);
	assert.match(log, /ev=reload /);
});

test("R9: a message is claimed before it is sent, whoever is faster",
	async () => {
		const { id } = await complete(client);

		await stack.kill("worker", "SIGTERM");
		await stack.db("INSERT INTO messages (id, application_id, event) " +
			`SELECT CONCAT('r9-', seq), '${id}', 'approve' ` +
			`FROM seq_1_to_${MESSAGES}`);
		const dismiss = Array.from({ length: WORKERS }, hireWorker);
		let logs;

		try {
			await until(async () => (await stack.db("SELECT id FROM " +
				"messages WHERE state IN ('queued', 'sending')"))
				.length === 0, "all are sent", WAIT_MS);
		} finally {
			logs = await Promise.all(dismiss.map((end) => end()));
		}
		const sent = logs.map((log) =>
			[...log.matchAll(/ev=sms .*message=(r9-\d+)/g)]
				.map(([, key]) => key));

		assert.deepEqual(sent.flat().sort(), Array.from({ length: MESSAGES },
			(_, i) => `r9-${i + 1}`).sort());
		assert.deepEqual(await stack.db("SELECT state, attempts, " +
			"COUNT(*) AS n FROM messages WHERE id LIKE 'r9-%' " +
			"GROUP BY state, attempts"),
		[{ state: "sent", attempts: "1", n: String(MESSAGES) }]);
		await stack.restart("worker");
	});

/* How often the provider was asked to make an order. */
async function ordersMade()
{
	const { calls } = await (await fetch(
		`${stack.sandboxUrl}/sandbox/orders`)).json();

	return calls.native ?? 0;
}

test("R9: of an order that somebody calls about others keep their hands off",
	async () => {
		const { client: payer, id } = await world.application("approved");
		const url = `/api/applications/${id}/payment`;
		const pay = () => payer.post(url, { provider: "wechatpay" });
		const lease = (seconds) => stack.db("UPDATE orders SET " +
			`calling_until = NOW(6) + INTERVAL ${seconds} SECOND ` +
			`WHERE application_id = '${id}'`);

		await stack.kill("worker", "SIGTERM");
		await dropAnswer(world);
		assert.equal((await pay()).status, 504);
		const called = await ordersMade();

		assert.ok(called > 0);
		await lease(60);
		assert.equal((await pay()).body.code, "provider_unknown");
		assert.equal(await ordersMade(), called);
		/* Who had it is gone: its lease runs out. */
		await lease(0);
		assert.equal((await pay()).body.status, "open");
		assert.ok(await ordersMade() > called);
		await stack.restart("worker");
	});

/* Killed outright, and started again. */
async function replaceAll(programs)
{
	await Promise.all(programs.map((name) => stack.kill(name)));
	await Promise.all(programs.map((name) => stack.restart(name)));
}

test("R14: nothing that lasts lives in a process", async () => {
	const key = { "Idempotency-Key": "r14" };
	const made = await create(client, {}, key);
	const { id } = await complete(client, "new", { second_reason: "再办一把" });

	await submit(client, id);
	await act(reviewer, `/admin/applications/${id}`, "/claim");
	const html = await page(reviewer, `/admin/applications/${id}`);
	const form = formsOf(html).find((f) => f.action.endsWith("/approve"));

	await replaceAll(stack.programs);
	/* The session, a key, an upload, a claim and a form from before. */
	assert.equal((await client.get("/api/session")).status, 200);
	assert.equal((await create(client, {}, key)).id, made.id);
	assert.equal((await client.upload(made.id, "application_form",
		pdf())).status, 201);
	assert.equal((await reviewer.form(form.action, Object.fromEntries(
		form.inputs.filter((i) => i.type === "hidden")
			.map((i) => [i.name, i.value])))).status, 303);
});

/* Every file of the store under its final name. */
function files()
{
	const dir = stack.path("store");

	return fs.readdirSync(dir).flatMap((folder) =>
		fs.readdirSync(path.join(dir, folder))
			.filter((name) => /^[0-9a-f]{32}$/.test(name))
			.map((name) => `${folder}/${name}`)).sort();
}

const rows = async () => (await stack.db("SELECT store_key FROM attachments"))
	.map((row) => row.store_key).sort();

/* Uploads until the row is about to be committed: {answer, hold, key}. */
async function uploadHalfWay(id, text)
{
	const earlier = files();
	const hold = await holdAudit(stack);
	const answer = client.upload(id, "application_form", pdf({ text }))
		.catch((e) => e);

	await until(async () => (await waiting(stack, "attachment")).length > 0,
		"the row waits", WAIT_MS);
	const added = files().filter((name) => !earlier.includes(name));

	return { answer, hold, added };
}

test("R15: the file is there before its row, and goes when none comes",
	async () => {
		const { id } = await create(client);
		const kept = await uploadHalfWay(id, "kept");

		assert.equal(kept.added.length, 1);
		assert.ok(!(await rows()).includes(kept.added[0]));
		await kept.hold.end();
		const { status, headers } = await kept.answer;

		assert.equal(status, 201);
		assert.match((await client.get(headers.location)).bytes
			.toString("latin1"), /kept 1\/1/);
		assert.ok((await rows()).includes(kept.added[0]));

		client.programsMayDie = true;
		const lost = await uploadHalfWay(id, "lost");

		await stack.kill("attachment");
		await lost.hold.end();
		assert.equal((await lost.answer).status, 502);
		client.programsMayDie = false;
		await stack.restart("attachment");
		assert.equal(lost.added.length, 1);
		assert.ok(!(await rows()).includes(lost.added[0]));
		/* Younger than a day it could still get its row. */
		await sweepAgain();
		assert.ok(files().includes(lost.added[0]));
		for (const key of files())
			fs.utimesSync(stack.path("store", key), 0,
				Date.now() / 1000 - 2 * DAYS);
		await sweepAgain();
		assert.deepEqual(files(), await rows());
	});

/* The worker sweeps when it starts. */
async function sweepAgain()
{
	await stack.restart("worker");
	await until(() => /ev=sweep /.test(stack.logs("worker")), "a sweep",
		WAIT_MS);
}

/* A way to see each program at work on the database. */
const SIGNS = {
	account: () => client.get("/api/session"),
	application: () => client.get("/api/applications"),
	attachment: () => client.get("/readyz"),
	payment: () => client.get("/api/payments"),
	invoice: () => client.get("/api/invoices"),
	review: () => reviewer.get("/admin/"),
	callback: () => notice(world),
};

/* Asks on and on; every answer is a success or says to try later. */
async function keepAsking(ask, load)
{
	while (!load.isOver) {
		const { status } = await ask();

		assert.ok([200, 503].includes(status), `${ask} ${status}`);
	}
}

/* Does something while all programs are asked. */
async function underLoad(act)
{
	const load = { isOver: false };
	const asking = Object.values(SIGNS).map((ask) => keepAsking(ask, load));

	try {
		await act();
	} finally {
		load.isOver = true;
		await Promise.all(asking);
	}
}

const isServing = async (name) => (await SIGNS[name]()).status === 200;

/* The worker has no URL: its connection is the sign. */
async function isAtWork()
{
	const rows = await stack.db("SELECT 1 FROM " +
		"information_schema.processlist WHERE user = 'calock_worker'");

	return rows.length > 0;
}

/* Of each program, how many milliseconds from now until it serves. */
async function untilServing()
{
	const began = Date.now();
	const wait = async (name, serves) => {
		await until(serves, name, WAIT_MS);
		return [name, Date.now() - began];
	};

	return Promise.all([wait("worker", isAtWork),
		...Object.keys(SIGNS).map((name) =>
			wait(name, () => isServing(name)))]);
}

const pids = () => stack.programs.map((name) =>
	[name, stack.workers(name).sort()]);

const ENDS = {
	killed: () => stack.killDatabase(),
	restarted: () => stack.kill("mariadbd", "SIGTERM"),
};

for (const [how, end] of Object.entries(ENDS))
	test(`MariaDB ${how} under load: all serve within a second of it, by the ` +
		"same workers", async () => {
		const earlier = pids();
		let late;

		await underLoad(async () => {
			await end();
			for (const name of Object.keys(SIGNS))
				assert.equal(await isServing(name), false, name);
			await stack.startDatabase();
			late = await untilServing();
		});
		assert.deepEqual(late.filter(([, ms]) => ms > BACK_MS), []);
		assert.deepEqual(pids(), earlier);
	});
