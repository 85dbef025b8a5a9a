/* 账号: what a manager does with the accounts of others, and what everybody
 * does with their own. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";

import { Client, signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, submitForm, textOf } from
	"../stack/pages.mjs";
import { confirmLast, enrol, firstPasswordIn, newAdministrator } from "../stack/second_factor.mjs";
import { startStack } from "../stack/stack.mjs";

const OWN = "correct horse battery staple";
let stack;
let manager;

before(async () => {
	stack = await startStack({});
	manager = await signIn(stack, "manager1");
});
after(() => stack?.stop());

async function make(values)
{
	return submitForm(manager, "/admin/accounts", "/new", values);
}

async function idOf(login)
{
	const [row] = await stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);

	return row.id;
}

async function actionsOn(id)
{
	const rows = await stack.db("SELECT action FROM audit WHERE subject = " +
		`'${id}' ORDER BY at, id`);

	return rows.map((row) => row.action);
}

function enter(account, password, surface)
{
	const client = new Client(stack, { surface });

	return surface === "portal" ?
		client.post("/api/session", { account, password })
			.then((answer) => ({ client, answer })) :
		client.form("/admin/sign-in", { account, password })
			.then((answer) => ({ client, answer }));
}

test("an applicant's account: made, its password set, used", async () => {
	const first = firstPasswordIn(await make({ login: "newcomer", name: "陈新",
		role: "applicant", unit: "衢州新来建设有限公司",
		org_code: "91330800PDY0000282" }));
	const { client, answer } = await enter("newcomer", first, "portal");

	assert.match(first, /^([a-z2-9]{4}-){3}[a-z2-9]{4}$/);
	assert.equal(answer.status, 200);
	assert.equal(answer.body.must_change_password, true);
	/* The code was known: the account is one of that unit. */
	assert.equal(answer.body.unit_name, "衢州示例建设有限公司");
	const refused = await client.get("/api/applications");

	assert.equal(refused.status, 401);
	assert.equal(refused.body.code, "password_change_required");
	assert.equal((await client.post("/api/session/password",
		{ old: first, new: OWN })).status, 204);
	assert.equal((await client.get("/api/applications")).status, 200);
	assert.equal((await client.get("/api/session")).body
		.must_change_password, false);
	assert.equal((await enter("newcomer", first, "portal")).answer.status,
		401);
	assert.deepEqual(await actionsOn(await idOf("newcomer")),
		["account_added", "sign_in", "password", "sign_in_failed"]);
});

test("an administrator with a first password gets to set one, no further",
	async () => {
		const { client, password: first } = await enrol(
			await newAdministrator(stack, "reviewer", manager));
		const away = await client.get("/admin/");

		assert.equal(away.status, 303);
		assert.equal(away.headers.location, "/admin/account");
		assert.match(textOf(await page(client, "/admin/account")),
			/只能使用一次/);
		const differs = await submitForm(client, "/admin/account", "/password", { old: first, new: OWN,
				again: `${OWN}!` });

		assert.equal(differs.status, 422);
		assert.match(textOf(differs.bytes.toString()), /两次输入/);
		const wrong = await submitForm(client, "/admin/account", "/password", { old: "not this one", new: OWN,
				again: OWN });

		assert.equal(wrong.status, 401);
		assert.match(textOf(wrong.bytes.toString()), /原密码不正确/);
		assert.equal(await act(client, "/admin/account", "/password",
			{ old: first, new: OWN, again: OWN }), "/admin/");
		await page(client, "/admin/");
	});

test("what is wrong with a new account is said beside its field", async () => {
	for (const [values, field] of [
		[{ login: "Big" }, "账号为 3 到 32 个"],
		[{ login: "applicant1" }, "已有这个账号"],
		[{ reason: "" }, "请写明原因"],
		[{ reason: "", login: "Big" }, "账号为 3 到 32 个"],
		[{ name: "一" }, "请填写姓名"],
		[{ role: "worker" }, "请选择角色"],
		[{ role: "applicant", unit: "", org_code: "91330800PDY0000282" },
			"请填写单位名称"],
		[{ role: "applicant", unit: "某公司", org_code: "123" }, "代码"],
	]) {
		const answer = await make({ login: "somebody", name: "某人",
			role: "reviewer", unit: "", org_code: "", reason: "新到岗",
			...values });
		const html = answer.bytes.toString("utf8");

		assert.equal(answer.status, 422, field);
		assert.match(textOf(html), new RegExp(field));
		assert.match(html, /aria-invalid="true"/);
	}
	assert.deepEqual(await stack.db(
		"SELECT id FROM accounts WHERE login = 'somebody'"), []);
});

