/* 导出: the list as XLSX and as CSV. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";

import { addApplicant, create, draft, force } from "../stack/cases.mjs";
import { Client, signIn } from "../stack/client.mjs";
import { dateOf, readCsv, readXlsx, sheetOf } from "../stack/sheet.mjs";
import { startStack } from "../stack/stack.mjs";

const MANY = 100_000;
const SECONDS = 20; /* nginx waits 60 */
const GROWTH_KB = 16 * 1024; /* of a worker, at its peak */
const XLSX = "application/vnd.openxmlformats-officedocument" +
	".spreadsheetml.sheet";

let stack, client;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, await addApplicant(stack));
	for (const [i, state] of ["editing", "pending", "approved", "completed",
		"rejected"].entries()) {
		const { id } = await create(client, draft(client, {
			handler_name: ["李晓梅", "王五"][i % 2], postcode: "010000",
			category: ["new", "renewal"][i % 2], lock_serial: `00${i}` }));

		await force(stack, id, state);
	}
});

after(() => stack?.stop());

async function download(ending, query = "", who = client)
{
	const answer = await who.get(`/api/applications/export.${ending}${query}`);

	assert.equal(answer.status, 200, answer.bytes.toString());
	return answer;
}

const csv = async (query, who) =>
	readCsv((await download("csv", query, who)).bytes);
const xlsx = async (query, who) =>
	readXlsx((await download("xlsx", query, who)).bytes);

/* What a person sees of an XLSX row, in the words of the CSV. */
function seen(row, columns)
{
	return Array.from({ length: columns }, (_, i) => {
		const { value, format } = row[i] ?? { value: "" };

		if (typeof value === "string")
			return value;
		return /^yyyy/.test(format) ? dateOf(value) :
			format === "0.00" ? value.toFixed(2) : String(value);
	});
}

/* In Shanghai. */
const today = () => new Date(Date.now() + 8 * 3600_000).toISOString()
	.slice(0, 10);

test("they are files to save, with a name", async () => {
	for (const [ending, type] of [["csv", "text/csv; charset=utf-8"],
		["xlsx", XLSX]]) {
		const began = today();
		const { headers } = await download(ending);
		/* It may be midnight. */
		const names = [began, today()].map((day) => "attachment; filename=" +
			"\"document\"; filename*=UTF-8''" +
			encodeURIComponent(`申请列表_${day}.${ending}`));

		assert.equal(headers["content-type"], type);
		assert.ok(names.includes(headers["content-disposition"]),
			headers["content-disposition"]);
	}
});

test("a row has what the list and the form have, but nothing private",
	async () => {
		const [head, ...rows] = await csv();
		const { body: form } = await client.get("/api/form?type=enterprise");
		const { body: { items } } = await client.get("/api/applications");

		assert.deepEqual(head, ["批次号", "申请日期", "审核状态",
			...form.fields.filter((f) => !f.private).map((f) => f.label),
			"提交时间", "缴费时间", "有效期自", "有效期至"]);
		assert.equal(rows.length, 5);
		for (const [i, item] of items.entries()) {
			const { body } = await client.get(`/api/applications/${item.id}`);
			const row = Object.fromEntries(
				head.map((title, at) => [title, rows[i][at]]));

			assert.equal(row.批次号, body.batch_no);
			assert.equal(row.申请日期, new Date(Date.parse(body.created_at) +
				8 * 3600_000).toISOString().slice(0, 10));
			assert.equal(row.审核状态, body.state_title);
			assert.equal(row.办理类别, { new: "新办", renewal: "续期" }[
				body.category]);
			assert.equal(row.办理年限, "1");
			assert.equal(row["办理费用（元）"],
				(body.fee_fen / 100).toFixed(2));
			assert.equal(row.邮政编码, "010000");
			assert.equal(row.有效期至, body.valid_to ?? "");
			assert.equal(row.缴费时间 === "", body.paid_at === null);
			for (const secret of [body.handler_mobile, body.handler_id_no])
				assert.ok(!rows.flat().some((cell) => cell.includes(secret)));
		}
	});

test("both say the same", async () => {
	const [head, ...rows] = await csv();
	const { rows: [titles, ...cells] } = await xlsx();

	assert.deepEqual(titles.map(({ value }) => value), head);
	assert.deepEqual(cells.map((row) => seen(row, head.length)), rows);
});

