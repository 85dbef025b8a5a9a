/* Signing in and out, and what a session is worth. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { Client, clientFrom, freshAddress, signIn } from
	"../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";
import { assertHeld, holdWait, letGo } from "../stack/waits.mjs";

const PASSWORD = "Calock-demo-2026";
const WRONG = "wrong password";
let stack;

before(async () => {
	stack = await startStack({});
});

after(() => stack?.stop());

/* No test starts in the delay that another one left behind. */
beforeEach(() => stack.db(
	"UPDATE accounts SET failures = 0, retry_at = NULL, is_locked = FALSE"));

function trySignIn(account, password, client = new Client(stack))
{
	return client.post("/api/session", { account, password });
}

function attributes(answer)
{
	assert.equal(answer.headers["set-cookie"].length, 1);
	return answer.headers["set-cookie"][0].split("; ").slice(1).sort();
}

async function ageSession(client, column, minutes)
{
	const hash = `SHA2('${client.cookies.get("calock_session")}', 256)`;

	await stack.db(`UPDATE sessions SET ${column} = ` +
		`NOW(6) - INTERVAL ${minutes} MINUTE WHERE token_hash = ${hash}`);
}

async function sessionRow(client)
{
	const [row] = await stack.db("SELECT *, UNIX_TIMESTAMP(used_at) AS used " +
		"FROM sessions WHERE token_hash = SHA2(" +
		`'${client.cookies.get("calock_session")}', 256)`);

	return row;
}

test("an applicant signs in, is known, signs out", async () => {
	const client = new Client(stack);
	const began = Date.now();
	const first = await trySignIn("applicant1", PASSWORD, client);

	assert.equal(first.status, 200);
	assert.deepEqual({ ...first.body, expires_at: null }, {
		account_id: "01j0demoaccount0000000000a", role: "applicant",
		name: "张明", unit_id: "01j0demounit0000000000000a",
		unit_name: "衢州示例建设有限公司",
		org_code: "91330800PDY0000282", expires_at: null,
		must_change_password: false });
	const left = (Date.parse(first.body.expires_at) - began) / 60_000;

	assert.ok(left > 29.9 && left < 30.5, `${left} minutes`);
	const who = await client.get("/api/session");

	assert.equal(who.status, 200);
	assert.deepEqual({ ...who.body, expires_at: null },
		{ ...first.body, expires_at: null });
	const stale = client.copy();
	const out = await client.del("/api/session");

	assert.equal(out.status, 204);
	assert.equal(out.bytes.length, 0);
	assert.equal(client.cookies.size, 0);
	for (const gone of [client, stale]) {
		const answer = await gone.get("/api/session");

		assert.equal(answer.status, 401);
		assert.equal(answer.body.code, "signed_out");
	}
	assert.equal((await stale.del("/api/session")).status, 401);
});

test("the cookie is for servers only, here without TLS", async () => {
	const client = new Client(stack);
	const answer = await trySignIn("applicant1", PASSWORD, client);

	assert.deepEqual(attributes(answer),
		["HttpOnly", "Path=/", "SameSite=Strict"]);
	assert.match(client.cookies.get("calock_session"), /^[A-Za-z0-9_-]{43}$/);
	const out = await client.del("/api/session");

	assert.match(out.headers["set-cookie"][0],
		/^calock_session=; .*Max-Age=0/);
});

