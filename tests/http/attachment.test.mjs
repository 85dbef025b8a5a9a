/* Files: up, down and away; what is refused, and what is left then. */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { addApplicant, complete, create, force, load, submit } from
	"../stack/cases.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";
import { callFastcgi } from "./fastcgi_client.mjs";

const KIND = "business_licence";
const WAIT_MS = 10_000;
let stack;
let client;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
});

after(() => stack?.stop());

/* Every row's file is there, and no file is half written: what a request has
 * begun goes after its answer has. */
afterEach(async () => {
	await until(() => !stored().some((name) => name.endsWith(".tmp")),
		"no file is half written", WAIT_MS);
	const files = stored();

	for (const row of await stack.db("SELECT store_key FROM attachments"))
		assert.ok(files.includes(row.store_key), row.store_key);
});

function stored()
{
	return fs.readdirSync(stack.path("store")).flatMap((folder) =>
		fs.readdirSync(stack.path("store", folder))
			.map((name) => `${folder}/${name}`));
}

/* What the worker finds out later is not looked at here. */
function uninspected(file)
{
	return { ...file, inspection: "", warnings: [] };
}

async function loadFiles(id)
{
	const app = await load(client, id);

	return { ...app, warnings: [],
		attachments: app.attachments.map(uninspected) };
}

function fileUrl(id, file)
{
	return `/api/applications/${id}/attachments/${file.kind}/${file.id}`;
}

/* A request's leavings go after its answer has: the count is awaited. */
async function checkStored(count)
{
	await until(() => stored().length === count, `${count} files in the store`,
		5000);
}

/* Refused, and nothing is left of it. */
async function checkRefused(id, bytes, status, code, options = {})
{
	const earlier = [await loadFiles(id), stored().length];
	const answer = await client.upload(id, options.kind ?? KIND, bytes,
		options);

	assert.equal(answer.status, status, answer.bytes.toString());
	assert.equal(answer.body.code, code);
	assert.deepEqual(await loadFiles(id), earlier[0]);
	await checkStored(earlier[1]);
}

test("what comes down is what went up", async () => {
	const { id, version, attachments_version: before } = await create(client);

	for (const [i, [pages, bytes]] of [[1, pdf()], [50, pdf({ pages: 50 })],
		[1, pdf({ bytes: 65536 })], [1, pdf({ bytes: 3 << 20 })]].entries()) {
		const name = `营业执照 “${i}”.pdf`;
		const up = await client.upload(id, KIND, bytes, { name });
		const sha256 = crypto.createHash("sha256").update(bytes)
			.digest("hex");

		assert.equal(up.status, 201);
		assert.deepEqual({ ...up.body, id: "", uploaded_at: "" },
			{ id: "", kind: KIND, name, size: bytes.length, pages,
				sha256, uploaded_at: "", inspection: "queued",
				warnings: [] });
		assert.equal(up.headers.location, fileUrl(id, up.body));
		const down = await client.get(fileUrl(id, up.body));

		assert.equal(down.status, 200);
		assert.ok(down.bytes.equals(bytes));
		assert.equal(down.headers["content-type"], "application/pdf");
		assert.equal(down.headers["content-security-policy"],
			"sandbox; default-src 'none'");
		assert.equal(down.headers["content-disposition"],
			"attachment; filename=\"document\"; filename*=UTF-8''" +
			encodeURIComponent(name));
		const head = await client.request("HEAD", fileUrl(id, up.body));

		assert.equal(head.headers["content-length"], String(bytes.length));
		const app = await load(client, id);

		assert.equal(app.version, version);
		assert.equal(app.attachments_version, before + i + 1);
		assert.deepEqual(uninspected(app.attachments.at(-1)),
			uninspected(up.body));
	}
});

test("a file is taken away", async () => {
	const { id } = await create(client);
	const { body: file } = await client.upload(id, KIND, pdf());
	const url = fileUrl(id, file);

	assert.equal((await client.get(url.replace(KIND, "risk_notice"))).status,
		404);
	assert.equal((await client.del(url)).status, 204);
	assert.equal((await client.get(url)).status, 404);
	assert.equal((await client.del(url)).status, 404);
	assert.deepEqual((await load(client, id)).attachments, []);
	assert.equal((await client.upload(id, "passport", pdf())).status, 404);
});

