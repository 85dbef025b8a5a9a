/* 收费标准: which row is in force, a new one that another manager confirms,
 * and what was submitted before, which keeps its fee. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { addApplicant, complete, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, page, submitForm, textOf } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const PATH = "/admin/fees";
let stack;
let first;
let second;

before(async () => {
	stack = await startStack({});
	[first, second] = await Promise.all(["manager1", "manager2"]
		.map((n) => signIn(stack, n)));
});
after(() => stack?.stop());

/* A day in Shanghai, so many from today. */
const day = (plus) => new Date(Date.now() + (8 * 3600 + plus * 86_400) * 1000)
	.toISOString().slice(0, 10);

const FEE = { category: "new", business: "certificate_and_seal", years: "1",
	fee: "500", reason: "物价部门调价" };

/* Asked for by one and confirmed by the other. */
async function set(fields)
{
	const path = await act(first, PATH, "/ask", { ...FEE, ...fields });

	await act(second, path, "/confirm");
	return path;
}

const rowsOf = (html) => [...html.matchAll(/<tr>([^]*?)<\/tr>/g)]
	.map(([, row]) => textOf(row).trim());

test("asked for by one, in the table when another has confirmed", async () => {
	const path = await act(first, PATH, "/ask",
		{ ...FEE, fee: " ４８０．５ ", valid_from: day(40) });

	assert.match(path, /^\/admin\/confirmations\/[0-9a-z]{26}$/);
	assert.match(textOf(await page(first, path)),
		/办理类别 新办 办理业务 数字证书与电子签章 办理年限 1 年 生效日期 \S+ 费用 480.50 元/);
	const waiting = await page(second, PATH);

	assert.match(waiting, new RegExp(`href="${path}">孙管理`));
	assert.doesNotMatch(textOf(waiting), /尚未生效/);
	await act(second, path, "/confirm");
	const rows = rowsOf(await page(second, PATH)).filter((row) =>
		row.startsWith("新办 数字证书与电子签章 1 "));

	assert.deepEqual(rows, [
		`新办 数字证书与电子签章 1 480.50 ${day(40)} 尚未生效`,
		"新办 数字证书与电子签章 1 450.00 2020-01-01 现行"]);
	assert.doesNotMatch(textOf(await page(second, PATH)), /等待确认的变更/);
});

test("of the rows of one fee the latest that has begun is in force",
	async () => {
		await set({ years: "3", fee: "900", valid_from: day(10) });
		await set({ years: "3", fee: "910", valid_from: day(20) });
		await stack.db(`UPDATE fees SET valid_from = '${day(0)}'
			WHERE valid_from = '${day(10)}'`);
		const rows = rowsOf(await page(await signIn(stack, "operator1"), PATH))
			.filter((row) => row.startsWith("新办 数字证书与电子签章 3 "));

		assert.deepEqual(rows.map((row) => row.split(" ").slice(-3)),
			[["910.00", day(20), "尚未生效"], ["900.00", day(0), "现行"],
				["950.00", "2020-01-01", "已被取代"]]);
	});

test("what was submitted keeps its fee; what is submitted again does not",
	async () => {
		const client = await signIn(stack, await addApplicant(stack));
		const reviewer = await signIn(stack, "reviewer1");
		const other = await signIn(stack, await addApplicant(stack));
		const [kept, again] = await Promise.all([client, other].map((c) =>
			complete(c)));

		await submit(client, kept.id);
		await submit(other, again.id);
		await set({ fee: "501", valid_from: day(5) });
		await stack.db(`UPDATE fees SET valid_from = '${day(0)}'
			WHERE valid_from = '${day(5)}'`);
		for (const [{ id }, action] of [[kept, "/approve"], [again, "/reject"]]) {
			await act(reviewer, `/admin/applications/${id}`, "/claim");
			await act(reviewer, `/admin/applications/${id}`, action,
				{ opinion: "请补正" });
		}
		assert.equal((await load(client, kept.id)).fee_fen, 45000);
		const { body: order } = await client.post(
			`/api/applications/${kept.id}/payment`, { provider: "wechatpay" });

		assert.equal(order.amount_fen, 45000);
		assert.equal((await submit(other, again.id)).fee_fen, 50100);
	});

test("what has no fee yet can have one from today, what has one tomorrow",
	async () => {
		const fee = { ...FEE, business: "certificate", years: "4" };

		await set({ ...fee, valid_from: day(30) });
		await set({ ...fee, valid_from: day(0) });
		const rows = rowsOf(await page(first, PATH)).filter((row) =>
			row.startsWith("新办 数字证书 4 "));

		assert.deepEqual(rows.map((row) => row.split(" ").pop()),
			["尚未生效", "现行"]);
		/* Asked for in time, and another began before it was confirmed. */
		const late = { ...fee, years: "5" };
		const path = await act(first, PATH, "/ask",
			{ ...late, valid_from: day(0) });

		await stack.db(`INSERT INTO fees VALUES ('enterprise', 'new',
			'certificate', 5, '2020-01-01', 100)`);
		const answer = await submitForm(second, path, "/confirm");

		assert.equal(answer.status, 422);
		assert.match(textOf(answer.bytes.toString()), /最早从明天起/);
	});

test("what is wrong with it is said beside its field", async () => {
	for (const [values, message] of [
		[{ category: "" }, /请选择办理类别/], [{ business: "x" }, /请选择办理业务/],
		[{ years: "6" }, /请选择办理年限/], [{ fee: "0" }, /请填写费用/],
		[{ fee: "1.234" }, /请填写费用/], [{ fee: "1000000.01" }, /请填写费用/],
		[{ valid_from: "" }, /请填写生效日期/],
		[{ valid_from: day(0) }, /最早从明天起/],
		[{ valid_from: day(-1) }, /生效日期已过/], [{ reason: "" }, /原因/]]) {
		const answer = await submitForm(first, PATH, "/ask",
			{ ...FEE, valid_from: day(60), ...values });
		const html = answer.bytes.toString("utf8");

		assert.equal(answer.status, 422, textOf(html));
		assert.match(textOf(html), message);
		assert.match(html, /aria-invalid="true"/);
	}
});

test("the same is asked for once, and not when it is there", async () => {
	const fields = { ...FEE, years: "2", valid_from: day(70) };
	const path = await act(first, PATH, "/ask", fields);
	const twice = await submitForm(second, PATH, "/ask", fields);

	assert.equal(twice.status, 409);
	assert.match(textOf(twice.bytes.toString()), /已有请求在等待确认/);
	await act(second, path, "/confirm");
	const there = await submitForm(second, PATH, "/ask", fields);

	assert.equal(there.status, 422);
	assert.match(textOf(there.bytes.toString()), /的收费已有一条/);
});

test("others see the table and no form", async () => {
	for (const account of ["reviewer1", "operator1", "auditor1"]) {
		const html = await page(await signIn(stack, account), PATH);

		assert.match(html, /现行/);
		assert.deepEqual(formsOf(html).map((f) => f.action),
			["/admin/sign-out"], account);
	}
});
