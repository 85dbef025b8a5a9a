/*
 * 电子发票 by an API: the worker asks WeChat Pay for it, fetches its files and
 * takes it back; and what goes wrong there.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { complete, force, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { BY_API, bring, FEE, Invoices } from "../stack/invoices.mjs";
import { act, formsOf, page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 60_000;
const WORKERS = 3;
const MANY = 12;

let stack, applicant, operator, manager, invoices;

before(async () => {
	stack = await startStack(BY_API);
	applicant = await signIn(stack, "applicant1");
	operator = await signIn(stack, "operator1");
	manager = await signIn(stack, "manager1");
	invoices = new Invoices(stack, applicant);
});
after(() => stack?.stop());
beforeEach(() => invoices.sandbox("behave", {}));

const pagePath = ({ id }) => `/admin/invoices/${id}`;
const pageText = async (invoice, client = operator) =>
	textOf(await page(client, pagePath(invoice)));

/* Requested, and issued by the worker. */
async function issued(members)
{
	const id = await invoices.completed();
	const invoice = await invoices.ask(id, members);

	await invoices.until(invoice.id, "issued");
	return { ...invoice, application: id };
}

async function newOnes(application)
{
	return stack.db("SELECT id, state, corrects, title_type FROM invoices " +
		`WHERE application_id = '${application}' ORDER BY id`);
}

/* A fee that WeChat Pay has really taken. */
async function paidThere()
{
	const { id } = await complete(applicant, "new",
		{ second_reason: "再办一把" });

	await submit(applicant, id);
	await force(stack, id, "approved");
	const { body: order } = await applicant.post(
		`/api/applications/${id}/payment`, { provider: "wechatpay" });

	await invoices.sandbox("pay", { code_url: order.code_url });
	await until(async () => (await load(applicant, id)).state === "paid",
		"it is paid", WAIT_MS);
	await stack.db("UPDATE applications SET state = 'completed', " +
		"valid_from = '2026-11-24', valid_to = '2027-11-24' " +
		`WHERE id = '${id}'`);
	return id;
}

test("what is asked for is issued, its files are kept, and it is told",
	async () => {
		const id = await paidThere();
		const asked = await invoices.ask(id, { email: "caiwu@example.com",
			mobile: "13800138000", address: "衢州市示例路1号 0570-3012345",
			bank_name: "示例银行", bank_account: "12345678" });

		assert.equal(asked.status, "requested");
		await invoices.until(asked.id, "issued", false);
		const row = await invoices.assertOnce(asked.id);
		const [there] = await invoices.there(asked.id);
		const [payment] = await stack.db("SELECT transaction_id FROM payments " +
			`WHERE application_id = '${id}'`);

		assert.equal(there.scene, "WITH_WECHATPAY");
		assert.equal(there.fapiao_apply_id, payment.transaction_id);
		assert.deepEqual(there.buyer, { type: "ORGANIZATION",
			name: applicant.session.unit_name,
			taxpayer_id: applicant.session.org_code,
			address: "衢州市示例路1号 0570-3012345", bank_name: "示例银行",
			bank_account: "12345678", phone: "13800138000",
			email: "caiwu@example.com" });
		assert.match(there.info.remark, /^CA\d{14}$/);
		assert.match(there.info.items[0].specification, /数字证书.*1 年/);
		const body = await invoices.load(id);

		assert.deepEqual([body.status, body.number, body.files],
			["issued", row.number, ["pdf", "ofd", "xml"]]);
		for (const [format, type, start] of [["pdf", "application/pdf", "%PDF-"],
			["ofd", "application/ofd", "PK"],
			["xml", "application/xml", "<?xml"]]) {
			const file = await applicant.get(invoices.path(id, `.${format}`));

			assert.equal(file.status, 200);
			assert.equal(file.headers["content-type"], type);
			assert.ok(file.bytes.toString("latin1").startsWith(start));
			assert.match(file.headers["content-disposition"],
				new RegExp(`^attachment; .*${row.number}\\.${format}$`));
			assert.deepEqual((await operator.get(
				`${pagePath(asked)}/invoice.${format}`)).bytes, file.bytes);
		}
		assert.deepEqual(await invoices.life(asked.id),
			["request requested applicant", "send sent worker",
				"issue issued worker"]);
		assert.match(await pageText(asked),
			/已开具 由谁开具 开票平台.*提交开票平台的情况.*已开具.*经过/);
		assert.deepEqual((await stack.db("SELECT action, role FROM audit " +
			`WHERE subject = '${id}' AND action LIKE '%invoice' ORDER BY at, id`))
			.map((r) => `${r.action} ${r.role}`),
		["request_invoice applicant", "send_invoice worker",
			"issue_invoice worker"]);
	});

