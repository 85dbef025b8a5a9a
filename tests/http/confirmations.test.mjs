/* Four eyes: what one person asks for, another confirms or declines. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { addApplicant, complete, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, submitForm, textOf } from
	"../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const ROLE = { role: "auditor", reason: "调到审计岗位" };
let stack;
let first;
let second;
let operator;
let made = 0;

before(async () => {
	stack = await startStack({});
	[first, second, operator] = await Promise.all(
		["manager1", "manager2", "operator1"].map((n) => signIn(stack, n)));
});
after(() => stack?.stop());

/* An administrator of that role who can sign in, as a client too. */
async function colleague(role = "reviewer")
{
	const login = `colleague${++made}`;

	await stack.db(`INSERT INTO accounts (id, login, password_hash, role, name,
			is_demo)
		SELECT LEFT(CONCAT('01j0demoaccount', MD5(UUID())), 26), '${login}',
			password_hash, '${role}', '钱同事', TRUE FROM accounts
		WHERE login = 'reviewer1'`);
	stack.accounts.push({ role, account: login,
		password: stack.accounts[0].password });
	const [{ id }] = await stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);

	return { id, login, path: `/admin/accounts/${id}`,
		client: await signIn(stack, login) };
}

async function rowOf(subject)
{
	const rows = await stack.db("SELECT * FROM confirmations " +
		`WHERE subject = '${subject}' ORDER BY id DESC LIMIT 1`);

	return rows[0];
}

async function roleOf(id)
{
	const [row] = await stack.db(`SELECT role FROM accounts WHERE id = '${id}'`);

	return row.role;
}

async function trailOf(subject)
{
	const rows = await stack.db("SELECT action FROM audit " +
		`WHERE subject = '${subject}' ORDER BY at, id`);

	return rows.map((row) => row.action);
}

/* Asked for by manager1: the confirmation's page. */
async function asked(who, fields = ROLE)
{
	await act(first, who.path, "/role", fields);
	const { id } = await rowOf(who.id);

	return `/admin/confirmations/${id}`;
}

test("another role: asked for, confirmed by another, the sessions ended",
	async () => {
		const who = await colleague();

		assert.equal(await act(first, who.path, "/role", ROLE), who.path);
		assert.equal(await roleOf(who.id), "reviewer");
		assert.equal((await who.client.get("/admin/")).status, 200);
		assert.match(textOf(await page(first, who.path)), /在等待确认/);
		const { id } = await rowOf(who.id);
		const path = `/admin/confirmations/${id}`;
		const own = await page(first, path);

		assert.match(textOf(own), /钱同事（colleague\d+） 角色 审核员 → 审计员/);
		assert.deepEqual(formsOf(own).map((f) => f.action).filter((a) =>
			a.startsWith(path)), [`${path}/withdraw`]);
		assert.equal(await act(second, path, "/confirm",
			{ opinion: "已核对调令" }), path);
		assert.equal(await roleOf(who.id), "auditor");
		assert.equal((await who.client.get("/admin/")).status, 303);
		const row = await rowOf(who.id);

		assert.equal(row.state, "confirmed");
		assert.equal(row.opinion, "已核对调令");
		assert.notEqual(row.decided_by, row.asked_by);
		assert.deepEqual((await trailOf(who.id)).filter((a) =>
			a.startsWith("confirm")), ["confirmation_asked", "confirmed"]);
		await page(await signIn(stack, who.login), "/admin/audit");
	});

