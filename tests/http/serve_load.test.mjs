/*
 * Many at once, and slow ones among them: a thousand requests are answered,
 * also while every worker is busy, and who sends or takes slowly costs the
 * others nothing. Slow clients are nginx's part, whose time-outs are shortened
 * where a test waits for one.
 */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import { after, before, beforeEach, test } from "node:test";

import { complete } from "../stack/cases.mjs";
import { freshAddress, send, signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";
import { cookieOf, queued } from "./serve_kit.mjs";

const LIST = "/api/applications";
const FORM = "/api/applications/none/attachments/application_form";
const CROWD = 1000; /* and an address may hold as many */
const UPLOADS = 200;

/* A worker that reads from a slow client waits for 3 s; nobody else's request
 * may take a good part of that. */
const NOTICED_MS = 1000;

let stack;
let client;
let file; /* the path of a large attachment */
const open = new Set();

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
	const { id } = await complete(client);
	const { body } = await client.upload(id, "application_form",
		pdf({ bytes: 9 << 20 }));

	file = `/api/applications/${id}/attachments/application_form/${body.id}`;
});

beforeEach(() => {
	for (const peer of open)
		peer.destroy();
	open.clear();
});

after(async () => {
	for (const peer of open)
		peer.destroy();
	await stack?.stop();
});

/* -- clients that are not in a hurry -- */

/*
 * A connection to nginx: peer.text is what came so far; ended resolves with
 * how many milliseconds it took until nginx hung up.
 */
function dial(address)
{
	const began = performance.now();
	const peer = net.connect({ host: "127.0.0.1", port: stack.port,
		localAddress: address });

	open.add(peer);
	peer.text = "";
	peer.on("data", (data) => {
		peer.text += data.toString("latin1");
	});
	peer.on("error", () => {}); /* nginx resets who is slow */
	peer.ended = new Promise((resolve) => peer.on("close", () => {
		open.delete(peer);
		resolve(performance.now() - began);
	}));
	peer.says = (what) => new Promise((resolve, reject) => {
		const look = () => what.test(peer.text) && resolve(peer);

		peer.on("data", look);
		peer.on("close", () => reject(new Error(`got ${peer.text}`)));
		look();
	});
	return peer;
}

function head(method, path, headers = {})
{
	const all = { Host: "localhost", ...headers };

	return `${method} ${path} HTTP/1.1\r\n${Object.entries(all)
		.map(([name, value]) => `${name}: ${value}\r\n`).join("")}`;
}

/* Never comes to the empty line. */
async function slowHead(address)
{
	const peer = dial(address);

	await new Promise((resolve) => peer.write(head("GET", LIST), resolve));
	return peer;
}

/* A body of which the first byte comes, once nginx reads it. */
async function slowBody(address, method, path)
{
	const peer = dial(address);

	/* nginx takes each for another session: their rate is not meant here. */
	peer.write(`${head(method, path, { "Content-Length": 60000,
		"Expect": "100-continue",
		"Cookie": `calock_session=${crypto.randomUUID()}` })}\r\n`);
	await peer.says(/^HTTP\/1.1 100\b/);
	peer.write("%");
	return peer;
}

const slowUpload = (address) => slowBody(address, "POST", FORM);
const slowSave = (address) => slowBody(address, "PUT", `${LIST}/none`);

/* Takes the beginning of a large file, and no more. */
async function slowReader(address)
{
	const peer = dial(address);

	peer.write(`${head("GET", file, cookieOf(client))}\r\n`);
	await peer.says(/^HTTP\/1.1 200\b/);
	peer.pause();
	return peer;
}

function many(n, addresses, one)
{
	const from = Array.from({ length: addresses }, freshAddress);

	return Promise.all(Array.from({ length: n },
		(_, i) => one(from[i % addresses])));
}

/* -- and those beside them -- */

/* One request after the other, to the program that the slow ones use: the
 * milliseconds of each, sorted. */
async function bystander(path, expected, requests = 200)
{
	const took = [];

	for (let i = 0; i < requests; i++) {
		const began = performance.now();
		const { status } = await send(stack.baseUrl + path,
			{ headers: cookieOf(client) });

		assert.equal(status, expected);
		took.push(performance.now() - began);
	}
	return took.sort((a, b) => a - b);
}