test("a file is reached through its own application alone", async () => {
	const [one, two] = [await create(client), await create(client)];
	const { body: file } = await client.upload(one.id, KIND, pdf());

	assert.equal((await client.get(fileUrl(two.id, file))).status, 404);
	assert.equal((await client.del(fileUrl(two.id, file))).status, 404);
	assert.equal((await load(client, one.id)).attachments.length, 1);
});

test("five files a kind", async () => {
	const { id } = await create(client);
	const answers = await Promise.all(Array.from({ length: 8 }, (_, i) =>
		client.upload(id, KIND, pdf({ text: `file ${i}` }))));

	assert.deepEqual(answers.map((a) => a.status).sort(),
		[...Array(5).fill(201), ...Array(3).fill(409)]);
	for (const { status, body } of answers)
		assert.ok(status === 201 || body.code === "too_many_files");
	assert.equal((await client.upload(id, "risk_notice", pdf())).status, 201);
	const [file] = (await load(client, id)).attachments;

	await client.del(fileUrl(id, file));
	assert.equal((await client.upload(id, KIND, pdf())).status, 201);
});

test("what is no PDF", async () => {
	const { id } = await create(client);
	const html = Buffer.from(`<html><script>alert(1)</script>\n${pdf()}`);
	const cases = [["empty_file", Buffer.alloc(0)],
		["not_pdf", html], ["not_pdf", Buffer.from("%PDF")],
		["not_pdf", Buffer.concat([Buffer.from("\n"), pdf()])],
		["not_pdf", Buffer.concat([Buffer.from("\ufeff"), pdf()])],
		["not_pdf", Buffer.from("%pdf-1.4\n")],
		["not_pdf", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70])],
		["not_pdf", Buffer.from("504b03041400000008000000", "hex")],
		["not_pdf", Buffer.alloc(100_000)],
		["not_pdf", Buffer.from("MZ\x90\x00")]];

	for (const [code, bytes] of cases)
		await checkRefused(id, bytes, 422, code);
});

test("other content types", async () => {
	const { id } = await create(client);

	for (const type of ["application/octet-stream", "image/jpeg", "text/html",
		"multipart/form-data; boundary=x", "application/pdfx", null])
		await checkRefused(id, pdf(), 415, "unsupported_media_type",
			{ headers: { "Content-Type": type } });
});

test("a file as large as it may be, and one byte more", async () => {
	const { id } = await create(client);

	await stack.restart("attachment", { CALOCK_FILE_MAX_BYTES: "20000" });
	const fits = pdf({ bytes: 19_000 });

	assert.ok(fits.length < 20_000);
	assert.equal((await client.upload(id, KIND,
		Buffer.concat([fits, Buffer.alloc(20_000 - fits.length, " ")])))
		.status, 201);
	await checkRefused(id, pdf({ bytes: 20_001 }), 413, "too_large");
	await stack.restart("attachment", { CALOCK_FILE_MAX_BYTES: "10485760" });
	await checkRefused(id, pdf({ bytes: (10 << 20) + 1 }), 413, "too_large");
	/* And nginx, for what no setting allows. */
	const [route] = stack.routes.filter(([method, url]) => method === "POST" &&
		url.endsWith("/attachments/{kind}"));

	await checkRefused(id, Buffer.alloc(Number(route[3]) + 1), 413,
		"too_large");
});

test("names are for people, and harm nobody", async () => {
	const { id } = await create(client);
	const cases = [
		["../../etc/passwd", "passwd.pdf"], ["C:\\scan\\执照.pdf", "执照.pdf"],
		["a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie: x=1.pdf"],
		["\u0000a.pdf", null], ["a\u007f\u0085b.pdf", "ab.pdf"],
		["\u202efdp.exe", "fdp.exe.pdf"], ["a\u200b\u2066b.pdf", "ab.pdf"],
		["  执照 .pdf ", "执照 .pdf"], ["\"; filename=x", "\"; filename=x.pdf"],
		["长".repeat(101), `${"长".repeat(96)}.pdf`],
		[`${"𠮷".repeat(251)}.pdf`, `${"𠮷".repeat(96)}.pdf`],
		["扫描.jpg", "扫描.jpg.pdf"], ["扫描.PDF", "扫描.pdf"],
		[".pdf", "企业营业执照扫描件.pdf"],
		["", "企业营业执照扫描件.pdf"], ["   ", "企业营业执照扫描件.pdf"],
		["/", "企业营业执照扫描件.pdf"], ["<b>&amp;.pdf", "<b>&amp;.pdf"],
		["🔒.pdf", "🔒.pdf"],
	];

	for (const [name, kept] of cases) {
		const { status, body } = await client.upload(id, KIND, pdf(),
			{ name });

		if (kept === null) {
			assert.equal(status, 400);
			continue;
		}
		assert.equal(status, 201, name);
		assert.equal(body.name, kept);
		const { headers } = await client.get(fileUrl(id, body));
		const [, encoded] = /filename\*=UTF-8''([A-Za-z0-9._~%-]*)$/
			.exec(headers["content-disposition"]);

		assert.equal(decodeURIComponent(encoded), kept);
		assert.equal(headers["set-cookie"], undefined);
		await client.del(fileUrl(id, body));
	}
	assert.equal((await client.upload(id, KIND, pdf(),
		{ name: "长".repeat(256) })).status, 422);
});

