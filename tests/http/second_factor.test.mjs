/* 两步验证: the second step of an administrator's sign-in, from the first one
 * to a lost phone; and that nothing leads around it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, submitForm, textOf } from
	"../stack/pages.mjs";
import { OWN, SECOND, codeOf, confirmLast, firstPasswordIn, newAdministrator,
	offer, recoveryIn, setUp, stepBegins, wrongCode } from
	"../stack/second_factor.mjs";
import { startStack } from "../stack/stack.mjs";
import { assertHeld, holdWait } from "../stack/waits.mjs";

/* Open before the second step, besides what everybody gets; all else leads
 * to it. */
const OPEN = ["POST /admin/sign-out", `GET ${SECOND}`,
	`POST ${SECOND}/check`, `POST ${SECOND}/enrol`];
const FORM = "application/x-www-form-urlencoded";

let stack;
let manager;
let person; /* set up in the second test, used by those behind it */

before(async () => {
	stack = await startStack({});
	manager = await signIn(stack, "manager1");
});
after(() => stack?.stop());

const newOne = (role) => newAdministrator(stack, role, manager);

async function actionsOn({ id })
{
	const rows = await stack.db("SELECT action, detail FROM audit WHERE " +
		`subject = '${id}' ORDER BY at, id`);

	return rows.map(({ action, detail }) =>
		detail === "" ? action : `${action} ${detail}`);
}

async function failuresOf({ id })
{
	const [row] = await stack.db(
		`SELECT failures FROM accounts WHERE id = '${id}'`);

	return Number(row.failures);
}

function letTryAgain()
{
	return stack.db("UPDATE accounts SET failures = 0, retry_at = NULL");
}

/* The text of a QR code that is an SVG of runs of dark modules. */
function readCode(svg)
{
	const [, side] = /viewBox="0 0 (\d+) /.exec(svg);
	const scale = 4, width = side * scale;
	const pixels = Buffer.alloc(width * width, 255);
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));

	for (const [, x, y, n] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1/g))
		for (let row = 0; row < scale; row++) {
			const from = (y * scale + row) * width + x * scale;

			pixels.fill(0, from, from + n * scale);
		}
	fs.writeFileSync(path.join(dir, "code.pgm"), Buffer.concat([
		Buffer.from(`P5 ${width} ${width} 255\n`), pixels]));
	const text = execFileSync("zbarimg", ["-q", "--raw",
		path.join(dir, "code.pgm")], { encoding: "utf8" }).trim();

	fs.rmSync(dir, { recursive: true });
	return text;
}

/* What takes a file. */
const MULTIPART = /\/(issue|imports)$/;

/* Every page and every deed of the administrators, as somebody half way. */
async function assertHalfWay(client)
{
	const rows = stack.routes.filter((row) => row[5] === "admin" &&
		row[2] !== "-" && !OPEN.includes(`${row[0]} ${row[1]}`));

	assert.ok(rows.length > 30);
	for (const [method, template] of rows) {
		const where = template.replace(/\{[^}]+\}/g, "0".repeat(26));
		const answer = method === "GET" ? await client.get(where) :
			await client.request(method, where, "", {
				"Content-Type": MULTIPART.test(template) ?
					"multipart/form-data; boundary=x" : FORM });

		if (method === "GET")
			assert.equal(answer.headers.location, SECOND, template);
		assert.equal(answer.status, method === "GET" ? 303 : 401, template);
	}
}

test("with the password alone nothing is open but the way on", async () => {
	const one = await newOne("manager");

	await assertHalfWay(one.client);
	assert.equal((await one.client.get("/admin/")).headers.location, SECOND);
	const html = await page(one.client, SECOND);

	assert.doesNotMatch(html, /<nav/);
	assert.equal(await act(one.client, SECOND, "/sign-out"), "/admin/sign-in");
});

