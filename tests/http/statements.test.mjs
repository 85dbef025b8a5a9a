/*
 * Every statement of every program, prepared by the program's own user
 * against the real schema: text, types, rights and columns agree.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { startStack } from "../stack/stack.mjs";

let stack;

before(async () => {
	stack = await startStack({});
});
after(() => stack?.stop());

test("each program's statements are prepared as its user", () => {
	for (const name of fs.readdirSync(stack.bin))
		assert.match(execFileSync(path.join(stack.bin, name),
			["--check-database"], { encoding: "utf8",
				env: { ...process.env, ...stack.env } }),
		/^[1-9]\d* statements\n$/, name);
});

test("a right that is missing is named", async () => {
	await stack.db("REVOKE INSERT ON calock.idempotency FROM " +
		"calock_application");
	assert.throws(() => execFileSync(path.join(stack.bin, "application"),
		["--check-database"], { env: { ...process.env, ...stack.env },
			stdio: "pipe" }),
	({ status, stderr }) => status === 1 &&
		/IDEMPOTENCY_ADD/.test(stderr.toString()));
});