test("nothing is added to or taken from what is handed in", async () => {
	const { id, attachments } = await complete(client);

	await submit(client, id);
	await checkRefused(id, pdf(), 409, "wrong_state");
	assert.equal((await client.del(fileUrl(id, attachments[0]))).status, 409);
	assert.equal((await client.get(fileUrl(id, attachments[0]))).status, 200);
	await force(stack, id, "cancelled");
});

/* What nginx would say, with a body of these bytes. */
function params(id, size)
{
	return { REQUEST_METHOD: "POST", REQUEST_ID: "0".repeat(32),
		DOCUMENT_URI: `/api/applications/${id}/attachments/${KIND}`,
		QUERY_STRING: "", REMOTE_ADDR: "127.0.0.1", SURFACE: "portal",
		CONTENT_TYPE: "application/pdf", CONTENT_LENGTH: String(size),
		HTTP_ORIGIN: stack.baseUrl, HTTP_COOKIE: "calock_session=" +
			client.cookies.get("calock_session") };
}

test("half a file leaves neither row nor file", async () => {
	const { id } = await create(client);
	const socket = path.join(stack.runDir, "attachment.sock");
	const bytes = pdf({ bytes: 300_000 });
	const earlier = [await load(client, id), stored().length];

	assert.match(await callFastcgi(socket, params(id, bytes.length), bytes),
		/^Status: 201\r\n/);
	for (const at of [0, 3, 70_000, bytes.length - 1])
		for (const isCut of [false, true]) {
			const answer = await callFastcgi(socket,
				params(id, bytes.length), bytes.subarray(0, at), { isCut });

			assert.match(answer, /^Status: 400\r\n/, `${at} ${isCut}`);
			assert.match(answer, /"code":"aborted"/);
		}
	const app = await load(client, id);

	assert.equal(app.attachments.length, 1);
	await checkStored(earlier[1] + 1);
	assert.equal(app.attachments_version, earlier[0].attachments_version + 1);
});

test("half of any other body changes nothing", async () => {
	const { id } = await create(client);
	const socket = path.join(stack.runDir, "application.sock");
	const answer = await callFastcgi(socket, { ...params(id, 50),
		REQUEST_METHOD: "PUT", CONTENT_TYPE: "application/json",
		DOCUMENT_URI: `/api/applications/${id}` },
	Buffer.from("{\"version\": 1}"));

	assert.match(answer, /^Status: 400\r\n/);
	assert.equal((await load(client, id)).version, 1);
});

/* Files stand where the store's folders should be: root cannot write there
 * either. Gives what puts everything back. */
function breakStore()
{
	const folders = Array.from({ length: 256 }, (_, i) =>
		i.toString(16).padStart(2, "0"));
	const kept = fs.readdirSync(stack.path("store"));

	fs.mkdirSync(stack.path("kept"));
	for (const folder of kept)
		fs.renameSync(stack.path("store", folder),
			stack.path("kept", folder));
	for (const folder of folders)
		fs.writeFileSync(stack.path("store", folder), "");
	return () => {
		for (const folder of folders)
			fs.rmSync(stack.path("store", folder));
		for (const folder of kept)
			fs.renameSync(stack.path("kept", folder),
				stack.path("store", folder));
		fs.rmdirSync(stack.path("kept"));
	};
}

