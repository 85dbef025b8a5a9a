/*
 * The nginx site in front of a FastCGI responder that says which program it
 * stands for and what it was given: who gets what, limits, headers, and what
 * nginx refuses itself.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { configureNginx, startNginx } from "../stack/nginx.mjs";
import { Parts } from "../stack/parts.mjs";
import { pickPort } from "../stack/ports.mjs";
import { listenFastcgi } from "./fastcgi.mjs";

const NGINX = fileURLToPath(new URL("../../nginx", import.meta.url));

const ROUTES = [
	"POST /api/session public 4096 sign_in portal account",
	"GET /api/session any 0 - portal account",
	"POST /api/session/certificate public 0 certificate portal account",
	"GET /api/applications applicant 0 - portal application",
	"GET /api/applications/export.xlsx applicant 0 - portal application",
	"GET /api/applications/{id} applicant 0 - portal application",
	"PUT /api/applications/{id} applicant 65536 - portal application",
	"POST /api/applications/{id}/attachments/{kind} applicant 200000 upload portal attachment",
	"GET /api/applications/{id}/form.pdf applicant 0 - portal review",
	"POST /callback/wechatpay public 65536 - callback callback",
	"POST /admin/sign-in public 4096 sign_in admin review",
].map((row) => row.replaceAll(" ", "\t") + "\t标题\n").join("");
const PROGRAMS = ["account", "application", "attachment", "callback", "review"];

let dir;
let parts;
let port;
const servers = [];

/* What a program answers: its parameters, or what the path asks for. */
function answer(name, { params, body })
{
	if (params.REQUEST_URI.includes("hang-up"))
		return null;
	const headers = ["Content-Type: application/json"];

	if (params.REQUEST_URI.includes("own-headers"))
		headers.push("Content-Security-Policy: sandbox",
			"Cache-Control: private");
	if (params.REQUEST_URI.includes("missing"))
		headers.push("Status: 404 Not Found");
	return `${headers.join("\r\n")}\r\n\r\n` +
		JSON.stringify({ program: name, params, size: body.length });
}

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	fs.mkdirSync(path.join(dir, "log"));
	port = await pickPort();
	parts = new Parts(path.join(dir, "log"),
		{ ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
		() => {});
	for (const name of PROGRAMS)
		servers.push(await listenFastcgi(path.join(dir, `${name}.sock`),
			(request) => answer(name, request)));
	await configureNginx(parts, { dir: path.join(dir, "nginx"), port,
		source: NGINX, portal: path.join(NGINX, "portal"), routes: ROUTES,
		runDir: dir, runsAsUs: true });
	await startNginx(parts, path.join(dir, "nginx"), async () =>
		await get("/").then(() => true, () => false));
});

after(async () => {
	assert.deepEqual(await parts.stop(), []);
	servers.forEach((server) => server.close());
	fs.rmSync(dir, { recursive: true });
});

function request(method, target, { admin = false, headers = {}, body = "" } = {})
{
	return new Promise((resolve, reject) => {
		const sent = http.request({ method, path: target, headers,
			host: "127.0.0.1", port: admin ? port + 1 : port,
			agent: false }, (got) => {
			const chunks = [];

			got.on("data", (chunk) => chunks.push(chunk));
			got.on("end", () => resolve({ status: got.statusCode,
				headers: got.headers,
				text: Buffer.concat(chunks).toString("utf8") }));
		});

		sent.on("error", reject);
		sent.end(body);
	});
}

const get = (target, options) => request("GET", target, options);
const json = (got) => JSON.parse(got.text);

const owners = [
	["GET", "/api/session", "account"],
	["GET", "/api/applications", "application"],
	["GET", "/api/applications?status=all", "application"],
	["GET", "/api/applications/export.xlsx", "application"],
	["PUT", "/api/applications/a-B_9", "application"],
	["GET", "/api/applications/x/form.pdf", "review"],
	["POST", "/api/applications/x/attachments/risk_notice", "attachment"],
	["POST", "/callback/wechatpay", "callback"],
	["POST", "/callback/nobody", "callback"],
	["DELETE", "/api/applications/x/attachments/risk_notice", "attachment"],
	["GET", "/api/applications/x/formXpdf", "application"],
	["GET", "/api/", "application"],
	["GET", "/api/unknown/a.b", "application"],
];

