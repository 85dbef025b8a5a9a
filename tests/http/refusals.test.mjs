/* In what order a request is refused, and bodies that are none. */
import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import { after, before, test } from "node:test";

import { Client, send, signIn } from "../stack/client.mjs";
import { complete, create, draft, force, load } from "../stack/cases.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const JSON_TYPE = { "Content-Type": "application/json" };
let stack;
let client;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
});

after(() => stack?.stop());

test("of many faults the first in the contract's order is told", async () => {
	const other = await signIn(stack, "applicant2");
	const theirs = await create(other);
	const mine = await complete(client);
	const signedIn = { Cookie: `calock_session=` +
		client.cookies.get("calock_session") };
	const long = "长".repeat(101);
	/* One fault less in each row. */
	const request = { method: "PATCH", path: "/api/nothing",
		headers: { Origin: "https://evil.example.com",
			"Content-Type": "text/plain" },
		body: "x".repeat(65537) };
	const steps = [
		[404, "not_found", { body: "{" }],
		[405, "method_not_allowed", { path: `/api/applications/${theirs.id}` }],
		[413, "too_large", { method: "PUT", body: "x".repeat(65537) }],
		[415, "unsupported_media_type", { body: "{" }],
		[401, "signed_out",
			{ headers: { ...request.headers, ...JSON_TYPE } }],
		[403, "origin_refused",
			{ headers: { ...request.headers, ...JSON_TYPE, ...signedIn } }],
		[400, "malformed", { headers: { Origin: stack.baseUrl,
			...JSON_TYPE, ...signedIn } }],
		[422, "unknown_member", { body: JSON.stringify(
			{ unknown: 1, project_name: long }) }],
		[404, "not_found", { body: JSON.stringify({ project_name: long }) }],
		[428, "version_required", { path: `/api/applications/${mine.id}` }],
		[412, "stale_version", { body: JSON.stringify(
			{ version: mine.version + 1, project_name: long }) }],
		[409, "wrong_state", { body: JSON.stringify(
			{ version: mine.version, project_name: long }) }],
		[422, "invalid", {}],
	];

	await force(stack, mine.id, "pending");
	for (const [status, code, change] of steps) {
		if (code === "invalid")
			await force(stack, mine.id, "editing");
		Object.assign(request, change);
		const answer = await new Client(stack).request(request.method,
			request.path, request.body, request.headers);

		assert.equal(answer.status, status, `${code}: ${answer.bytes}`);
		assert.equal(answer.body.code, code);
		if (status === 405)
			assert.equal(answer.headers.allow, "GET, PUT, DELETE");
	}
	const good = await client.put(`/api/applications/${mine.id}`,
		{ version: mine.version, project_name: "项目" });

	assert.equal(good.status, 200);
});

test("versions by header and by member", async () => {
	const { id } = await create(client);
	const path = `/api/applications/${id}`;
	const put = async (body, headers) =>
		(await client.put(path, body, headers)).status;

	assert.equal(await put({}, {}), 428);
	assert.equal(await put({ version: null }, {}), 428);
	for (const bad of ["\"9\"", "1", "\"\"", "\"01\"", "\"1", "W/\"7\"",
		"\"1\", \"2\"", "\"one\"", "\"-1\""])
		assert.equal(await put({}, { "If-Match": bad }), 412, bad);
	assert.equal(await put({ version: 9 }, { "If-Match": "\"1\"" }), 412);
	assert.equal(await put({ version: 1 }, { "If-Match": "\"9\"" }), 412);
	assert.equal(await put({ version: 1 }, {}), 200);
	assert.equal(await put({}, { "If-Match": "\"2\"" }), 200);
	assert.equal(await put({}, { "If-Match": "W/\"3\"" }), 200);
	assert.equal(await put({}, { "If-Match": "*" }), 200);
	assert.equal(await put({ version: 5 }, { "If-Match": "\"5\"" }), 200);
	const stale = await client.del(path, { "If-Match": "\"5\"" });

	assert.equal(stale.status, 412);
	for (const version of ["1", 1.5, -1, true, 2 ** 40])
		assert.equal(await put({ version }, {}), 422, String(version));
	assert.equal((await client.del(path, { "If-Match": "\"6\"" })).status, 204);
});

test("of two saves of one version one is told to look again", async () => {
	const { id } = await create(client);
	const answers = await Promise.all(Array.from({ length: 10 }, (_, i) =>
		client.put(`/api/applications/${id}`,
			{ version: 1, project_name: `项目${i}` })));
	const won = answers.filter((a) => a.status === 200);

	assert.equal(won.length, 1);
	assert.equal(answers.filter((a) => a.status === 412).length, 9);
	const app = await load(client, id);

	assert.equal(app.project_name, won[0].body.project_name);
	assert.equal(app.version, 2);
});

