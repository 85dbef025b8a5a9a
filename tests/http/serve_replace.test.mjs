/*
 * Workers come and go while people are served: replaced on SIGHUP, when they
 * had their share of requests or memory, and when they are killed.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";

import { checkProblem, signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";
import { BUILT, childrenOf, cookieOf, isAlive, keepAsking, ownPrograms,
	parentOf, replace, serving, stopAsking, temporaryFolder } from "./serve_kit.mjs";

const WORKERS = 8;
const FURTHER = "https://further.example";
const LIST = "/api/applications";

let dir;
let stack;
let client;

before(async () => {
	dir = temporaryFolder();
	stack = await startStack({
		bin: ownPrograms(dir, ["account", "application", "attachment"]) });
	client = await signIn(stack, "applicant1");
	client.programsMayDie = true;
	await until(() => workers().length === WORKERS, "all workers", 5000);
});

afterEach(stopAsking);

after(async () => {
	await stack.stop();
	fs.rmSync(dir, { recursive: true });
});

function workers()
{
	return stack.workers("application");
}

function load(what = LIST)
{
	return keepAsking(stack.baseUrl + what, cookieOf(client));
}

/* Counted in one look: a list of all processes is not of one moment. */
function howMany(parent)
{
	return childrenOf(parent).filter(isAlive).length;
}

/* Ends when none of the old ones is there and all of the new ones are. */
function replaced(old)
{
	return until(() => workers().length === WORKERS &&
		!workers().some((pid) => old.includes(pid)), "all replaced", 20_000);
}

async function hangUp()
{
	const old = workers();

	await stack.kill("application", "SIGHUP");
	return old;
}

test("SIGHUP replaces all workers under load and nobody notices",
	async () => {
		const asking = load();
		const parent = parentOf(workers()[0]);
		let least = WORKERS;
		let most = WORKERS;

		for (let round = 0; round < 3; round++) {
			await asking.more(50);
			const old = await hangUp();

			await until(() => {
				least = Math.min(least, howMany(parent));
				most = Math.max(most, howMany(parent));
				return !workers().some((pid) => old.includes(pid)) &&
					workers().length === WORKERS;
			}, "all replaced", 20_000);
		}
		await asking.more(50);
		const { failed } = await asking.stop();

		assert.deepEqual(failed, []);
		assert.ok(least >= WORKERS && most <= WORKERS + 1,
			`${least} to ${most} workers`);
	});

test("SIGHUP brings the binary and the configuration that are there now",
	async () => {
		const binary = path.join(dir, "real/application");
		const allowed = async () => (await client.get(LIST,
			{ Origin: FURTHER })).headers["access-control-allow-origin"];
		const asking = load();

		assert.equal(await allowed(), undefined);
		replace(binary, fs.readFileSync(
			path.join(BUILT, "bin/application")), 0o755);
		replace(path.join(dir, "application.conf"),
			`portal_origins = ${FURTHER}\n`);
		await replaced(await hangUp());
		for (const pid of workers())
			assert.equal(fs.statSync(`/proc/${pid}/exe`).ino,
				fs.statSync(binary).ino);
		assert.equal(await allowed(), FURTHER);
		assert.deepEqual((await asking.stop()).failed, []);
	});

test("a binary or a configuration that cannot start takes nobody's place",
	async () => {
		const asking = load();
		const count = () => stack.logs("application")
			.match(/ev=worker_died /g)?.length ?? 0;

		for (const [file, mode] of [["application.conf", 0o644],
			["real/application", 0o755]]) {
			const good = fs.readFileSync(path.join(dir, file));
			const died = count();

			replace(path.join(dir, file), "no such thing\n", mode);
			const old = await hangUp();

			await until(() => count() >= died + 3, "three tries", 10_000);
			assert.deepEqual(old.filter((pid) => workers().includes(pid)),
				old);
			replace(path.join(dir, file), good, mode);
			await replaced(old);
		}
		assert.deepEqual((await asking.stop()).failed, []);
	});

