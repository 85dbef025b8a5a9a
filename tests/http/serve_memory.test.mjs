/*
 * What a worker of each FastCGI program takes after many mixed requests, good
 * and bad ones: little, and no more at the end than at the half.
 */
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";

import { complete } from "../stack/cases.mjs";
import { send, signIn } from "../stack/client.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";
import { cookieOf, memoryOf } from "./serve_kit.mjs";

const DIRTY_KB = 2048;
const RESIDENT_KB = 12 * 1024;
/* A worker whose first requests come late is as large as the others then. */
const GROWTH_KB = 128;

const HALF = 10_000;
const HALF_MS = 7000; /* or as many as are answered until then */
const CLIENTS = 8;

let stack;
let agent;
let asks;

before(async () => {
	stack = await startStack({});
	agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
	asks = await mixture(await signIn(stack, "applicant1"),
		await signIn(stack, "reviewer1"));
});

after(async () => {
	agent?.destroy();
	await stack?.stop();
});

/* What is asked, in turn; by program. */
async function mixture(applicant, reviewer)
{
	const { id } = await complete(applicant);
	const { body: file } = await applicant.upload(id, "application_form",
		pdf({ bytes: 200_000 }));
	const one = `/api/applications/${id}`;
	const files = `${one}/attachments/application_form`;
	const json = { "Content-Type": "application/json", "If-Match": "*" };
	const ask = (client, method, path, body, headers = {}) => ({
		url: client.base + path, method, body, isWrite: body !== undefined,
		headers: { ...cookieOf(client), Origin: client.base, ...headers } });
	const portal = (...rest) => ask(applicant, ...rest);
	const pages = (...rest) => ask(reviewer, ...rest);

	return {
		account: [portal("GET", "/api/session"),
			portal("PUT", "/api/session"), pages("GET", "/admin/sign-in")],
		application: [portal("GET", "/api/applications"), portal("GET", one),
			portal("GET", "/api/form?type=enterprise"),
			portal("PUT", one, JSON.stringify({ applicant_name: "王芳" }),
				json),
			portal("PUT", one, JSON.stringify({ years: "x".repeat(50_000) }),
				json),
			portal("PUT", one, `{"a":${"[".repeat(1000)}`, json),
			portal("GET", "/api/applications/none")],
		attachment: [portal("GET", `${files}/${file.id}`),
			portal("GET", `${files}/none`),
			portal("POST", files, Buffer.alloc(200_000, "no PDF "),
				{ "Content-Type": "application/pdf" })],
		callback: [portal("POST", "/callback/wechatpay", "{}", json)],
		invoice: [portal("GET", `${one}/invoice`),
			portal("GET", "/api/invoices"),
			portal("POST", `${one}/invoice`, "{}", json)],
		payment: [portal("GET", `${one}/payment`),
			portal("POST", `${one}/payment`, "{}", json)],
		review: [pages("GET", "/admin/"),
			pages("GET", `/admin/applications/${id}`),
			pages("GET", "/admin/?status=all"), pages("GET", "/admin/none")],
	};
}

/* The answer each gave first is what it gives again; what changes the same
 * thing at once can be told so, and uploads too often. */
async function put(ask)
{
	const { url, ...how } = ask;
	const { status } = await send(url, { ...how, agent });

	assert.ok(status < 500, `${how.method} ${url}: ${status}`);
	ask.status ??= status;
	if (!ask.isWrite || ![409, 412, 429].includes(status))
		assert.equal(status, ask.status, `${how.method} ${url}`);
}

/* Until all are answered or it has taken ms; how many were. */
async function load(most, ms)
{
	const end = Date.now() + ms;
	const all = Object.values(asks).flat();
	let next = 0;

	await Promise.all(Array.from({ length: CLIENTS }, async () => {
		while (next < most && Date.now() < end)
			await put(all[next++ % all.length]);
	}));
	return next;
}

/* The most that any worker of each program takes, in kB. */
function largest()
{
	return Object.fromEntries(Object.keys(asks).map((program) => {
		const sizes = stack.workers(program).map(memoryOf);
		const most = (what) => Math.max(...sizes.map((s) => s[what]));

		return [program, { workers: sizes.length, dirty: most("dirty"),
			resident: most("resident") }];
	}));
}

test("no worker is large, and none grows", async (t) => {
	const before_ = Object.keys(asks).map((name) => stack.workers(name));
	const n = await load(HALF, HALF_MS);
	const half = largest();

	assert.equal(await load(n, 10 * HALF_MS), n);
	const end = largest();

	t.diagnostic(`${2 * n} requests`);
	for (const [program, { workers, dirty, resident }] of
		Object.entries(end)) {
		t.diagnostic(`${program} (${workers}): ${half[program].dirty} then ` +
			`${dirty} kB private dirty, ${resident} kB resident`);
		assert.ok(workers > 0);
		assert.ok(dirty <= DIRTY_KB, `${program}: ${dirty} kB`);
		assert.ok(resident <= RESIDENT_KB, `${program}: ${resident} kB`);
		assert.ok(dirty <= half[program].dirty + GROWTH_KB,
			`${program}: ${half[program].dirty}, ${dirty} kB`);
	}
	/* The same ones: none was replaced meanwhile for its size. */
	assert.deepEqual(Object.keys(asks).map((name) => stack.workers(name)),
		before_);
});
