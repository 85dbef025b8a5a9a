/* 审计: the trail as auditors and managers read it, and its verification. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { create } from "../stack/cases.mjs";
import { allSealed, fullRow, rowsOf, sealsOf } from "../stack/chain.mjs";
import { signIn } from "../stack/client.mjs";
import { formsOf, page, pagesFrom, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const PATH = "/admin/audit";
const PAGE = 50;
const WAIT_MS = 20_000;

let stack;
let applicant;
let auditor;
let mine;

before(async () => {
	stack = await startStack({});
	applicant = await signIn(stack, "applicant1");
	auditor = await signIn(stack, "auditor1");
	mine = await create(applicant);
	await create(await signIn(stack, "applicant2"));
	/* Rows of an older day that tests add and take away have no seal. */
	await allSealed(stack);
});
after(() => stack?.stop());

const idsOf = (html) => [...html.matchAll(
	/<td><code>([0-9a-z]{26})<\/code><\/td>\s*<\/tr>/g)].map(([, id]) => id);

async function ids(query)
{
	return idsOf(await page(auditor, PATH + query));
}

async function expected(where)
{
	const rows = await stack.db(`SELECT id FROM audit WHERE ${where}
		ORDER BY at DESC, id DESC`);

	assert.ok(rows.length > 0, where);
	return rows.map(({ id }) => id);
}

test("each action can be chosen, once", async () => {
	const [, list] = /<select[^>]* name="action"[^>]*>(.*?)<\/select>/s
		.exec(await page(auditor, PATH));
	const words = [...list.matchAll(/value="([^"]+)"/g)].map(([, w]) => w);

	assert.ok(words.includes("create") && words.includes("claim"));
	assert.deepEqual(words, [...new Set(words)]);
});

test("each filter gives its rows, newest first", async () => {
	/* Nothing is added between a page and what it is held against. */
	await stack.kill("worker", "SIGTERM");
	const of = (login) => "actor_id = (SELECT id FROM accounts " +
		`WHERE login = '${login}')`;
	/* The test may go on when the day is over on which the rows began. */
	const [{ first, last }] = await stack.db(`SELECT
		DATE(MIN(at) + INTERVAL 8 HOUR) AS first,
		DATE(MAX(at) + INTERVAL 32 HOUR) AS last FROM audit`);

	for (const [query, where] of [
		["", "TRUE"],
		["?account=applicant2", of("applicant2")],
		[`?object=${mine.batch_no}`, `subject = '${mine.id}'`],
		[`?object=%20${mine.id}%20`, `subject = '${mine.id}'`],
		["?action=sign_in", "action = 'sign_in'"],
		["?account=applicant1&action=create",
			`${of("applicant1")} AND action = 'create'`],
		[`?object=${mine.id}&account=applicant1&action=create`,
			`subject = '${mine.id}' AND action = 'create'`],
		[`?from=${first}&to=${last}`, "TRUE"]])
		assert.deepEqual(await ids(query), await expected(where), query);
	for (const query of ["?from=2099-01-01", "?to=2020-01-01",
		"?object=nothing", "?action=nothing",
		`?object=${mine.id}&account=applicant2`])
		assert.deepEqual(await ids(query), [], query);
	await stack.restart("worker");
});

test("a day is one of Shanghai, from its first moment to its last",
	async () => {
		const add = (id, at) => stack.db(`INSERT INTO audit (id, at, program,
			role, action, subject, ip, request_id) VALUES ('${id}', '${at}',
			'', '', 'day', '', '', '')`);
		const named = (n) => `01j0day${String(n).padStart(19, "0")}`;

		await add(named(1), "2020-05-04 15:59:59.999999");
		await add(named(2), "2020-05-04 16:00:00");
		await add(named(3), "2020-05-05 15:59:59.999999");
		await add(named(4), "2020-05-05 16:00:00");
		assert.deepEqual(await ids("?from=2020-05-05&to=2020-05-05"),
			[named(3), named(2)]);
		await stack.db("DELETE FROM audit WHERE action = 'day'");
	});

test("a name that is nobody's and a day that is none are told", async () => {
	for (const [query, what] of [["?account=nobody", /没有这个账号/],
		["?from=5月1日", /请按 2026-01-31 的样式填写日期/],
		["?to=2026-02-30", /请按 2026-01-31 的样式填写日期/]]) {
		const html = await page(auditor, PATH + encodeURI(query));

		assert.match(textOf(html), what);
		assert.deepEqual(idsOf(html), []);
	}
	assert.equal((await auditor.get(`${PATH}?cursor=x`)).status, 400);
});

