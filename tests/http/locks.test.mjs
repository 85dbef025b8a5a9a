/* 单位: found by name and code, and their locks, which the office keeps. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { addApplicant, complete, create, force, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, pagesFrom, submitForm, textOf } from
	"../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const UNITS = 120;
let stack;
let operator;

before(async () => {
	stack = await startStack({});
	operator = await signIn(stack, "operator1");
	await stack.db(`INSERT INTO units (id, name, org_code)
		SELECT CONCAT('01j0many', LPAD(seq, 18, '0')),
			CONCAT('测试', LPAD(seq DIV 2, 4, '0'), '有限公司'),
			CONCAT('ZZ', LPAD(seq, 7, '0')) FROM seq_1_to_${UNITS}`);
});
after(() => stack?.stop());

const namesOf = (html) => [...html.matchAll(
	/<a href="\/admin\/units\/[^"]+">([^<]+)<\/a>/g)].map(([, name]) => name);

async function find(wanted)
{
	return namesOf(await page(operator,
		`/admin/units?wanted=${encodeURIComponent(wanted)}`));
}

test("units are found by a part of the name and the beginning of the code",
	async () => {
		for (const [wanted, names] of [
			["示例建设", ["衢州示例建设有限公司"]],
			[" 样例工程 ", ["衢州样例工程有限公司"]],
			["91330800PDY0000282", ["衢州示例建设有限公司"]],
			["９１３３０８００ｐｄｙ000028", ["衢州示例建设有限公司"]],
			["zz0000007", ["测试0003有限公司"]],
			["%", []], ["_", []], ["无此单位", []]])
			assert.deepEqual(await find(wanted), names, wanted);
	});

test("pages follow each other by name, also where names are the same",
	async () => {
		const pages = await pagesFrom(operator,
			`/admin/units?wanted=${encodeURIComponent("测试")}`);
		const seen = [...pages.join("").matchAll(/<code>(ZZ\d+)<\/code>/g)]
			.map(([, code]) => code);
		const rows = await stack.db("SELECT org_code FROM units " +
			"WHERE name LIKE '测试%' ORDER BY name, id");

		assert.equal(rows.length, UNITS);
		assert.deepEqual(seen, rows.map((row) => row.org_code));
		assert.equal((await operator.get("/admin/units?cursor=x")).status, 400);
	});

/* A unit of its own: {client, path}, path being its page. */
async function unitOf(locks)
{
	const client = await signIn(stack, await addApplicant(stack, locks));

	return { client, path: `/admin/units/${client.session.unit_id}` };
}

const kindsOf = async (path) => (await stack.db("SELECT serial, kind FROM " +
	`locks WHERE unit_id = '${path.split("/").at(-1)}' ORDER BY serial`))
	.map((row) => `${row.serial} ${row.kind}`);

async function lockPath(path, serial)
{
	return new RegExp(`href="([^"]+)">${serial}<`).exec(
		await page(operator, path))[1];
}

const LOCK = { serial: "tg-1001", holder: "李晓梅", kind: "main",
	valid_from: "2026-01-01", valid_to: "2030-12-31" };

test("a unit's page has its locks, accounts and cases, and no draft",
	async () => {
		const { client, path } = await unitOf([["A1", "main", 20]]);
		const draft = await create(client);
		const { id, batch_no: batchNo } = await complete(client, "renewal");

		await submit(client, id);
		const html = await page(operator, path);
		const text = textOf(html);

		assert.match(text, /A1 未登记 主锁 \S+ 至 \S+ 20/);
		assert.match(text, new RegExp(`${client.session.org_code}`));
		assert.match(text, /applicant\d+ 张明 正常/);
		assert.match(text, new RegExp(`${batchNo} \\S+ 续期 李晓梅 待审核`));
		assert.ok(!text.includes(draft.batch_no));
		assert.ok(!html.includes("/admin/accounts/"), "an operator has none");
		assert.match(await page(await signIn(stack, "manager1"), path),
			/href="\/admin\/accounts\/[^"]+">applicant/);
	});

/* A new lock of that unit, made and handed out with that serial. */
async function makeLock(client, serial)
{
	const { id } = await complete(client, "new",
		{ second_reason: "项目部再办一把" });

	await submit(client, id);
	await force(stack, id, "paid");
	const order = await act(operator, "/admin/work-orders", "/dispatch",
		{ application: id });
	const [, name] = /name="(serial[^"]*)"/.exec(await page(operator, order));

	await act(operator, order, "/complete", { application: id, [name]: serial });
}

