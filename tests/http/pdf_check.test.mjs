/* What is taken for a PDF at upload: every sample there is, what tools make,
 * and what is made to take a worker down. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";

import { codeOf, SAMPLES } from "../data/pdf.mjs";
import { scanCcitt, scanGrey, scanJpeg } from "../data/scan.mjs";
import { create, load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { assemble, pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";
import { callFastcgi } from "./fastcgi_client.mjs";
import { childrenOf, memoryOf } from "./serve_kit.mjs";

const KIND = "business_licence";
const CORPUS = fileURLToPath(new URL("../fuzz/corpus/pdf/", import.meta.url));
const TABLE = fs.readFileSync(new URL("../../lib/service/pdf_check.def",
	import.meta.url), "utf8");
const REASONS = [...TABLE.matchAll(/^REASON\(\w+, +(\w+), +"(\w+)"/gm)];
const CODES = REASONS.map(([, , code]) => code);
const LIMIT_MS = 5000 + 2000; /* pdf_seconds, and the rest of an upload */
let stack;
let client;
let id;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
	({ id } = await create(client));
});

after(() => stack?.stop());

/* As nginx would send it, without its limit on uploads. */
async function upload(bytes)
{
	const answer = await callFastcgi(path.join(stack.runDir,
		"attachment.sock"), { REQUEST_METHOD: "POST",
		REQUEST_ID: "0".repeat(32), QUERY_STRING: "",
		DOCUMENT_URI: `/api/applications/${id}/attachments/${KIND}`,
		REMOTE_ADDR: "127.0.0.1", SURFACE: "portal",
		CONTENT_TYPE: "application/pdf", CONTENT_LENGTH: String(bytes.length),
		HTTP_ORIGIN: stack.baseUrl, HTTP_COOKIE: "calock_session=" +
			client.cookies.get("calock_session") }, bytes);
	const [head, ...rest] = answer.split("\r\n\r\n");

	return { status: Number(/^Status: (\d+)/.exec(head)[1]),
		body: JSON.parse(rest.join("\r\n\r\n")) };
}

async function isTaken(bytes, pages, what)
{
	const { status, body } = await upload(bytes);

	assert.equal(status, 201, `${what}: ${JSON.stringify(body)}`);
	assert.equal(body.pages, pages, what);
	assert.equal((await client.del(`/api/applications/${id}/attachments/` +
		`${KIND}/${body.id}`)).status, 204);
}

async function isRefused(bytes, code, what = code)
{
	const { status, body } = await upload(bytes);

	assert.equal(status, 422, what);
	assert.deepEqual(body.errors.map((e) => [e.field, e.code]),
		[[KIND, code]], what);
	assert.match(body.errors[0].message, /请.*上传/);
	return body;
}

function workers()
{
	return stack.workers("attachment").sort();
}

test("the corpus is what the generator makes", () => {
	assert.deepEqual(fs.readdirSync(CORPUS).sort(),
		Object.keys(SAMPLES).sort());
	for (const [name, bytes] of Object.entries(SAMPLES))
		assert.ok(fs.readFileSync(path.join(CORPUS, name)).equals(bytes),
			`${name}: run node tests/data/pdf.mjs`);
});

test("every sample is taken or refused as its name says", async () => {
	const errors = new Map(REASONS.map(([, name, code]) =>
		[code, name.toLowerCase()]));

	for (const [name, bytes] of Object.entries(SAMPLES)) {
		const code = codeOf(name, CODES);

		if (code === null)
			await isTaken(bytes, name === "good_50_pages" ? 50 : 1, name);
		else
			assert.match((await isRefused(bytes, code, name)).code,
				new RegExp(`^${errors.get(code)}(_data)?$|too_complex`));
	}
	assert.deepEqual((await load(client, id)).attachments, []);
});

test("scans of every make are taken", async () => {
	await isTaken(scanJpeg({ pages: 3 }), 3, "JPEG");
	await isTaken(scanGrey(), 1, "Flate");
	await isTaken(scanCcitt(), 1, "CCITT");
});

/* bytes, as qpdf writes them with options. */
function rewritten(bytes, ...options)
{
	const [from, to] = ["in", "out"].map((name) => stack.path(`${name}.pdf`));

	fs.writeFileSync(from, bytes);
	execFileSync("qpdf", [...options, from, to]);
	return fs.readFileSync(to);
}

test("what tools make of a good file", async () => {
	const good = scanJpeg({ pages: 2 });

	await isTaken(rewritten(good, "--linearize"), 2, "linearized");
	await isTaken(rewritten(good, "--object-streams=generate"), 2, "streams");
	await isTaken(rewritten(good, "--qdf"), 2, "qdf");
	await isRefused(rewritten(good, "--encrypt", "secret", "owner", "256",
		"--"), "encrypted");
	await isRefused(rewritten(good, "--encrypt", "", "owner", "256",
		"--print=none", "--"), "encrypted");
	await isRefused(rewritten(good, "--encrypt", "", "", "128",
		"--use-aes=y", "--"), "encrypted");
	const file = stack.path("attached.txt");

	fs.writeFileSync(file, "attached");
	await isRefused(rewritten(good, "--add-attachment", file, "--"),
		"embedded_file");
});

