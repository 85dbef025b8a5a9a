/*
 * The frame of the programs by itself: who may have the socket, sockets that
 * systemd passes, the end of the parent, workers that cannot start.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { until } from "../stack/parts.mjs";
import { ask, body, connect, END_OF_BODY, head, isAlive, launch, replace,
	serving, temporaryFolder } from "./serve_kit.mjs";

const WORKERS = 2; /* the default of payment */
const NOTICE = { REQUEST_METHOD: "POST", DOCUMENT_URI: "/callback/wechatpay",
	SURFACE: "portal", CONTENT_TYPE: "application/json" };

let dir;
let runDir;
let runs;

before(() => {
	dir = temporaryFolder();
});

after(() => fs.rmSync(dir, { recursive: true }));

beforeEach(() => {
	runDir = fs.mkdtempSync(path.join(dir, "run-"));
	runs = [];
});

/* Nothing of any test stays. */
afterEach(async () => {
	for (const run of runs) {
		run.child.kill("SIGKILL");
		await run.ended;
	}
});

function start(name = "payment", options = {})
{
	const run = launch(name, runDir, options);

	runs.push(run);
	return run;
}

async function allWorkers(run)
{
	await run.serves();
	return until(() => {
		const workers = run.workers();

		return workers.length === WORKERS &&
			serving(workers, run.socket).length === 0 && workers;
	}, "all workers, and idle", 5000);
}

test("a second start on a socket is refused and the first goes on",
	async () => {
		const first = start();

		await first.serves();
		const inode = fs.statSync(first.socket).ino;
		const second = start();

		assert.equal(await second.ended, 3, second.log);
		assert.match(second.log, /another payment serves here already/);
		assert.equal(fs.statSync(first.socket).ino, inode);
		assert.equal((await ask(first.socket)).status, 404);
		assert.equal(await first.stop(), 0);
	});

test("the socket is for its group alone, whatever the umask", async () => {
	const run = start("payment", { command: (program) =>
		["sh", "-c", `umask 0; exec ${program}`] });

	await run.serves();
	assert.equal(fs.statSync(run.socket).mode & 0o777, 0o660);
});

test("a folder that is not there is said and is no start", async () => {
	const run = start("payment", { env:
		{ CALOCK_RUN_DIR: path.join(runDir, "none") } });

	assert.equal(await run.ended, 1);
	assert.match(run.log, /lock: No such file/);
});

test("a parent killed outright takes its workers along and leaves nothing " +
	"in the way", async () => {
	const first = start();
	const workers = await allWorkers(first);

	await first.stop("SIGKILL");
	const second = start();

	await second.serves();
	await until(() => !workers.some(isAlive), "the end of the workers", 5000);
	assert.ok(fs.existsSync(path.join(runDir, "payment.lock")));
});

for (const [what, signal, status] of [["SIGTERM", "SIGTERM", 0],
	["the parent's death", "SIGKILL", "SIGKILL"]])
	test(`${what} lets a request end that is under way`, async () => {
		const run = start("callback");
		const workers = await allWorkers(run);
		const peer = connect(run.socket);

		peer.write(Buffer.concat([head({ ...NOTICE, CONTENT_LENGTH: "4" }),
			body("a=")]));
		const [busy] = await until(() => {
			const found = serving(workers, run.socket);

			return found.length === 1 && found;
		}, "a busy worker", 5000);
		const idle = workers.find((pid) => pid !== busy);

		run.child.kill(signal);
		await until(() => !isAlive(idle), "the idle worker's end", 5000);
		assert.ok(isAlive(busy));
		peer.write(Buffer.concat([body("b"), body("c"), END_OF_BODY]));
		const answer = await peer.answer;

		assert.ok(answer.ended, answer.text);
		assert.notEqual(answer.status, 0);
		assert.equal(await run.ended, status);
		await until(() => !isAlive(busy), "the end of the last", 5000);
	});