test("of the locks that are made for a unit the first is its main one",
	async () => {
		const { client, path } = await unitOf([]);

		await makeLock(client, "NEW1");
		await makeLock(client, "NEW2");
		assert.deepEqual(await kindsOf(path), ["NEW1 main", "NEW2 sub"]);
	});

test("a lock is added, and is the applicant's to renew", async () => {
	const { client, path } = await unitOf([]);

	assert.equal(await act(operator, path, "/locks/new", { ...LOCK,
		valid_to: new Date(Date.now() + 30 * 86_400_000).toISOString()
			.slice(0, 10), valid_from: "2025-01-01" }), path);
	const { body } = await client.get("/api/locks");

	assert.deepEqual(body.items.map(({ serial, kind, renewal_open: open }) =>
		[serial, kind, open]), [["TG-1001", "main", true]]);
	assert.match(textOf(await page(operator, path)), /TG-1001 李晓梅 主锁/);
	const [row] = await stack.db("SELECT action, detail FROM audit WHERE " +
		`subject = '${path.split("/").at(-1)}'`);

	assert.equal(row.action, "lock_added");
	assert.match(row.detail, /^TG-1001 main 2025-01-01 \S+$/);
});

test("of several locks one is the main one", async () => {
	const { path } = await unitOf([["A1", "main", 20], ["B2", "main", 30],
		["C3", "sub", 40]]);

	await act(operator, await lockPath(path, "C3"), "/change",
		{ kind: "main" });
	assert.deepEqual(await kindsOf(path), ["A1 sub", "B2 sub", "C3 main"]);
	await act(operator, path, "/locks/new", { ...LOCK, serial: "D4" });
	assert.deepEqual(await kindsOf(path),
		["A1 sub", "B2 sub", "C3 sub", "D4 main"]);
	await act(operator, await lockPath(path, "D4"), "/change",
		{ kind: "sub", holder: "" });
	assert.deepEqual(await kindsOf(path),
		["A1 sub", "B2 sub", "C3 sub", "D4 sub"]);
	assert.match(textOf(await page(operator, path)), /D4 未登记 副锁/);
});

test("what is wrong with a lock is said beside its field", async () => {
	const { path } = await unitOf([["A1", "main", 20]]);

	for (const [values, message] of [
		[{ serial: "" }, /请填写锁序列号/], [{ serial: "a1" }, /已有这把锁/],
		[{ serial: "x".repeat(41) }, /请填写锁序列号/],
		[{ holder: "李" }, /请填写持有人姓名/], [{ holder: "李3梅" }, /数字/],
		[{ kind: "other" }, /请选择主锁或副锁/],
		[{ valid_from: "" }, /开始日期/], [{ valid_to: "2030-02-30" }, /结束日期/],
		[{ valid_to: "2025-12-31" }, /不能早于开始日期/]]) {
		const answer = await submitForm(operator, path, "/locks/new",
			{ ...LOCK, ...values });
		const html = answer.bytes.toString("utf8");

		assert.equal(answer.status, 422, textOf(html));
		assert.match(textOf(html), message);
		assert.match(html, /aria-invalid="true"/);
	}
	assert.deepEqual(await kindsOf(path), ["A1 main"]);
});

test("a validity is corrected once; who comes late is told", async () => {
	const { path } = await unitOf([["A1", "main", 20]]);
	const form = formsOf(await page(operator, await lockPath(path, "A1")))
		.find((f) => f.action.endsWith("/change"));
	const fields = { ...ownFields(form), kind: "main", valid_to: "2031-05-31" };

	assert.equal((await operator.form(form.action, fields)).status, 303);
	assert.equal((await operator.form(form.action, fields)).status, 412);
	assert.equal((await operator.form(form.action,
		{ ...fields, version: "" })).status, 428);
	assert.match(textOf(await page(operator, path)), /至 2031-05-31/);
});

test("another unit's lock is not there", async () => {
	const [one, other] = [await unitOf([["A1", "main", 20]]),
		await unitOf([["B2", "main", 20]])];
	const path = await lockPath(other.path, "B2");
	const wrong = `${one.path}/locks/${path.split("/").at(-1)}`;
	const { csrf } = ownFields(formsOf(await page(operator, path))[0]);

	assert.equal((await operator.get(wrong)).status, 404);
	assert.equal((await operator.form(`${wrong}/change`,
		{ csrf, version: "1", ...LOCK })).status, 404);
});

test("who may not change sees no form", async () => {
	const { path } = await unitOf([["A1", "main", 20]]);

	for (const account of ["reviewer1", "auditor1"]) {
		const client = await signIn(stack, account);

		for (const one of [path, await lockPath(path, "A1")])
			assert.ok(!(await page(client, one)).includes("/locks/new") &&
				!(await page(client, one)).includes("/change\""), account);
	}
});
