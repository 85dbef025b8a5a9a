/*
 * Sign-in through the trading system: with a real provider, by both kinds of
 * signature, and with one that answers what it must not.
 */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, before, describe, test } from "node:test";

import { Client, send, signIn } from "../stack/client.mjs";
import { listen, makeKey, startProvider } from "../stack/oidc.mjs";
import { act, page, submitForm, textOf } from "../stack/pages.mjs";
import { pickPort } from "../stack/ports.mjs";
import { startStack } from "../stack/stack.mjs";

const START = "/api/session/oidc";
const UNIT = "91330800PDY0000282";

/* A browser on the provider's pages: where it is led to in the end, which is
 * the first address that is not the provider's. */
async function throughProvider(url)
{
	const { origin } = new URL(url);
	const cookies = new Map();

	for (let at = url, n = 0; n < 10; n++) {
		const answer = await send(at, { headers: { Cookie: [...cookies]
			.map(([name, value]) => `${name}=${value}`).join("; ") } });

		for (const line of answer.headers["set-cookie"] ?? []) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);

			cookies.set(name, value);
		}
		assert.ok([302, 303].includes(answer.status),
			`${at}: ${answer.status} ${answer.bytes}`);
		at = new URL(answer.headers.location, at).href;
		if (new URL(at).origin !== origin)
			return at;
	}
	throw new Error("led around in a circle");
}

/* The path that the provider leads back to, by the browser of `client`. */
async function wayBack(stack, client)
{
	const { status, headers } = await client.get(START);

	assert.equal(status, 303);
	const back = await throughProvider(headers.location);

	assert.ok(back.startsWith(`${stack.baseUrl}${START}/return?`), back);
	return back.slice(stack.baseUrl.length);
}

async function outcomeOf(client, path)
{
	const { status, headers } = await client.get(path);

	assert.equal(status, 303);
	return /^\/\?sign_in=(\w+)$/.exec(headers.location)[1];
}

async function enter(stack, client = new Client(stack))
{
	return outcomeOf(client, await wayBack(stack, client));
}

async function idOf(stack, login)
{
	const [row] = await stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);

	return row.id;
}