const NESTED = (depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const BODIES = [
	["nothing but blanks", "  \n", 400],
	["cut off", "{\"version\": 1", 400],
	["something behind", "{} x", 400],
	["two texts", "{}{}", 400],
	["an array", "[]", 400],
	["null", "null", 400],
	["a string", "\"x\"", 400],
	["a comment", "{/* */}", 400],
	["single quotes", "{'version': 1}", 400],
	["a comma too many", "{\"version\": 1,}", 400],
	["no quotes", "{version: 1}", 400],
	["NaN", "{\"version\": NaN}", 400],
	["a leading zero", "{\"version\": 01}", 400],
	["a huge number", "{\"version\": 1e400}", 400],
	["an integer over 64 bits", "{\"version\": 99999999999999999999}", 400],
	["a raw line end", "{\"project_name\": \"a\nb\"}", 400],
	["NUL escaped", "{\"project_name\": \"a\\u0000b\"}", 400],
	["NUL as it is", "{\"project_name\": \"a\0b\"}", 400],
	["NUL behind", "{}\0", 400],
	["a lone surrogate", "{\"project_name\": \"\\ud800\"}", 400],
	["surrogates swapped", "{\"project_name\": \"\\udc00\\ud800\"}", 400],
	["a byte order mark", "\ufeff{}", 400],
	["UTF-16", Buffer.from("{}", "utf16le"), 400],
	["GBK", Buffer.from("{\"project_name\": \"\xd6\xd0\"}", "latin1"), 400],
	["an overlong form",
		Buffer.from("{\"project_name\": \"\xc0\xaf\"}", "latin1"), 400],
	["too deep", `{"project_name": ${NESTED(9)}}`, 400],
	["deeper than any stack", `{"project_name": ${NESTED(30_000)}}`, 400],
	["never closed", "[".repeat(65_000), 400],
	["a thousand members", `{${Array.from({ length: 1000 }, (_, i) =>
		`"m${i}": 1`).join(",")}}`, 400],
	["a long key", `{"${"k".repeat(1000)}": 1}`, 400],
	["a member twice", "{\"version\": 1, \"version\": 1}", 422],
	["twice, once escaped", "{\"version\": 1, \"\\u0076ersion\": 1}", 422],
	["an unknown member", "{\"version\": 1, \"fee_fen\": 1}", 422],
	["the unit of others", "{\"version\": 1, \"applicant_unit\": \"x\"}", 422],
	["a member's other case", "{\"Version\": 1}", 422],
	["a polluted prototype", "{\"version\": 1, \"__proto__\": {}}", 422],
];

test("bodies that are none", async () => {
	const { id } = await create(client);
	const path = `/api/applications/${id}`;

	for (const [what, body, status] of BODIES) {
		const answer = await client.put(path, body, JSON_TYPE);

		assert.equal(answer.status, status, what);
		assert.equal(answer.body.code,
			status === 400 ? "malformed" : "unknown_member", what);
	}
	assert.equal((await load(client, id)).version, 1);
});

test("a body as large as it may be, and one byte more", async () => {
	const { id } = await create(client);
	const path = `/api/applications/${id}`;
	const text = "{\"version\": 1}";

	for (const [size, status] of [[65536, 200], [65537, 413]])
		assert.equal((await client.put(path, text.padEnd(size), JSON_TYPE))
			.status, status);
	assert.equal((await client.post("/api/session",
		`{}${" ".repeat(4096)}`, JSON_TYPE)).status, 413);
});

test("content types", async () => {
	const { id } = await create(client);
	const path = `/api/applications/${id}`;
	const types = [["application/json; charset=utf-8", 200],
		["APPLICATION/JSON", 200], ["application/json;x=y", 200],
		["application/jsonp", 415], ["text/json", 415], ["text/plain", 415],
		["application/x-www-form-urlencoded", 415],
		["multipart/form-data; boundary=x", 415], ["", 415], [null, 415]];

	for (const [type, status] of types)
		assert.equal((await client.put(path, "{}", { "Content-Type": type,
			"If-Match": "*" })).status, status, type);
	/* A POST without content is an empty object. */
	assert.equal((await client.post(`${path}/submit`)).status, 422);
});

test("text where only words of ours can be is refused, not a fault",
	async () => {
		const reviewer = await signIn(stack, "reviewer1");
		const text = encodeURIComponent("企业");
		const urls = ["/api/form?type", ...["status", "state", "type",
			"category", "cursor", "from", "to", "limit"]
			.map((name) => `/api/applications?${name}`),
		"/api/payments?status", "/api/payments?cursor",
		"/api/invoices?status", "/api/invoices?cursor"];

		for (const url of urls) {
			const { status, body } = await client.get(`${url}=${text}`);

			assert.equal(status, 422, url);
			assert.equal(body.code, "invalid", url);
		}
		for (const name of ["status", "state", "batch_no", "cursor"]) {
			const { status } =
				await reviewer.get(`/admin/?${name}=${text}`);

			assert.ok([200, 400, 422].includes(status), name);
		}
		const { status, body } = await client.post("/api/applications",
			{ type: "企业", consent_version: 1 });

		assert.equal(status, 422);
		assert.deepEqual(body.errors.map((e) => [e.field, e.code]),
			[["type", "alphabet"]]);
	});

test("methods and paths that are none", async () => {
	const { id } = await create(client);
	const cases = [
		["DELETE", "/api/applications", 405, "GET, POST"],
		["POST", `/api/applications/${id}`, 405, "GET, PUT, DELETE"],
		["GET", `/api/applications/${id}/submit`, 405, "POST"],
		["HEAD", `/api/applications/${id}/submit`, 405, "POST"],
		["PATCH", "/api/session", 405, "POST, GET, DELETE"],
		["GET", "/api/", 404],
		["GET", "/api/applications/", 404],
		["GET", `/api/applications/${id}/`, 404],
		["GET", `/api/applications/${id}/nothing`, 404],
		["GET", `/api/applications/${"x".repeat(65)}`, 404],
		["GET", "/api/applications/a.b", 404],
		["GET", "/api/applications/%2e%2e", 404],
		["GET", `//api/applications/${id}`, 404],
		["GET", `/API/applications/${id}`, 404],
	];

	for (const [method, path, status, allow] of cases) {
		const answer = await client.request(method, path);

		assert.equal(answer.status, status, `${method} ${path}`);
		assert.equal(answer.headers.allow, allow, `${method} ${path}`);
	}
});

test("HEAD answers as GET does, without the body", async () => {
	const { id } = await create(client, draft(client));

	for (const path of ["/api/session", "/api/applications",
		`/api/applications/${id}`, "/api/form?type=enterprise"]) {
		const get = await client.get(path);
		const head = await client.request("HEAD", path);

		assert.equal(head.status, get.status, path);
		assert.equal(head.bytes.length, 0, path);
		for (const name of ["content-type", "content-length", "etag",
			"cache-control"])
			assert.equal(head.headers[name], get.headers[name],
				`${path} ${name}`);
	}
	assert.equal((await client.request("HEAD", "/api/applications/x")).status,
		404);
});

test("a body of unknown length is taken", async () => {
	const { id } = await create(client);
	const answer = await send(`${stack.baseUrl}/api/applications/${id}`, {
		method: "PUT", body: "{\"version\": 1, \"project_name\": \"项目\"}",
		headers: { ...JSON_TYPE, Origin: stack.baseUrl,
			Cookie: `calock_session=${client.cookies.get("calock_session")}`,
			"Transfer-Encoding": "chunked" } });

	assert.equal(answer.status, 200);
	assert.equal((await load(client, id)).project_name, "项目");
});

/* Sends text and hangs up when nginx has taken it in. */
function hangUpAfter(text)
{
	return new Promise((resolve, reject) => {
		const socket = net.connect(stack.port, "127.0.0.1");

		socket.on("error", reject);
		socket.on("connect", () => socket.write(text, () => {
			socket.destroy();
			resolve();
		}));
	});
}

test("a client that goes away in the middle changes nothing", async () => {
	const { id } = await create(client);
	/* The worker has work of its own meanwhile. */
	const count = () => stack.db("SELECT COUNT(*) AS n FROM audit WHERE " +
		"program <> 'worker'");
	const before = await count();

	for (let i = 0; i < 20; i++)
		await hangUpAfter(`PUT /api/applications/${id} HTTP/1.1\r\n` +
			`Host: x\r\nOrigin: ${stack.baseUrl}\r\nCookie: calock_session=` +
			`${client.cookies.get("calock_session")}\r\nContent-Type: ` +
			"application/json\r\nContent-Length: 60\r\n\r\n" +
			"{\"version\": 1, \"project_name\":");
	await until(() => fs.readFileSync(stack.path("log/access.log"), "utf8")
		.split("\n").filter((line) => line.includes(`/${id}"`) &&
			/ st=(400|499) /.test(line)).length === 20,
	"nginx has noticed", 5000);
	assert.deepEqual(await count(), before);
	assert.equal((await load(client, id)).version, 1);
	assert.equal((await client.put(`/api/applications/${id}`,
		{ version: 1 })).status, 200);
});
