/*
 * Programs that watch themselves while tests use them: built with ASan, UBSan
 * and LeakSanitizer ("sanitized/http/…"), or under valgrind ("valgrind/…").
 * Each report of theirs, also of a worker that nobody waits for, is a file in
 * a folder, and fails the test file that ran meanwhile.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/* Where the stack finds such programs, by the first part of a file's name. */
const BIN = { sanitized: "build/san/bin", valgrind: "build/valgrind/bin" };

/* A minute of make test; the rest is for make sanitized and make valgrind. */
const DAILY = ["journey", "attachment", "review", "invoice"]
	.map((name) => `sanitized/http/${name}.test.mjs`);
const UNDER_VALGRIND = ["http/journey.test.mjs"];

/* What says nothing about programs that are built so, and why. */
const LEFT_OUT = {
	"http/serve_memory.test.mjs": "measures memory, of which ASan takes many " +
		"times as much",
	"http/serve_replace.test.mjs": "replaces workers by their memory, and " +
		"in a time in which those that ASan starts are not there",
	"http/units.test.mjs": "looks at systemd's units, runs no program",
};

function checkerOf(name)
{
	return Object.keys(BIN).find((checker) => name.startsWith(`${checker}/`));
}

/* The HTTP tests among the files, once more for each checker. */
export function checkedFiles(files)
{
	return [
		...files.filter((file) => !(file in LEFT_OUT))
			.map((file) => `sanitized/${file}`),
		...UNDER_VALGRIND.map((file) => `valgrind/${file}`),
	];
}

/* Whether a file is meant by these parts of names; none mean make test. */
export function isWanted(file, parts)
{
	if (parts.length === 0)
		return checkerOf(file) === undefined || DAILY.includes(file);
	return parts.some((part) =>
		checkerOf(file) === checkerOf(part) && file.includes(part));
}

/* The test file itself. */
export function bare(file)
{
	return file.slice(checkerOf(file) === undefined ? 0 :
		checkerOf(file).length + 1);
}

/* Workers that run as somebody else have to write here, too. */
export function makeReports()
{
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), "calock-reports-"));

	fs.chmodSync(folder, 0o1777);
	return folder;
}

/* What a test file and all that it starts are to see. */
export function checkedEnv(file, reports)
{
	const log = path.join(reports, "report");
	const env = {
		ASAN_OPTIONS: `detect_leaks=1:log_path=${log}`,
		/* What is suppressed by name is no report. */
		LSAN_OPTIONS: "print_suppressions=0:suppressions=" +
			path.join(ROOT, "tests/suites/leaks.txt"),
		UBSAN_OPTIONS: `print_stacktrace=1:log_path=${log}`,
		VALGRIND_OPTS: "--quiet --trace-children=yes --leak-check=full " +
			"--show-leak-kinds=definite,indirect " +
			"--errors-for-leak-kinds=definite,indirect " +
			"--num-callers=30 --error-exitcode=99 " +
			`--log-file=${log}.%p`,
	};

	if (checkerOf(file) !== undefined)
		env.CALOCK_TEST_BIN = path.join(ROOT, BIN[checkerOf(file)]);
	return env;
}

/* Of valgrind about itself: it does not know Landlock's system calls. */
const REMARK = /^--\d+-- .*\n?/gm;

/* What was reported since the last look; empty when all is well. */
export function takeReports(folder)
{
	let text = "";

	for (const name of fs.readdirSync(folder).sort()) {
		const file = path.join(folder, name);
		const report = fs.readFileSync(file, "utf8").replace(REMARK, "")
			.trimEnd();

		if (report !== "")
			text += `${name}:\n${report}\n`;
		fs.rmSync(file);
	}
	return text;
}