test("on TLS the cookie is Secure", async () => {
	const url = "https://ca.example.gov.cn";

	await stack.restart("account", { CALOCK_PUBLIC_URL: url });
	const client = new Client(stack);
	const answer = await client.post("/api/session",
		{ account: "applicant1", password: PASSWORD }, { Origin: url });

	await stack.restart("account", { CALOCK_PUBLIC_URL: stack.baseUrl });
	assert.equal(answer.status, 200);
	assert.deepEqual(attributes(answer),
		["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]);
});

test("who fails to sign in is not told why, nor sooner", async () => {
	const cases = [
		["applicant1", WRONG],
		["nobody", WRONG],
		["nobody", PASSWORD],
		["reviewer1", PASSWORD],
		["manager1", PASSWORD],
		["Applicant1", PASSWORD],
		["", ""],
	];
	const fastest = new Map();
	const isAlike = () => Math.min(...fastest.values()) >
		Math.max(...fastest.values()) / 2;

	/* Each comes to what it costs by itself, sooner or later. */
	for (let round = 0; round < 5 || round < 40 && !isAlike(); round++)
		for (const [account, password] of cases) {
			const began = process.hrtime.bigint();
			const { status, body } = await trySignIn(account, password);
			const took = Number(process.hrtime.bigint() - began) / 1e6;
			const key = `${account}/${password}`;

			assert.equal(status, 401, key);
			assert.deepEqual({ ...body, request_id: "" }, {
				type: "about:blank", title: "登录失败", status: 401,
				code: "sign_in_failed",
				detail: "账号或密码不正确，请核对后重新输入。",
				errors: [], warnings: [], request_id: "" });
			fastest.set(key, Math.min(took,
				fastest.get(key) ?? Infinity));
			await stack.db("UPDATE accounts SET failures = 0, " +
				"retry_at = NULL");
		}
	assert.ok(isAlike(), JSON.stringify([...fastest]));
});

test("a locked account is out at once, and back when it is opened",
	async () => {
		const client = await signIn(stack, "applicant1");

		await stack.db("UPDATE accounts SET is_locked = TRUE " +
			"WHERE login = 'applicant1'");
		assert.equal((await client.get("/api/session")).status, 401);
		assert.equal((await trySignIn("applicant1", PASSWORD)).body.code,
			"sign_in_failed");
		await stack.db("UPDATE accounts SET is_locked = FALSE");
		assert.equal((await client.get("/api/session")).status, 200);
	});

test("each failure after the third doubles the wait of the account",
	async () => {
		const fail = () => trySignIn("applicant2", WRONG);
		const passDelay = () => stack.db(
			"UPDATE accounts SET retry_at = NOW(6) " +
			"WHERE login = 'applicant2'");

		for (let i = 0; i < 3; i++)
			assert.equal((await fail()).status, 401);
		for (const wait of [1, 2, 4, 8]) {
			assert.equal(await holdWait(stack, "applicant2"), wait);
			const answer = await trySignIn("applicant2", PASSWORD);

			assert.equal(answer.status, 429, `${wait} s`);
			assert.equal(answer.body.code, "too_many_requests");
			assertHeld(answer, wait);
			await passDelay();
			assert.equal((await fail()).status, 401);
		}
		await stack.db("UPDATE accounts SET failures = 60 " +
			"WHERE login = 'applicant2'");
		await passDelay();
		assert.equal((await fail()).status, 401);
		assert.equal(await holdWait(stack, "applicant2"), 900);
		assertHeld(await fail(), 900);
	});

test("one account's wait is nobody else's, and it ends by itself",
	async () => {
		for (let i = 0; i < 3; i++)
			await trySignIn("applicant2", WRONG);
		await holdWait(stack, "applicant2");
		assert.equal((await trySignIn("applicant1", PASSWORD)).status, 200);
		assert.equal((await trySignIn("applicant2", PASSWORD)).status, 429);
		await letGo(stack, "applicant2");
		await until(async () =>
			(await trySignIn("applicant2", PASSWORD)).status === 200,
		"the end of a wait of one second", 5000);
		const [row] = await stack.db("SELECT failures, retry_at " +
			"FROM accounts WHERE login = 'applicant2'");

		assert.deepEqual(row, { failures: "0", retry_at: null });
	});

test("nginx counts sign-ins by address", async () => {
	const address = freshAddress();
	const client = clientFrom(stack, address);
	/* At once: in six seconds there is room for one more. */
	const answers = await Promise.all(Array.from({ length: 12 },
		() => client.post("/api/session", { account: 1 })));

	for (const { status, body, headers } of answers)
		if (status === 429) {
			assert.equal(body.code, "too_many_requests");
			assert.equal(headers["retry-after"], "6");
		}
	assert.deepEqual(answers.map(({ status }) => status).sort(),
		[...Array(10).fill(422), 429, 429]);
	assert.equal((await client.get("/api/session")).status, 401);
	assert.equal((await trySignIn("applicant1", PASSWORD)).status, 200);
});

test("signing in makes a new session and ends the one before", async () => {
	const client = await signIn(stack, "applicant1");
	const before = client.copy();

	assert.equal((await trySignIn("applicant2", PASSWORD, client)).status,
		200);
	assert.notEqual(client.cookies.get("calock_session"),
		before.cookies.get("calock_session"));
	assert.equal((await before.get("/api/session")).status, 401);
	assert.equal((await client.get("/api/session")).body.name, "李红");
	/* A token that somebody else chose is never taken over. */
	const fixed = new Client(stack);

	fixed.cookies.set("calock_session", "A".repeat(43));
	await trySignIn("applicant1", PASSWORD, fixed);
	assert.notEqual(fixed.cookies.get("calock_session"), "A".repeat(43));
});

test("a failed sign-in leaves the session as it was", async () => {
	const client = await signIn(stack, "applicant1");

	assert.equal((await trySignIn("applicant2", WRONG, client)).status, 401);
	assert.equal((await client.get("/api/session")).status, 200);
});

test("a cookie that is none", async () => {
	const client = await signIn(stack, "applicant1");
	const token = client.cookies.get("calock_session");

	for (const value of ["", "x", token.slice(1), `${token}x`,
		token.toLowerCase(), "%00", "A".repeat(4000), `"${token}"`]) {
		client.cookies.set("calock_session", value);
		assert.equal((await client.get("/api/session")).status, 401, value);
	}
});

test("a session that nobody uses ends after 30 minutes", async () => {
	const client = await signIn(stack, "applicant1");

	await ageSession(client, "used_at", 29);
	assert.equal((await client.get("/api/session")).status, 200);
	await ageSession(client, "used_at", 31);
	assert.equal((await client.get("/api/session")).body.code, "signed_out");
});

test("a session in use ends after 12 hours", async () => {
	const client = await signIn(stack, "applicant1");

	await ageSession(client, "created_at", 12 * 60 - 10);
	const { body } = await client.get("/api/session");
	const left = (Date.parse(body.expires_at) - Date.now()) / 60_000;

	assert.ok(left > 9.5 && left <= 10, `${left} minutes`);
	await ageSession(client, "created_at", 12 * 60 + 1);
	assert.equal((await client.get("/api/session")).status, 401);
});

test("the limits are settings", async () => {
	const client = await signIn(stack, "applicant1");

	await stack.restart("account", { CALOCK_SESSION_IDLE_MINUTES: "5" });
	await ageSession(client, "used_at", 6);
	const { status } = await client.get("/api/session");

	await stack.restart("account", { CALOCK_SESSION_IDLE_MINUTES: "30" });
	assert.equal(status, 401);
	assert.equal((await client.get("/api/session")).status, 200);
});

test("asking who one is extends nothing, work does", async () => {
	const client = await signIn(stack, "applicant1");

	await ageSession(client, "used_at", 20);
	const { used } = await sessionRow(client);
	const { body } = await client.get("/api/session");
	const left = (Date.parse(body.expires_at) - Date.now()) / 60_000;

	assert.ok(left > 9.5 && left <= 10, `${left} minutes`);
	assert.equal((await sessionRow(client)).used, used);
	await client.get("/api/applications");
	assert.ok((await sessionRow(client)).used - used > 19 * 60);
});

test("a session is bound to its surface", async () => {
	const portal = await signIn(stack, "applicant1");
	const admin = await signIn(stack, "reviewer1");
	const stranger = new Client(stack, { surface: "admin" });
	const refused = (await stranger.get("/admin/")).status;
	const [asAdmin, asPortal] =
		[new Client(stack, { surface: "admin" }), new Client(stack)];

	assert.notEqual(refused, 200);
	for (const name of ["calock_session", "calock_admin"]) {
		asAdmin.cookies.set(name, portal.cookies.get("calock_session"));
		asPortal.cookies.set(name, admin.cookies.get("calock_admin"));
	}
	assert.equal((await asAdmin.get("/admin/")).status, refused);
	assert.equal((await asPortal.get("/api/session")).status, 401);
	/* Each of them is good where it belongs. */
	assert.equal((await portal.get("/api/session")).status, 200);
	assert.equal((await admin.get("/admin/")).status, 200);
});

test("administrators sign in on their own surface only", async () => {
	const client = new Client(stack, { surface: "admin" });
	const right = await client.form("/admin/sign-in",
		{ account: "reviewer1", password: PASSWORD });

	assert.equal(right.status, 303);
	assert.equal(right.headers.location, "/admin/");
	assert.deepEqual(attributes(right),
		["HttpOnly", "Path=/", "SameSite=Strict"]);
	const other = new Client(stack, { surface: "admin" });
	const wrong = await other.form("/admin/sign-in",
		{ account: "applicant1", password: PASSWORD });

	assert.equal(wrong.status, 401);
	assert.match(wrong.headers["content-type"], /^text\/html/);
	assert.match(wrong.bytes.toString(), /账号或密码不正确/);
	assert.equal(other.cookies.size, 0);
	/* Neither surface serves the other's URLs. */
	assert.equal((await client.get("/api/session")).status, 404);
	assert.equal((await new Client(stack).get("/admin/sign-in")).status, 404);
});

test("a new password ends the other sessions", async () => {
	const fresh = "一个新的密码 2026";
	const client = await signIn(stack, "applicant2");
	const other = await signIn(stack, "applicant2");
	const bystander = await signIn(stack, "applicant1");
	const { status } = await client.post("/api/session/password",
		{ old: PASSWORD, new: fresh });

	assert.equal(status, 204);
	assert.equal((await client.get("/api/session")).status, 200);
	assert.equal((await other.get("/api/session")).status, 401);
	assert.equal((await bystander.get("/api/session")).status, 200);
	assert.equal((await trySignIn("applicant2", PASSWORD)).status, 401);
	assert.equal((await trySignIn("applicant2", fresh)).status, 200);
	assert.equal((await client.post("/api/session/password",
		{ old: fresh, new: PASSWORD })).status, 204);
});

test("a new password that will not do", async () => {
	const client = await signIn(stack, "applicant2");
	const change = (old, fresh) => client.post("/api/session/password",
		{ old, new: fresh });
	const wrong = await change(WRONG, "another password");

	assert.equal(wrong.status, 401);
	assert.equal(wrong.body.code, "sign_in_failed");
	for (const [fresh, code] of [["short", "too_short"], [PASSWORD, "same"],
		["九个汉字的新密码哦", "too_short"]]) {
		const { status, body } = await change(PASSWORD, fresh);

		assert.equal(status, 422, fresh);
		assert.deepEqual(body.errors.map((e) => [e.field, e.code]),
			[["new", code]]);
	}
	const long = await change(PASSWORD, "长".repeat(129));

	assert.equal(long.status, 422);
	assert.equal(long.body.errors[0].code, "too_long");
	assert.equal((await client.get("/api/session")).status, 200);
	assert.equal((await trySignIn("applicant2", PASSWORD)).status, 200);
	assert.equal((await new Client(stack).post("/api/session/password",
		{ old: PASSWORD, new: "another password" })).status, 401);
});

test("wrong guesses through a session wait like others", async () => {
	const client = await signIn(stack, "applicant2");
	const guess = () => client.post("/api/session/password",
		{ old: WRONG, new: "another password" });

	for (let i = 0; i < 3; i++)
		assert.equal((await guess()).status, 401);
	assert.equal(await holdWait(stack, "applicant2"), 1);
	const answer = await client.post("/api/session/password",
		{ old: PASSWORD, new: "another password" });

	assert.equal(answer.status, 429);
	assertHeld(answer, 1);
});

test("what happened is recorded, and no secret with it", async () => {
	const client = new Client(stack);
	const secret = "a very secret guess 7351";

	await trySignIn("applicant1", secret);
	await trySignIn(secret, secret);
	await trySignIn("applicant1", PASSWORD, client);
	const token = client.cookies.get("calock_session");

	await client.del("/api/session");
	const rows = await stack.db("SELECT action, actor_id, role, ip, program " +
		"FROM audit WHERE subject = '01j0demoaccount0000000000a' " +
		"ORDER BY at DESC, id DESC LIMIT 3");

	assert.deepEqual(rows.map((row) => row.action),
		["sign_out", "sign_in", "sign_in_failed"]);
	assert.deepEqual({ ...rows[1], action: "" }, { action: "",
		actor_id: "01j0demoaccount0000000000a", role: "applicant",
		ip: client.address, program: "account" });
	const everything = JSON.stringify(await stack.db("SELECT * FROM audit")) +
		JSON.stringify(await stack.db("SELECT * FROM refusals")) +
		JSON.stringify(await stack.db("SELECT * FROM sessions")) +
		stack.logs("account") + stack.logs("nginx");

	for (const word of [secret, PASSWORD, token])
		assert.ok(!everything.includes(word), word);
});
