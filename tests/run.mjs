/*
 * Runs every test there is, a file more at once than there are cores, as they
 * wait for disks and clocks, and counts:
 *   node tests/run.mjs [part of a file's name …]
 * unit/test_*.c as built by make unit-build, fuzz/fuzz_*.c fed with the inputs
 * that are kept, then suites/, model/, http/, browser/ and faults/ by Node's own
 * runner, and some of http/ again with programs that watch themselves
 * (checked.mjs). Says what failed and why, and ends with "N passed, N failed";
 * exit 1 when any failed or none ran. Whole outputs are in build/test/.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { bare, checkedEnv, checkedFiles, isWanted, makeReports,
	takeReports } from "./checked.mjs";
import { makeOnce } from "./stack/made.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUTPUT = path.join(ROOT, "build/test");
const LIMIT_MS = 10 * 60_000; /* a file that takes longer hangs */
const SHOWN = 60; /* lines */
const GRACE_MS = 60_000; /* in which it can stop what it started */
const MOST_AT_ONCE = 4;

/* These measure how long things take: nothing runs beside them. */
const ALONE = new Set(["http/rules.test.mjs", "http/serve_load.test.mjs",
	"http/serve_memory.test.mjs", "http/serve_peers.test.mjs",
	"http/serve_replace.test.mjs", "http/serve_slow.test.mjs",
	"browser/first_view.test.mjs", "faults/soak.test.mjs"]);

const total = { passed: 0, failed: 0 };
const made = {}; /* what tests find in their environment */
const running = new Set();
let isStopped = false;

function list(folder, pattern)
{
	const dir = path.join(ROOT, "tests", folder);

	return fs.existsSync(dir) ?
		fs.readdirSync(dir).filter((name) => pattern.test(name)).sort()
			.map((name) => `${folder}/${name}`) : [];
}

function commandOf(file)
{
	const built = (name) => path.join(ROOT, "build/san", name);

	if (file.startsWith("unit/"))
		return [built(file.replace(/\.c$/, ""))];
	if (file.startsWith("fuzz/")) {
		const target = file.replace(/^fuzz\/fuzz_|\.c$/g, "");

		return [built(`fuzz/${target}`), `tests/fuzz/corpus/${target}`,
			`tests/fuzz/found/${target}`];
	}
	return [process.execPath, "--test-reporter=tap",
		path.join(ROOT, "tests", bare(file))];
}

/* Runs a command to its end: its output, and how it ended when badly. */
function run([command, ...args], checks, reports)
{
	return new Promise((resolve) => {
		const env = { ...process.env, ...checks,
			CMOCKA_MESSAGE_OUTPUT: "TAP", NO_COLOR: "1",
			...made };
		const child = spawn(command, args, { cwd: ROOT, env,
			stdio: ["ignore", "pipe", "pipe"] });
		const out = [];
		let error = null;
		const timers = [
			setTimeout(() => child.kill("SIGTERM"), LIMIT_MS),
			setTimeout(() => child.kill("SIGKILL"), LIMIT_MS + GRACE_MS),
		];
		const end = (ending) => {
			timers.forEach(clearTimeout);
			running.delete(child);
			resolve({ text: Buffer.concat(out).toString("utf8"), ending,
				reported: takeReports(reports) });
		};

		running.add(child);
		child.stdout.on("data", (data) => out.push(data));
		child.stderr.on("data", (data) => out.push(data));
		child.on("error", (e) => {
			error = e.message;
		});
		child.on("close", (code, signal) => end(error ?? signal ??
			(code === 0 ? null : `exit ${code}`)));
	});
}