test("workers that cannot start are tried for good, further and further " +
	"apart, until they can", async () => {
	const key = path.join(runDir, "field.key");
	const line = `1 ${"0123456789abcdef".repeat(4)}\n`;

	fs.writeFileSync(key, line);
	const run = start("application", { env: {
		CALOCK_WORKERS_APPLICATION: String(WORKERS),
		CALOCK_FIELD_KEY_FILE: key } });
	const workers = await allWorkers(run);

	fs.rmSync(key);
	for (const pid of workers)
		process.kill(pid, "SIGKILL");
	const deaths = () => [...run.log.matchAll(
		/^t=(\S+) .* ev=worker_died .* status=1 /gm)]
		.map(([, t]) => Date.parse(t));

	await until(() => deaths().length >= 4 * WORKERS, "many deaths", 10_000);
	const times = deaths();

	assert.ok(times.at(-1) - times[0] >= 50 + 100 + 200 - 20,
		`${times.map((t) => t - times[0])} ms`);
	assert.equal(run.child.exitCode, null);
	replace(key, line);
	await run.serves();
	await allWorkers(run);
	assert.equal(await run.stop(), 0);
});

/* -- sockets that are passed -- */

/* A listening socket as descriptor 3, as systemd's service manager does it.
 * Ours is closed, so that we do not accept; its name stays by the link. */
async function passed(script, use)
{
	const server = net.createServer();
	const at = path.join(runDir, "systemd.sock");

	await new Promise((resolve) => server.listen(`${at}.made`, resolve));
	fs.linkSync(`${at}.made`, at);
	const run = start("payment", { stdio: [server._handle.fd],
		command: (program) => ["sh", "-c", `${script} exec ${program}`] });

	server.close();
	await use(run, at);
}

test("the socket that systemd passes is taken, and none is made", () =>
	passed("LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=x", async (run, at) => {
		/* Between fork and exec a worker still is what its parent was. */
		await until(() => run.workers().filter((pid) =>
			/\0--worker\0/.test(fs.readFileSync(`/proc/${pid}/cmdline`,
				"latin1"))).length === WORKERS, "workers", 5000);
		const answers = await Promise.all(
			Array.from({ length: 20 }, () => ask(at)));

		assert.ok(answers.every((answer) => answer.status === 404));
		assert.deepEqual(fs.readdirSync(runDir), ["systemd.sock"]);
		for (const pid of run.workers())
			assert.doesNotMatch(fs.readFileSync(`/proc/${pid}/environ`,
				"latin1"), /LISTEN_(PID|FDS)/);
	}));

test("a socket passed to another process is not ours", () =>
	passed("LISTEN_PID=1 LISTEN_FDS=1", async (run) => {
		await run.serves();
		assert.ok(fs.existsSync(path.join(runDir, "payment.sock")));
	}));

for (const [what, script] of [
	["two sockets", "LISTEN_PID=$$ LISTEN_FDS=2"],
	["something that is no socket", "exec 3</dev/null; " +
		"LISTEN_PID=$$ LISTEN_FDS=1"],
])
	test(`${what} passed by systemd are no start`, () =>
		passed(script, async (run) => {
			assert.equal(await run.ended, 1);
			assert.match(run.log, /one listening stream socket is wanted/);
		}));

const hasActivator = spawnSync("systemd-socket-activate", ["--version"])
	.status === 0;

test("systemd-socket-activate starts it at the first request",
	{ skip: !hasActivator && "it is not installed" }, async () => {
		const at = path.join(runDir, "activated.sock");
		const run = start("payment", { command: (program) =>
			["systemd-socket-activate", "--listen", at, ...[
				"CALOCK_PUBLIC_URL", "CALOCK_ADMIN_URL", "CALOCK_RUN_DIR",
			].map((name) => `--setenv=${name}`), program] });

		await until(() => run.log.includes("Listening on"), "the socket", 5000);
		assert.equal((await ask(at)).status, 404);
		assert.equal((await ask(at)).status, 404);
		assert.equal(await run.stop(), 0);
	});
