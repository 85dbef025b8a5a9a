/* 审核工作台: waiting in working days, filters, the next case, several at once,
 * and what changed from one time to the next. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { addApplicant, complete, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { pdf } from "../stack/pdf.mjs";
import { act, formsOf, page, pagesFrom, submitForm, textOf } from
	"../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const ID_NO = "330802199003070009";
const DAYS = 10;

let stack, applicant;
const who = {};

before(async () => {
	stack = await startStack({});
	for (const account of ["reviewer1", "reviewer2", "manager1", "auditor1"])
		who[account] = await signIn(stack, account);
	applicant = await signIn(stack, await addApplicant(stack));
});
after(() => stack?.stop());

/* Nothing waits but what a test hands in. */
beforeEach(() => stack.db(`UPDATE applications SET state = 'rejected',
	claimed_by = NULL, claimed_until = NULL WHERE state = 'pending'`));

const pathOf = (id) => `/admin/applications/${id}`;

async function pending(daysAgo = 0)
{
	const { id, batch_no: batchNo } = await complete(applicant, "new",
		{ second_reason: "另一个项目部使用" });

	await submit(applicant, id);
	await stack.db(`UPDATE applications SET entered_at = NOW(6) -
		INTERVAL ${daysAgo} DAY WHERE id = '${id}'`);
	return { id, batchNo };
}

const day = (ago) => new Date(Date.now() + 8 * 3600_000 - ago * 86400_000)
	.toISOString().slice(0, 10);

/* Of the last days just those that so many days ago are worked. */
async function workOn(...ago)
{
	await stack.db("DELETE FROM holidays");
	for (let i = 0; i <= DAYS; i++)
		await stack.db(`INSERT INTO holidays (day, is_work, title) VALUES
			('${day(i)}', ${ago.includes(i)}, '测试')`);
}

async function waitingOf(batchNo, query = "")
{
	const html = await page(who.reviewer1, `/admin/${query}`);
	const row = html.split("<tr").find((text) => text.includes(batchNo));

	return row === undefined ? null : textOf(`<${row}`);
}

test("waiting is counted in working days against the promise", async () => {
	const { id, batchNo } = await pending(DAYS);

	await workOn();
	assert.match(await waitingOf(batchNo), /不到 1 个工作日/);
	assert.equal(await waitingOf(batchNo, "?late=1"), null);
	await workOn(0);
	assert.match(await waitingOf(batchNo), / 1 个工作日（今天到期）/);
	assert.equal(await waitingOf(batchNo, "?late=1"), null);
	await workOn(0, 3);
	assert.match(await waitingOf(batchNo), / 2 个工作日（已超时）/);
	assert.match(await waitingOf(batchNo, "?late=1"), /已超时/);
	assert.match(textOf(await page(who.reviewer1, "/admin/?status=all")),
		/有 1 件申请已超时/);
	assert.match(textOf(await page(who.reviewer1, pathOf(id))),
		new RegExp(`已等待 2 个工作日（已超时） ?，应于 ${day(3)} 前审核完毕`));
});

