/* Sign-in by a certificate (a CA lock), through an nginx with TLS and a CA
 * made for it; and that nobody without the key gets in. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client, send, signIn } from "../stack/client.mjs";
import { act, page, submitForm, textOf } from "../stack/pages.mjs";
import { confirmLast, newAdministrator } from "../stack/second_factor.mjs";
import { startStack } from "../stack/stack.mjs";
import { Ca, startTls } from "../stack/tls.mjs";
import { callFastcgi } from "./fastcgi_client.mjs";

const API = "/api/session/certificate";
const PAGE = "/admin/sign-in/certificate";

let stack;
let front;
let manager;
let lock; /* bound to applicant1 in the first test */

before(async () => {
	stack = await startStack({ env: { CALOCK_CERTIFICATES: "1" } });
	front = await startTls(stack);
	manager = await signIn(stack, "manager1");
});
after(async () => {
	await front?.stop();
	await stack?.stop();
});

async function idOf(login)
{
	const [row] = await stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);

	return row.id;
}

const bind = async (id, { cert }, fields = {}) => submitForm(manager,
	`/admin/accounts/${id}`, "/certificates", { pem: cert, ...fields });

async function bindTo(id, it = front.ca.issue("张明"))
{
	assert.equal((await bind(id, it)).status, 303);
	return it;
}

async function codeOf(answer)
{
	const { status, body } = await answer;

	return `${status} ${body.code ?? body.role}`;
}

/* As the API is asked, without a client's cookies; what nginx refuses itself
 * it refuses at every address, also where no such answer is described. */
function ask(surface, target, { cert, key } = {}, options = {})
{
	const client = front.client(surface);

	return send(client.base + target, { ...options,
		tls: { ...client.tls, cert, key } });
}

test("bound by a manager, an applicant's lock opens the portal", async () => {
	const id = await idOf("applicant1");
	const at = `/admin/accounts/${id}`;

	lock = await bindTo(id);
	const text = textOf(await page(manager, at));

	assert.match(text, /O=示例单位,CN=张明|CN=张明,O=示例单位/);
	assert.match(text, /CN=示例 CA/);
	assert.match(text, /\d{4}-\d\d-\d\d 至 \d{4}-\d\d-\d\d/);
	const client = front.client("portal", lock);
	const shown = await client.get(API);

	assert.equal(shown.status, 200);
	assert.match(shown.body.subject, /CN=张明/);
	const { status, body } = await client.post(API);

	assert.equal(status, 200);
	assert.equal(body.account_id, id);
	assert.equal(body.must_change_password, false);
	assert.equal((await client.get("/api/applications")).status, 200);
	/* The cookie alone is a session like any other. */
	const trail = await stack.db("SELECT action, detail FROM audit WHERE " +
		`subject = '${id}' ORDER BY at, id`);

	assert.deepEqual(trail.map((row) => row.action),
		["certificate_bound", "sign_in"]);
	assert.equal(trail[1].detail, "certificate");
});

test("an administrator's lock and its PIN are both steps", async () => {
	const person = await newAdministrator(stack, "operator", manager);
	const it = front.ca.issue("张明");

	assert.equal((await bind(person.id, it)).status, 422);
	assert.equal((await bind(person.id, it, { reason: "配发" })).status, 303);
	assert.equal((await submitForm(front.client("admin", it), PAGE,
		"/certificate")).status, 403);
	await stack.db("DELETE FROM refusals");
	const [{ id }] = await stack.db(
		"SELECT id FROM confirmations WHERE kind = 'certificate'");

	assert.match(textOf(await page(manager, `/admin/confirmations/${id}`)),
		/CN=张明.*CN=示例 CA/);
	assert.equal((await confirmLast(stack, "certificate")).status, 303);
	/* A name can hold a number, which the trail keeps for ever. */
	assert.deepEqual(await stack.db("SELECT id FROM audit WHERE detail LIKE " +
		"'%张明%'"), []);
	const client = front.client("admin", it);
	const html = await page(client, PAGE);

	assert.match(textOf(html), /CN=张明/);
	assert.equal(await act(client, PAGE, "/certificate"), "/admin/");
	await page(client, "/admin/");
	/* The password that a manager gave is due of who uses it, not here. */
	assert.equal((await (await person.begin()).get("/admin/")).status, 303);
});