test("pages follow each other without a gap, also within one moment",
	async () => {
		await stack.db(`INSERT INTO audit (id, at, program, role, action,
			subject, ip, request_id)
		SELECT CONCAT('01j0page', LPAD(seq, 18, '0')),
			'2020-05-05 00:00:00' + INTERVAL seq DIV 40 SECOND, '', '',
			'many', '', '', '' FROM seq_1_to_130`);
		const pages = (await pagesFrom(auditor, `${PATH}?action=many`))
			.map(idsOf);

		for (const ids of pages.slice(0, -1))
			assert.equal(ids.length, PAGE);
		assert.deepEqual(pages.flat(), await expected("action = 'many'"));
		await stack.db("DELETE FROM audit WHERE action = 'many'");
	});

test("what a row says is shown as text", async () => {
	await stack.db(`INSERT INTO audit (id, at, program, role, action,
		subject, detail, ip, request_id) VALUES ('01j0text000000000000000000',
		'2020-01-01', 'x', 'x', 'text', '<i>', '<script>alert(1)</script>', '', '')`);
	const html = await page(auditor, `${PATH}?action=text`);

	assert.doesNotMatch(html, /<script>|<i>/);
	assert.match(html, /&lt;script&gt;/);
	await stack.db("DELETE FROM audit WHERE action = 'text'");
});

/* Asks for a verification and waits for its result: the first row's text. */
async function verify(client = auditor, period = {})
{
	const form = formsOf(await page(client, PATH))
		.find(({ action }) => action === `${PATH}/checks`);
	const answer = await client.form(form.action, { csrf:
		form.inputs.find((i) => i.name === "csrf").value, ...period });

	assert.equal(answer.status, 303, answer.bytes.toString());
	return until(async () => {
		const html = await page(client, PATH);
		const [row] = /<tr>(?:(?!<tr>)[^])*$/.exec(html.slice(0,
			html.indexOf("</tr>", html.indexOf("完成时间</th>") + 30)));

		return /正在校验/.test(row) ? null : textOf(row);
	}, "a result", WAIT_MS);
}

test("verification on demand says whole, or names the first bad row",
	async () => {
		await create(applicant);
		await allSealed(stack);
		const rows = await rowsOf(stack);
		const seals = await sealsOf(stack);
		const { id, detail } = fullRow(rows);

		assert.ok(seals.length >= 2);
		assert.match(await verify(), /全部 完整 \d+ \d+/);
		await stack.db(`UPDATE audit SET detail = 'x' WHERE id = '${id}'`);
		assert.match(await verify(), new RegExp(
			`记录被改动 第 \\d+ 次封存，记录 ${id} `));
		await stack.db(
			`UPDATE audit SET detail = '${detail}' WHERE id = '${id}'`);
		assert.match(await verify(await signIn(stack, "manager1")), /完整/);
		await stack.db(`INSERT INTO audit (id, at, program, role, action,
			subject, ip, request_id) VALUES ('01j0late000000000000000000',
			'2020-01-01', '', '', '', '', '', '')`);
		assert.match(await verify(),
			/有事后插入的记录 第 1 次封存，记录 01j0late0{18} /);
		await stack.db(
			"DELETE FROM audit WHERE id = '01j0late000000000000000000'");
	});

test("a period is verified for itself", async () => {
	const { at, id, detail } = fullRow(await rowsOf(stack));

	await stack.db(`UPDATE audit SET detail = 'y' WHERE id = '${id}'`);
	assert.match(await verify(auditor, { from: "2099-01-01" }),
		/2099-01-01 起 完整 0 0/);
	assert.match(await verify(auditor, { to: "2020-01-01" }),
		/至 2020-01-01 完整 0 0/);
	assert.match(await verify(auditor, { from: at.slice(0, 10) }),
		/记录被改动/);
	assert.equal((await auditor.form(`${PATH}/checks`, { csrf: formsOf(
		await page(auditor, PATH))[0].inputs.find((i) => i.name === "csrf")
		.value, from: "x" })).status, 422);
	await stack.db(
		`UPDATE audit SET detail = '${detail}' WHERE id = '${id}'`);
});

test("an end that was cut off is known to the anchors", async () => {
	await allSealed(stack);
	await stack.kill("worker", "SIGTERM");
	const { seq, first_at } = (await sealsOf(stack)).at(-1);

	await stack.db(`DELETE FROM audit_seals WHERE seq = ${seq};
		DELETE FROM audit WHERE at >= '${first_at}'`);
	await stack.restart("worker", { CALOCK_AUDIT_SETTLE_SECONDS: "300" });
	assert.match(await verify(), new RegExp(
		`末尾的封存被删除 第 ${seq} 次封存`));
});
