/*
 * The description of the API: sound by an independent linter, complete, and
 * each answer that it declares is one that the running stack gives. What is
 * answered and not declared fails in tests/stack/client.mjs, in every test.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { descriptionOf } from "../stack/openapi.mjs";
import { startStack } from "../stack/stack.mjs";
import { CASES, GENERIC } from "./openapi_cases.mjs";
import { OPTIONS, World, operationsOf } from "./openapi_world.mjs";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const JSON_TYPE = "application/json";
/* Only when the database is away, so at the end. */
const AWAY = 503;

let stack;
let world;
let description;
let operations;

before(async () => {
	stack = await startStack(OPTIONS);
	world = new World(stack);
	description = await descriptionOf(stack);
	operations = operationsOf(stack, description.document);
});
after(async () => {
	await world?.stop();
	await stack?.stop();
});

/* Asks for one answer; what came instead, or null. */
async function miss(o, status)
{
	const make = CASES[o.name]?.[status] ?? GENERIC[status];

	if (make === undefined)
		return `${status}: nobody knows how to get it`;
	const answer = await make(world, o);

	return answer.status === status ? null : `${status}: got ` +
		`${answer.status} ${answer.body?.code ?? ""}`;
}

test("redocly finds nothing", () => {
	execFileSync(process.execPath, [
		path.join(TESTS, "node_modules/@redocly/cli/bin/cli.js"), "lint",
		"--config", path.join(TESTS, "redocly.yaml"),
		path.join(stack.bin, "../openapi.json")],
	{ env: { ...process.env, REDOCLY_TELEMETRY: "off" }, stdio: "pipe" });
});

test("every route of every program is described, and no other", () => {
	const routes = stack.routes.map(([method, template]) =>
		`${method} ${template}`);

	assert.deepEqual(operations.map((o) => o.name).sort(), routes.sort());
});

test("every case belongs to an answer that is declared", () => {
	const declared = new Set(description.declared());
	const cases = Object.entries(CASES).flatMap(([name, ways]) =>
		Object.keys(ways).map((status) => `${name} ${status}`));

	assert.deepEqual(cases.filter((one) => !declared.has(one)), []);
});

test("each declared answer can be got", async (t) => {
	for (const o of operations)
		await t.test(o.name, async () => {
			const missed = [];

			for (const status of o.statuses)
				if (status !== AWAY)
					missed.push(await miss(o, status));
			assert.deepEqual(missed.filter((m) => m !== null), []);
		});
});

test("JSON that is none, and a member that nobody knows", async () => {
	for (const o of operations.filter((one) => one.type === JSON_TYPE)) {
		const client = await world.client(o);
		const post = (body) => client.request(o.method, o.url, body,
			{ "Content-Type": JSON_TYPE });

		assert.equal((await post("{")).status, 400, o.name);
		assert.equal((await post("{\"no_such\":1}")).body.code,
			"unknown_member", o.name);
	}
});

test("503 when the database is away", async () => {
	const missed = [];

	for (const o of operations) /* signed in while they can */
		await world.client(o);
	await stack.killDatabase();
	for (const o of operations.filter((one) => one.statuses.includes(AWAY)))
		missed.push([o.name, await miss(o, AWAY)]);
	await stack.startDatabase();
	assert.deepEqual(missed.filter(([, m]) => m !== null), []);
});

test("no declared answer was left out", () => {
	assert.deepEqual(description.declared()
		.filter((one) => !description.met.has(one)), []);
});