test("without a certificate nobody gets in, whatever they say", async () => {
	const pem = encodeURIComponent(lock.cert);
	const forged = { "Ssl-Client-Verify": "SUCCESS", "Ssl-Client-Cert": pem,
		"SSL_CLIENT_VERIFY": "SUCCESS", "SSL_CLIENT_CERT": pem,
		"X-SSL-Client-Verify": "SUCCESS" };

	for (const client of [new Client(stack), front.client()])
		for (const headers of [{}, forged]) {
			assert.equal(await codeOf(client.get(API, headers)),
				"401 certificate_refused");
			assert.equal(await codeOf(client.post(API, {}, headers)),
				"401 certificate_refused");
		}
	const admin = front.client("admin");

	assert.match(textOf(await page(admin, PAGE)), /没有收到/);
	const refused = await admin.form(PAGE, {}, forged);

	assert.equal(refused.status, 401);
	assert.match(textOf(refused.bytes.toString()), /没有收到可用的证书/);
	assert.equal(admin.cookies.size, 0);
	assert.match(await page(admin, "/admin/sign-in"), /用 CA 锁登录/);
});

test("another CA's, one that is over, one not valid yet: nginx refuses",
	async () => {
		const other = new Ca("示例 CA");
		const year = new Date().getFullYear();

		for (const it of [other.issue("张明"),
			front.ca.issue("张明", "20200101", "20210101"),
			front.ca.issue("张明", `${year + 2}0101`, `${year + 3}0101`)]) {
			const json = await ask("portal", API, it);
			const html = await ask("admin", PAGE, it);

			assert.equal(json.status, 401);
			assert.equal(JSON.parse(json.bytes).code, "certificate_refused");
			assert.equal(html.status, 401);
			assert.match(html.bytes.toString(), /证书不能用于登录/);
		}
	});

test("a certificate that is nobody's opens nothing", async () => {
	const it = front.ca.issue("李四");

	assert.equal(await codeOf(front.client("portal", it).post(API)),
		"403 certificate_unbound");
	const answer = await submitForm(front.client("admin", it), PAGE,
		"/certificate");

	assert.equal(answer.status, 403);
	assert.match(textOf(answer.bytes.toString()), /尚未与账号绑定/);
	/* The same name from the same CA, and another key. */
	assert.equal(await codeOf(front.client("portal",
		front.ca.issue("张明")).post(API)), "403 certificate_unbound");
	const [row] = await stack.db("SELECT SUM(times) AS n FROM refusals " +
		"WHERE code = 'certificate_unbound'");

	assert.equal(row.n, "3");
});

test("each surface takes its own, and no locked account", async () => {
	const id = await idOf("applicant1");
	const admin = front.client("admin", lock);

	assert.equal((await submitForm(admin, PAGE, "/certificate")).status, 401);
	await act(manager, `/admin/accounts/${id}`, "/lock");
	assert.equal(await codeOf(front.client("portal", lock).post(API)),
		"401 certificate_refused");
	await act(manager, `/admin/accounts/${id}`, "/unlock");
	assert.equal(await codeOf(front.client("portal", lock).post(API)),
		"200 applicant");
});

