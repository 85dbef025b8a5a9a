/* 账号: what a manager does with the accounts of others, and what everybody
 * does with their own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client, signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, submitForm, textOf } from
	"../stack/pages.mjs";
import { enrol, newAdministrator } from "../stack/second_factor.mjs";
import { startStack } from "../stack/stack.mjs";

const OWN = "correct horse battery staple";
let stack;
let manager;

before(async () => {
	stack = await startStack({});
	manager = await signIn(stack, "manager1");
});
after(() => stack?.stop());

function passwordIn(answer)
{
	const html = answer.bytes.toString("utf8");

	assert.equal(answer.status, 200, textOf(html));
	assert.match(answer.headers["cache-control"], /no-store/);
	return /<code class="large">([a-z2-9-]+)<\/code>/.exec(html)[1];
}

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
		`'${id}' ORDER BY id`);

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
	const first = passwordIn(await make({ login: "newcomer", name: "陈新",
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
		[{ name: "一" }, "请填写姓名"],
		[{ role: "worker" }, "请选择角色"],
		[{ role: "applicant", unit: "", org_code: "91330800PDY0000282" },
			"请填写单位名称"],
		[{ role: "applicant", unit: "某公司", org_code: "123" }, "代码"],
	]) {
		const answer = await make({ login: "somebody", name: "某人",
			role: "reviewer", unit: "", org_code: "", ...values });
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
	const path = `/admin/accounts/${id}`;
	const client = await signIn(stack, "applicant2");

	await act(manager, path, "/lock");
	assert.equal((await client.get("/api/session")).status, 401);
	assert.equal((await enter("applicant2", "Calock-demo-2026", "portal"))
		.answer.status, 401);
	assert.match(textOf(await page(manager, path)), /已锁定/);
	await act(manager, path, "/unlock");
	await stack.db("UPDATE accounts SET failures = 0, retry_at = NULL");
	await signIn(stack, "applicant2");
	assert.deepEqual((await actionsOn(id)).filter((a) =>
		a.startsWith("account_")), ["account_locked", "account_unlocked"]);
});

test("a form sent twice is told that it is so already", async () => {
	const path = `/admin/accounts/${await idOf("applicant2")}`;
	const form = formsOf(await page(manager, path)).find((f) =>
		f.action.endsWith("/lock"));

	for (const status of [303, 409])
		assert.equal((await manager.form(form.action, ownFields(form)))
			.status, status);
	await act(manager, path, "/unlock");
});

test("a reset gives a password once, and the old one is no more",
	async () => {
		const path = `/admin/accounts/${await idOf("operator1")}`;
		const before_ = await signIn(stack, "operator1");
		const first = passwordIn(await submitForm(manager, path, "/reset"));

		assert.equal((await before_.get("/admin/")).status, 303);
		assert.doesNotMatch(await page(manager, path),
			new RegExp(first));
		assert.equal((await enter("operator1", "Calock-demo-2026",
			"admin")).answer.status, 401);
		await stack.db("UPDATE accounts SET failures = 0, retry_at = NULL");
		assert.equal((await enter("operator1", first, "admin")).answer
			.status, 303);
	});

test("nobody does it to themselves", async () => {
	const path = `/admin/accounts/${await idOf("manager1")}`;

	for (const deed of ["lock", "reset"]) {
		const answer = await submitForm(manager, path, `/${deed}`);

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
	const path = `/admin/accounts/${await idOf("reviewer2")}`;

	await act(manager, path, "/sessions/end");
	assert.match(textOf(await page(manager, path)), /现在没有登录/);
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
