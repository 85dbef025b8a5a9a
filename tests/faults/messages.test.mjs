/*
 * The worker killed before every step of a message, by SMS and by e-mail:
 * nothing is sent twice, nothing is lost, and what may have been sent is shown
 * as unknown, until a vendor that can tell was asked about it.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { temporaryFolder } from "../http/serve_kit.mjs";
import { startMail } from "../sandbox/mail.mjs";
import { ACCOUNT, startSms } from "../sandbox/sms.mjs";
import { complete, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { byAliyun, registered } from "../stack/messages.mjs";
import { page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const SOURCE = fileURLToPath(new URL("steps.c", import.meta.url));
const WAIT_MS = 30_000;
/* Fewer steps than these, and the counting does not work. */
const LEAST = { sms: 6, email: 4 };
const MOST = 60;

let dir;
let sms;
let mail;
let stack;
let app;
let operator;

before(async () => {
	dir = temporaryFolder();
	execFileSync("cc", ["-O2", "-Wall", "-Werror", "-shared", "-fPIC",
		"-D_GNU_SOURCE", "-o", path.join(dir, "steps.so"), SOURCE, "-ldl"]);
	fs.chmodSync(dir, 0o755);
	fs.writeFileSync(path.join(dir, "secret"), ACCOUNT.key_secret);
	sms = await startSms({ templates: registered() });
	mail = await startMail();
	stack = await startStack({ env: {
		...byAliyun(sms, path.join(dir, "secret")),
		CALOCK_SMS_NOTICES_DAY: "1000",
		CALOCK_MAIL_URL: mail.url, CALOCK_MAIL_FROM: "ca@example.cn",
	} });
	operator = await signIn(stack, "operator1");
	const applicant = await signIn(stack, "applicant1");

	app = await complete(applicant);
	await submit(applicant, app.id);
	await stack.kill("worker", "SIGTERM");
});
after(async () => {
	await stack?.stop();
	await sms?.stop();
	await mail?.stop();
	fs.rmSync(dir, { recursive: true });
});

/* What each channel's receiver has, by the id of the message. */
const GOT = {
	sms: (id) => sms.sent.filter(({ key }) => key === id).length,
	email: (id) => mail.seen.filter((m) => m === `<${id}@example.cn>`).length,
};

/* A worker of our own; with a step before which it ends. */
function hire(steps = {})
{
	const child = spawn(path.join(stack.bin, "worker"), [], {
		stdio: "ignore", env: { ...process.env, ...stack.env, ...steps } });
	const worker = { child, status: undefined };

	worker.ended = new Promise((resolve) => {
		child.on("close", (status) => {
			worker.status = status;
			resolve();
		});
	});
	return worker;
}

let made = 0;

async function add(channel)
{
	const id = `01j0kill${String(++made).padStart(18, "0")}`;

	await stack.db(`INSERT INTO messages SET id = '${id}', application_id = ` +
		`'${app.id}', event = 'approve', channel = '${channel}'`);
	return id;
}

const rowOf = async (id) => (await stack.db("SELECT state, error FROM " +
	`messages WHERE id = '${id}'`))[0];

const stateOf = async (id) => (await rowOf(id)).state;

/* Whether it was killed before it was done with the message. */
async function isKilled(stopAt, channel, id)
{
	const worker = hire({ STOP_AT: String(stopAt), STEP_ROWS: "message",
		STEP_CALLS: new URL(channel === "sms" ? sms.url : mail.url).host,
		LD_PRELOAD: path.join(dir, "steps.so") });

	await until(async () => worker.status !== undefined ||
		await stateOf(id) === "sent", `step ${stopAt} or the end`, WAIT_MS);
	if (worker.status === undefined)
		worker.child.kill("SIGTERM");
	await worker.ended;
	return await stateOf(id) !== "sent";
}

/* A worker of our own, until all of them are as they should be. */
async function work(ids, what, isDone)
{
	const worker = hire();

	await until(async () =>
		(await Promise.all(ids.map(rowOf))).every(isDone), what, WAIT_MS);
	worker.child.kill("SIGTERM");
	await worker.ended;
}

/* What was left lying is taken up by another worker, when its lease is over. */
async function settle(ids)
{
	await stack.db("UPDATE messages SET lease_until = NOW(6) WHERE " +
		"state = 'sending'");
	await work(ids, "all is settled",
		({ state }) => ["sent", "unknown"].includes(state));
}

/* The vendor tells which of them it has, and none is sent by that. */
async function askAbout(unknown)
{
	const ids = unknown.map(({ id }) => id);

	await stack.db("UPDATE messages SET next_at = NOW(6) WHERE " +
		"state = 'unknown'");
	await work(ids, "all are asked about", ({ state, error }) =>
		state === "sent" || error === "provider_has_none");
	for (const { id, got } of unknown)
		assert.deepEqual([await stateOf(id), GOT.sms(id)],
			[got === 1 ? "sent" : "unknown", got]);
}

for (const channel of ["sms", "email"])
	test(`killed at every step of one by ${channel}`, async () => {
		const ids = [];
		let killed = true;

		for (let n = 1; killed; n++) {
			const id = await add(channel);

			assert.ok(n < MOST);
			ids.push(id);
			killed = await isKilled(n, channel, id);
			const state = await stateOf(id);

			assert.ok(["queued", "sending", "sent"].includes(state), state);
			/* What was not claimed was not sent either. */
			if (state === "queued")
				assert.equal(GOT[channel](id), 0);
			await stack.db("UPDATE messages SET next_at = NOW(6) + " +
				`INTERVAL 1 HOUR WHERE id = '${id}' AND state = 'queued'`);
		}
		assert.ok(ids.length > LEAST[channel], `${ids.length} steps`);
		await stack.db("UPDATE messages SET next_at = NOW(6) WHERE " +
			"state = 'queued'");
		await settle(ids);
		const ends = await Promise.all(ids.map(async (id) =>
			({ id, state: await stateOf(id), got: GOT[channel](id) })));

		for (const { id, state, got } of ends)
			assert.ok(state === "sent" ? got === 1 : got <= 1,
				`${id} ${state} ${got}`);
		/* Killed between the sending and the mark, and before the sending. */
		const unknown = ends.filter(({ state }) => state === "unknown");

		assert.deepEqual([...new Set(unknown.map(({ got }) => got))].sort(),
			[0, 1]);
		assert.match(textOf(await page(operator,
			`/admin/messages/${unknown[0].id}`)), /结果不明 .*可能已经送达/);
		if (channel === "sms")
			await askAbout(unknown);
	});

test("killed while the mail server has it and says nothing", async () => {
	const id = await add("email");

	mail.next({ at: "data", hang: true });
	const worker = hire();

	await until(() => GOT.email(id) === 1, "the server has it", WAIT_MS);
	worker.child.kill("SIGKILL");
	await worker.ended;
	assert.equal(await stateOf(id), "sending");
	await settle([id]);
	assert.equal(await stateOf(id), "unknown");
	assert.equal(GOT.email(id), 1);
});