test("what TLS once took is looked at again: the day, and that it verified",
	async () => {
		const over = front.ca.issue("过期", "20200101", "20210101");
		const id = await idOf("applicant2");
		const call = async (verdict, { cert }) => {
			const answer = await callFastcgi(
				`${stack.runDir}/account.sock`, { REQUEST_METHOD: "POST",
					DOCUMENT_URI: API, SURFACE: "portal",
					REMOTE_ADDR: "127.0.0.1", REQUEST_ID: "0".repeat(32),
					HTTP_ORIGIN: stack.baseUrl, CONTENT_LENGTH: "0",
					SSL_CLIENT_VERIFY: verdict,
					SSL_CLIENT_CERT: encodeURIComponent(cert) },
				Buffer.alloc(0));

			return /^Status: (\d+)/m.exec(answer)[1];
		};

		await bindTo(id, front.ca.issue("李红"));
		await stack.db("UPDATE certificates SET fingerprint = " +
			`'${await fingerprintOf(over)}' WHERE account_id = '${id}'`);
		assert.equal(await call("SUCCESS", over), "401");
		assert.equal(await call("SUCCESS", lock), "200");
		for (const verdict of ["", "NONE", "FAILED:certificate revoked",
			"SUCCESS "])
			assert.equal(await call(verdict, lock), "401", verdict);
		assert.equal(await call("SUCCESS", { cert: "nonsense" }), "401");
		assert.equal(await call("SUCCESS", { cert: "\u0000" }), "401");
	});

async function fingerprintOf({ cert })
{
	const { X509Certificate } = await import("node:crypto");

	return new X509Certificate(cert).fingerprint256.replaceAll(":", "")
		.toLowerCase();
}

test("what cannot be bound is said", async () => {
	const id = await idOf("applicant2");
	const own = await idOf("manager1");
	const over = front.ca.issue("过期", "20200101", "20210101");

	for (const [it, message] of [[{ cert: "hello" }, "PEM"],
		[{ cert: lock.key }, "PEM"], [over, "已过有效期"],
		[lock, "已绑定账号"]]) {
		const answer = await bind(id, it);

		assert.equal(answer.status, 422, message);
		assert.match(textOf(answer.bytes.toString()), new RegExp(message));
	}
	const answer = await bind(own, front.ca.issue("孙管理"));

	assert.equal(answer.status, 409);
	assert.match(textOf(answer.bytes.toString()), /另一位管理员/);
});

test("unbinding ends every session, and what it opened stays shut",
	async () => {
		const id = await idOf("applicant1");
		const client = front.client("portal", lock);

		await client.post(API);
		const auditor = await signIn(stack, "auditor1");
		const seen = await page(auditor, `/admin/accounts/${id}`);

		assert.match(textOf(seen), /CN=张明/);
		assert.doesNotMatch(seen, /certificates\/end/);
		await act(manager, `/admin/accounts/${id}`, "/certificates/end");
		assert.equal((await client.get("/api/session")).status, 401);
		assert.equal(await codeOf(client.post(API)),
			"403 certificate_unbound");
		assert.ok((await stack.db("SELECT action FROM audit WHERE subject = " +
			`'${id}' ORDER BY at DESC, id DESC LIMIT 1`))[0].action ===
			"certificate_released");
	});

test("a lock that the CA has revoked is refused once nginx has heard of it",
	async () => {
		const it = await bindTo(await idOf("applicant1"));

		assert.equal(await codeOf(front.client("portal", it).post(API)),
			"200 applicant");
		front.ca.revoke(it);
		await front.reload();
		assert.equal((await ask("portal", API, it)).status, 401);
		assert.equal((await ask("portal", API)).status, 401);
		assert.equal((await ask("portal", "/")).status, 200);
	});

test("switched off, it opens nothing", async () => {
	const it = await bindTo(await idOf("applicant2"));

	await stack.restart("account", { CALOCK_CERTIFICATES: "0" });
	const client = front.client("portal", it);

	assert.equal(await codeOf(client.post(API)), "401 certificate_refused");
	assert.equal((await client.get("/api/session/ways")).body.certificate,
		false);
	assert.doesNotMatch(await page(front.client("admin"), "/admin/sign-in"),
		/CA 锁登录/);
});
