/*
 * A client of a running stack, as browsers and other front ends are: cookies,
 * Origin, JSON. What every answer promises is checked here, once, for all the
 * tests that use it.
 *
 *   const client = await signIn(stack, "applicant1");
 *   const { status, body } = await client.get("/api/applications");
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";

import { descriptionOf } from "./openapi.mjs";
import { until } from "./parts.mjs";

const SURFACES = {
	portal: { url: "baseUrl", cookie: "calock_session" },
	admin: { url: "adminUrl", cookie: "calock_admin" },
};
const SAFE = ["GET", "HEAD", "OPTIONS"];
const PROBLEM = ["type", "title", "status", "code", "detail", "errors",
	"warnings", "request_id"];
const HAN = /\p{Script=Han}/u;
const LOG_TAIL = 1 << 16;

let addresses = 0;

/*
 * A loopback address that this process has not used yet: nginx limits
 * sign-ins by address.
 */
export function freshAddress()
{
	const n = ++addresses;

	return `127.${1 + (n >> 16 & 63)}.${n >> 8 & 255}.${1 + n % 254}`;
}

/* Sends exactly what it is told; headers, rawHeaders, status and bytes. */
export function send(url, { method = "GET", headers = {}, body,
	address, agent, signal, tls = {} } = {})
{
	const { request: ask } = url.startsWith("https:") ? https : http;

	return new Promise((resolve, reject) => {
		const request = ask(url, { method, headers, agent: agent ?? false,
			localAddress: address, setHost: true, signal, ...tls },
		(answer) => {
			const parts = [];

			answer.on("data", (part) => parts.push(part));
			answer.on("error", reject);
			answer.on("end", () => resolve({
				status: answer.statusCode,
				headers: answer.headers,
				rawHeaders: answer.rawHeaders,
				bytes: Buffer.concat(parts),
			}));
		});

		request.on("error", reject);
		request.end(body);
	});
}

function tail(file)
{
	const fd = fs.openSync(file, "r");

	try {
		const { size } = fs.fstatSync(fd);
		const length = Math.min(size, LOG_TAIL);
		const data = Buffer.alloc(length);

		fs.readSync(fd, data, 0, length, size - length);
		return data.toString("utf8");
	} finally {
		fs.closeSync(fd);
	}
}

function valuesOf(answer, name)
{
	const values = [];

	for (let i = 0; i < answer.rawHeaders.length; i += 2)
		if (answer.rawHeaders[i].toLowerCase() === name)
			values.push(answer.rawHeaders[i + 1]);
	return values;
}

function checkRemarks(list)
{
	assert.ok(Array.isArray(list));
	for (const item of list) {
		assert.deepEqual(Object.keys(item), ["field", "code", "message"]);
		assert.match(item.code, /^[a-z][a-z0-9_]*$/);
		assert.match(item.message, HAN);
	}
}

/* A style sheet and a script are the same for everybody; they and a page of a
 * scan are asked for by their ETag each time. */
function cachingOf({ status, headers: { "content-type": type } })
{
	if (status === 304)
		return /^(public|private), no-cache$/;
	if (/^text\/(css|javascript)/.test(type))
		return /^public, no-cache$/;
	return type === "image/png" ? /^private, no-cache$/ : /\bno-store\b/;
}

function checkHeaders(answer)
{
	const once = (name) => {
		const values = valuesOf(answer, name);

		assert.equal(values.length, 1, `${name}: ${JSON.stringify(values)}`);
		return values[0];
	};

	assert.equal(once("x-content-type-options"), "nosniff");
	assert.match(once("content-security-policy"), /default-src/);
	assert.match(once("cache-control"), cachingOf(answer));
	if (![204, 303, 304].includes(answer.status))
		once("content-type");
	for (const name of ["etag", "location", "retry-after", "allow"])
		assert.ok(valuesOf(answer, name).length <= 1, `${name} twice`);
}

export function checkProblem(answer)
{
	const problem = answer.body;

	assert.match(answer.headers["content-type"],
		/^application\/problem\+json(; charset=utf-8)?$/);
	assert.deepEqual(Object.keys(problem), PROBLEM);
	assert.equal(problem.status, answer.status);
	assert.match(problem.code, /^[a-z][a-z0-9_]*$/);
	assert.match(problem.title, HAN);
	assert.match(problem.detail, HAN);
	checkRemarks(problem.errors);
	checkRemarks(problem.warnings);
	assert.match(problem.request_id, /^[0-9a-f]{32}$/);
}

/* What a provider is told is in its own form. */
function isOfProvider(path, answer)
{
	return path.startsWith("/callback/") &&
		answer.headers["content-type"] === "application/json";
}

/* The promises about a whole application, wherever one is answered. */
function checkApplication(answer)
{
	assert.equal(answer.headers.etag, `"${answer.body.version}"`);
	checkRemarks(answer.body.errors);
	checkRemarks(answer.body.warnings);
}

export class Client {
	cookies = new Map();
	session = null; /* what signing in answered */
	programsMayDie = false; /* a test that kills them says so */
	patienceMs = null; /* it hangs up when there is no answer by then */
	tls = {}; /* of https: whom it trusts, and its certificate */

	/* address: the loopback address it comes from. */
	constructor(stack, { surface = "portal", address = freshAddress() } = {})
	{
		this.stack = stack;
		this.surface = surface;
		this.address = address;
		this.base = stack[SURFACES[surface].url];
		this.origin = this.base;
	}