for (const alg of ["RS256", "ES256"])
	describe(`with oidc-provider, ${alg}`, () => {
		let provider, stack;

		before(async () => {
			const port = await pickPort();

			provider = await startProvider(alg, port);
			stack = await startStack({ port,
				env: provider.env });
		});
		after(async () => {
			await stack?.stop();
			await provider?.stop();
		});

		test("who comes first from a known unit gets an account, and the " +
			"same one the next time", async () => {
			const client = new Client(stack);

			provider.person = { sub: `new-${alg}`, name: "钱来",
				org_code: UNIT };
			assert.equal(await enter(stack, client), "done");
			const { body } = await client.get("/api/session");

			assert.equal(body.name, "钱来");
			assert.equal(body.org_code, UNIT);
			assert.equal(body.must_change_password, false);
			assert.equal((await client.get("/api/applications")).status, 200);
			const again = new Client(stack);

			assert.equal(await enter(stack, again), "done");
			assert.equal((await again.get("/api/session")).body.account_id,
				body.account_id);
			assert.deepEqual((await stack.db("SELECT action, detail FROM " +
				`audit WHERE subject = '${body.account_id}' ORDER BY at, id`))
				.map((row) => [row.action, row.detail]),
			[["account_added", "oidc"], ["sign_in", "oidc"],
				["sign_in", "oidc"]]);
		});

		test("who comes from no unit that is known is told so", async () => {
			const client = new Client(stack);

			provider.person = { sub: `stranger-${alg}`, name: "外人" };
			assert.equal(await enter(stack, client), "oidc_unbound");
			provider.person.org_code = "91330800MA00000000";
			assert.equal(await enter(stack, client), "oidc_unbound");
			assert.equal((await client.get("/api/session")).status, 401);
		});

		test("bound by a manager, then locked, unlocked and released",
			async () => {
				const manager = await signIn(stack, "manager1");
				const id = await idOf(stack, "applicant2");
				const at = `/admin/accounts/${id}`;
				const client = new Client(stack);

				provider.person = { sub: `bound-${alg}`, name: "李红" };
				assert.equal(await act(manager, at, "/subject",
					{ subject: `bound-${alg}` }), at);
				assert.match(textOf(await page(manager, at)), /已绑定/);
				assert.equal(await enter(stack, client), "done");
				assert.equal((await client.get("/api/session")).body
					.account_id, id);
				const other = `/admin/accounts/${await idOf(stack,
					"applicant1")}`;
				const taken = await submitForm(manager, other, "/subject",
					{ subject: `bound-${alg}` });

				assert.equal(taken.status, 422);
				assert.match(textOf(taken.bytes.toString()),
					/已绑定另一账号/);
				await act(manager, at, "/lock");
				assert.equal((await client.get("/api/session")).status, 401);
				assert.equal(await enter(stack), "oidc_refused");
				await act(manager, at, "/unlock");
				assert.equal(await enter(stack, client), "done");
				await act(manager, at, "/subject/end");
				assert.equal((await client.get("/api/session")).status, 401);
				assert.equal(await enter(stack), "oidc_unbound");
			});

		test("a first password that was never used is asked of nobody who " +
			"comes without it", async () => {
			const manager = await signIn(stack, "manager1");
			const made = await submitForm(manager, "/admin/accounts",
				"/new", { login: "bound", name: "赵来", role: "applicant",
					unit: "衢州示例建设有限公司", org_code: UNIT });
			const [, first] = /<code class="large">([a-z2-9-]+)<\/code>/
				.exec(made.bytes.toString());
			const id = await idOf(stack, "bound");
			const client = new Client(stack);

			provider.person = { sub: `first-${alg}`, name: "赵来" };
			await act(manager, `/admin/accounts/${id}`, "/subject",
				{ subject: `first-${alg}` });
			assert.equal(await enter(stack, client), "done");
			assert.equal((await client.get("/api/session")).body
				.must_change_password, false);
			assert.equal((await client.get("/api/applications")).status, 200);
			/* Who uses it has to change it all the same. */
			const other = new Client(stack);
			const { body } = await other.post("/api/session",
				{ account: "bound", password: first });

			assert.equal(body.must_change_password, true);
			assert.equal((await other.get("/api/applications")).status, 401);
			/* And that ends nothing for who came the other way. */
			assert.equal((await client.get("/api/applications")).status, 200);
		});

		test("a way back is one browser's, and can be gone once", async () => {
			const mine = new Client(stack), theirs = new Client(stack);

			provider.person = { sub: `new-${alg}`, name: "钱来",
				org_code: UNIT };
			const back = await wayBack(stack, mine);

			await theirs.get(START);
			assert.equal(await outcomeOf(theirs, back), "oidc_refused");
			assert.equal(await outcomeOf(new Client(stack), back),
				"oidc_refused");
			const copy = mine.copy();

			assert.equal(await outcomeOf(mine, back), "done");
			assert.equal(mine.cookies.has("calock_trip"), false);
			assert.equal(await outcomeOf(copy, back), "oidc_refused");
		});
	});

/* -- a provider that does as it is told -- */

const part = (value) => Buffer.from(JSON.stringify(value))
	.toString("base64url");

function sign({ alg, ...head }, claims, key)
{
	const text = `${part({ alg, typ: "JWT", ...head })}.${part(claims)}`;
	const signature = alg === "none" ? Buffer.alloc(0) :
		alg === "HS256" ?
			crypto.createHmac("sha256", key.n).update(text).digest() :
			crypto.sign("sha256", text, { format: "jwk", key:
				crypto.createPrivateKey({ format: "jwk", key }),
			dsaEncoding: "ieee-p1363" });

	return `${text}.${signature.toString("base64url")}`;
}

const publicOf = ({ kty, n, e, crv, x, y, kid, alg, use }) =>
	({ kty, n, e, crv, x, y, kid, alg, use });