test("a spreadsheet gets days, times and numbers, and digits as text",
	async () => {
		const { rows: [titles, ...rows], sheet, parts } = await xlsx();
		const at = (title) => titles.findIndex((c) => c.value === title);
		const paid = rows.find((row) => row[at("缴费时间")] !== undefined);

		assert.equal(paid[at("申请日期")].format, "yyyy-mm-dd");
		assert.ok(Number.isInteger(paid[at("申请日期")].value));
		assert.equal(paid[at("缴费时间")].format, "yyyy-mm-dd hh:mm:ss");
		assert.equal(paid[at("有效期至")].format, "yyyy-mm-dd");
		assert.equal(paid[at("办理费用（元）")].format, "0.00");
		assert.equal(typeof paid[at("办理费用（元）")].value, "number");
		assert.equal(paid[at("办理年限")].value, 1);
		for (const title of ["批次号", "组织机构代码", "邮政编码", "单位座机",
			"锁序列号"])
			assert.equal(typeof paid[at(title)].value, "string", title);
		assert.match(sheet, /<pane ySplit="1" topLeftCell="A2"[^>]* state="frozen"\/>/);
		assert.match(sheet, /<autoFilter ref="A1:[A-Z]+6"\/>/);
		assert.equal((sheet.match(/<col min=/g) ?? []).length > 3, true);
		assert.ok(parts.includes("xl/worksheets/sheet1.xml"));
	});

/* What the list answers to a query, page by page. */
async function listed(query)
{
	const { body } = await client.get(`/api/applications?limit=100${query}`);

	return body.items.map((item) => item.batch_no);
}

test("the filters are the list's", async () => {
	const { body: { items } } = await client.get("/api/applications");
	const [{ batch_no: some }] = items;
	const { created_at: first } = items.at(-1);
	const day = new Date(Date.parse(first) + 8 * 3600_000).toISOString()
		.slice(0, 10);
	const lengths = new Set();

	for (const query of ["status=approved", "status=pending", "state=completed",
		"type=individual", "category=renewal", `batch_no=${some}`,
		`handler=${encodeURIComponent("李")}`, `from=${day}`,
		"to=2020-01-01", "status=editing&category=new"]) {
		const wanted = await listed(`&${query}`);
		const numbers = (rows) => rows.slice(1).map((row) => row[0]);

		lengths.add(wanted.length);
		assert.deepEqual(numbers(await csv(`?${query}`)), wanted, query);
		assert.deepEqual(numbers((await xlsx(`?${query}`)).rows)
			.map(({ value }) => value), wanted, query);
	}
	assert.deepEqual([...lengths].sort(), [0, 1, 2, 3, 5]);
});

const FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x",
	"=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\",\"y\")"];
const PLAIN = ["a=1", "'=1", "“引号”", "a\"b\"c", "a,b;c", "<b>&amp;</b>",
	"_x0041_", "甲=乙", "1e5"];

test("no cell is a formula, and all text comes through", async () => {
	const other = await signIn(stack, await addApplicant(stack));

	for (const text of [...FORMULAS, ...PLAIN])
		await create(other, { project_name: text });
	const [head, ...rows] = await csv("", other);
	const at = head.indexOf("项目名称");
	const { rows: [, ...cells], sheet } = await xlsx("", other);

	/* Full-width digits and letters are folded in codes alone. */
	assert.deepEqual(rows.map((row) => row[at]).reverse(),
		[...FORMULAS.map((text) => `'${text}`), ...PLAIN]);
	assert.deepEqual(cells.map((row) => row[at].value).reverse(),
		[...FORMULAS, ...PLAIN]);
	assert.ok(!/<f[ >]/.test(sheet));
});

test("control characters break no file", async () => {
	const other = await signIn(stack, await addApplicant(stack));

	await create(other, { project_name: "甲\u0001乙\u000b丙\uffff丁" });
	await create(other, { project_name: "甲\n\"=1\"\r\n,乙" });
	const { rows } = await xlsx("", other);
	const at = rows[0].findIndex((c) => c.value === "项目名称");

	assert.deepEqual(rows.slice(1).map((row) => row[at].value),
		["甲 \"=1\"  ,乙", "甲 乙 丙丁"]);
	assert.equal((await csv("", other)).length, 3);
});