test("what is no batch number is said beside its field, above no case",
	async () => {
		const { batchNo } = await pending(DAYS);
		const ask = (typed) => who.reviewer1.get(
			`/admin/?batch_no=${encodeURIComponent(typed)}`);

		for (const typed of ["申请", "CA2026’1", "%", "申".repeat(64)]) {
			const answer = await ask(typed);
			const html = answer.bytes.toString();

			assert.equal(answer.status, 422, typed);
			assert.match(html, /id="batch_no-error">批次号由 CA 和数字组成/);
			assert.match(html, new RegExp(`value="${typed
				.replace("’", "[’']")}"`));
			assert.doesNotMatch(html, /href="\/admin\/applications\//);
		}
		for (const typed of [batchNo, ` ${batchNo.toLowerCase()} `,
			batchNo.replace("CA", "ＣＡ")]) {
			const answer = await ask(typed);

			assert.equal(answer.status, 200, typed);
			assert.match(answer.bytes.toString(), new RegExp(batchNo));
		}
		assert.equal((await who.reviewer1.get("/admin/?handler=" +
			encodeURIComponent("张".repeat(64)))).status, 200);
	});

test("managers keep the calendar, all administrators see it", async () => {
	await stack.db("DELETE FROM holidays");
	assert.equal(await act(who.manager1, "/admin/holidays?year=2031",
		"/admin/holidays", { from: "2031-10-01", to: "2031-10-03",
			kind: "holiday", title: "国庆节" }),
	"/admin/holidays?year=2031");
	await act(who.manager1, "/admin/holidays", "/admin/holidays",
		{ from: "2031-10-03", to: "", kind: "work", title: "调休" });
	const seen = textOf(await page(who.auditor1,
		"/admin/holidays?year=2031"));

	assert.match(seen, /2031-10-01 星期三 放假 国庆节/);
	assert.match(seen, /2031-10-03 星期五 上班 调休/);
	assert.doesNotMatch(seen, /登记节假日/);
	await act(who.manager1, "/admin/holidays?year=2031", "/remove",
		{ day: "2031-10-01" });
	const gone = await submitForm(who.manager1, "/admin/holidays?year=2031",
		"/remove", { day: "2031-10-01" });

	assert.equal(gone.status, 409);
	assert.deepEqual(await stack.db(`SELECT action, subject, detail FROM audit
		WHERE action LIKE 'holiday%' ORDER BY at, id`), [
		{ action: "holiday_set", subject: "2031-10-01",
			detail: "2031-10-03 holiday 国庆节" },
		{ action: "holiday_set", subject: "2031-10-03",
			detail: "2031-10-03 work 调休" },
		{ action: "holiday_removed", subject: "2031-10-01", detail: "" }]);
});

for (const [what, fields, message] of [
	["no day", { from: "", title: "x" }, /id="from-error">请填写日期/],
	["a day that is none", { from: "2031-02-30", title: "x" },
		/id="from-error">请填写日期/],
	["an end that is none", { from: "2031-02-01", to: "soon", title: "x" },
		/id="to-error">请填写日期/],
	["an end before the beginning", { from: "2031-02-02", to: "2031-02-01",
		title: "x" }, /id="to-error">最后一天不能早于第一天/],
	["too many days", { from: "2031-01-01", to: "2031-12-31", title: "x" },
		/id="to-error">一次最多登记 31 天/],
	["no title", { from: "2031-02-02", title: " " },
		/id="title-error">请填写名称/],
])
	test(`the calendar refuses ${what}, and keeps what was typed`, async () => {
		const answer = await submitForm(who.manager1, "/admin/holidays",
			"/admin/holidays", { to: "", kind: "work", ...fields });
		const html = answer.bytes.toString();

		assert.equal(answer.status, 422);
		assert.match(html, message);
		assert.match(html, /<option value="work" selected>/);
		assert.match(html, new RegExp(
			`name="from" type="date" value="${fields.from}"`));
	});

test("years of the calendar are bounded", async () => {
	assert.equal((await who.manager1.get("/admin/holidays?year=12"))
		.status, 400);
	assert.equal((await who.manager1.get("/admin/holidays?year=2026x"))
		.status, 422);
});

test("filters by claim and kind, and the newest first", async () => {
	const old = await pending(3), fresh = await pending(1);
	const order = async (query) => [...(await page(who.reviewer1,
		`/admin/${query}`)).matchAll(/>(CA\d{14})<\/a>/g)]
		.map(([, batchNo]) => batchNo);

	await act(who.reviewer2, pathOf(fresh.id), "/claim");
	assert.deepEqual(await order(""), [old.batchNo, fresh.batchNo]);
	assert.deepEqual(await order("?sort=newest&status=pending"),
		[fresh.batchNo, old.batchNo]);
	assert.deepEqual(await order("?claimed=free"), [old.batchNo]);
	assert.deepEqual(await order("?claimed=mine"), []);
	assert.deepEqual(await order("?type=individual"), []);
	assert.ok((await order("?type=enterprise")).includes(old.batchNo));
});

test("the list pages by key, each case once, from either end", async () => {
	const { id } = await pending();

	await stack.db(`INSERT INTO applications (id, batch_no, type, unit_id,
account_id, state, version, consent_version, entered_at, fee_fen, category, second_reason, applicant_unit)
SELECT CONCAT('01j0page', LPAD(seq, 18, '0')), CONCAT('CA19990101', LPAD(seq, 6, '0')), type, unit_id,
account_id, 'cancelled', 2, consent_version, NOW(6) - INTERVAL seq DIV 3 MINUTE, 1, 'new', 'x', applicant_unit
FROM applications, seq_1_to_120 WHERE id = '${id}'`);
	for (const [sort, by] of [["", "entered_at, id"],
		["&sort=newest", "entered_at DESC, id DESC"]]) {
		const pages = await pagesFrom(who.reviewer1,
			`/admin/?status=approved&state=cancelled${sort}`);
		const rows = await stack.db("SELECT batch_no FROM applications " +
			`WHERE batch_no LIKE 'CA1999%' ORDER BY ${by}`);

		assert.equal(rows.length, 120);
		assert.deepEqual([...pages.join("")
			.matchAll(/>(CA19990101\d{6})<\/a>/g)].map(([, no]) => no),
		rows.map((row) => row.batch_no));
	}
	await stack.db("DELETE FROM applications WHERE batch_no LIKE 'CA1999%'");
});

test("the next case is the one that has waited longest", async () => {
	const first = await pending(5), second = await pending(4);
	const next = (client) => act(client, "/admin/", "/admin/next");

	assert.equal(await next(who.reviewer1), pathOf(first.id));
	assert.equal(await next(who.reviewer2), pathOf(second.id));
	assert.equal(await next(who.reviewer2), "/admin/?claimed=free");
	await act(who.reviewer1, pathOf(first.id), "/release");
	assert.equal(await next(who.reviewer2), pathOf(first.id));
});

test("two who take the next case at once get one each", async () => {
	const cases = [];

	for (let i = 0; i < 6; i++)
		cases.push(await pending(6 - i));
	for (let i = 0; i < cases.length; i += 2) {
		const taken = await Promise.all(["reviewer1", "reviewer2"].map(
			(account) => act(who[account], "/admin/", "/admin/next")));

		assert.deepEqual(taken.sort(), cases.slice(i, i + 2)
			.map(({ id }) => pathOf(id)).sort());
	}
});

/* The boxes that can be ticked, by batch number. */
async function boxes(client)
{
	const html = await page(client, "/admin/?claimed=mine");
	const form = formsOf(html).find((f) => f.action === "/admin/approve");

	return form === undefined ? [] : form.inputs
		.filter(({ name }) => name === "case").map(({ value }) => value);
}

test("several are approved at once, each after a look at it", async () => {
	const cases = [await pending(3), await pending(2), await pending(1)];
	const stateOf = async ({ id }) => (await load(applicant, id)).state;

	for (const { id } of cases)
		await act(who.reviewer1, pathOf(id), "/claim");
	/* Reading the page for the claim came before it: nobody has looked. */
	assert.deepEqual(await boxes(who.reviewer1), []);
	await page(who.reviewer1, pathOf(cases[0].id));
	await page(who.reviewer1, pathOf(cases[1].id));
	const seen = await boxes(who.reviewer1);

	assert.deepEqual(seen.map((value) => value.split("-")[0]),
		[cases[0].id, cases[1].id]);
	/* One that was not looked at is not approved, whatever is sent. */
	const unseen = `${cases[2].id}-${(await load(applicant, cases[2].id))
		.version}`;
	const answer = await submitForm(who.reviewer1, "/admin/?claimed=mine",
		"/admin/approve", { case: [seen[0], unseen] });

	assert.equal(answer.status, 409);
	assert.match(textOf(answer.bytes.toString()), new RegExp(
		"1 件没有审核通过，1 件已审核通过.*" +
		`${cases[2].batchNo} ?：此申请您还没有查看`));
	assert.deepEqual([await stateOf(cases[0]), await stateOf(cases[2])],
		["approved", "pending"]);
	await act(who.reviewer1, "/admin/?claimed=mine", "/admin/approve",
		{ case: [seen[1]] });
	assert.equal(await stateOf(cases[1]), "approved");
});

test("a look at an earlier version does not count", async () => {
	const { id } = await pending();

	await act(who.reviewer1, pathOf(id), "/claim");
	await page(who.reviewer1, pathOf(id));
	const [box] = await boxes(who.reviewer1);

	await act(who.reviewer1, pathOf(id), "/release");
	await applicant.post(`/api/applications/${id}/withdraw`, {});
	await submit(applicant, id);
	await act(who.reviewer1, pathOf(id), "/claim");
	assert.deepEqual(await boxes(who.reviewer1), []);
	await page(who.reviewer1, pathOf(id));
	const stale = await submitForm(who.reviewer1, "/admin/?claimed=mine",
		"/admin/approve", { case: [box] });

	assert.equal(stale.status, 409);
	assert.equal((await load(applicant, id)).state, "pending");
});

for (const value of ["x", "01j0", "-1", "01j0-0", "01j0-x"])
	test(`no case: ${value}`, async () => {
		const csrf = formsOf(await page(who.reviewer1, "/admin/"))[0].inputs
			.find(({ name }) => name === "csrf").value;
		const { status } = await who.reviewer1.form("/admin/approve",
			{ csrf, case: [value] });

		assert.ok([400, 409].includes(status), `${status}`);
	});

test("each round shows what has changed, field by field, file by file",
	async () => {
		const { id } = await pending();
		const change = async (fields) => {
			const { version } = await load(applicant, id);
			const { status } = await applicant.put(
				`/api/applications/${id}`, { version, ...fields });

			assert.equal(status, 200);
		};

		assert.doesNotMatch(await page(who.reviewer1, pathOf(id)),
			/各次提交的变化/);
		await act(who.reviewer1, pathOf(id), "/claim");
		await act(who.reviewer1, pathOf(id), "/reject",
			{ opinion: "请补正", pin: ["address", "business_licence"] });
		await change({ address: "浙江省衢州市柯城区新路2号", years: 2,
			handler_id_no: "330802199003070017", project_name: null });
		const { attachments } = await load(applicant, id);
		const licence = attachments.find(({ kind }) =>
			kind === "business_licence");

		await applicant.del(`/api/applications/${id}/attachments/` +
			`business_licence/${licence.id}`);
		await applicant.upload(id, "business_licence", pdf({ text: "新" }),
			{ name: "新执照.pdf" });
		await submit(applicant, id);
		const html = await page(who.reviewer2, pathOf(id));
		const seen = textOf(html.slice(html.indexOf("各次提交的变化"),
			html.indexOf("class=\"card proof\"")));

		assert.match(seen, /第 2 次提交/);
		assert.match(seen, /单位地址： 浙江省衢州市柯城区示例路1号 改为 浙江省衢州市柯城区新路2号/);
		assert.match(seen, /办理年限： 1 年 改为 2 年/);
		assert.match(seen, /经办人身份证号码： 330802\*+0009 改为 330802\*+0017/);
		assert.match(seen, /删除了 business_licence\.pdf/);
		assert.match(seen, /上传了 新执照\.pdf/);
		assert.doesNotMatch(seen, /单位名称|项目名称/);
		assert.match(textOf(html), /已修改，原为 浙江省衢州市柯城区示例路1号/);
		assert.ok(!html.includes(ID_NO));
		/* What was handed in is kept under the key of the private fields. */
		const [{ fields }] = await stack.db("SELECT HEX(fields) AS fields " +
			`FROM submissions WHERE application_id = '${id}' LIMIT 1`);

		assert.ok(!Buffer.from(fields, "hex").includes("示例路"));
	});