test("a store that fails is said, and nothing is half done", async () => {
	const { id } = await create(client);
	const { body: file } = await client.upload(id, KIND, pdf());
	const earlier = await loadFiles(id);
	const mend = breakStore();
	const answers = await Promise.all([client.upload(id, KIND, pdf()),
		client.get(fileUrl(id, file))]);

	mend();
	for (const answer of answers) {
		assert.equal(answer.status, 503);
		assert.equal(answer.body.code, "try_later");
		assert.equal(answer.headers["retry-after"], "1");
	}
	assert.deepEqual(await loadFiles(id), earlier);
	assert.equal((await client.upload(id, KIND, pdf())).status, 201);
	assert.equal((await client.get(fileUrl(id, file))).status, 200);
});

/* Runs with an object whose bytes on disk are what change makes of them. */
async function damaged(file, change, run)
{
	const [{ store_key: key }] = await stack.db("SELECT store_key FROM " +
		`attachments WHERE id = '${file.id}'`);
	const object = stack.path("store", key);
	const bytes = fs.readFileSync(object);

	fs.writeFileSync(object, change(Buffer.from(bytes)));
	try {
		return await run();
	} finally {
		fs.writeFileSync(object, bytes);
	}
}

function flipped(bytes, at)
{
	bytes[at < 0 ? bytes.length + at : at] ^= 1;
	return bytes;
}

test("a file that was damaged in the store is not taken for what it was",
	async () => {
		const { id } = await create(client);
		const bytes = pdf({ bytes: 200_000 });
		const { body: file } = await client.upload(id, KIND, bytes);
		const get = () => client.get(fileUrl(id, file));
		const said = () => stack.logs("attachment").split("\n")
			.filter((line) => / lvl=error .*err=STORE .*cause=/.test(line));
		const earlier = said().length;

		/* Found before anything is promised. */
		for (const change of [(b) => flipped(b, 20), (b) => flipped(b, 300),
			(b) => b.subarray(0, 144 + 65536 + 16), (b) => b.subarray(0, -1),
			() => bytes, () => Buffer.alloc(0)]) {
			const answer = await damaged(file, change, get);

			assert.equal(answer.status, 503);
			assert.equal(answer.body.code, "try_later");
		}
		assert.equal(said().length, earlier + 6);
		/* Found on the way: it is cut off, which a client sees. */
		await assert.rejects(damaged(file, (b) => flipped(b, -1), get),
			{ code: "ECONNRESET" });
		await until(() => said().length === earlier + 7, "a line of the log",
			WAIT_MS);
		assert.match(said().at(-1), / ev=send left=\d+ .*does not open/);
		assert.deepEqual((await get()).bytes, bytes);
	});

test("evidence cannot change behind a submit", async () => {
	const outcomes = new Set();

	for (let round = 0; round < 20; round++) {
		const c = await signIn(stack, await addApplicant(stack));
		const { id, attachments } = await complete(c);
		const upload = () => c.upload(id, KIND, pdf({ text: "late" }));
		const remove = () => c.del(fileUrl(id, attachments[0]));
		const change = round % 2 === 0 ? upload : remove;
		const [changed, submitted] = round % 4 < 2 ?
			await Promise.all([change(),
				c.post(`/api/applications/${id}/submit`)]) :
			(await Promise.all([c.post(`/api/applications/${id}/submit`),
				change()])).reverse();
		const app = await load(c, id);
		const isChanged = changed.status < 300;

		assert.ok(isChanged || changed.body.code === "wrong_state");
		assert.equal(app.state,
			submitted.status === 200 ? "pending" : "editing");
		assert.equal(app.attachments.length, attachments.length +
			(isChanged ? (change === upload ? 1 : -1) : 0));
		if (submitted.status === 200) {
			/* It was handed in with all its files, and none came after. */
			assert.deepEqual(app.errors, []);
			const [row] = await stack.db("SELECT COUNT(*) AS n " +
				"FROM attachments f JOIN applications a " +
				"ON a.id = f.application_id WHERE a.id = " +
				`'${id}' AND f.uploaded_at > a.entered_at`);

			assert.equal(row.n, "0");
			assert.ok(new Set(app.attachments.map((f) => f.kind)).size === 3);
		}
		outcomes.add(`${isChanged} ${submitted.status}`);
	}
	/* One of them always gets through. */
	assert.ok(!outcomes.has("false 409"), [...outcomes].join());
});
