/*
 * The stack itself, with programs that do nothing: that it comes up, refuses
 * a second run, starts again what died, and leaves nothing behind.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { until } from "../stack/parts.mjs";

const STACK = new URL("../stack/stack.mjs", import.meta.url);
const WORKER = `#!/bin/sh
case $1 in
--config-table) echo '| \`CALOCK_STORE\` | required | worker | x |' ;;
--routes) printf 'GET\\t/api/x\\tpublic\\t0\\t-\\tportal\\tapplication\\tx\\n' ;;
--grants) echo "GRANT SELECT ON schema_version TO 'calock_worker'@'%';" ;;
*) [ -z "$CALOCK_FAIL" ] || { echo "no luck today" >&2; exit 1; }
	exec mariadb --no-defaults --socket="$CALOCK_DB_SOCKET" \\
		--user=calock_worker --execute="DO SLEEP(600)" \\
		--password="$(cat "$CALOCK_DB_PASSWORD_DIR/worker")" ;;
esac
`;

let dir;

before(() => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	fs.chmodSync(dir, 0o711);
	fs.mkdirSync(path.join(dir, "bin"));
	fs.writeFileSync(path.join(dir, "bin/worker"), WORKER, { mode: 0o755 });
});

after(() => fs.rmSync(dir, { recursive: true }));

beforeEach(() => fs.rmSync(path.join(dir, "var"),
	{ recursive: true, force: true }));

afterEach(() => assert.deepEqual(ours(), []));

/* What runs with our folder in its command line or as its own. */
function ours()
{
	return fs.readdirSync("/proc").filter((pid) => /^\d+$/.test(pid))
		.flatMap((pid) => {
			try {
				const line = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")
					.replaceAll("\0", " ").trim();

				return line.includes(dir) ? [line] : [];
			} catch {
				return [];
			}
		});
}

/* Starts a stack in a process of its own from nothing, as make run does. */
function start(options = {})
{
	const all = { dir: path.join(dir, "var"), bin: path.join(dir, "bin"),
		...options };
	/* The options come on standard input: our folder is not in its line. */
	const child = spawn(process.execPath, ["--input-type=module", "-e", `
		import fs from "node:fs";
		import { Interrupted, startStack } from "${STACK}";
		try {
			const stack = await startStack({
				...JSON.parse(fs.readFileSync(0, "utf8")),
				log: (line) => console.log(line) });
			console.log("up " + stack.baseUrl);
			process.on("SIGUSR2", () =>
				stack.stop().then(() => process.exit(0)));
		} catch (e) {
			if (!(e instanceof Interrupted)) {
				console.log(e.message);
				process.exit(1);
			}
		}`], { env: { ...process.env,
		MADE_DATABASE: undefined, MADE_KEYS: undefined } });
	const run = { child, text: "", exit: once(child, "exit",
		{ signal: AbortSignal.timeout(60_000) }) };

	child.stdin.end(JSON.stringify(all));
	child.stdout.on("data", (data) => {
		run.text += data;
	});
	child.stderr.on("data", (data) => {
		run.text += data;
	});
	run.says = (what) => until(() => what.exec(run.text) ??
		(child.exitCode !== null && assert.fail(run.text)),
	String(what), 30_000);
	run.stop = async (signal) => {
		child.kill(signal);
		return (await run.exit)[0];
	};
	return run;
}

test("it comes up, keeps its data, and stops when asked", async () => {
	for (let i = 0; i < 2; i++) {
		const run = start();
		const [, url] = await run.says(/^up (\S+)/m);

		assert.equal((await fetch(url)).status, 200);
		assert.equal(await run.stop("SIGUSR2"), 0, run.text);
		assert.deepEqual(ours(), []);
	}
});

test("a second run in the same folder is refused and harms nothing",
	async () => {
		const first = start();
		const [, url] = await first.says(/^up (\S+)/m);
		const second = start();

		await second.exit;
		assert.match(second.text, /is in use by another run/);
		assert.equal((await fetch(url)).status, 200);
		assert.equal(await first.stop("SIGTERM"), 143);
	});

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]])
	for (const part of ["mariadbd", "nginx", "worker"])
		test(`${signal} when ${part} has just begun leaves nothing`,
			async () => {
				const run = start();

				await until(() => fs.existsSync(
					path.join(dir, `var/log/${part}.log`)), part, 30_000);
				assert.equal(await run.stop(signal), code, run.text);
			});

test("killed outright, its parts end by themselves", async () => {
	const run = start();

	await run.says(/^up /m);
	await run.stop("SIGKILL");
	await until(() => ours().length === 0, "the end of all parts", 20_000);
	const again = start();

	await again.says(/^up /m);
	assert.equal(await again.stop("SIGTERM"), 143);
});

test("a part that dies at the start stops everything and shows why",
	async () => {
		const run = start({ env: { CALOCK_FAIL: "1" } });

		assert.equal((await run.exit)[0], 1);
		assert.match(run.text, /worker ended \(exit 1\)[^]*no luck today/);
	});

test("a deep folder of any name is no obstacle", async () => {
	const run = start({ dir: path.join(dir, "var/a folder 目录",
		"x".repeat(100)) });

	await run.says(/^up /m);
	assert.equal(await run.stop("SIGUSR2"), 0, run.text);
});

test("supervised, what dies is started again", async () => {
	const run = start({ supervise: true });
	const [, url] = await run.says(/^up (\S+)/m);
	const [, pid] = /^(\d+)/.exec(
		fs.readFileSync(path.join(dir, "var/nginx/nginx.pid"), "utf8"));

	process.kill(Number(pid), "SIGKILL");
	await run.says(/nginx again/);
	await until(() => fetch(url).then(() => true, () => delay(10)),
		"nginx answers again", 20_000);
	assert.equal(await run.stop("SIGUSR2"), 0, run.text);
});