test("nobody confirms or declines what they have asked for", async () => {
	const who = await colleague();
	const path = await asked(who);
	const csrf = formsOf(await page(first, path))[0].inputs
		.find((i) => i.name === "csrf").value;

	for (const url of [`${path.replace("/confirm", "/accounts/confirm")}/confirm`,
		`${path}/decline`]) {
		const answer = await first.form(url, { csrf, version: 1,
			opinion: "同意" });

		assert.equal(answer.status, 409, url);
		assert.match(textOf(answer.bytes.toString()), /不能确认本人的请求/);
	}
	assert.equal((await rowOf(who.id)).state, "waiting");
	assert.equal(await roleOf(who.id), "reviewer");
	/* Nor past the programs. */
	await assert.rejects(stack.db(`UPDATE confirmations SET decided_by =
		asked_by, state = 'confirmed', decided_at = NOW(6)
		WHERE subject = '${who.id}'`), /confirmations_second_person/);
	await assert.rejects(stack.db(`UPDATE confirmations SET
		state = 'confirmed', decided_at = NOW(6)
		WHERE subject = '${who.id}'`), /confirmations_decision/);
});

test("nobody asks for a role of their own, nor confirms one", async () => {
	const who = await colleague("manager");
	const [{ id }] = await stack.db(
		"SELECT id FROM accounts WHERE login = 'manager1'");
	const csrf = formsOf(await page(first, "/admin/"))[0].inputs
		.find((i) => i.name === "csrf").value;
	const self = await first.form(`/admin/accounts/${id}/role`,
		{ csrf, ...ROLE });

	assert.equal(self.status, 409);
	assert.doesNotMatch(await page(first, `/admin/accounts/${id}`),
		/新角色/);
	const path = await asked(who);
	const answer = await submitForm(who.client, path, "/confirm");

	assert.equal(answer.status, 409);
	assert.equal(await roleOf(who.id), "manager");
	assert.equal((await rowOf(who.id)).state, "failed");
});

test("declined with an opinion, withdrawn by who asked", async () => {
	const who = await colleague();
	const path = await asked(who);
	const empty = await submitForm(second, path, "/decline");

	assert.equal(empty.status, 422);
	assert.match(textOf(empty.bytes.toString()), /不同意必须说明原因/);
	await act(second, path, "/decline", { opinion: "没有调令" });
	assert.match(textOf(await page(first, path)), /不同意.*没有调令/);
	const again = await asked(who);

	assert.notEqual(again, path);
	await act(first, again, "/withdraw");
	assert.equal((await rowOf(who.id)).state, "withdrawn");
	assert.equal(await roleOf(who.id), "reviewer");
	assert.deepEqual((await trailOf(who.id)).filter((a) =>
		a.startsWith("confirm")), ["confirmation_asked",
		"confirmation_declined", "confirmation_asked",
		"confirmation_withdrawn"]);
});

test("one thing waits once; what is wrong is said beside its field",
	async () => {
		const who = await colleague();
		const [form] = formsOf(await page(first, who.path))
			.filter((f) => f.action?.endsWith("/role"));
		const csrf = form.inputs.find((i) => i.name === "csrf").value;
		const send = (fields) => first.form(form.action, { csrf, ...fields });

		for (const [fields, message] of [
			[{ ...ROLE, reason: " " }, "请写明原因"],
			[{ ...ROLE, reason: "很".repeat(1001) }, "不能超过"],
			[{ ...ROLE, role: "reviewer" }, "请选择另一个角色"],
			[{ ...ROLE, role: "applicant" }, "请选择另一个角色"],
			[{ ...ROLE, role: "worker" }, "请选择另一个角色"]]) {
			const answer = await send(fields);

			assert.equal(answer.status, 422, message);
			assert.match(textOf(answer.bytes.toString()),
				new RegExp(message));
		}
		const both = await Promise.all([send(ROLE), send(ROLE)]);

		assert.deepEqual(both.map((a) => a.status).sort(), [303, 409]);
		const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM " +
			`confirmations WHERE subject = '${who.id}'`);

		assert.equal(Number(n), 1);
	});

test("an applicant stays an applicant", async () => {
	const [{ id }] = await stack.db(
		"SELECT id FROM accounts WHERE login = 'applicant2'");
	const csrf = formsOf(await page(first, "/admin/"))[0].inputs
		.find((i) => i.name === "csrf").value;

	assert.equal((await first.form(`/admin/accounts/${id}/role`,
		{ csrf, ...ROLE })).status, 409);
});

