/*
 * Peers on a program's socket that do not speak FastCGI as nginx does: each
 * costs little of a worker's time, and nobody else notices.
 */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { until } from "../stack/parts.mjs";
import { ask, body, connect, END_OF_BODY, head, launch, record, serving,
	temporaryFolder } from "./serve_kit.mjs";

/* A worker may be held so long by who says nothing, and by who falls silent
 * in a body; the rest is for a busy machine. */
const SILENT_MS = 300;
const BODY_MS = 3100;
const SPARE_MS = 150;

const PARAMS = 4;
const STDIN = 5;
const POST = { REQUEST_METHOD: "POST", DOCUMENT_URI: "/admin/sign-in",
	SURFACE: "admin", CONTENT_LENGTH: "1000",
	CONTENT_TYPE: "application/x-www-form-urlencoded",
	HTTP_ORIGIN: "http://127.0.0.1:2" };

let dir;
let run;
let workers;

before(async () => {
	dir = temporaryFolder();
	const key = path.join(dir, "field.key");

	fs.writeFileSync(key, `1 ${"0".repeat(64)}\n`);
	run = launch("account", dir, { env: { CALOCK_FIELD_KEY_FILE: key } });
	await run.serves();
	workers = await until(() => run.workers().length === 2 && run.workers(),
		"all workers", 5000);
});

/* The same processes as at the start: none crashed. */
after(async () => {
	assert.deepEqual(run.workers(), workers);
	assert.doesNotMatch(run.log, /worker_died/);
	assert.equal(await run.stop(), 0);
	fs.rmSync(dir, { recursive: true });
});

const whole = Buffer.concat([head(), END_OF_BODY]);

for (const [what, bytes] of [
	["nothing", Buffer.alloc(0)],
	["one byte", whole.subarray(0, 1)],
	["half a record's header", whole.subarray(0, 4)],
	["half of its parameters", whole.subarray(0, 40)],
	["parameters without their end", head().subarray(0, -8)],
	["parameters shorter than announced", Buffer.concat([
		head().subarray(0, 16), record(PARAMS, Buffer.from("\x05"), 60000),
	])],
	["a name longer than its record", Buffer.concat([
		head().subarray(0, 16),
		record(PARAMS, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0x41])), record(PARAMS)])],
	["an unknown version", Buffer.from([9, ...whole.subarray(1)])],
	["an unknown role", Buffer.concat([
		record(1, Buffer.from([0, 77, 0, 0, 0, 0, 0, 0])),
		whole.subarray(16)])],
	["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
])
	test(`${what}, and then silence`, async () => {
		const peer = connect(run.socket);

		peer.write(bytes);
		const { ms } = await peer.answer;

		assert.ok(ms < SILENT_MS + SPARE_MS, `${ms} ms`);
		assert.equal((await ask(run.socket)).status, 404);
	});

test("a body that stops, in a record or between two, is refused in the end",
	async () => {
		const peers = [record(STDIN, Buffer.from("a=b"), 1000), body("a=b")]
			.map((stdin) => {
				const peer = connect(run.socket);

				peer.write(Buffer.concat([head(POST), stdin]));
				return peer.answer;
			});

		for (const { status, ended, ms } of await Promise.all(peers)) {
			assert.equal(status, 400);
			assert.ok(ended);
			assert.ok(ms < BODY_MS + SPARE_MS, `${ms} ms`);
		}
	});

test("a body that ends early is refused, one that does not is not",
	async () => {
		const early = connect(run.socket);

		early.write(Buffer.concat([head(POST), body("a=b"), END_OF_BODY]));
		assert.equal((await early.answer).status, 400);
		assert.equal((await ask(run.socket, POST, "a=b")).status, 422);
	});

test("more silent peers than workers: the next one waits its turn",
	async () => {
		const silent = workers.map(() => connect(run.socket));

		await until(() => serving(workers, run.socket).length ===
			workers.length, "every worker held", 5000);
		const { status, ms } = await ask(run.socket);

		assert.equal(status, 404);
		assert.ok(ms < SILENT_MS + SPARE_MS, `${ms} ms`);
		await Promise.all(silent.map((peer) => peer.answer));
	});

test("garbage of every kind, many at once, and good ones between",
	async () => {
		const seed = crypto.randomBytes(8).toString("hex");
		const bytes = (i, n) => crypto.createHash("shake256",
			{ outputLength: n }).update(`${seed} ${i}`).digest();
		const bad = Array.from({ length: 100 }, (_, i) => {
			const peer = connect(run.socket);
			const data = Buffer.from(whole);
			const noise = bytes(i, 3);

			if (i % 2 === 0)
				data[noise.readUInt16BE(0) % data.length] ^= noise[2] | 1;
			peer.end(i % 2 === 0 ? data : bytes(i, 1 + noise[0] * 40));
			return peer.answer;
		});
		const good = await Promise.all(
			Array.from({ length: 50 }, () => ask(run.socket)));

		await Promise.all(bad);
		assert.deepEqual(new Set(good.map((a) => a.status)), new Set([404]),
			`seed ${seed}`);
		assert.deepEqual(run.workers(), workers, `seed ${seed}`);
	});

test("who hangs up in the middle of a request harms nobody", async () => {
	const gone = Array.from({ length: 20 }, (_, i) => {
		const peer = connect(run.socket);

		peer.write(whole.subarray(0, 7 * i), () => peer.destroy());
		return peer.answer;
	});

	await Promise.all(gone);
	assert.equal((await ask(run.socket)).status, 404);
});

test("a connection that is to be kept is hung up all the same", async () => {
	const peer = connect(run.socket);

	peer.write(Buffer.concat([head({}, { keep: true }), END_OF_BODY]));
	const answer = await peer.answer;

	assert.ok(answer.ended);
	assert.equal(answer.status, 404);
});

test("no connection and no descriptor is left behind", async () => {
	const count = () => workers.map((pid) =>
		fs.readdirSync(`/proc/${pid}/fd`).length);

	await until(() => serving(workers, run.socket).length === 0,
		"idle workers", 5000);
	const before_ = count();

	for (let i = 0; i < 20; i++) {
		const peer = connect(run.socket);

		peer.end(whole.subarray(0, 3 * i));
		await peer.answer;
		await ask(run.socket);
	}
	await until(() => serving(workers, run.socket).length === 0,
		"idle workers", 5000);
	assert.deepEqual(count(), before_);
});
