/*
 * The worker killed before every step of an invoice: asked for, failed once,
 * issued; and reversed for another in its place. Nothing is issued or reversed
 * twice, nothing is lost, and what is not known yet is not said to be known.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { temporaryFolder } from "../http/serve_kit.mjs";
import { signIn } from "../stack/client.mjs";
import { BY_API, Invoices } from "../stack/invoices.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const SOURCE = fileURLToPath(new URL("steps.c", import.meta.url));
const KILLED = 137;
const WAIT_MS = 60_000;
/* Fewer steps than these, and the counting does not work. */
const LEAST = 20;
const MOST = 150;
const LEAST_REVERSING = 10;
const READY = 40;

let dir, stack, invoices, applicant;

before(async () => {
	dir = temporaryFolder();
	execFileSync("cc", ["-O2", "-Wall", "-Werror", "-shared", "-fPIC",
		"-D_GNU_SOURCE", "-o", path.join(dir, "steps.so"), SOURCE, "-ldl"]);
	stack = await startStack(BY_API);
	applicant = await signIn(stack, "applicant1");
	invoices = new Invoices(stack, applicant);
	await stack.kill("worker", "SIGTERM");
});
after(async () => {
	await stack?.stop();
	fs.rmSync(dir, { recursive: true });
});

/* A worker of our own; with a step before which it ends. */
function hire(stopAt)
{
	const child = spawn(path.join(stack.bin, "worker"), [], {
		stdio: "ignore", env: { ...process.env, ...stack.env,
			...stopAt === undefined ? {} : { STOP_AT: String(stopAt),
				STEP_ROWS: "invoice", STEP_CALLS: "fapiao",
				LD_PRELOAD: path.join(dir, "steps.so") } } });
	const worker = { status: null,
		end: () => new Promise((resolve) => {
			child.on("close", resolve);
			if (!child.kill("SIGTERM"))
				resolve();
		}) };

	child.on("close", (status) => {
		worker.status = status;
	});
	return worker;
}

/* Whether it was killed before it was done with it. */
async function isKilled(stopAt, isDone, hurry)
{
	const worker = hire(stopAt);

	await until(async () => {
		await hurry();
		return worker.status !== null || await isDone();
	}, `step ${stopAt} or the end`, WAIT_MS);
	/* What it does after it is done, or while it ends, is no step of it. */
	const killed = worker.status === KILLED && !await isDone();

	if (worker.status === null)
		await worker.end();
	return killed;
}

/* It lies until all were killed: the next worker has one of its own. */
const leave = (id) => stack.db("UPDATE invoices SET calling_until = NOW(6) + " +
	`INTERVAL 1 HOUR WHERE id = '${id}' OR corrects = '${id}'`);

/* What was left lying is taken up by another worker. */
async function settle(isDone, hurry)
{
	const worker = hire();

	await invoices.over("calling_until IS NOT NULL");
	await until(async () => {
		await hurry();
		return isDone();
	}, "all is done", WAIT_MS);
	await worker.end();
}

const all = (made, of) => Promise.all(made.map(of));

test("killed at every step it is issued once", async () => {
	const made = [];
	let killed = true;

	for (let n = 1; killed; n++) {
		const application = await invoices.completed();

		assert.ok(n < MOST);
		await invoices.misbehave("invoice_fails", { on: "issue" });
		const { id } = await invoices.ask(application);
		const state = async () => (await invoices.row(id)).state;

		made.push(id);
		killed = await isKilled(n, async () => await state() === "issued",
			() => invoices.due(id));
		/* It may be there by now, or have failed: that is not known yet. */
		assert.ok((killed ? ["requested", "sent"] : ["issued"])
			.includes((await invoices.load(application)).status));
		await leave(id);
		await invoices.sandbox("behave", {});
	}
	assert.ok(made.length > LEAST, `${made.length} steps`);
	await settle(async () => (await all(made, (id) => invoices.row(id)))
		.every(({ state }) => state === "issued"),
	() => all(made, (id) => invoices.due(id)));
	for (const id of made) {
		const tries = await invoices.tries(id);

		assert.ok(tries.length === 1 || tries.length === 2);
		assert.deepEqual(tries.map((t) => t.state),
			["failed", "issued"].slice(-tries.length));
		assert.deepEqual((await invoices.life(id)).slice(-2),
			["send sent worker", "issue issued worker"]);
		await invoices.assertOnce(id);
	}
});

/* Issued ones, one more at each call. */
async function issuedOnes(n)
{
	const made = [];

	for (let i = 0; i < n; i++) {
		const application = await invoices.completed();

		made.push({ application, ...await invoices.ask(application) });
	}
	await settle(async () => (await all(made, ({ id }) => invoices.row(id)))
		.every(({ state }) => state === "issued"),
	() => all(made, ({ id }) => invoices.due(id)));
	return made;
}

test("killed at every step it is reversed once, and issued anew once",
	async () => {
		const ready = await issuedOnes(READY);
		const made = [];
		const next = async ({ id }) => (await stack.db("SELECT id, state FROM " +
			`invoices WHERE corrects = '${id}'`))[0];
		const hurry = async (one) => {
			await invoices.due(one.id);
			await invoices.due((await next(one)).id);
		};
		let killed = true;

		for (let n = 1; killed; n++) {
			const one = ready.pop();

			assert.ok(one !== undefined, "more steps than thought");
			await invoices.correct(one.application);
			made.push(one);
			/* From there on it is as any other is. */
			killed = await isKilled(n, async () =>
				(await next(one)).state !== "waiting", () => hurry(one));
			const old = await invoices.row(one.id);
			const { state } = await next(one);

			/* The old one counts until it is known to be reversed. */
			assert.equal(state === "waiting", old.state !== "reversed");
			assert.ok(["reversing", "reversed"].includes(old.state));
			await leave(one.id);
		}
		assert.ok(made.length > LEAST_REVERSING, `${made.length} steps`);
		/* A call for a red invoice is not made again for five minutes. */
		await stack.db("UPDATE invoice_tries SET asked_at = asked_at - " +
			"INTERVAL 10 MINUTE");
		await settle(async () => (await all(made, next))
			.every(({ state }) => state === "issued"), () => all(made, hurry));
		for (const one of made) {
			const [there] = await invoices.there(one.id);
			const old = await invoices.row(one.id);

			assert.equal((await invoices.there(one.id)).length, 1);
			assert.equal(there.status, "REVERSED");
			assert.equal(there.reverse.number, old.red_number);
			await invoices.assertOnce((await next(one)).id);
		}
	});