test("paid by Alipay: without WeChat Pay, under our own number", async () => {
	const invoice = await issued({ title_type: "individual", title: "陈建国" });
	const [there] = await invoices.there(invoice.id);

	assert.equal(there.scene, "WITHOUT_WECHATPAY");
	assert.equal(there.fapiao_apply_id, invoice.id);
	assert.deepEqual(there.buyer, { type: "INDIVIDUAL", name: "陈建国" });
	await invoices.assertOnce(invoice.id);
});

test("a notice has it looked at at once", async () => {
	const id = await invoices.completed();

	await invoices.misbehave("invoice_slow", { ms: 3000 });
	const { id: invoice } = await invoices.ask(id);

	await invoices.until(invoice, "sent", false);
	await until(async () => (await invoices.there(invoice)).length === 1,
		"it is there", WAIT_MS);
	await stack.db("UPDATE invoices SET next_at = NOW(6) + INTERVAL 1 HOUR " +
		`WHERE id = '${invoice}'`);
	await invoices.until(invoice, "issued", false);
	assert.deepEqual(await stack.db("SELECT outcome FROM notices WHERE " +
		"event_type = 'FAPIAO.ISSUED' ORDER BY id DESC LIMIT 1"),
	[{ outcome: "noted" }]);
});

test("what could not be issued is tried again with another number", async () => {
	const id = await invoices.completed();

	await invoices.misbehave("invoice_fails", { on: "issue" });
	const { id: invoice } = await invoices.ask(id);

	await until(async () => (await invoices.row(invoice)).problem !== "",
		"it has failed once", WAIT_MS);
	const row = await invoices.row(invoice);

	assert.equal(row.state, "requested");
	assert.match(row.problem, /TAX_BUREAU_REJECTED 税局返回/);
	assert.deepEqual(await stack.db("SELECT next_at > NOW(6) + INTERVAL 4 " +
		`MINUTE AS later FROM invoices WHERE id = '${invoice}'`),
	[{ later: "1" }]);
	assert.match(textOf(await page(operator, "/admin/invoices")),
		/待开具.*TAX_BUREAU_REJECTED/);
	await invoices.until(invoice, "issued");
	assert.deepEqual((await invoices.tries(invoice)).map((t) =>
		[t.n, t.state]), [["1", "failed"], ["2", "issued"]]);
	await invoices.assertOnce(invoice);
});

test("after as many tries as there may be an operator sees why, and can " +
	"bring it", async () => {
	const id = await invoices.completed();

	await invoices.misbehave("invoice_fails", { on: "issue", times: 4 });
	const invoice = await invoices.ask(id);

	await invoices.until(invoice.id, "failed");
	assert.equal((await invoices.there(invoice.id)).length, 4);
	assert.match(await pageText(invoice),
		/开具失败.*TAX_BUREAU_REJECTED 税局返回.*重新开具/);
	assert.match(textOf(await page(operator, "/admin/invoices")),
		/开具失败 TAX_BUREAU_REJECTED/);
	/* One more is one too many, and is not asked for. */
	await act(operator, pagePath(invoice), "/again");
	await invoices.until(invoice.id, "failed");
	assert.match((await invoices.row(invoice.id)).problem, /次数已用完/);
	assert.equal((await invoices.there(invoice.id)).length, 4);
	const number = await bring(operator, invoice);
	const row = await invoices.row(invoice.id);

	assert.deepEqual([row.state, row.provider, row.number],
		["issued", "manual", number]);
	assert.deepEqual((await invoices.load(id)).files, ["pdf"]);
	assert.equal((await applicant.get(invoices.path(id, ".ofd"))).status, 404);
});

/* Of so many characters; what is sealed for WeChat can have 214. */
const mailOf = (n) => `${"a".repeat(60)}@${"b".repeat(60)}.${"c".repeat(60)}.${
	"d".repeat(n - 60 - 61 - 61 - 1 - 3)}.cn`;

test("what there is no room for there is said before it is asked for",
	async () => {
		const id = await invoices.completed();
		const members = { title_type: "organisation",
			title: "示".repeat(86), tax_no: "91330800PDY000204Y",
			address: "示".repeat(43), bank_name: "示".repeat(43),
			email: mailOf(215) };
		const { status, body } = await applicant.post(invoices.path(id),
			members);

		assert.equal(status, 422);
		assert.deepEqual(body.errors.map((e) => [e.field, e.code]).sort(),
			["address", "bank_name", "email", "title"].map((f) =>
				[f, "too_long"]));
		const invoice = await invoices.ask(id, { ...members,
			title: "示".repeat(85), address: "示".repeat(42),
			bank_name: "示".repeat(42), email: mailOf(214) });

		await invoices.until(invoice.id, "issued");
	});