class Forger {
	keys = [makeKey("RS256", "rsa"), makeKey("ES256", "ec")];
	published = this.keys;
	asked = { keys: 0 };
	/* What a test changes. */
	head = {};
	claims = {};
	change = (token) => token;
	answer = 200;
	key = null; /* signs, whatever the head says */

	reset()
	{
		Object.assign(this, { head: {}, claims: {}, answer: 200,
			change: (token) => token, key: null });
	}

	#token()
	{
		const head = { alg: "RS256", kid: "rsa", ...this.head };
		const now = Math.floor(Date.now() / 1000);
		const claims = { iss: this.issuer, aud: "calock", sub: "forged",
			org_code: UNIT, iat: now, exp: now + 300, nonce: this.nonce,
			...this.claims };

		return this.change(sign(head, claims, this.key ??
			this.keys.find((key) => key.kid === head.kid) ??
			this.keys[0]));
	}

	handle(request, answer)
	{
		const { pathname } = new URL(request.url, this.issuer);
		const json = (body, status = 200) => {
			answer.writeHead(status, { "Content-Type": "application/json" });
			answer.end(JSON.stringify(body));
		};

		switch (pathname) {
		case "/.well-known/openid-configuration":
			return json({ issuer: this.issuer,
				authorization_endpoint: `${this.issuer}/auth`,
				token_endpoint: `${this.issuer}/token`,
				jwks_uri: `${this.issuer}/keys` });
		case "/keys":
			this.asked.keys++;
			return json({ keys: this.published.map(publicOf) });
		case "/token":
			request.resume();
			return json({ id_token: this.#token() }, this.answer);
		default:
			return json({}, 404);
		}
	}
}

describe("with a provider that forges", () => {
	const forger = new Forger();
	let provider, stack;

	before(async () => {
		const port = await pickPort();

		forger.issuer = `http://localhost:${port}`;
		provider = await listen(port, (...args) => forger.handle(...args));
		stack = await startStack({ env: provider.env });
	});
	after(async () => {
		await stack?.stop();
		await provider?.stop();
	});

	/* There, and back with a code, without anybody asked on the way. */
	async function attempt(query = "")
	{
		const client = new Client(stack);
		const { headers } = await client.get(START);
		const asked = new URL(headers.location).searchParams;

		forger.nonce = asked.get("nonce");
		return { client, outcome: await outcomeOf(client, `${START}/return` +
			`?code=any&state=${asked.get("state")}${query}`) };
	}

	test("what it is asked", async () => {
		const client = new Client(stack);
		const { headers } = await client.get(START);
		const asked = Object.fromEntries(
			new URL(headers.location).searchParams);
		const [cookie] = headers["set-cookie"];

		assert.equal(asked.response_type, "code");
		assert.equal(asked.redirect_uri,
			`${stack.baseUrl}${START}/return`);
		assert.equal(asked.code_challenge_method, "S256");
		assert.match(asked.code_challenge, /^[\w-]{43}$/);
		assert.match(cookie, /; Path=\/api\/session\/oidc; /);
		assert.match(cookie, /; Max-Age=600; HttpOnly; SameSite=Lax$/);
		for (const name of ["state", "nonce", "code_challenge"])
			assert.equal(cookie.includes(asked[name]), false, name);
	});

	for (const [what, change] of [
		["RS256", {}],
		["ES256", { head: { alg: "ES256", kid: "ec" } }],
		["for several, and given to us",
			{ claims: { aud: ["other", "calock"], azp: "calock" } }],
		["a clock that is a little ahead",
			{ claims: { iat: Math.floor(Date.now() / 1000) + 40 } }],
	])
		test(`taken: ${what}`, async () => {
			Object.assign(forger, change);
			const { client, outcome } = await attempt();

			forger.reset();
			assert.equal(outcome, "done");
			assert.equal((await client.get("/api/session")).status, 200);
		});

	test("a new key is fetched, and who names unknown ones does not make " +
		"us ask again and again", async () => {
		const fresh = makeKey("RS256", "fresh");

		forger.keys = forger.published = [...forger.keys, fresh];
		forger.head = { kid: "fresh" };
		const before = forger.asked.keys;

		assert.equal((await attempt()).outcome, "done");
		assert.equal(forger.asked.keys, before + 1);
		for (let n = 0; n < 5; n++) {
			forger.head = { kid: `unknown-${n}` };
			assert.equal((await attempt()).outcome, "oidc_refused");
		}
		assert.equal(forger.asked.keys, before + 1);
		forger.reset();
	});

	const now = Math.floor(Date.now() / 1000);

	for (const [what, change] of [
		["no signature", { head: { alg: "none" } }],
		["the public key as a shared secret", { head: { alg: "HS256" } }],
		["a kind of signature not taken", { head: { alg: "RS512" } }],
		["a key that is not its own", { key: makeKey("RS256", "rsa") }],
		["the other key's kind",
			{ head: { alg: "ES256", kid: "rsa" }, key: makeKey("ES256") }],
		["an extension", { head: { crit: ["b64"], b64: false } }],
		["another issuer", { claims: { iss: "http://localhost:1" } }],
		["another audience", { claims: { aud: "other" } }],
		["no audience", { claims: { aud: [] } }],
		["given to another",
			{ claims: { aud: ["other", "calock"], azp: "other" } }],
		["given to nobody", { claims: { aud: ["other", "calock"] } }],
		["expired", { claims: { exp: now - 120 } }],
		["without an end", { claims: { exp: undefined } }],
		["made long ago", { claims: { iat: now - 3600 } }],
		["made tomorrow", { claims: { iat: now + 86400 } }],
		["not valid yet", { claims: { nbf: now + 3600 } }],
		["another nonce", { claims: { nonce: "0".repeat(64) } }],
		["without a nonce", { claims: { nonce: undefined } }],
		["without a subject", { claims: { sub: "" } }],
		["a changed claim", { change: (token) => {
			const [head, , signature] = token.split(".");

			return `${head}.${part({ sub: "forged" })}.${signature}`;
		} }],
		["a part too many", { change: (token) => `${token}.x` }],
		["no token", { change: () => undefined }],
		["a number", { change: () => 7 }],
		["nothing", { change: () => "" }],
		["20 kB", { change: () => "a".repeat(20_000) }],
		["a refused code", { answer: 400 }],
	])
		test(`refused: ${what}`, async () => {
			Object.assign(forger, change);
			const { client, outcome } = await attempt();

			forger.reset();
			assert.equal(outcome, "oidc_refused");
			assert.equal((await client.get("/api/session")).status, 401);
		});

	test("a provider in trouble is no refusal", async () => {
		forger.answer = 500;
		const { outcome } = await attempt();

		forger.reset();
		assert.equal(outcome, "try_later");
	});

	test("sent back by another issuer, with an error, or with another state",
		async () => {
			const client = new Client(stack);

			assert.equal((await attempt("&iss=http://localhost:1")).outcome,
				"oidc_refused");
			await client.get(START);
			assert.equal(await outcomeOf(client,
				`${START}/return?error=access_denied`), "oidc_refused");
			await client.get(START);
			assert.equal(await outcomeOf(client, `${START}/return?code=a` +
				`&state=${"0".repeat(64)}`), "oidc_refused");
		});

	test("what is refused is counted, not a row each", async () => {
		const [row] = await stack.db("SELECT COUNT(*) AS n, SUM(times) AS " +
			"times FROM refusals WHERE code = 'oidc_refused'");

		assert.equal(Number(row.n), 1);
		assert.ok(Number(row.times) > 20);
	});

	test("coming back counts as signing in", async () => {
		const client = new Client(stack);
		const statuses = [];

		for (let n = 0; n < 15; n++)
			statuses.push((await client.get(`${START}/return`)).status);
		assert.ok(statuses.includes(429), statuses.join());
	});
});