test("locking ends every session, unlocking lets in again", async () => {
	const id = await idOf("applicant2");
	const at = `/admin/accounts/${id}`;
	const client = await signIn(stack, "applicant2");

	await act(manager, at, "/lock");
	assert.equal((await client.get("/api/session")).status, 401);
	assert.equal((await enter("applicant2", "Calock-demo-2026", "portal"))
		.answer.status, 401);
	assert.match(textOf(await page(manager, at)), /已锁定/);
	await act(manager, at, "/unlock");
	await stack.db("UPDATE accounts SET failures = 0, retry_at = NULL");
	await signIn(stack, "applicant2");
	assert.deepEqual((await actionsOn(id)).filter((a) =>
		a.startsWith("account_")), ["account_locked", "account_unlocked"]);
});

test("a form sent twice is told that it is so already", async () => {
	const at = `/admin/accounts/${await idOf("applicant2")}`;
	const form = formsOf(await page(manager, at)).find((f) =>
		f.action.endsWith("/lock"));

	for (const status of [303, 409])
		assert.equal((await manager.form(form.action, ownFields(form)))
			.status, status);
	await act(manager, at, "/unlock");
});

test("an applicant's reset gives a password once, the old one is no more",
	async () => {
		const at = `/admin/accounts/${await idOf("applicant2")}`;
		const before_ = await signIn(stack, "applicant2");
		const first = firstPasswordIn(await submitForm(manager, at, "/reset"));

		assert.equal((await before_.get("/api/session")).status, 401);
		assert.doesNotMatch(await page(manager, at),
			new RegExp(first));
		assert.equal((await enter("applicant2", "Calock-demo-2026",
			"portal")).answer.status, 401);
		await stack.db("UPDATE accounts SET failures = 0, retry_at = NULL");
		assert.equal((await enter("applicant2", first, "portal")).answer
			.status, 200);
	});

test("an administrator's reset needs two, and who confirms hands it on",
	async () => {
		const id = await idOf("operator1");
		const at = `/admin/accounts/${id}`;
		const operator = await signIn(stack, "operator1");

		assert.equal((await submitForm(manager, at, "/reset")).status, 422);
		assert.equal(await act(manager, at, "/reset",
			{ reason: "忘记密码" }), at);
		await page(operator, "/admin/");
		assert.match(textOf(await page(manager, at)),
			/重置密码的请求在等待确认/);
		assert.equal((await manager.form(`${at}/reset`, { csrf:
			ownFields(formsOf(await page(manager, at))[0]).csrf,
		reason: "再来" })).status, 409);
		const answer = await confirmLast(stack, "password_reset");
		const first = firstPasswordIn(answer);

		assert.match(textOf(answer.bytes.toString()),
			/请转交初始密码/);
		assert.equal((await operator.get("/admin/")).status, 303);
		assert.equal((await enter("operator1", "Calock-demo-2026",
			"admin")).answer.status, 401);
		await stack.db("UPDATE accounts SET failures = 0, retry_at = NULL");
		assert.equal((await enter("operator1", first, "admin")).answer
			.status, 303);
		/* The password is nowhere but on that page. */
		for (const table of ["confirmations", "audit"]) {
			const rows = JSON.stringify(await stack.db(
				`SELECT * FROM ${table}`));

			assert.ok(!rows.includes(first), table);
			assert.ok(!rows.includes("$y$"), table);
		}
		assert.ok((await actionsOn(id)).includes("confirmed"));
	});

