/*
 * Every statement of every program, prepared by the program's own user
 * against the real schema: text, types, rights and columns agree.
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { startStack } from "../stack/stack.mjs";
import { statements } from "../stack/statements.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

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

/* What a check prints on standard error, of a program that finds no fault. */
function warned(name, ...options)
{
	const { status, stderr } = spawnSync(path.join(stack.bin, name), options,
		{ env: { ...process.env, ...stack.env }, encoding: "utf8" });

	assert.equal(status, 0, stderr);
	return stderr;
}

test("texts that are still samples are warned of, until they are replaced",
	async () => {
		assert.match(warned("document", "--check"),
			/^warning: .*示例文本.*\n$/);
		assert.match(warned("application", "--check-database"),
			/^warning: .*告知确认书.*示例文本.*\n$/);
		assert.equal(warned("application", "--check"), "");
		assert.equal(warned("account", "--check-database"), "");
		await stack.db("INSERT INTO consent_texts (version, title, body) " +
			"SELECT MAX(version) + 1, '告知确认书', '本中心的文本' " +
			"FROM consent_texts");
		assert.equal(warned("application", "--check-database"), "");
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

test("the actions that have a Chinese name are those of the audit trail", () => {
	const sources = ["lib/domain", "cgi-bin",
		"cgi-bin/account", "cgi-bin/review"].flatMap((dir) =>
		fs.readdirSync(path.join(ROOT, dir)).filter((f) => f.endsWith(".c"))
			.map((f) => fs.readFileSync(path.join(ROOT, dir, f), "utf8")));
	const words = sources.flatMap((text) => [...text.matchAll(
		/\baudit_(?:add|note)\(\s*[^,"]+,\s*"(\w+)"/g)].map(([, w]) => w));
	const named = ["audit_action.def", "state.def"].map((file) =>
		fs.readFileSync(path.join(ROOT, "lib/domain", file), "utf8")).join("");

	assert.ok(words.length > 15);
	for (const word of words)
		assert.ok(named.includes(`"${word}"`), word);
	sources.push(fs.readFileSync(path.join(ROOT,
		"lib/domain/confirmation_kind.def"), "utf8"));
	for (const [, word] of named.matchAll(/^AUDIT_ACTION\("(\w+)"/gm))
		assert.ok(sources.some((text) => text.includes(`"${word}"`)), word);
});

/* Between the nodes of a cluster a lock by reading holds nobody back: what a
 * transaction depends on is a row that it writes (R7). Nor do jobs skip what
 * is locked (R9), and what only one node knows is not asked for (R10). */
test("R7, R9, R10: no lock but a row that is written", () => {
	const all = statements();
	const wrong = /FOR UPDATE|SKIP LOCKED|GET_LOCK|LOCK TABLES|^XA |NEXTVAL/i;
	/* The settling of a lost COMMIT and the sealing of the audit trail wait
	 * for one that is on its way; on other nodes it settles first. */
	const reading = all.filter((s) => /LOCK IN SHARE MODE/i.test(s.sql));

	assert.ok(all.length > 100);
	assert.deepEqual(all.filter((s) => wrong.test(s.sql)), []);
	assert.deepEqual(reading.map((s) => s.name), ["AUDIT_SEEN", "SEAL_ROWS"]);
});
