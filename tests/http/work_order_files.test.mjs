/* What goes to the CA as a file: who gets what of it, and in which forms. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { act, page } from "../stack/pages.mjs";
import { readCsv, readXlsx } from "../stack/sheet.mjs";
import { startStack } from "../stack/stack.mjs";
import { day, dispatched, paidCase } from "../stack/work_orders.mjs";

const TITLES = ["批次号", "办理类别", "办理业务", "办理年限", "锁序列号",
	"原有效期至", "单位名称", "组织机构代码", "经办人"];
const PRIVATE = ["经办人手机号码", "经办人身份证号码"];
let stack;
let operator;
let auditor;
let path;
let renewal;
let fresh;

before(async () => {
	stack = await startStack({});
	operator = await signIn(stack, "operator1");
	auditor = await signIn(stack, "auditor1");
	renewal = await paidCase(stack, { lock: ["=TG-1", 20] });
	fresh = await paidCase(stack, { handler_name: "@李红", years: 3 });
	const done = await paidCase(stack);

	path = await dispatched(operator, [renewal, fresh, done]);
	/* The CA has answered this one. */
	await act(operator, path, "/fail",
		{ application: done.id, opinion: "照片不清" });
});
after(() => stack?.stop());

async function trail(subject, action)
{
	const rows = await stack.db("SELECT detail FROM audit WHERE " +
		`subject = '${subject}' AND action = '${action}' ORDER BY at, id`);

	return rows.map((row) => row.detail);
}

async function csv(client)
{
	const answer = await client.get(`${path}/export.csv`);

	assert.equal(answer.status, 200);
	assert.match(answer.headers["content-type"], /^text\/csv; charset=utf-8$/);
	assert.match(answer.headers["content-disposition"], /^attachment/);
	return readCsv(answer.bytes);
}

test("CSV for the operator: what the CA needs, open cases alone, no formula",
	async () => {
		const [titles, ...rows] = await csv(operator);

		assert.deepEqual(titles, [...TITLES, ...PRIVATE]);
		assert.equal(rows.length, 2);
		const of = (c) => rows.find((row) => row[0] === c.batchNo);

		assert.deepEqual(of(renewal).slice(1, 6), ["续期",
			"数字证书与电子签章", "1", "'=TG-1", day(20)]);
		assert.deepEqual(of(fresh).slice(1, 6), ["新办",
			"数字证书与电子签章", "3", "", ""]);
		assert.equal(of(fresh)[8], "'@李红");
		assert.deepEqual(of(fresh).slice(9), ["13800138000",
			"330802199003070009"]);
	});

test("others get it without mobile and ID number; reviewers not at all",
	async () => {
		const [titles, ...rows] = await csv(auditor);

		assert.deepEqual(titles, TITLES);
		assert.ok(!JSON.stringify(rows).includes("13800138000"));
		const json = await auditor.get(`${path}/export.json`);

		assert.equal(JSON.parse(json.bytes).cases[0].handler_mobile, null);
		assert.equal((await (await signIn(stack, "reviewer1"))
			.get(`${path}/export.csv`)).status, 403);
		assert.equal((await operator.get(
			`/admin/work-orders/${"0".repeat(26)}/export.csv`)).status, 404);
	});

test("XLSX: numbers keep their digits, days are days", async () => {
	const { bytes, headers, status } = await operator.get(
		`${path}/export.xlsx`);

	assert.equal(status, 200);
	assert.match(headers["content-type"], /spreadsheetml\.sheet$/);
	const { rows: [titles, ...rows] } = readXlsx(bytes);
	const text = JSON.stringify(rows);

	assert.equal(titles.length, 11);
	assert.equal(rows.length, 2);
	assert.ok(text.includes("330802199003070009"));
	assert.ok(text.includes("=TG-1"));
});

test("JSON with the members that the description has", async () => {
	const answer = await operator.get(`${path}/export.json`);
	const { work_order, cases } = JSON.parse(answer.bytes);
	const of = (c) => cases.find((one) => one.batch_no === c.batchNo);

	assert.equal(answer.status, 200);
	assert.match(answer.headers["content-type"], /^application\/json/);
	assert.ok(path.endsWith(work_order));
	assert.equal(cases.length, 2);
	assert.deepEqual(of(renewal), { ...of(renewal), category: "renewal",
		business: "certificate_and_seal", years: 1, lock_serial: "=TG-1",
		lock_valid_to: day(20) });
	assert.equal(of(fresh).handler_id_no, "330802199003070009");
});

test("each download is on record, and each case that was shown in full",
	async () => {
		const id = path.split("/").at(-1);
		const before = [(await trail(id, "download")).length,
			(await trail(fresh.id, "reveal")).length];

		await csv(operator);
		await csv(auditor);
		const downloads = (await trail(id, "download")).slice(before[0]);
		const reveals = (await trail(fresh.id, "reveal")).slice(before[1]);

		assert.deepEqual(downloads, [
			"work order csv, 2 cases, with mobile and ID number",
			"work order csv, 2 cases"]);
		assert.equal(reveals.length, 1);
		assert.match(reveals[0], /handler_id_no handler_mobile/);
		assert.doesNotMatch(reveals[0], /138|3308/);
	});

test("the page offers the files", async () => {
	const html = await page(operator, path);

	for (const form of ["xlsx", "csv", "json"])
		assert.ok(html.includes(`href="${path}/export.${form}"`), form);
});