test("the first sign-in sets it up: picture, text, code, recovery codes",
	async () => {
		const one = await newOne("reviewer");
		const { html, secret, form } = await offer(one.client);
		const [, picture] = /data:image\/svg\+xml;base64,([^"]+)"/.exec(html);
		const uri = readCode(Buffer.from(picture, "base64").toString());

		assert.match(secret, /^[A-Z2-7]{32}$/);
		assert.equal(uri, `otpauth://totp/${encodeURIComponent(
			"CA锁在线办理")}:${one.login}?secret=${secret}&issuer=` +
			`${encodeURIComponent("CA锁在线办理")}&algorithm=SHA1` +
			"&digits=6&period=30");
		assert.ok(html.includes(uri.replaceAll("&", "&amp;")));
		const wrong = await one.client.form(form.action,
			{ ...ownFields(form), code: wrongCode(secret) });
		const again = wrong.bytes.toString();

		/* The same secret once more; and nobody counts it. */
		assert.equal(wrong.status, 401);
		assert.match(textOf(again), /验证码不正确/);
		assert.ok(again.includes(picture));
		assert.equal(await failuresOf(one), 0);
		const token = one.client.cookies.get("calock_admin");
		const answer = await one.client.form(form.action,
			{ ...ownFields(form), code: codeOf(secret) });
		const codes = recoveryIn(answer);

		assert.equal(answer.status, 200);
		assert.match(answer.headers["cache-control"], /no-store/);
		assert.equal(new Set(codes).size, 10);
		/* A session that can do more has another token. */
		assert.notEqual(one.client.cookies.get("calock_admin"), token);
		/* Then the password that a manager gave. */
		assert.equal((await one.client.get("/admin/")).headers.location,
			"/admin/account");
		await act(one.client, "/admin/account", "/password",
			{ old: one.password, new: OWN, again: OWN });
		await page(one.client, "/admin/");
		assert.match(textOf(await page(one.client, SECOND)),
			/还有 10 个没有用过/);
		assert.deepEqual(await actionsOn(one), ["sign_in_begun",
			"second_factor", "sign_in totp", "password"]);
		person = Object.assign(one, { secret, recovery: codes, password: OWN });
	});

test("every further sign-in asks for a code, and takes each once",
	async () => {
		await person.begin();
		await assertHalfWay(person.client);
		/* The last one taken was that of the setting up. */
		await stack.db("UPDATE second_factors SET last_step = " +
			"FLOOR(UNIX_TIMESTAMP() / 30) + 1");
		const used = await person.answer(codeOf(person.secret));

		assert.equal(used.status, 401);
		assert.match(textOf(used.bytes.toString()), /已经用过/);
		await person.forget();
		const begun = person.client.copy();

		assert.equal((await person.answer(codeOf(person.secret)))
			.headers.location, "/admin/");
		await page(person.client, "/admin/");
		assert.equal((await begun.get("/admin/")).headers.location,
			"/admin/sign-in");
		assert.equal(await failuresOf(person), 0);
		/* A phone whose clock is a little wrong. */
		for (const [away, status] of [[-1, 303], [1, 303], [-3, 401],
			[3, 401]]) {
			await person.begin();
			await person.forget();
			await stepBegins();
			assert.equal((await person.answer(codeOf(person.secret, away)))
				.status, status, String(away));
		}
		await letTryAgain();
	});

test("a code that two send at once is taken from one", async () => {
	const sessions = [];

	for (let i = 0; i < 4; i++)
		sessions.push(await person.begin());
	await person.forget();
	const code = codeOf(person.secret);
	const forms = await Promise.all(sessions.map(async (client) =>
		formsOf(await page(client, SECOND))
			.find((f) => f.action.endsWith("/check"))));
	const answers = await Promise.all(sessions.map((client, i) =>
		client.form(forms[i].action, { ...ownFields(forms[i]), code })));

	assert.equal(answers.filter((a) => a.status === 303).length, 1,
		answers.map((a) => a.status).join());
	await letTryAgain();
});

test("wrong codes make the account wait, and the password does not end it",
	async () => {
		for (let i = 0; i < 3; i++) {
			/* Each time with the password anew. */
			await person.begin();
			assert.equal((await person.answer(wrongCode(person.secret)))
				.status, 401);
			assert.equal(await failuresOf(person), i + 1);
			await stack.db("UPDATE accounts SET retry_at = NULL");
		}
		await person.begin();
		await person.answer(wrongCode(person.secret));
		await person.forget();
		assert.equal(await holdWait(stack, person.login), 2);
		const waits = await person.answer(codeOf(person.secret));

		assert.equal(waits.status, 429);
		assertHeld(waits, 2);
		assert.match(textOf(waits.bytes.toString()), /过于频繁/);
		await stack.db("UPDATE accounts SET retry_at = NULL");
		assert.equal((await person.answer(codeOf(person.secret))).status,
			303);
		assert.equal(await failuresOf(person), 0);
		assert.equal((await actionsOn(person)).filter((action) =>
			action === "second_factor_failed").length >= 4, true);
	});

test("a recovery code opens once, however it is typed", async () => {
	const [first, second] = person.recovery;

	await person.begin();
	assert.equal((await person.answer(` ${first.toUpperCase()
		.replaceAll("-", " ")} `)).status, 303);
	await page(person.client, "/admin/");
	await person.begin();
	assert.equal((await person.answer(first)).status, 401);
	assert.equal((await person.answer(second.replaceAll("-", ""))).status,
		303);
	assert.match(textOf(await page(person.client, SECOND)),
		/还有 8 个没有用过/);
	assert.deepEqual((await actionsOn(person)).filter((action) =>
		action === "sign_in recovery").length, 2);
});

test("recovery codes are made anew for a code, and the old ones are no more",
	async () => {
		const wrong = await submitForm(person.client, SECOND, "/recovery",
			{ code: wrongCode(person.secret) });

		assert.equal(wrong.status, 401);
		await person.forget();
		const answer = await submitForm(person.client, SECOND, "/recovery",
			{ code: codeOf(person.secret) });
		const codes = recoveryIn(answer);

		assert.equal(answer.status, 200);
		assert.equal(codes.length, 10);
		await person.begin();
		assert.equal((await person.answer(person.recovery[4])).status, 401);
		assert.equal((await person.answer(codes[4])).status, 303);
		await letTryAgain();
	});

test("what is offered to one session is worth nothing in another",
	async () => {
		const one = await newOne("operator");
		const first = one.client;
		const mine = await offer(first);
		const theirs = await offer(await one.begin());
		const send = (fields, client = one.client, { form, secret } = theirs) =>
			client.form(form.action, { ...ownFields(form),
				code: codeOf(secret), ...fields });

		assert.notEqual(mine.secret, theirs.secret);
		for (const draft of [ownFields(mine.form).draft, "", "x",
			`${ownFields(theirs.form).draft}AAAA`])
			for (const { secret } of [mine, theirs])
				assert.equal((await send({ draft, code: codeOf(secret) }))
					.status, 409);
		/* Nor is a second one set up over the first. */
		assert.equal((await send({}, first, mine)).status, 200);
		const late = await send({});

		assert.equal(late.status, 409);
		assert.match(textOf(late.bytes.toString()), /输入验证码/);
	});

test("another manager resets it, nobody their own", async () => {
	const at = `/admin/accounts/${person.id}`;
	const boss = await newOne("manager");

	await setUp(boss);
	assert.match(textOf(await page(boss.client, at)), /恢复码还有 9 个/);
	assert.equal((await submitForm(boss.client, `/admin/accounts/${boss.id}`,
		"/second-factor/reset", { reason: "换手机" })).status, 409);
	await page(boss.client, "/admin/");
	await person.signIn();
	assert.equal(await act(boss.client, at, "/second-factor/reset",
		{ reason: "手机遗失" }), at);
	await page(person.client, "/admin/");
	assert.equal((await confirmLast(stack, "second_factor_reset")).status,
		303);
	assert.equal((await person.client.get("/admin/")).headers.location,
		"/admin/sign-in");
	assert.match(textOf(await page(boss.client, at)), /尚未设置/);
	/* The old codes are no more; it is set up anew. */
	await person.begin();
	const { form, secret } = await offer(person.client);

	assert.equal((await person.client.form(`${SECOND}/check`, {
		csrf: ownFields(form).csrf, code: codeOf(person.secret) })).status,
	409);
	assert.notEqual(secret, person.secret);
	assert.equal((await person.client.form(form.action, {
		...ownFields(form), code: codeOf(secret) })).status, 200);
	person.secret = secret;
	assert.ok((await actionsOn(person)).some((action) =>
		action.startsWith("confirmed second_factor_reset ")));
});

test("a new password leads around nothing", async () => {
	const at = `/admin/accounts/${person.id}`;

	await act(manager, at, "/reset", { reason: "忘记密码" });
	person.password = firstPasswordIn(
		await confirmLast(stack, "password_reset"));
	await person.begin();
	await assertHalfWay(person.client);
	/* Least of all can the password be changed by who knows only that. */
	const form = formsOf(await page(person.client, SECOND))
		.find((f) => f.action.endsWith("/check"));
	const change = { ...ownFields(form), old: person.password, new: OWN,
		again: OWN };

	assert.equal((await person.client.form("/admin/account/password", change))
		.status, 401);
	await person.signIn();
	assert.equal((await person.client.get("/admin/")).headers.location,
		"/admin/account");
	await act(person.client, "/admin/account", "/password",
		{ old: person.password, new: OWN, again: OWN });
	await page(person.client, "/admin/");
	person.password = OWN;
});

test("an account made at the command line needs it as well", async () => {
	execFileSync(path.join(stack.bin, "account"), ["--new-account", "",
		"manager", "keeper", "管理员"], { input: `${OWN}\n`,
		env: { ...process.env, ...stack.env } });
	const [{ id }] = await stack.db(
		"SELECT id FROM accounts WHERE login = 'keeper'");

	await person.begin();
	Object.assign(person, { login: "keeper", password: OWN, id });
	await assertHalfWay(await person.begin());
});

test("nobody becomes a demo account", async () => {
	await assert.rejects(stack.db(
		"UPDATE accounts SET is_demo = TRUE WHERE login = 'keeper'"),
	/accounts_demo/);
	const grants = await stack.db("SELECT grantee FROM " +
		"information_schema.column_privileges WHERE table_name = 'accounts' " +
		"AND column_name = 'is_demo' AND privilege_type <> 'SELECT'");

	assert.deepEqual(grants, []);
});

test("a demo account that has set it up is asked, too", async () => {
	const client = await signIn(stack, "auditor1");
	const { form, secret } = await offer(client);

	assert.equal((await client.form(form.action, { ...ownFields(form),
		code: codeOf(secret) })).status, 200);
	await page(client, "/admin/");
	const again = await signIn(stack, "auditor1");

	assert.equal((await again.get("/admin/")).headers.location, SECOND);
});

test("no secret and no code is left lying about", async () => {
	const everything = (await Promise.all(["accounts", "audit", "refusals",
		"second_factors", "recovery_codes", "sessions"].map((table) =>
		stack.db(`SELECT * FROM ${table}`)))).map((rows) =>
		JSON.stringify(rows)).join("") + stack.logs("account") +
		stack.logs("nginx");

	assert.ok(everything.length > 10_000);
	for (const word of [person.secret, ...person.recovery,
		Buffer.from(person.secret).toString("hex")])
		assert.ok(!everything.toLowerCase().includes(word.toLowerCase()),
			word);
});