/* Each result line and what belongs to it, up to the next one. */
function results(text)
{
	const lines = text.split("\n");
	const found = [];

	for (const line of lines) {
		const match = /^(\s*)(not )?ok \d+ - (.*)$/.exec(line);

		if (match !== null)
			found.push({ depth: match[1].length, name: match[3],
				failed: match[2] !== undefined, lines: [] });
		else if (found.length > 0 && !/^\s*(# Subtest|\d+\.\.)/.test(line))
			found.at(-1).lines.push(line);
	}
	return found;
}

/* Suites are counted by their tests: a result that is followed by no
 * deeper one before it. TAP gives a suite's own line after its tests. */
function leaves(found)
{
	return found.filter((result, i) =>
		i === 0 || found[i - 1].depth <= result.depth);
}

function judge({ text, ending, reported })
{
	const tests = leaves(results(text))
		.filter((test) => !/ # (SKIP|TODO)\b/i.test(test.name));
	const failed = tests.filter((test) => test.failed);
	const plan = [...text.matchAll(/^1\.\.(\d+)/gm)].at(-1);
	const top = results(text).filter((test) => test.depth === 0).length;
	let broken = null;

	if (reported !== "")
		broken = "had a program that reported";
	else if (ending !== null && failed.length === 0)
		broken = `ended with ${ending}`;
	else if (tests.length === 0)
		broken = "ran no test";
	else if (plan === undefined || Number(plan[1]) !== top)
		broken = "did not run to its end";
	return { passed: tests.length - failed.length, failed, broken };
}

/* The end says why a test file failed, the beginning what a report is of. */
function excerpt({ text, reported })
{
	const lines = reported === "" ?
		text.trimEnd().split("\n").slice(-SHOWN) :
		reported.split("\n").slice(0, SHOWN);

	return lines.map((line) => `    ${line}`).join("\n");
}

function report(file, output, { passed, failed, broken }, seconds)
{
	const isGood = failed.length === 0 && broken === null;

	console.log(`${isGood ? "ok  " : "FAIL"} ${file}: ${passed} passed` +
		`${isGood ? "" : `, ${failed.length} failed`} (${seconds} s)`);
	for (const test of failed)
		console.log(`  not ok: ${test.name}\n` +
			test.lines.map((line) => `    ${line}`).join("\n"));
	if (broken !== null)
		console.log(`  ${file} ${broken}:\n${excerpt(output)}`);
}

async function runFile(file)
{
	const began = Date.now();
	const reports = makeReports();
	const output = await run(commandOf(file), checkedEnv(file, reports),
		reports);
	const verdict = judge(output);

	fs.rmSync(reports, { recursive: true });
	fs.writeFileSync(path.join(OUTPUT, `${file.replaceAll("/", "_")}.txt`),
		output.text + output.reported);
	report(file, output, verdict,
		((Date.now() - began) / 1000).toFixed(1));
	total.passed += verdict.passed;
	total.failed += verdict.failed.length + (verdict.broken === null ? 0 : 1);
}

/* All of them, so many at once. */
async function runFiles(files, atOnce)
{
	const rest = [...files];
	const runRest = async () => {
		while (rest.length > 0 && !isStopped)
			await runFile(rest.shift());
	};

	await Promise.all(Array.from({ length: atOnce }, runRest));
}

for (const signal of ["SIGINT", "SIGTERM"])
	process.on(signal, () => {
		isStopped = true;
		running.forEach((child) => child.kill("SIGTERM"));
	});

const wanted = process.argv.slice(2);
const files = [...list("unit", /^test_.*\.c$/),
	...list("fuzz", /^fuzz_.*\.c$/), ...list("suites", /\.test\.mjs$/),
	...list("model", /\.test\.mjs$/),
	...list("http", /\.test\.mjs$/), ...list("browser", /\.test\.mjs$/),
	...list("faults", /\.test\.mjs$/),
	...checkedFiles(list("http", /\.test\.mjs$/))]
	.filter((file) => isWanted(file, wanted));

fs.mkdirSync(OUTPUT, { recursive: true });
if (files.some((file) => file.endsWith(".mjs")))
	Object.assign(made, { MARIADB_NO_SYNC: "1" },
		await makeOnce(path.join(OUTPUT, "made")));
await runFiles(files.filter((file) => !ALONE.has(bare(file))),
	Math.min(os.cpus().length + 1, MOST_AT_ONCE));
await runFiles(files.filter((file) => ALONE.has(bare(file))), 1);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = isStopped || total.failed > 0 || total.passed === 0 ? 1 : 0;