/* The list alone takes a worker less than a megabyte. */
for (const [what, env, usual, log, loads] of [
	["requests", { CALOCK_WORKER_REQUESTS: "100" },
		{ CALOCK_WORKER_REQUESTS: "10000" }, null, [LIST]],
	["memory", { CALOCK_WORKER_MEMORY_MB: "1" },
		{ CALOCK_WORKER_MEMORY_MB: "64" }, /ev=worker_memory mb=\d+ /,
		[LIST, "/api/guide"]],
])
	test(`a worker that had its share of ${what} is followed by another`,
		async () => {
			await stack.restart("application", env);
			const old = await until(() => workers().length === WORKERS &&
				workers(), "all workers", 5000);
			const asking = loads.map(load);

			await replaced(old);
			for (const one of asking)
				assert.deepEqual((await one.stop()).failed, []);
			assert.doesNotMatch(stack.logs("application"), /worker_died/);
			if (log !== null)
				assert.match(stack.logs("application"), log);
			await stack.restart("application", usual);
			const stay = await until(() => workers().length === WORKERS &&
				workers(), "all workers", 5000);
			const more = load();

			await more.more(100 * WORKERS);
			assert.deepEqual((await more.stop()).failed, []);
			assert.deepEqual(workers(), stay);
		});

test("a busy worker that is killed costs its own request alone", async () => {
	const socket = path.join(stack.runDir, "application.sock");

	await stack.kill("mariadbd", "SIGSTOP");
	const asked = Array.from({ length: 3 }, () => client.copy())
		.map((window) => {
			window.programsMayDie = true;
			return window.get(LIST);
		});
	const busy = await until(() => {
		const pids = serving(workers(), socket);

		return pids.length === 3 && pids;
	}, "three busy workers", 5000);

	process.kill(busy[0], "SIGKILL");
	await until(() => workers().length === WORKERS &&
		!workers().includes(busy[0]), "another worker", 5000);
	await stack.kill("mariadbd", "SIGCONT");
	const answers = await Promise.all(asked);
	const bad = answers.filter(({ status }) => status !== 200);

	assert.equal(bad.length, 1);
	assert.equal(bad[0].status, 502);
	checkProblem(bad[0]);
	assert.equal(bad[0].body.code, "try_later");
	assert.ok(Number(bad[0].headers["retry-after"]) > 0);
	for (let i = 0; i < 2 * WORKERS; i++)
		assert.equal((await client.get(LIST)).status, 200);
});

test("killed again and again under load: one request a kill, at most",
	async () => {
		const asking = load();
		const KILLS = 10;

		for (let i = 0; i < KILLS; i++) {
			await asking.more(20);
			const pids = await until(() => workers().length > 0 && workers(),
				"a worker", 5000);

			process.kill(pids[i % pids.length], "SIGKILL");
		}
		await asking.more(50);
		const { failed } = await asking.stop();

		assert.ok(failed.length <= KILLS, failed.join());
		assert.deepEqual(failed.filter((status) => status !== 502), []);
		await until(() => workers().length === WORKERS, "all workers", 10_000);
		assert.equal((await client.get(LIST)).status, 200);
	});

test("SIGTERM ends the request under way and then the program", async () => {
	const socket = path.join(stack.runDir, "application.sock");

	await stack.kill("mariadbd", "SIGSTOP");
	const asked = client.get(LIST);

	await until(() => serving(workers(), socket).length === 1,
		"a busy worker", 5000);
	const stopped = stack.kill("application", "SIGTERM");

	await until(() => workers().length === 1, "the end of the rest", 5000);
	await stack.kill("mariadbd", "SIGCONT");
	assert.equal((await asked).status, 200);
	await stopped;
	await stack.restart("application");
	assert.equal((await client.get(LIST)).status, 200);
});