	/* The same cookies in a second window. */
	copy()
	{
		const other = new Client(this.stack,
			{ surface: this.surface, address: this.address });

		other.cookies = new Map(this.cookies);
		other.session = this.session;
		other.programsMayDie = this.programsMayDie;
		return other;
	}

	#headers(method, given)
	{
		const headers = {};

		if (this.cookies.size > 0)
			headers.Cookie = [...this.cookies]
				.map(([name, value]) => `${name}=${value}`).join("; ");
		if (!SAFE.includes(method))
			headers.Origin = this.origin;
		/* Ours can be taken away with null. */
		for (const [name, value] of Object.entries(given)) {
			for (const known of Object.keys(headers))
				if (known.toLowerCase() === name.toLowerCase())
					delete headers[known];
			if (value !== null)
				headers[name] = value;
		}
		return headers;
	}

	#keepCookies(answer)
	{
		for (const line of answer.headers["set-cookie"] ?? []) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);

			if (/; *Max-Age=0/i.test(line))
				this.cookies.delete(name);
			else
				this.cookies.set(name, value);
		}
	}

	/* The id of a refusal is the one in nginx's log, which is written when
	 * the answer has gone. */
	#inLog({ body })
	{
		return until(() => tail(this.stack.path("log/access.log"))
			.includes(`rid=${body.request_id}`),
		`${body.request_id} in the log`, 5000);
	}

	async #check(method, path, answer)
	{
		const description = await descriptionOf(this.stack);

		assert.notEqual(answer.status, 500, answer.bytes.toString());
		/* nginx's own: a worker died over it. */
		assert.ok(answer.status !== 502 || this.programsMayDie ||
			answer.body?.code !== "try_later", "502 from nginx");
		checkHeaders(answer);
		description.check(this.surface === "admin", method, path, answer);
		if (answer.bytes.length === 0)
			return;
		if (answer.body === undefined) {
			/* Pages and files for people are refused by a page. */
			assert.ok(answer.status < 400 || this.surface === "admin" ||
				!path.startsWith("/api/"),
			"a refusal that is no problem");
			return;
		}
		if (isOfProvider(path, answer))
			return;
		if (answer.status >= 400) {
			checkProblem(answer);
			await this.#inLog(answer);
		} else if (answer.body.attachments_version !== undefined) {
			checkApplication(answer);
		}
	}

	/*
	 * One request. body: an object as JSON, bytes and text as they are.
	 * headers add to and replace ours; null takes one away. The answer has
	 * status, headers, bytes, and body when it is JSON.
	 */
	async request(method, path, body, headers = {})
	{
		const isPlain = body !== undefined && typeof body !== "string" &&
			!Buffer.isBuffer(body);
		const type = isPlain ? { "Content-Type": "application/json" } : {};
		const answer = await send(this.base + path, { method,
			address: this.address,
			headers: this.#headers(method, { ...type, ...headers }),
			body: isPlain ? JSON.stringify(body) : body, tls: this.tls,
			signal: this.patienceMs === null ? undefined :
				AbortSignal.timeout(this.patienceMs) });

		if (/json/.test(answer.headers["content-type"] ?? "") &&
		    answer.bytes.length > 0)
			answer.body = JSON.parse(answer.bytes.toString("utf8"));
		this.#keepCookies(answer);
		await this.#check(method, path, answer);
		return answer;
	}

	get(path, headers)
	{
		return this.request("GET", path, undefined, headers);
	}

	post(path, body, headers)
	{
		return this.request("POST", path, body, headers);
	}

	put(path, body, headers)
	{
		return this.request("PUT", path, body, headers);
	}

	del(path, headers)
	{
		return this.request("DELETE", path, undefined, headers);
	}

	/* An HTML form's fields; arrays are repeated names. */
	form(path, fields, headers = {})
	{
		const pairs = new URLSearchParams();

		for (const [name, values] of Object.entries(fields))
			for (const value of [values].flat())
				pairs.append(name, value);
		return this.post(path, pairs.toString(), { "Content-Type":
			"application/x-www-form-urlencoded", ...headers });
	}

	/* A PDF to POST /api/applications/{id}/attachments/{kind}. */
	upload(id, kind, bytes, { name, headers = {} } = {})
	{
		const query = name === undefined ? "" :
			`?name=${encodeURIComponent(name)}`;

		return this.post(`/api/applications/${id}/attachments/${kind}${query}`,
			bytes, { "Content-Type": "application/pdf", ...headers });
	}
}

export function clientFrom(stack, address)
{
	return new Client(stack, { address });
}

function passwordOf(stack, account)
{
	const known = stack.accounts.find((a) => a.account === account);

	assert.ok(known, `no demo account ${account}`);
	return known;
}

/* A client of the account's surface, and the answer to its sign-in. */
export async function trySignIn(stack, account, { address, ...how } = {})
{
	const { role, password } = passwordOf(stack, account);
	const surface = role === "applicant" ? "portal" : "admin";
	const client = Object.assign(new Client(stack, { surface, address }), how);
	const answer = surface === "portal" ?
		await client.post("/api/session", { account, password }) :
		await client.form("/admin/sign-in", { account, password });

	client.session = answer.body ?? null;
	return { client, answer };
}

/* A client that is signed in: administrators on the admin surface. */
export async function signIn(stack, account, how)
{
	const { client, answer } = await trySignIn(stack, account, how);
	const { surface } = client;

	assert.equal(answer.status, surface === "portal" ? 200 : 303,
		`${account} signs in: ${answer.bytes}`);
	assert.ok(client.cookies.has(SURFACES[surface].cookie));
	return client;
}