test("it is the unit's own, for who is signed in", async () => {
	const other = await signIn(stack, await addApplicant(stack));

	assert.equal((await csv("", other)).length, 1);
	assert.equal((await xlsx("", other)).rows.length, 1);
	for (const ending of ["csv", "xlsx"])
		assert.equal((await new Client(stack).get(
			`/api/applications/export.${ending}`)).status, 401);
});

test("what a query cannot be", async () => {
	for (const [query, code] of [["status=paid", "invalid"],
		["from=2026-02-30", "invalid"], ["limit=5", "unknown_member"],
		["cursor=x", "unknown_member"]])
		for (const ending of ["csv", "xlsx"]) {
			const { status, body } = await client.get(
				`/api/applications/export.${ending}?${query}`);

			assert.equal(status, 422);
			assert.equal(body.code, code);
		}
});

/* Of the one worker there is then. */
function peakKb()
{
	const [pid] = stack.workers("application");

	return Number(/^VmHWM:\s+(\d+) kB$/m.exec(
		fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
}

async function addMany(who)
{
	const { unit_id: unit, account_id: account } = who.session;

	await stack.db(`INSERT INTO applications (id, batch_no, type, unit_id,
		account_id, state, consent_version, applicant_unit, unit_name,
		category, business, years, fee_fen, org_code, handler_name,
		project_name, address)
	SELECT CONCAT('01k0', LPAD(seq, 22, '0')),
		CONCAT('CA20190101', LPAD(seq, 6, '0')), 'enterprise', '${unit}',
		'${account}', 'editing', 1, '衢州测试有限公司', '衢州测试有限公司',
		'new', 'certificate', 1, 30000, '91330800PDY0000282', '李晓梅',
		CONCAT('第 ', seq, ' 个项目，名称不短也不长'),
		'浙江省衢州市柯城区示例路1号'
	FROM seq_1_to_${MANY}`);
}

test(`${MANY} rows take little memory and no long time`, async (t) => {
	const folder = fs.mkdtempSync("/tmp/calock-");

	/* The program is another user. */
	fs.chmodSync(folder, 0o1777);
	const who = await signIn(stack, await addApplicant(stack));

	await addMany(who);
	await stack.restart("application", { CALOCK_WORKERS_APPLICATION: "1",
		CALOCK_TEMP_DIR: folder });
	await download("csv", "?state=completed", who);
	const before = peakKb();

	for (const ending of ["csv", "xlsx"]) {
		const began = Date.now();
		const { bytes } = await download(ending, "", who);
		const ms = Date.now() - began;
		const text = ending === "csv" ? bytes.toString() : sheetOf(bytes);
		const grown = peakKb() - before;

		t.diagnostic(`${ending}: ${Math.round(MANY / ms * 1000)} rows/s, ` +
			`${bytes.length} bytes, peak ${grown} KB more`);
		assert.equal(text.match(/\r\n|<row /g).length, MANY + 1);
		assert.equal(new Set(text.match(/CA20190101\d{6}/g)).size, MANY);
		assert.ok(ms < SECONDS * 1000, `${ms} ms`);
		assert.ok(grown < GROWTH_KB, `${grown} KB`);
		assert.deepEqual(fs.readdirSync(folder), []);
	}
	await create(who);
	for (const ending of ["csv", "xlsx"]) {
		const { status, body } = await who.get(
			`/api/applications/export.${ending}`);

		assert.equal(status, 422);
		assert.equal(body.code, "too_many_rows");
	}
	fs.rmdirSync(folder);
});

test("without a place for it there is none, and the rest goes on", async () => {
	await stack.restart("application", { CALOCK_TEMP_DIR: "/nonexistent" });
	for (const ending of ["csv", "xlsx"])
		assert.equal((await client.get(
			`/api/applications/export.${ending}`)).status, 503);
	assert.equal((await client.get("/api/applications")).status, 200);
	await stack.restart("application", { CALOCK_TEMP_DIR: "/var/tmp" });
	assert.equal((await csv()).length, 6);
});