function told(took)
{
	const at = (part) => took[Math.floor(part * (took.length - 1))]
		.toFixed(1);

	return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, worst ${at(1)} ms`;
}

/* All are connected before the first one asks; their statuses. */
async function askTogether(n)
{
	const peers = await many(n, 1, (address) => new Promise((resolve) => {
		const peer = dial(address);

		peer.on("connect", () => resolve(peer));
	}));
	const request = `${head("GET", LIST,
		{ Connection: "close", ...cookieOf(client) })}\r\n`;

	peers.forEach((peer) => peer.write(request));
	return Promise.all(peers.map((peer) => peer.ended.then(() =>
		Number(/^HTTP\/1.1 (\d+)/.exec(peer.text)?.[1] ?? 0))));
}

function assertAllAnswered(statuses)
{
	assert.equal(statuses.length, CROWD);
	assert.deepEqual([...new Set(statuses)], [200]);
}

test("a thousand at once are all answered", async (t) => {
	const began = performance.now();

	assertAllAnswered(await askTogether(CROWD));
	t.diagnostic(`${CROWD} in ${(performance.now() - began).toFixed(0)} ms`);
});

test("a thousand wait while every worker is busy", async () => {
	await stack.kill("mariadbd", "SIGSTOP");
	const all = askTogether(CROWD);

	await until(() => queued(`${stack.runDir}/application.sock`) === CROWD,
		"a thousand at the socket", 10_000);
	await stack.kill("mariadbd", "SIGCONT");
	assertAllAnswered(await all);
});

for (const [what, n, addresses, one, path, status] of [
	["heads that do not end", 500, 1, slowHead, LIST, 200],
	["bodies that stand still", 500, 1, slowSave, LIST, 200],
	["uploads that stand still", 400, 4, slowUpload, `${FORM}/none`, 404],
	["readers that stopped", 24, 2, slowReader, `${FORM}/none`, 404],
])
	test(`${n} ${what} cost nobody else anything`, async (t) => {
		const quiet = await bystander(path, status);

		await many(n, addresses, one);
		const beside = await bystander(path, status);

		assert.equal(open.size, n);
		t.diagnostic(`alone ${told(quiet)}; beside them ${told(beside)}`);
		assert.ok(beside.at(-1) < NOTICED_MS, told(beside));
	});

for (const [what, most, one, method, path] of [
	["requests", CROWD, slowSave, "GET", LIST],
	["uploads", UPLOADS, slowUpload, "POST", FORM],
])
	test(`an address holds ${most} ${what}, another one is served`,
		async () => {
			const address = freshAddress();
			const ask = (from) => send(stack.baseUrl + path,
				{ method, address: from });
			const [first] = await Promise.all(
				Array.from({ length: most }, () => one(address)));
			const refused = await ask(address);

			assert.equal(refused.status, 503);
			assert.equal(JSON.parse(refused.bytes).code, "try_later");
			assert.equal(refused.headers["retry-after"], "5");
			assert.equal((await ask(freshAddress())).status,
				method === "GET" ? 401 : 415);
			first.destroy();
			await until(async () => (await ask(address)).status !== 503,
				"a place for another one", 5000);
		});

/* The time-outs that are shipped, and one second in their place. */
async function shorten(...names)
{
	const conf = stack.path("nginx/calock/server.conf");
	let text = fs.readFileSync(conf, "utf8");

	for (const [name, most] of names) {
		const [line, seconds] =
			new RegExp(`^${name} (\\d+)s;$`, "m").exec(text);

		assert.ok(Number(seconds) <= most, line);
		text = text.replace(line, `${name} 1s;`);
	}
	fs.writeFileSync(conf, text);
	await stack.restart("nginx");
}

test("who is slow is cut off in the end", async (t) => {
	await shorten(["client_header_timeout", 10], ["client_body_timeout", 10],
		["send_timeout", 30]);
	const dripping = dial();
	const drip = setInterval(() => dripping.write("x"), 100).unref();

	dripping.write(head("GET", LIST));
	const began = performance.now();
	const peers = { dripping, silent: dial(), head: await slowHead(),
		body: await slowUpload() };
	const reader = await slowReader();

	for (const [what, peer] of Object.entries(peers)) {
		await peer.ended;
		const ms = performance.now() - began;

		t.diagnostic(`${what}: ${ms.toFixed(0)} ms`);
		assert.ok(ms < 3000, `${what}: ${ms} ms`);
	}
	clearInterval(drip);
	await until(() => !isHeld(reader), "the end of the reader", 5000);
	assert.equal((await client.get(LIST)).status, 200);
});

/* Whether nginx still has its side of a connection. */
function isHeld(peer)
{
	const ESTABLISHED = "01";
	const port = (n) => n.toString(16).toUpperCase().padStart(4, "0");
	const there = new RegExp(`:${port(stack.port)} [0-9A-F]+:` +
		`${port(peer.localPort)} ${ESTABLISHED} `);

	return there.test(fs.readFileSync("/proc/net/tcp", "latin1"));
}