test("what is refused at once is not sent again; the applicant asks anew",
	async () => {
		/* WeChat Pay never heard of the payment. */
		const id = await invoices.completed(FEE, "wechatpay");
		const invoice = await invoices.ask(id);

		await invoices.until(invoice.id, "failed");
		assert.deepEqual((await invoices.tries(invoice.id)).map((t) => t.state),
			["refused"]);
		assert.match(await pageText(invoice),
			/RESOURCE_NOT_EXISTS 微信支付订单不存在/);
		const again = await invoices.ask(id);

		await invoices.until(again.id, "failed");
		/* The operator's list has the last one alone. */
		const list = await page(operator, "/admin/invoices");

		assert.ok(list.includes(pagePath(again)));
		assert.ok(!list.includes(`${pagePath(invoice)}"`));
		await act(operator, pagePath(again), "/end", { reason: "另行开具" });
		assert.ok(!(await page(operator, "/admin/invoices"))
			.includes(`${pagePath(again)}"`));
	});

for (const what of ["applied_then_drop", "answer_bad_signature", "error_500",
	"rate_limited", "answer_unsigned"])
	test(`a lost or bad answer is settled by query: ${what}`, async () => {
		const id = await invoices.completed();

		await invoices.misbehave(what, { on: "invoice_issue" });
		await invoices.misbehave(what, { on: "invoice_query" });
		await invoices.misbehave(what, { on: "invoice_files" });
		const { id: invoice } = await invoices.ask(id);

		await invoices.until(invoice, "issued");
		assert.equal((await invoices.tries(invoice)).length, 1);
		await invoices.assertOnce(invoice);
	});

test("an outage of hours settles itself", async () => {
	const ids = [];

	await stack.kill("sandbox", "SIGTERM");
	for (let i = 0; i < 3; i++)
		ids.push((await invoices.ask(await invoices.completed())).id);
	await until(async () => {
		await Promise.all(ids.map((id) => invoices.due(id)));
		return (await Promise.all(ids.map((id) => invoices.row(id))))
			.every((row) => row.state === "sent" && row.attempts > 2);
	}, "all are tried", WAIT_MS);
	const [waits] = await stack.db("SELECT MIN(TIMESTAMPDIFF(SECOND, NOW(6), " +
		"next_at)) AS least FROM invoices WHERE id IN " +
		`('${ids.join("', '")}')`);

	assert.ok(Number(waits.least) < 3600);
	assert.match(textOf(await page(operator, "/admin/invoices")),
		/开具中 开票平台暂时不能办理，系统会再试/);
	await stack.restart("sandbox");
	for (const id of ids) {
		await invoices.until(id, "issued");
		assert.equal((await invoices.tries(id)).length, 1);
		await invoices.assertOnce(id);
	}
});

for (const what of ["file_not_pdf", "file_wrong_digest", "file_expired"])
	test(`a file that is bad is not kept: ${what}`, async () => {
		const id = await invoices.completed();

		await invoices.misbehave(what, { times: 2 });
		const invoice = await invoices.ask(id);

		await until(async () => (await invoices.row(invoice.id)).problem !== "",
			"it has trouble", WAIT_MS);
		assert.equal((await invoices.row(invoice.id)).state, "sent");
		assert.equal((await applicant.get(invoices.path(id, ".pdf"))).status,
			404);
		await invoices.until(invoice.id, "issued");
		await invoices.assertOnce(invoice.id);
	});

test("a provider that gives a PDF alone", async () => {
	const id = await invoices.completed();

	await invoices.misbehave("file_pdf_alone");
	const invoice = await invoices.ask(id);

	await invoices.until(invoice.id, "issued");
	assert.deepEqual((await invoices.load(id)).files, ["pdf"]);
	for (const format of ["ofd", "xml"])
		assert.equal((await applicant.get(invoices.path(id, `.${format}`)))
			.status, 404);
});