test("two confirm at once, and it is done once", async () => {
	const who = await colleague();
	const path = await asked(who);
	const third = (await colleague("manager")).client;
	/* Both have the page before either sends it. */
	const forms = await Promise.all([second, third].map(async (client) =>
		formsOf(await page(client, path)).find((f) =>
			f.action.endsWith("/confirm"))));
	const answers = await Promise.all([second, third].map((client, i) =>
		client.form(forms[i].action, ownFields(forms[i]))));

	assert.deepEqual(answers.map((a) => a.status).sort(), [303, 409]);
	assert.equal((await trailOf(who.id)).filter((a) =>
		a === "confirmed").length, 1);
});

test("what cannot be done any more has failed, with its reason", async () => {
	const who = await colleague();
	const path = await asked(who);

	await stack.db(`UPDATE accounts SET role = 'operator' WHERE id = '${who.id}'`);
	const answer = await submitForm(second, path, "/confirm");

	assert.equal(answer.status, 409);
	assert.match(textOf(answer.bytes.toString()), /角色已经不是审核员/);
	const row = await rowOf(who.id);

	assert.equal(row.state, "failed");
	assert.match(row.outcome, /角色已经不是审核员/);
	assert.equal(await roleOf(who.id), "operator");
	assert.ok((await trailOf(who.id)).includes("confirmation_failed"));
});

/* As the page of fees asks for it. */
async function askForFee(subject, valid_from)
{
	const payload = { type: "enterprise", category: "renewal",
		business: "certificate", years: 2, valid_from, fee_fen: 45050 };

	await stack.db(`INSERT INTO confirmations (id, kind, subject, payload,
		reason, state, asked_by) SELECT
		LEFT(CONCAT('01j0', MD5(UUID())), 26), 'fees', '${subject}',
		'${JSON.stringify(payload)}', '调价通知', 'waiting', id
		FROM accounts WHERE login = 'manager1'`);
	return `/admin/confirmations/${(await rowOf(subject)).id}`;
}

test("a fee comes into force by being confirmed, and once", async () => {
	const path = await askForFee("fee-1", "2098-01-01");
	const twin = await askForFee("fee-2", "2098-01-01");
	const late = await askForFee("fee-3", "2020-01-01");

	assert.match(textOf(await page(second, path)),
		/办理类别 续期 .* 办理年限 2 年 生效日期 2098-01-01 费用 450.50 元/);
	await act(second, path, "/confirm");
	const fees = () => stack.db("SELECT fee_fen FROM fees WHERE years = 2 " +
		"AND category = 'renewal' AND valid_from = '2098-01-01'");

	assert.deepEqual((await fees()).map((f) => Number(f.fee_fen)), [45050]);
	for (const [other, why] of [[twin, /已有一条/], [late, /已过/]]) {
		const answer = await submitForm(second, other, "/confirm");

		assert.equal(answer.status, 422);
		assert.match(textOf(answer.bytes.toString()), why);
	}
	assert.equal((await fees()).length, 1);
	assert.equal((await rowOf("fee-2")).state, "failed");
});

test("a program confirms what it has the rights for", async () => {
	const who = await colleague();
	const path = await asked(who);
	const csrf = formsOf(await page(second, path))[0].inputs
		.find((i) => i.name === "csrf").value;
	const answer = await second.form(`${path}/confirm`, { csrf, version: 1 });

	assert.equal(answer.status, 404);
	assert.equal((await rowOf(who.id)).state, "waiting");
});

