/*
 * Every page of the administrators is valid HTML: each that can be had, and
 * each that comes with a refusal, by an independent validator, on a stack
 * that has some of everything.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { HtmlValidate } from "html-validate";

import { addFigures, addMessages } from "../stack/office.mjs";
import { descriptionOf } from "../stack/openapi.mjs";
import { startStack } from "../stack/stack.mjs";
import { CASES, GENERIC } from "./openapi_cases.mjs";
import { OPTIONS, World, operationsOf } from "./openapi_world.mjs";

/* What needs the rate limit or another stack is of other tests. */
const LEFT_OUT = [303, 429, 503];
const HTML = /^text\/html\b/;
/* A certificate is never as long as its area takes. */
const CUTTING = /<textarea(?! id="pem")[^>]* maxlength=/;

/* The standard's rules, and those of accessibility but for two that advise:
 * a region may be named by its section's heading, and is a <div> then. */
const validator = new HtmlValidate({ root: true,
	extends: ["html-validate:standard", "html-validate:a11y"],
	rules: { "no-implicit-button-type": "off",
		"prefer-native-element": "off", "unique-landmark": "off" } });

let stack;
let world;
let operations;

before(async () => {
	stack = await startStack(OPTIONS);
	world = new World(stack);
	const { document } = await descriptionOf(stack);

	operations = operationsOf(stack, document)
		.filter((o) => o.template.startsWith("/admin/"));
	const { id } = await world.draft();

	await addMessages(stack, id);
	await addFigures(stack);
});
after(async () => {
	await world?.stop();
	await stack?.stop();
});

async function faultsOf(answer)
{
	const { results } = await validator.validateString(
		answer.bytes.toString("utf8"));

	return results.flatMap(({ messages }) => messages.map((m) =>
		`${m.line}:${m.column} ${m.ruleId} ${m.message}`));
}

/* How many of its answers are pages; each is valid. */
async function check(o)
{
	let pages = 0;

	for (const status of o.statuses.filter((s) => !LEFT_OUT.includes(s))) {
		const make = CASES[o.name]?.[status] ?? GENERIC[status];
		const answer = await make(world, o);

		if (!HTML.test(answer.headers["content-type"]))
			continue;
		pages++;
		assert.deepEqual(await faultsOf(answer), [], `${o.name} ${status}`);
		/* It would cut what is pasted: the server says what is too long. */
		assert.doesNotMatch(answer.bytes.toString("utf8"), CUTTING,
			`${o.name} ${status}`);
	}
	return pages;
}

test("every page of the administrators is valid HTML", async (t) => {
	/* What is done first, so that the lists that are looked at have rows. */
	const order = operations.sort((a, b) =>
		(a.method === "GET") - (b.method === "GET"));
	let pages = 0;

	for (const o of order)
		await t.test(o.name, async () => {
			pages += await check(o);
		});
	assert.ok(pages > 100, `${pages} pages`);
});

test("the validator finds what is wrong", async () => {
	for (const [html, rule] of [["<p><div></div></p>", "close-order"],
		["<img src=\"/x\">", "wcag/h37"], ["<form action=\"/\"><p>x</p></form>", "wcag/h32"],
		["<p id=\"a\"></p><p id=\"a\"></p>", "no-dup-id"]])
		assert.match((await faultsOf({ bytes: Buffer.from(
			`<!DOCTYPE html><html lang="zh"><head><title>x</title></head>` +
			`<body>${html}</body></html>`) })).join("\n"),
		new RegExp(rule), html);
});
