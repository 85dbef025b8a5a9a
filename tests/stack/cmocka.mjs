/* Test programs in C (tests/db) that need a database which Node has started. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../build/san/db/", import.meta.url));

const LIMIT_MS = 180_000;

function run(name, env)
{
	return new Promise((resolve, reject) => {
		const out = [];
		const child = spawn(FOLDER + name, [], {
			env: { ...process.env, CMOCKA_MESSAGE_OUTPUT: "TAP", ...env },
			stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS });

		child.stdout.on("data", (data) => out.push(data));
		child.stderr.on("data", (data) => out.push(data));
		child.on("error", reject);
		child.on("close", (code, signal) => resolve({
			text: Buffer.concat(out).toString("utf8"),
			ending: signal ?? code }));
	});
}

/* Runs build/san/db/NAME; each of its tests is one of t's. */
export async function runCmocka(t, name, env)
{
	const { text, ending } = await run(name, env);
	/* Not to be taken for results of ours when it is shown. */
	const shown = text.replace(/^/gm, "| ");
	const results = [...text.matchAll(/^(not )?ok \d+ - (.*)$/gm)];
	const [, planned] = /^1\.\.(\d+)$/m.exec(text) ?? [];

	for (const [, failed, test] of results)
		await t.test(test, () => assert.equal(failed, undefined, shown));
	assert.equal(results.length, Number(planned), shown);
	assert.equal(ending, 0, shown);
}