for (const [method, target, program] of owners)
	test(`${method} ${target} goes to ${program}`, async () => {
		const got = json(await request(method, target));

		assert.equal(got.program, program);
		assert.equal(got.params.SURFACE, "portal");
		assert.equal(got.params.REQUEST_URI, target);
	});

test("the surfaces are apart", async () => {
	const admin = json(await get("/admin/any", { admin: true }));

	assert.equal(admin.program, "review");
	assert.equal(admin.params.SURFACE, "admin");
	assert.equal((await get("/admin/sign-in")).status, 404);
	assert.equal((await get("/api/session", { admin: true })).status, 404);
	assert.equal((await get("/callback/wechatpay", { admin: true })).status,
		404);
	const root = await get("/", { admin: true });

	assert.deepEqual([root.status, root.headers.location], [303, "/admin/"]);
});

test("a client cannot say what nginx says", async () => {
	const { params } = json(await get("/api/session", { headers: {
		"Proxy": "http://evil", "X-Forwarded-For": "9.9.9.9",
		"X-Real-IP": "9.9.9.9", "X-Request-Id": "mine",
		"Surface": "admin" } }));

	assert.equal(params.REMOTE_ADDR, "127.0.0.1");
	assert.match(params.REQUEST_ID, /^[0-9a-f]{32}$/);
	assert.equal(params.SURFACE, "portal");
	for (const name of ["HTTP_PROXY", "HTTP_X_FORWARDED_FOR",
		"HTTP_X_REAL_IP", "HTTP_X_REQUEST_ID"])
		assert.equal(params[name] ?? "", "", name);
});

const everywhere = {
	"x-content-type-options": "nosniff",
	"x-frame-options": "DENY",
	"referrer-policy": "same-origin",
	"cross-origin-opener-policy": "same-origin",
};
const answers = [
	["a static file", "/", {}, 200, "no-cache"],
	["no such file", "/nothing", {}, 404, "no-store"],
	["a program's answer", "/api/session", {}, 200, "no-store"],
	["a program's refusal", "/api/missing", {}, 404, "no-store"],
	["nginx's refusal", "/api/hang-up", {}, 502, "no-store"],
	["a bad request", "/%00", {}, 400, "no-store"],
	["an administrator's page", "/admin/", { admin: true }, 200, "no-store"],
	["no such page", "/other", { admin: true }, 404, "no-store"],
	["the administrators' bad request", "/%00", { admin: true }, 400,
		"no-store"],
];

for (const [what, target, options, status, cache] of answers)
	test(`headers of ${what}`, async () => {
		const { headers, status: got } = await get(target, options);

		assert.equal(got, status);
		for (const [name, value] of Object.entries(everywhere))
			assert.equal(headers[name], value, name);
		assert.equal(headers["cache-control"], cache);
		assert.match(headers["content-security-policy"],
			/frame-ancestors 'none'/);
		assert.equal(/default-src 'none'/.test(
			headers["content-security-policy"]), options.admin === true);
		assert.match(headers["permissions-policy"], /camera=\(\)/);
		assert.equal(headers["strict-transport-security"], undefined);
		assert.equal(headers.server, "nginx");
	});

test("what TLS knows of a client comes from nginx alone, where it is asked",
	async () => {
		const headers = { "SSL_CLIENT_VERIFY": "SUCCESS",
			"SSL-Client-Verify": "SUCCESS", "Ssl-Client-Cert": "x" };
		const at = async (target) => json(await get(target, { headers }))
			.params;
		const params = await at("/api/session/certificate");

		assert.equal(params.SSL_CLIENT_VERIFY, "");
		assert.equal(params.SSL_CLIENT_CERT, "");
		assert.equal("SSL_CLIENT_VERIFY" in await at("/api/session"), false);
	});

test("a program's own policy and caching stand alone", async () => {
	const { headers } = await get("/api/own-headers");

	assert.equal(headers["content-security-policy"], "sandbox");
	assert.equal(headers["cache-control"], "private");
	assert.equal(headers["x-content-type-options"], "nosniff");
});