test("a wrong one is reversed, and another issued in its place", async () => {
	const { id, application } = await issued();
	const answer = await invoices.correct(application);

	assert.equal(answer.status, "reversing");
	assert.equal(answer.corrections_left, 1);
	await invoices.until(id, "reversed");
	const old = await invoices.row(id);
	const [, next] = await newOnes(application);

	await invoices.until(next.id, "issued");
	assert.equal(next.corrects, id);
	assert.match(old.red_number, /^\d{20}$/);
	assert.equal(old.why_ended, "抬头写错了");
	assert.equal((await invoices.there(id))[0].reverse.reason, "ISSUE_ERROR");
	assert.deepEqual(await invoices.life(id), ["request requested applicant",
		"send sent worker", "issue issued worker",
		"correct reversing applicant", "taken reversed worker"]);
	assert.deepEqual(await invoices.life(next.id),
		["correct waiting applicant", "start requested worker",
			"send sent worker", "issue issued worker"]);
	await invoices.assertOnce(next.id);
	const body = await invoices.load(application);

	assert.deepEqual([body.id, body.status, body.title, body.amount_fen],
		[next.id, "issued", "周敏", FEE]);
	assert.match(await pageText({ id }), /已红冲.*红字发票号码.*抬头写错了/);
});

test("as often as the setting says, one at a time, with a reason", async () => {
	const { id, application } = await issued();
	const post = (members) => applicant.post(
		invoices.path(application, "/correction"),
		{ title_type: "organisation", reason: "抬头写错了", ...members });

	for (const [members, field, code] of [[{ reason: " " }, "reason", "required"],
		[{ reason: "错".repeat(201) }, "reason", "too_long"],
		[{ reason: "a\nb" }, "reason", "control_character"],
		[{ tax_no: "1" }, "tax_no"], [{ amount_fen: 1 }, "amount_fen"]]) {
		const { status, body } = await post(members);

		assert.equal(status, 422);
		assert.equal(body.errors[0].field, field);
		if (code !== undefined)
			assert.equal(body.errors[0].code, code);
	}
	const headers = { "Idempotency-Key": "correct-1" };
	const twice = await Promise.all([1, 2, 3].map(() => applicant.post(
		invoices.path(application, "/correction"),
		{ title_type: "organisation", bank_name: "示例银行",
			reason: "没有开户银行" }, headers)));

	assert.deepEqual(twice.map((a) => a.status), [202, 202, 202]);
	await invoices.until(id, "reversed");
	let [, next] = await newOnes(application);

	await invoices.until(next.id, "issued");
	await invoices.correct(application);
	assert.equal((await post()).body.code, "invoice_not_issued");
	await invoices.until(next.id, "reversed");
	[, , next] = await newOnes(application);
	await invoices.until(next.id, "issued");
	const refused = await post();

	assert.equal(refused.status, 409);
	assert.equal(refused.body.code, "corrections_used_up");
	assert.equal((await invoices.load(application)).corrections_left, 0);
	assert.equal((await newOnes(application)).length, 3);
});

/* The time that has to pass between two calls for a red invoice. */
const later = (id) => stack.db("UPDATE invoice_tries SET asked_at = asked_at " +
	`- INTERVAL 10 MINUTE WHERE invoice_id = '${id}'`);

test("a red invoice that fails is asked for again, then people see it",
	async () => {
		const { id, application } = await issued();

		await invoices.misbehave("invoice_fails", { on: "reverse", times: 5 });
		await invoices.correct(application);
		await until(async () => {
			await later(id);
			await invoices.due(id);
			return (await invoices.row(id)).state === "red_failed";
		}, "it has failed", WAIT_MS);
		assert.deepEqual(await stack.db("SELECT asks >= 4 AS enough FROM " +
			`invoice_tries WHERE invoice_id = '${id}'`), [{ enough: "1" }]);
		assert.equal((await invoices.load(application)).status, "red_failed");
		assert.match(await pageText({ id }), /红冲失败.*TAX_BUREAU_REJECTED/);
		/* It is still valid: nothing else is issued. */
		assert.equal((await applicant.post(invoices.path(application),
			{ title_type: "organisation" })).status, 409);
		await invoices.sandbox("behave", {});
		await act(manager, pagePath({ id }), "/red-again");
		await until(async () => {
			await later(id);
			await invoices.due(id);
			return (await invoices.row(id)).state === "reversed";
		}, "it is reversed", WAIT_MS);
		const [, next] = await newOnes(application);

		await invoices.until(next.id, "issued");
		await invoices.assertOnce(next.id);
	});

