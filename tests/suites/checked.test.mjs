/*
 * The checkers check: an error that is planted in a program built with the
 * sanitizers (planted.c) is found, and ends where a test file would fail by it.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { checkedEnv, makeReports, takeReports } from "../checked.mjs";

const PROGRAM = fileURLToPath(
	new URL("../../build/san/suites/planted", import.meta.url));

let reports;

before(() => {
	reports = makeReports();
});

after(() => fs.rmSync(reports, { recursive: true }));

function run(error)
{
	return spawnSync(PROGRAM, [error],
		{ env: { ...process.env, ...checkedEnv("", reports) } });
}

for (const [error, said, isKilled] of [
	["leak", /LeakSanitizer: detected memory leaks[^]* in leak /, true],
	["leak-in-child", /LeakSanitizer: [^]* in leak /, false],
	["overflow", /AddressSanitizer: heap-buffer-overflow[^]* in overflow /,
		true],
	["undefined", /signed integer overflow/, true],
])
	test(`a planted ${error} is reported`, () => {
		const { status } = run(error);

		assert.equal(status !== 0, isKilled);
		assert.match(takeReports(reports), said);
		assert.equal(takeReports(reports), "");
	});

test("without an error there is no report", () => {
	assert.equal(run("nothing").status, 2);
	assert.equal(takeReports(reports), "");
});