test("a static page can be revalidated", async () => {
	const { headers } = await get("/");

	assert.match(headers["content-type"], /^text\/html; charset=utf-8$/);
	const again = await get("/",
		{ headers: { "If-None-Match": headers.etag } });

	assert.equal(again.status, 304);
});

function assertProblem(got, status, code)
{
	const { title, detail, request_id: id, ...rest } = json(got);

	assert.equal(got.status, status);
	assert.equal(got.headers["content-type"], "application/problem+json");
	assert.deepEqual(rest, { type: "about:blank", status, code, errors: [],
		warnings: [] });
	assert.match(title + detail, /^[\u4e00-\u9fff]/);
	assert.match(id, /^[0-9a-f]{32}$/);
}

test("what nginx refuses on the API has the API's form", async () => {
	const post = (target, size) =>
		request("POST", target, { body: Buffer.alloc(size) });

	assertProblem(await post("/api/session", 4097), 413, "too_large");
	assert.equal(json(await post("/api/session", 4096)).size, 4096);
	const upload = "/api/applications/x/attachments/risk_notice";

	assertProblem(await post(upload, 200_001), 413, "too_large");
	assert.equal(json(await post(upload, 200_000)).size, 200_000);
	assertProblem(await get("/api/hang-up"), 502, "try_later");
	assertProblem(await get("/%00"), 400, "malformed");
	assertProblem(await get("/api/", { headers: { "X-Long":
		"x".repeat(40_000) } }), 400, "malformed");
	assertProblem(await get(`/${"x".repeat(40_000)}`), 414, "malformed");
});

test("what nginx refuses elsewhere is a page", async () => {
	for (const [target, options] of [["/nothing", {}],
		["/.git/config", {}], ["/other", { admin: true }]]) {
		const got = await get(target, options);

		assert.equal(got.status, 404);
		assert.match(got.headers["content-type"], /^text\/html/);
		assert.match(got.text, /<title>没有找到<\/title>/);
	}
	const got = await request("POST", "/index.html");

	assert.deepEqual([got.status, got.headers.allow], [405, "GET, HEAD"]);
});

test("signing in is limited by address, reading is not", async () => {
	const statuses = [];
	let last;

	for (let i = 0; i < 12; i++) {
		last = await request("POST", "/admin/sign-in",
			{ admin: true, body: "x" });
		statuses.push(last.status);
	}
	assert.ok(statuses.slice(0, 8).every((status) => status === 200));
	assert.equal(last.status, 429);
	assert.equal(last.headers["retry-after"], "6");
	const api = await request("POST", "/api/session");

	assertProblem(api, 429, "too_many_requests");
	for (let i = 0; i < 12; i++)
		assert.equal((await get("/api/session")).status, 200);
});

test("uploads are limited by session", async () => {
	const upload = (session) => request("POST",
		"/api/applications/x/attachments/risk_notice",
		{ headers: { Cookie: `calock_session=${session}` } });
	const many = await Promise.all(Array.from({ length: 150 },
		() => upload("one")));

	assert.ok(many.some((got) => got.status === 429));
	assert.ok(many.filter((got) => got.status === 200).length >= 100);
	assert.equal((await upload("two")).status, 200);
});

const badRoutes = [
	["a path of two programs", "belongs to",
		"GET /a x 0 - portal one 甲\nPOST /a x 0 - portal two 乙"],
	["an unknown rate class", "rate class", "GET /a x 0 fast portal one 甲"],
	["an unknown surface", "surface", "GET /a x 0 - front one 甲"],
	["a path that would be another expression", "cannot be matched",
		"GET /a(b) x 0 - portal one 甲"],
	["an open parameter", "bad parameter", "GET /a/{id x 0 - portal one 甲"],
	["too few fields", "has 3 fields", "GET /a x"],
	["nothing at all", "no routes", ""],
];

for (const [what, message, rows] of badRoutes)
	test(`no locations are made from ${what}`, () => {
		const made = spawnSync("awk", ["-v", "surface=portal",
			"-v", "run=/run/calock",
			"-f", path.join(NGINX, "locations.awk")],
		{ input: rows.replaceAll(" ", "\t"), encoding: "utf8" });

		assert.equal(made.status, 1);
		assert.match(made.stderr, new RegExp(message));
	});