test("no manager alone comes by a second administrator", async () => {
	const login = "sockpuppet";
	const asked = await make({ login, name: "李鬼", role: "manager",
		unit: "", org_code: "", reason: "增加人手" });
	const waits = asked.headers.location;
	const ids = await stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);

	assert.equal(asked.status, 303);
	assert.deepEqual(ids, []);
	assert.match(textOf(await page(manager, waits)),
		/李鬼（sockpuppet） 角色 管理员.*须由另一位管理员确认/);
	const csrf = ownFields(formsOf(await page(manager, waits))[0]).csrf;

	assert.equal((await manager.form(waits.replace("/admin/",
		"/admin/accounts/") + "/confirm", { csrf, version: 1 })).status, 409);
	const twice = await make({ login, name: "李鬼", role: "operator",
		unit: "", org_code: "", reason: "再来" });

	assert.equal(twice.status, 409);
	assert.match(textOf(twice.bytes.toString()), /已在等待确认/);
	firstPasswordIn(await confirmLast(stack, "account"));
	const [{ role, must_change: must, id }] = await stack.db("SELECT * FROM " +
		`accounts WHERE login = '${login}'`);

	assert.equal(role, "manager");
	assert.equal(Number(must), 1);
	/* The trail knows the account from the start. */
	assert.match((await stack.db("SELECT detail FROM audit WHERE action = " +
		`'confirmed' AND subject = '${login}'`))[0].detail, new RegExp(id));
});

test("who keeps the machine recovers an account without a second person",
	async () => {
		const [login, fresh] = ["manager2", "the keeper said so"];
		const id = await idOf(login);
		const run = (name, password) => spawnSync(
			path.join(stack.bin, "account"),
			["--recover-account", "", name],
			{ env: { ...process.env, ...stack.env }, input: `${password}\n`,
				encoding: "utf8" });

		assert.match(run(login, "short").stderr, /password: /);
		assert.equal(run("nobody", fresh).status, 1);
		const done = run(login, fresh);

		assert.equal(done.status, 0, done.stderr);
		const { client, answer } = await enter(login, fresh, "admin");

		assert.equal(answer.status, 303);
		assert.equal((await client.get("/admin/")).headers.location,
			"/admin/account");
		assert.deepEqual((await actionsOn(id)).slice(-2),
			["account_recovered", "sign_in"]);
	});

test("nobody does it to themselves", async () => {
	const at = `/admin/accounts/${await idOf("manager1")}`;

	for (const deed of ["lock", "reset"]) {
		const answer = await submitForm(manager, at, `/${deed}`);

		assert.equal(answer.status, 409, deed);
		assert.match(textOf(answer.bytes.toString()), /另一位管理员/);
	}
	await page(manager, "/admin/");
});

test("sessions are listed and ended: one's own and another's", async () => {
	const [here, there] = [await signIn(stack, "reviewer2"),
		await signIn(stack, "reviewer2")];
	const rows = (await page(here, "/admin/account")).split("<tr>");

	assert.equal(rows.filter((row) => row.includes("（当前）")).length, 1);
	const other = formsOf(rows.find((row) => row.includes("name=\"session\"") &&
		!row.includes("（当前）")))[0];

	assert.equal((await here.form(other.action, ownFields(other))).status,
		303);
	assert.equal((await there.get("/admin/")).status, 303);
	await page(here, "/admin/");
	const at = `/admin/accounts/${await idOf("reviewer2")}`;

	await act(manager, at, "/sessions/end");
	assert.match(textOf(await page(manager, at)), /现在没有登录/);
	assert.equal((await here.get("/admin/")).status, 303);
});

test("passwords that many use are refused", async () => {
	const client = await signIn(stack, "applicant1");

	for (const [fresh, code] of [["short", "too_short"],
		["P@ssw0rd2026", "common"], ["1234567890", "common"],
		["qwertyuiop", "common"], ["aaaaaaaaaaaa", "common"],
		["Woaini1314520", "common"], ["applicant1-2026", "same"],
		["admin@123456", "common"]]) {
		const answer = await client.post("/api/session/password",
			{ old: "Calock-demo-2026", new: fresh });

		assert.equal(answer.status, 422, fresh);
		assert.deepEqual(answer.body.errors.map((e) => [e.field, e.code]),
			[["new", code]], fresh);
	}
});

test("the list is searched by account, name and unit", async () => {
	for (const [wanted, login] of [["auditor", "auditor1"],
		["吴审", "auditor1"], ["样例工程", "applicant2"]]) {
		const text = textOf(await page(manager,
			`/admin/accounts?wanted=${encodeURIComponent(wanted)}`));

		assert.match(text, new RegExp(login), wanted);
		assert.doesNotMatch(text, /reviewer1/, wanted);
	}
});
