/*
 * The description of the API: sound by an independent linter, complete, and
 * each refusal that it declares is one that the programs give.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Client, signIn } from "../stack/client.mjs";
import { descriptionOf } from "../stack/openapi.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const NOBODY = "0".repeat(26);
const JSON_TYPE = "application/json";
const MOST = 25 << 20;

let stack;
let applicant;
let manager;
let operations;

before(async () => {
	stack = await startStack({});
	applicant = await signIn(stack, "applicant1");
	manager = await signIn(stack, "manager1");
	operations = listOf((await descriptionOf(stack)).document);
});
after(() => stack?.stop());

function listOf({ paths })
{
	return Object.entries(paths).flatMap(([template, item]) =>
		Object.entries(item).map(([method, { responses, security,
			requestBody, parameters }]) => ({
			method: method.toUpperCase(), template, security,
			parameters, type: Object.keys(requestBody?.content ?? {})[0],
			statuses: Object.keys(responses).map(Number),
			url: template.replace("{kind}", "application_form")
				.replace(/\{[^}]+\}/g, NOBODY),
		})));
}

const isPage = (o) => o.template.startsWith("/admin");
const clientOf = (o) => isPage(o) ? manager : applicant;
const stranger = (o) =>
	new Client(stack, { surface: isPage(o) ? "admin" : "portal" });
const declaring = (status, type) => operations.filter((o) =>
	o.statuses.includes(status) && (type === undefined || o.type === type));

/* A body that a route of this type would read. */
function bodyOf(o)
{
	if (o.type === JSON_TYPE)
		return "{}";
	if (o.type === "application/pdf")
		return pdf();
	return o.type === undefined ? undefined : "";
}

function ask(client, o, { body = bodyOf(o), headers = {}, url = o.url } = {})
{
	const type = o.type === undefined ? {} : { "Content-Type": o.type };

	return client.request(o.method, url, body, { ...type, ...headers });
}

/* One request to each; says every one that answers otherwise. */
async function each(list, status, make)
{
	const wrong = [];

	assert.ok(list.length > 0);
	for (const o of list) {
		const answer = await make(o);

		if (answer.status !== status)
			wrong.push(`${o.method} ${o.template}: ${answer.status}`);
	}
	assert.deepEqual(wrong, []);
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

	assert.deepEqual(operations.map((o) => `${o.method} ${o.template}`).sort(),
		routes.sort());
});

test("401: nobody is signed in", () =>
	each(declaring(401).filter((o) => o.security.length > 0), 401, (o) =>
		ask(stranger(o), o)));

test("303: a page leads strangers to sign-in", () =>
	each(declaring(303).filter((o) => o.method === "GET"), 303, (o) =>
		ask(stranger(o), o)));

test("403: from a foreign page", () =>
	each(declaring(403).filter((o) => o.method !== "GET"), 403, (o) => ask(clientOf(o), o,
		{ headers: { Origin: "https://elsewhere.example" } })));

test("404: nothing by that id", () =>
	each(declaring(404).filter((o) => o.url !== o.template && !isPage(o)),
		404, (o) => ask(applicant, o, { body: o.template.endsWith("/invoice") &&
			o.method === "POST" ? "{\"title_type\":\"organisation\"}" :
			o.template.endsWith("/payment") && o.method === "POST" ?
				"{\"provider\":\"wechatpay\"}" : bodyOf(o),
		headers: o.method === "PUT" ? { "If-Match": "\"1\"" } : {} })));

test("413: more than any route takes", () =>
	each(declaring(413), 413, (o) => ask(clientOf(o), o,
		{ body: Buffer.alloc(MOST, 32) })));

test("415: another type", () =>
	each(declaring(415), 415, (o) => ask(clientOf(o), o,
		{ body: "x", headers: { "Content-Type": "text/plain" } })));

test("400: JSON that is none", () =>
	each(declaring(400, JSON_TYPE), 400, (o) =>
		ask(o.security.length > 0 ? applicant : stranger(o), o,
			{ body: "{" })));

test("422: a member or parameter that nobody knows", async () => {
	await each(declaring(422, JSON_TYPE), 422, (o) =>
		ask(o.security.length > 0 ? applicant : stranger(o), o,
			{ body: "{\"no_such\":1}" }));
	await each(declaring(422).filter((o) => o.method === "GET" && !isPage(o)),
		422, (o) => ask(applicant, o, { url: `${o.url}?no_such=1` }));
});

test("503: the database is away", async () => {
	await stack.killDatabase();
	await each(declaring(503).filter((o) => !isPage(o) &&
		!o.template.startsWith("/callback")), 503, (o) =>
		ask(o.security.length > 0 ? applicant : stranger(o), o, { body:
			o.template === "/api/session" && o.method === "POST" ?
				"{\"account\":\"a\",\"password\":\"b\"}" : bodyOf(o) }));
	await stack.startDatabase();
});