test("the list and the count in the navigation", async () => {
	const who = await colleague();

	await asked(who);
	const count = (html) => Number(/(\d+)<span class="hidden"> 件待您确认/
		.exec(html)?.[1] ?? 0);
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM confirmations " +
		"WHERE state = 'waiting'");

	assert.ok(Number(n) > 0);
	assert.equal(count(await page(second, "/admin/")), Number(n));
	assert.equal(count(await page(second, "/admin/accounts")), Number(n));
	assert.equal(count(await page(first, "/admin/")), 0);
	assert.equal(count(await page(operator, "/admin/")), 0);
	const list = textOf(await page(operator, "/admin/confirmations"));

	assert.match(list, new RegExp(`${who.login}.*调到审计岗位`));
	assert.match(list, /未能执行/);
	/* A page of fifty. */
	await stack.db(`INSERT INTO confirmations (id, kind, subject, payload,
		reason, state, asked_by, decided_at) SELECT
		CONCAT('00confirm', LPAD(seq, 17, '0')), 'role', seq, '{}', 'x',
		'withdrawn', a.id, NOW(6) FROM seq_1_to_120 JOIN accounts a
		ON a.login = 'manager1'`);
	const seen = new Set();
	let next = "/admin/confirmations";

	while (next !== undefined) {
		const html = await page(operator, next);

		for (const [, id] of html.matchAll(/confirmations\/(00c\w+)"/g))
			seen.add(id);
		next = /href="([^"]*cursor[^"]*)"/.exec(html)?.[1];
	}
	assert.equal(seen.size, 120);
	assert.equal((await (await signIn(stack, "reviewer1"))
		.get("/admin/confirmations")).status, 403);
});

test("who had a hand in a case does not review it, in whatever role",
	async () => {
		const reviewer = await colleague();
		const parties = [
			(id) => `INSERT INTO history (id, application_id, version,
				action, actor_id, actor_name, received_at) VALUES
				('${id.slice(0, 20)}histor', '${id}', 99, 'save',
				'${reviewer.id}', 'x', NOW(6))`,
			(id) => `UPDATE attachments SET uploaded_by = '${reviewer.id}'
				WHERE application_id = '${id}' LIMIT 1`,
			(id) => `UPDATE consents SET account_id = '${reviewer.id}'
				WHERE application_id = '${id}'`,
			(id) => `UPDATE applications SET account_id = '${reviewer.id}'
				WHERE id = '${id}'`,
		];

		for (const become of parties) {
			const client = await signIn(stack, await addApplicant(stack));
			const { id } = await complete(client);
			const path = `/admin/applications/${id}`;

			await submit(client, id);
			await act(reviewer.client, path, "/claim");
			await stack.db(become(id));
			for (const action of ["/approve", "/reject"]) {
				const answer = await submitForm(reviewer.client, path,
					action, { opinion: "可以" });

				assert.equal(answer.status, 409);
				assert.match(textOf(answer.bytes.toString()),
					/不能审核本人的申请/);
			}
			await act(reviewer.client, path, "/release");
			assert.equal((await submitForm(reviewer.client, path, "/claim"))
				.status, 409);
			const [{ state }] = await stack.db("SELECT state FROM " +
				`applications WHERE id = '${id}'`);

			assert.equal(state, "pending");
		}
	});

test("without four eyes it is done at once, and recorded so", async () => {
	const alone = await startStack({ env: { CALOCK_FOUR_EYES: "0" } });

	try {
		const manager = await signIn(alone, "manager1");
		const [{ id }] = await alone.db(
			"SELECT id FROM accounts WHERE login = 'reviewer2'");

		await act(manager, `/admin/accounts/${id}`, "/role", ROLE);
		const [{ role }] = await alone.db(
			`SELECT role FROM accounts WHERE id = '${id}'`);
		const [row] = await alone.db("SELECT * FROM confirmations");
		const trail = await alone.db("SELECT action FROM audit " +
			`WHERE subject = '${id}'`);

		assert.equal(role, "auditor");
		assert.equal(row.state, "confirmed");
		assert.equal(row.decided_by, null);
		assert.equal(Number(row.is_alone), 1);
		assert.ok(trail.some((t) => t.action === "confirmed_alone"));
		assert.match(textOf(await page(manager, "/admin/confirmations")),
			/目前不需要第二人.*一人办理/);
	} finally {
		await alone.stop();
	}
});