test("as many pages as are allowed", async () => {
	await stack.restart("attachment", { CALOCK_FILE_MAX_PAGES: "2" });
	await isTaken(pdf({ pages: 2 }), 2, "2 pages");
	const { errors } = await isRefused(pdf({ pages: 3 }), "too_many_pages");

	assert.match(errors[0].message, /最多 2 页/);
	await stack.restart("attachment", { CALOCK_FILE_MAX_PAGES: "50" });
});

/* An object stream that is very much longer when it is unpacked twice. */
function objectStreamBomb(megabytes)
{
	const once = zlib.deflateSync(Buffer.alloc(megabytes << 20, " "));
	const twice = zlib.deflateSync(once, { level: 9 }).toString("latin1");

	return stuffed(`<< /Type /ObjStm /N 1 /First 5 ` +
		"/Filter [/FlateDecode /FlateDecode] " +
		`/Length ${twice.length} >>\nstream\n${twice}\nendstream`);
}

/* A catalog that is said to be in object stream 1. */
function stuffed(objectStream)
{
	const head = "%PDF-1.5\n";
	const body = `${head}1 0 obj\n${objectStream}\nendobj\n`;
	const rows = [[0, 0, 0, 255], [1, 0, head.length, 0], [2, 0, 1, 0],
		[1, body.length >> 8, body.length & 255, 0]];
	const table = String.fromCharCode(...rows.flat());

	return Buffer.from(`${body}3 0 obj\n<< /Type /XRef /Size 4 /Root 2 0 R ` +
		`/W [1 2 1] /Length ${table.length} >>\nstream\n${table}\n` +
		`endstream\nendobj\nstartxref\n${body.length}\n%%EOF\n`, "latin1");
}

/* Everything that a worker may not be held by. */
function bombs()
{
	const wide = Array.from({ length: 190_000 }, () => "[]");

	return { "object stream of 400 MB": objectStreamBomb(400),
		"many arrays": assemble(["<< /Type /Catalog /Pages 2 0 R /X 4 0 R >>",
			"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
			"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
			`[${"[] ".repeat(600_000)}]`]),
		"many objects": assemble(["<< /Type /Catalog /Pages 2 0 R >>",
			"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
			"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
			...wide, "<< /AA [] >>"]),
		"many pages at once": assemble(["<< /Type /Catalog /Pages 2 0 R >>",
			"<< /Type /Pages /Count 999999999 /Kids [" +
				`${"2 0 R ".repeat(100_000)}] >>`]) };
}

test("no bomb takes a worker down, holds it or makes it grow", async () => {
	await isTaken(pdf(), 1, "before");
	const before = workers().map((pid) => [pid, memoryOf(pid).dirty]);

	for (const [what, bytes] of Object.entries(bombs())) {
		const began = performance.now();
		const { status, body } = await upload(bytes);
		const ms = performance.now() - began;

		assert.equal(status, 422, `${what}: ${JSON.stringify(body)}`);
		assert.ok(ms < LIMIT_MS, `${what}: ${ms} ms`);
	}
	await isTaken(pdf(), 1, "afterwards");
	for (const [pid, dirty] of before)
		assert.ok(memoryOf(pid).dirty < dirty + 1024,
			`${pid}: ${dirty} kB, then ${memoryOf(pid).dirty}`);
	assert.deepEqual(workers(), before.map(([pid]) => pid));
});

/* Numbers that look random and are the same each time (xorshift). */
function numbers(seed)
{
	let x = seed;

	return (below) => {
		x ^= x << 13;
		x ^= x >>> 17;
		x ^= x << 5;
		return (x >>> 0) % below;
	};
}

function mutated(bytes, next)
{
	const out = Buffer.from(bytes);

	for (let n = 1 + next(8); n > 0; n--) {
		const at = next(out.length);

		switch (next(3)) {
		case 0: out[at] = next(256); break;
		case 1: out.copy(out, at, next(out.length)); break;
		default: out.subarray(at, at + next(4)).fill(48 + next(10));
		}
	}
	return out;
}

test("no mutation does either", async () => {
	const next = numbers(20261125);
	const samples = Object.values(SAMPLES);
	const before = workers();
	const seen = new Set();

	for (let i = 0; i < 300; i++) {
		const began = performance.now();
		const { status, body } = await upload(
			mutated(samples[i % samples.length], next));

		assert.ok(performance.now() - began < LIMIT_MS);
		seen.add(status);
		assert.ok([201, 422].includes(status), JSON.stringify(body));
		if (status === 201)
			await client.del(`/api/applications/${id}/attachments/${KIND}/` +
				body.id);
	}
	assert.deepEqual([...seen].sort(), [201, 422]);
	assert.deepEqual(workers(), before);
	for (const pid of before)
		assert.deepEqual(childrenOf(pid), []);
});