test("one that cannot be reversed stays, and no other is issued", async () => {
	const { id, application } = await issued();

	await stack.kill("worker", "SIGTERM");
	await invoices.correct(application);
	await stack.db("UPDATE invoices SET state = 'red_failed', problem = 'X' " +
		`WHERE id = '${id}'`);
	await act(operator, pagePath({ id }), "/keep", { reason: "已用于报销" });
	await stack.restart("worker");
	assert.deepEqual((await newOnes(application)).map((r) => r.state),
		["issued", "failed"]);
	const body = await invoices.load(application);

	assert.deepEqual([body.id, body.status, body.corrections_left,
		body.correction_refused], [id, "issued", 2, "已用于报销"]);
	assert.equal((await applicant.get(invoices.path(application, ".pdf")))
		.status, 200);
});

for (const what of ["applied_then_drop", "answer_bad_signature", "error_500"])
	test(`reversed once, whatever is lost: ${what}`, async () => {
		const { id, application } = await issued();

		await invoices.misbehave(what, { on: "invoice_reverse" });
		await invoices.correct(application);
		await until(async () => {
			await later(id);
			await invoices.due(id);
			return (await invoices.row(id)).state === "reversed";
		}, "it is reversed", WAIT_MS);
		const [, next] = await newOnes(application);

		await invoices.until(next.id, "issued");
		await invoices.assertOnce(next.id);
	});

test("a refund has the invoice reversed first", async () => {
	const { id, application } = await issued();
	const refund = `/admin/applications/${application}/refund`;
	const html = await page(manager, refund);

	assert.match(textOf(html), /一张发票 ：已开具的发票，请先红冲，再提出退款/);
	assert.ok(html.includes(pagePath({ id })));
	assert.ok(!html.includes("name=\"amount\""));
	await act(manager, pagePath({ id }), "/reverse",
		{ kind: "returned", reason: "申请人要求退款" });
	await invoices.until(id, "reversed");
	assert.equal((await invoices.there(id))[0].reverse.reason, "SALES_RETURN");
	await act(manager, refund, "/refund",
		{ amount: "60", reason: "申请人要求退款" });
	const { status, body } = await applicant.post(invoices.path(application),
		{ title_type: "organisation" });

	assert.equal(status, 409, JSON.stringify(body));
});

test("what is under way there nobody takes back by hand", async () => {
	const id = await invoices.completed();

	await invoices.misbehave("invoice_slow", { ms: 60_000 });
	const invoice = await invoices.ask(id);

	await invoices.until(invoice.id, "sent");
	const csrf = formsOf(await page(operator, "/admin/"))[0].inputs
		.find((i) => i.name === "csrf").value;
	const { version } = await invoices.row(invoice.id);

	for (const what of ["end", "keep", "again", "reverse", "red-again"]) {
		const answer = await operator.form(`${pagePath(invoice)}/${what}`,
			{ csrf, version, reason: "x", kind: "returned",
				red_number: "26352000000000000009" });

		assert.ok([409, 412].includes(answer.status), what);
	}
	assert.equal((await invoices.row(invoice.id)).state, "sent");
});

test("several workers issue each once", async () => {
	await stack.kill("worker", "SIGTERM");
	const made = [];

	for (let i = 0; i < MANY; i++)
		made.push((await invoices.ask(await invoices.completed())).id);
	const children = Array.from({ length: WORKERS }, () => spawn(
		path.join(stack.bin, "worker"), [],
		{ env: { ...process.env, ...stack.env }, stdio: "ignore" }));

	try {
		for (const id of made)
			await invoices.until(id, "issued");
	} finally {
		children.forEach((child) => child.kill("SIGTERM"));
	}
	for (const id of made) {
		assert.equal((await invoices.tries(id)).length, 1);
		await invoices.assertOnce(id);
	}
	await stack.restart("worker");
});

test("a title that is removed is offered no more, until it is used again",
	async () => {
		const title = { title_type: "individual", title: "吴移除" };
		const listed = async () => (await applicant.get("/api/invoice-titles"))
			.body.items.filter((t) => t.title === title.title);

		await invoices.ask(await invoices.completed(), title);
		await invoices.ask(await invoices.completed(), title);
		const [item] = await listed();
		const other = await signIn(stack, "applicant2");

		assert.equal((await other.request("DELETE",
			`/api/invoice-titles/${item.id}`)).status, 404);
		assert.equal((await applicant.request("DELETE",
			`/api/invoice-titles/${item.id}`)).status, 204);
		assert.deepEqual(await listed(), []);
		assert.equal((await applicant.request("DELETE",
			`/api/invoice-titles/${item.id}`)).status, 404);
		await invoices.ask(await invoices.completed(), title);
		assert.equal((await listed()).length, 1);
	});

test("no log of the worker names whose an invoice is", () => {
	assert.doesNotMatch(stack.logs("worker"), /caiwu@|13800138000|陈建国/);
});
