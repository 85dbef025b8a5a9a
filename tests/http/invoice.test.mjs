/* 电子发票: requested after completion, issued by an operator, downloaded. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";

import { create, draft } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { formsOf, page, submitForm, textOf } from "../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const LIMIT = 10485760; /* file_max_bytes */
const OTHER_USCC = "91330800PDY000204Y";

let stack, applicant, stranger, operator;
let numbers = 0;

before(async () => {
	stack = await startStack({});
	applicant = await signIn(stack, "applicant1");
	stranger = await signIn(stack, "applicant2");
	operator = await signIn(stack, "operator1");
});

after(() => stack?.stop());

/* A number that no other invoice has. */
function freshNumber()
{
	return String(26332000000000000000n + BigInt(++numbers));
}

/* The way from a draft to its end is another test's; here it was gone. */
async function completed(client = applicant, paid = undefined)
{
	const { id, fee_fen } = await create(client, draft(client));
	const fee = paid ?? fee_fen;

	await stack.db(`
		INSERT INTO orders (order_no, application_id, provider, state,
			amount_fen, created_by, expires_at)
		SELECT CONCAT('o', SUBSTR(id, 2)), id, 'wechatpay', 'paid', ${fee},
			account_id, NOW(6) FROM applications WHERE id = '${id}';
		INSERT INTO payments (id, order_no, application_id, provider,
			transaction_id, amount_fen, currency, paid_at, source)
		SELECT CONCAT('p', SUBSTR(id, 2)), CONCAT('o', SUBSTR(id, 2)), id,
			'wechatpay', id, ${fee}, 'CNY', NOW(6), 'notice'
		FROM applications WHERE id = '${id}';
		UPDATE applications SET state = 'completed', version = version + 1,
			payment_id = CONCAT('p', SUBSTR(id, 2)), paid_at = NOW(6),
			valid_from = '2026-11-24', valid_to = '2027-11-24'
		WHERE id = '${id}'`);
	return id;
}

function ask(id, members, { client = applicant, headers } = {})
{
	return client.post(`/api/applications/${id}/invoice`, members, headers);
}

async function asked(members = { title_type: "organisation" })
{
	const id = await completed();
	const { status, body } = await ask(id, members);

	assert.equal(status, 202, JSON.stringify(body));
	return body;
}

function status(id, client = applicant)
{
	return client.get(`/api/applications/${id}/invoice`);
}

function download(id, client = applicant)
{
	return client.get(`/api/applications/${id}/invoice.pdf`);
}

/* As a browser would: the page, its form, its own hidden fields. */
async function post(invoice, fields, client = operator)
{
	const path = `/admin/invoices/${invoice.id}`;
	const form = formsOf(await page(operator, path))
		.find((f) => f.action === `${path}/issue`);
	const data = new FormData();

	assert.ok(form, "the page has no form");
	assert.equal(form.enctype, "multipart/form-data");
	for (const { type, name, value } of form.inputs)
		if (type === "hidden")
			data.set(name, value);
	for (const [name, value] of Object.entries(fields))
		if (Buffer.isBuffer(value))
			data.set(name, new Blob([value]), "发票.pdf");
		else
			data.set(name, value);
	return send(client, form.action, data);
}

async function send(client, path, data)
{
	const body = new Response(data);

	return client.post(path, Buffer.from(await body.arrayBuffer()),
		{ "Content-Type": body.headers.get("content-type") });
}

async function issue(invoice, document = pdf({ text: "fapiao" }))
{
	const number = freshNumber();
	const answer = await post(invoice, { number, pdf: document });

	assert.equal(answer.status, 303, textOf(answer.bytes.toString()));
	assert.equal(answer.headers.location, `/admin/invoices/${invoice.id}`);
	return { number, document };
}

function auditOf(id)
{
	return stack.db("SELECT action, role, detail FROM audit WHERE " +
		`subject = '${id}' AND action LIKE '%invoice' ORDER BY at, id`);
}

function problems({ status: code, body })
{
	assert.equal(code, 422, JSON.stringify(body));
	return body.errors.map((e) => `${e.field} ${e.code}`).sort();
}

test("refused before completion, and nothing is there yet", async () => {
	const { id } = await create(applicant);
	const refused = await ask(id, { title_type: "organisation" });

	assert.equal(refused.status, 409);
	assert.equal(refused.body.code, "not_completed");
	assert.equal((await status(id)).status, 404);
	assert.equal((await download(id)).status, 404);
});

test("requested with what the unit is known by", async () => {
	const id = await completed(applicant, 30000);
	const { status: code, headers, body } =
		await ask(id, { title_type: "organisation" });

	assert.equal(code, 202);
	assert.equal(headers.location, `/api/applications/${id}/invoice`);
	assert.equal(headers.etag, "\"1\"");
	assert.deepEqual({ ...body, id: null, requested_at: null }, {
		id: null, application_id: id, status: "requested",
		status_title: "待开具", version: 1, amount_fen: 30000,
		title_type: "organisation", title: applicant.session.unit_name,
		tax_no: applicant.session.org_code, email: null, mobile: null,
		address: null, bank_name: null, bank_account: null, number: null,
		size: null, sha256: null, files: [], requested_at: null,
		issued_at: null, red_number: null, ended_at: null,
		others: [], correction_refused: null, corrections_left: 2, warnings: [] });
	assert.deepEqual((await status(id)).body, body);
	assert.equal((await download(id)).status, 404);
	assert.deepEqual(await auditOf(id), [{ action: "request_invoice",
		role: "applicant", detail: body.id }]);
});

test("the amount is what was paid, whatever the fee says now", async () => {
	const id = await completed(applicant, 12345);

	await stack.db("UPDATE applications SET fee_fen = 99999 " +
		`WHERE id = '${id}'`);
	assert.equal((await ask(id, { title_type: "organisation" }))
		.body.amount_fen, 12345);
});

test("values are kept in their canonical form, the mobile sealed", async () => {
	const id = await completed();
	const { status: code, body } = await ask(id, {
		title_type: "organisation", title: "　衢州样例工程有限公司 ",
		tax_no: "９１３３０８００pdy000204y", email: "caiwu@Example.COM",
		mobile: "+86 138-0013-8000", address: "衢州市示例路1号 0570-3012345",
		bank_name: "示例银行衢州分行", bank_account: "3300 1234-5678 90123" });

	assert.equal(code, 202, JSON.stringify(body));
	assert.equal(body.title, "衢州样例工程有限公司");
	assert.equal(body.tax_no, OTHER_USCC);
	assert.equal(body.email, "caiwu@example.com");
	assert.equal(body.mobile, "13800138000");
	assert.equal(body.bank_account, "33001234567890123");
	assert.deepEqual(body.warnings.map((w) => `${w.field} ${w.code}`),
		["title differs"]);
	const [row] = await stack.db("SELECT HEX(mobile) AS mobile FROM invoices " +
		`WHERE id = '${body.id}'`);

	assert.ok(row.mobile.length > 22);
	assert.ok(!row.mobile.includes(Buffer.from("13800138000").toString("hex")));
	assert.equal((await status(id)).body.mobile, "13800138000");
});

test("an individual needs a name and no tax number", async () => {
	const id = await completed();

	assert.deepEqual(problems(await ask(id, { title_type: "individual" })),
		["title required"]);
	assert.deepEqual(problems(await ask(id, { title_type: "individual",
		title: "李晓梅", tax_no: OTHER_USCC })), ["tax_no not_for_individual"]);
	const { status: code, body } = await ask(id,
		{ title_type: "individual", title: "李晓梅", tax_no: null });

	assert.equal(code, 202);
	assert.equal(body.tax_no, null);
});

test("every bad value is refused by its name, all at once", async () => {
	const id = await completed();
	const bad = { title_type: "company", title: "a\nb", tax_no: "12345",
		email: "nobody", mobile: "12800138000", address: "a",
		bank_name: "行".repeat(101), bank_account: "6222x" };
	const { body } = await ask(id, bad);

	assert.equal(body.status, 422);
	assert.deepEqual(body.errors.map((e) => e.field).sort(),
		Object.keys(bad).sort());
	const codes = Object.fromEntries(body.errors.map((e) => [e.field, e.code]));

	assert.equal(codes.title, "control_character");
	assert.equal(codes.address, "too_short");
	assert.equal(codes.bank_name, "too_long");
	assert.equal((await status(id)).status, 404);
});

for (const title_type of [undefined, null, ""])
	test(`a title of type ${title_type} is the unit's`, async () => {
		const id = await completed(applicant);
		const { status: code, body } = await ask(id, { title_type });

		assert.equal(code, 202, JSON.stringify(body));
		assert.deepEqual([body.title_type, body.title, body.tax_no],
			["organisation", applicant.session.unit_name,
				applicant.session.org_code]);
	});

for (const [name, value, code] of [
	["title", "司", "too_short"],
	["title", "司".repeat(101), "too_long"],
	["title", 7, "type"],
	["tax_no", "91330800PDY0000281", null],
	["tax_no", "330802199003070009", null],
	["email", "a@b", null],
	["mobile", "0570-3012345", null],
	["address", "路".repeat(201), "too_long"],
	["bank_name", "行", "too_short"],
	["bank_account", "1234567", "format"],
	["bank_account", "1".repeat(33), "format"],
	["bank_account", "١٢٣٤٥٦٧٨", "format"],
	["address", "x".repeat(2000), "too_long"],
	["amount_fen", 1, "unknown"],
])
	test(`refused: ${name} ${JSON.stringify(value).slice(0, 24)}`, async () => {
		const id = await completed();
		const { status: got, body } = await ask(id,
			{ title_type: "organisation", [name]: value });

		assert.equal(got, 422, JSON.stringify(body));
		assert.deepEqual(body.errors.map((e) => e.field), [name]);
		if (code !== null)
			assert.equal(body.errors[0].code, code);
		/* Said to people: without the member's name. */
		if (code === "too_long")
			assert.match(body.errors[0].message,
				/^[^a-z]*现在是 \d+ 个字，请缩短。$/);
	});

test("another title needs its own tax number", async () => {
	const id = await completed();

	assert.deepEqual(problems(await ask(id, { title_type: "organisation",
		title: "衢州样例工程有限公司" })), ["tax_no required"]);
});

test("a unit with a 9-character code has no tax number to give", async () => {
	const id = await completed(stranger);
	const unit = stranger.session.unit_id;

	await stack.db("UPDATE units SET org_code = 'PDY000204' " +
		`WHERE id = '${unit}'`);
	const refused = await ask(id, { title_type: "organisation" },
		{ client: stranger });

	await stack.db(`UPDATE units SET org_code = '${OTHER_USCC}' ` +
		`WHERE id = '${unit}'`);
	assert.deepEqual(problems(refused), ["tax_no required"]);
});

test("one live invoice an application", async () => {
	const { application_id: id, id: first } = await asked();
	const again = await ask(id, { title_type: "organisation" });

	assert.equal(again.status, 409);
	assert.equal(again.body.code, "invoice_exists");
	assert.equal((await status(id)).body.id, first);
	/* Also before the content is looked at. */
	assert.equal((await ask(id, { title_type: "nothing" })).status, 409);
});

test("sent at once ten times, requested once", async () => {
	const id = await completed();
	const answers = await Promise.all(Array.from({ length: 10 }, () =>
		ask(id, { title_type: "organisation" })));
	const codes = answers.map((a) => a.status).sort();

	assert.deepEqual(codes, [202, ...Array(9).fill(409)]);
});

test("the same Idempotency-Key is the same request", async () => {
	const id = await completed();
	const headers = { "Idempotency-Key": "fapiao-1" };
	const answers = await Promise.all(Array.from({ length: 5 }, () =>
		ask(id, { title_type: "organisation" }, { headers })));

	assert.deepEqual(answers.map((a) => a.status), Array(5).fill(202));
	assert.equal(new Set(answers.map((a) => a.body.id)).size, 1);
	const other = await ask(id, { title_type: "individual" }, { headers });

	assert.equal(other.status, 409);
	assert.equal(other.body.code, "idempotency_key_reused");
});

test("another unit's invoice is not there", async () => {
	const invoice = await asked();
	const id = invoice.application_id;

	await issue(invoice);
	assert.equal((await status(id, stranger)).status, 404);
	assert.equal((await download(id, stranger)).status, 404);
	assert.equal((await ask(id, { title_type: "organisation" },
		{ client: stranger })).status, 404);
	const { body } = await stranger.get("/api/invoices?limit=100");

	assert.ok(body.items.every((i) => i.application_id !== id));
});

test("issued on the page, downloaded byte for byte", async () => {
	const invoice = await asked({ title_type: "organisation",
		mobile: "13800138000", email: "caiwu@example.com" });
	const id = invoice.application_id;
	const text = textOf(await page(operator, `/admin/invoices/${invoice.id}`));

	for (const shown of [applicant.session.unit_name, "450.00",
		applicant.session.org_code, "138****8000", "caiwu@example.com"])
		assert.ok(text.includes(shown), shown);
	const { number, document } = await issue(invoice,
		pdf({ pages: 2, bytes: 200000 }));
	const { headers, body } = await status(id);

	assert.equal(headers.etag, "\"2\"");
	assert.equal(body.status, "issued");
	assert.equal(body.number, number);
	assert.equal(body.size, document.length);
	assert.equal(body.sha256, createHash("sha256").update(document)
		.digest("hex"));
	assert.ok(Date.parse(body.issued_at) >= Date.parse(body.requested_at));
	const file = await download(id);

	assert.equal(file.status, 200);
	assert.deepEqual(file.bytes, document);
	assert.equal(file.headers["content-type"], "application/pdf");
	assert.match(file.headers["content-disposition"],
		new RegExp(`^attachment; .*${number}\\.pdf$`));
	assert.match(file.headers["content-security-policy"], /sandbox/);
	assert.deepEqual((await operator.get(
		`/admin/invoices/${invoice.id}/invoice.pdf`)).bytes, document);
	assert.deepEqual((await auditOf(id)).map((r) => [r.action, r.role]),
		[["request_invoice", "applicant"], ["issue_invoice", "operator"]]);
});

const PERSON = { mobile: "13800138000", email: "zhangming@example.com",
	address: "浙江省衢州市柯城区县学街", bank_account: "6222020200112233445" };

/* Asks to see an invoice in full: the answer. */
function reveal(client, path, why, note = "")
{
	return submitForm(client, path, "/reveal", { why, note });
}

test("a person's own data is masked until who issues asks for it, on record",
	async () => {
		const invoice = await asked({ title_type: "individual", title: "张明",
			...PERSON });
		const path = `/admin/invoices/${invoice.id}`;
		const manager = await signIn(stack, "manager1");
		const reviewer = await signIn(stack, "reviewer1");
		const reveals = () => stack.db("SELECT role, detail FROM audit " +
			"WHERE action = 'reveal' AND " +
			`subject = '${invoice.application_id}' ORDER BY at, id`);
		const shown = (html) => Object.values(PERSON)
			.filter((value) => html.includes(value));

		for (const client of [operator, manager, reviewer]) {
			const html = await page(client, path);

			assert.deepEqual(shown(html), []);
			assert.ok(html.includes("138****8000"));
			assert.equal(html.includes(`${path}/reveal`),
				client !== reviewer);
		}
		for (const [why, note] of [["", ""], ["nothing", ""], ["other", ""],
			["invoice", "打 138-0013 8000"]]) {
			const refused = await reveal(operator, path, why, note);

			assert.equal(refused.status, 422);
			assert.deepEqual(shown(refused.bytes.toString()
				.replace(/<input[^>]*>/g, "")), []);
		}
		assert.deepEqual(await reveals(), []);
		const seen = await reveal(operator, path, "invoice");

		assert.equal(seen.status, 200);
		assert.deepEqual(shown(seen.bytes.toString()), Object.values(PERSON));
		await reveal(manager, path, "dispute", "来电询问");
		assert.deepEqual((await reveals()).map((r) => ({ ...r })),
			[{ role: "operator",
				detail: `invoice ${invoice.id}：开具、交付发票` },
			{ role: "manager",
				detail: `invoice ${invoice.id}：处理投诉、争议；来电询问` }]);
		await issue(invoice);
		assert.ok(!(await page(operator, path)).includes(`${path}/reveal`));
	});

test("of a company's invoice the mobile alone is private", async () => {
	const invoice = await asked({ title_type: "organisation", ...PERSON });
	const html = await page(operator, `/admin/invoices/${invoice.id}`);

	assert.deepEqual(Object.values(PERSON).filter((v) => html.includes(v)),
		Object.values(PERSON).slice(1));
});

test("only an operator issues", async () => {
	const invoice = await asked();
	const data = new FormData();

	data.set("version", "1");
	data.set("number", freshNumber());
	data.set("pdf", new Blob([pdf()]), "x.pdf");
	for (const name of ["reviewer1", "manager1", "auditor1"]) {
		const other = await signIn(stack, name);
		const path = `/admin/invoices/${invoice.id}`;
		const html = await page(other, path);

		assert.ok(html.includes("450.00"));
		data.set("csrf", /name="csrf" value="([0-9a-f]+)"/.exec(html)[1]);
		assert.equal((await send(other, `${path}/issue`, data)).status, 403);
	}
	data.set("csrf", "0".repeat(64));
	assert.equal((await send(operator, `/admin/invoices/${invoice.id}/issue`,
		data)).status, 403);
	assert.equal((await status(invoice.application_id)).body.status,
		"requested");
});

for (const [what, fields, message] of [
	["no number", { number: "", pdf: pdf() }, /请填写发票号码/],
	["a short number", { number: "1234567", pdf: pdf() }, /8 到 20 位/],
	["a long number", { number: "1".repeat(21), pdf: pdf() }, /8 到 20 位/],
	["letters", { number: "1234567A", pdf: pdf() }, /8 到 20 位/],
	["no file", { number: "12345678" }, /请选择发票的 PDF/],
	["an empty file", { number: "12345678", pdf: Buffer.alloc(0) }, /没有内容/],
	["no PDF", { number: "12345678", pdf: Buffer.from("<html>%PDF-1.4") },
		/只能上传 PDF/],
	["too much", { number: "12345678", pdf: pdf({ bytes: LIMIT + 1 }) },
		/不能超过/],
])
	test(`the page comes back with the reason: ${what}`, async () => {
		const invoice = await asked();
		const answer = await post(invoice, fields);
		const html = answer.bytes.toString();

		assert.equal(answer.status, 422);
		assert.match(textOf(html), message);
		assert.ok(html.includes(`name="number" value="${fields.number}"`));
		assert.equal((await status(invoice.application_id)).body.status,
			"requested");
	});

test("both mistakes are told at once; a full-width number is taken", async () => {
	const invoice = await asked();
	const answer = await post(invoice, { number: "12" });

	assert.match(textOf(answer.bytes.toString()), /8 到 20 位.*请选择发票的/);
	assert.equal((await post(invoice,
		{ number: "１２３４５６７８ ９０", pdf: pdf() })).status, 303);
	assert.equal((await status(invoice.application_id)).body.number,
		"1234567890");
});

test("a number serves one invoice", async () => {
	const { number } = await issue(await asked());
	const second = await asked();
	const answer = await post(second, { number, pdf: pdf() });

	assert.equal(answer.status, 422);
	assert.match(textOf(answer.bytes.toString()), /已用于另一张发票/);
	assert.equal((await status(second.application_id)).body.status,
		"requested");
});

test("issued once, however many send the form", async () => {
	const invoice = await asked();
	const path = `/admin/invoices/${invoice.id}`;
	const html = await page(operator, path);
	const answers = await Promise.all([1, 2, 3].map((n) => {
		const data = new FormData();

		data.set("csrf", /name="csrf" value="([0-9a-f]+)"/.exec(html)[1]);
		data.set("version", "1");
		data.set("number", freshNumber());
		data.set("pdf", new Blob([pdf({ text: `copy ${n}` })]), "x.pdf");
		return send(operator, `${path}/issue`, data);
	}));

	assert.deepEqual(answers.map((a) => a.status).sort(), [303, 409, 409]);
	assert.equal((await auditOf(invoice.application_id)).length, 2);
});

test("what was paid back is not invoiced any more", async () => {
	const invoice = await asked();
	const id = invoice.application_id;
	const path = `/admin/invoices/${invoice.id}`;
	const html = await page(operator, path);
	const data = new FormData();

	await stack.db(`UPDATE applications SET state = 'refunded' WHERE id = '${id}'`);
	data.set("csrf", /name="csrf" value="([0-9a-f]+)"/.exec(html)[1]);
	data.set("version", "1");
	data.set("number", freshNumber());
	data.set("pdf", new Blob([pdf()]), "x.pdf");
	const answer = await send(operator, `${path}/issue`, data);

	assert.equal(answer.status, 409);
	assert.match(textOf(answer.bytes.toString()), /不要开具发票/);
	assert.match(textOf(await page(operator, "/admin/invoices")),
		/已退款，不要开具/);
	assert.equal((await status(id)).body.status, "requested");
});

test("the list in one state: newest first", async () => {
	const invoice = await asked();

	assert.ok((await page(operator, "/admin/invoices?state=requested"))
		.includes(`/admin/invoices/${invoice.id}"`));
	assert.ok(!(await page(operator, "/admin/invoices?state=reversed"))
		.includes(`/admin/invoices/${invoice.id}"`));
	/* One that there is not is none. */
	assert.match(await page(operator, "/admin/invoices?state=lost"),
		/id="requested"/);
});

test("the queue: what is asked for first, oldest first", async () => {
	const older = await asked();
	const newer = await asked();
	const done = await asked();

	await issue(done);
	const html = await page(operator, "/admin/invoices");
	const at = [older, newer, done].map((i) =>
		html.indexOf(`/admin/invoices/${i.id}"`));

	assert.ok(at[0] > 0 && at[0] < at[1] && at[1] < at[2], at.join());
});

test("the tab lists what is completed, with or without an invoice", async () => {
	const without = await completed();
	const waiting = await asked();
	const there = await asked();
	const { number } = await issue(there);
	const { id: editing } = await create(applicant);
	const { status: code, body } = await applicant.get("/api/invoices");
	const item = (id) => body.items.find((i) => i.application_id === id);

	assert.equal(code, 200);
	assert.equal(item(editing), undefined);
	assert.deepEqual(Object.keys(item(without)), ["application_id", "batch_no",
		"project_name", "category", "fee_fen", "status", "status_title",
		"title", "number", "requested_at", "issued_at"]);
	assert.equal(item(without).status, "none");
	assert.equal(item(without).fee_fen, 45000);
	assert.match(item(without).batch_no, /^CA\d{14}$/);
	assert.equal(item(waiting.application_id).status, "requested");
	assert.equal(item(there.application_id).status, "issued");
	assert.equal(item(there.application_id).number, number);
	const ids = body.items.map((i) => i.application_id);

	assert.deepEqual(ids, [...ids].sort().reverse());
	for (const wanted of ["none", "requested", "issued"]) {
		const { body: some } = await applicant.get(
			`/api/invoices?status=${wanted}&limit=100`);

		assert.ok(some.items.length > 0);
		assert.ok(some.items.every((i) => i.status === wanted));
	}
	for (const query of ["status=paid", "limit=0", "limit=101", "x=1"])
		assert.equal((await applicant.get(`/api/invoices?${query}`)).status,
			422, query);
});

test("the pages of the tab hold every row once", async () => {
	const { body: all } = await applicant.get("/api/invoices?limit=100");
	const seen = [];
	let next = "";

	assert.equal(all.next, null);
	do {
		const { body } = await applicant.get(`/api/invoices?limit=2${next}`);

		assert.ok(body.items.length <= 2);
		seen.push(...body.items);
		next = body.next && `&cursor=${body.next}`;
	} while (next !== null);
	assert.deepEqual(seen, all.items);
});

test("titles are kept, the last one first, each once", async () => {
	const mine = { title_type: "organisation",
		title: applicant.session.unit_name, address: "衢州市示例路2号",
		bank_name: "示例银行", bank_account: "12345678" };

	await asked(mine);
	await asked({ title_type: "individual", title: "陈建国" });
	await asked({ ...mine, bank_account: "87654321" });
	const { body } = await applicant.get("/api/invoice-titles");
	const own = body.items.filter((t) => t.title === mine.title);

	assert.equal(own.length, 1);
	assert.deepEqual({ ...body.items[0], id: null, used_at: null }, { id: null,
		...mine,
		tax_no: applicant.session.org_code, bank_account: "87654321",
		used_at: null });
	assert.deepEqual([body.items[1].title_type, body.items[1].title,
		body.items[1].tax_no], ["individual", "陈建国", null]);
	assert.equal(body.next, null);
	const { body: theirs } = await stranger.get("/api/invoice-titles");

	assert.ok(theirs.items.every((t) => t.title !== "陈建国"));
});

test("the queue goes on over the page's end, each invoice once", async () => {
	const seen = [];
	let path = "/admin/invoices";

	await Promise.all(Array.from({ length: 55 }, () => asked()));
	do {
		const html = await page(operator, path);
		const [waiting] = html.split("id=\"issued\"");
		const next = /href="([^"]*\?after=[^"]*)"/.exec(waiting);

		seen.push(...[...waiting.matchAll(/\/admin\/invoices\/([0-9a-z]{26})"/g)]
			.map(([, id]) => id));
		path = next && next[1];
	} while (path !== null);
	const rows = await stack.db("SELECT id FROM invoices WHERE " +
		"state = 'requested' ORDER BY id");

	assert.ok(rows.length > 50);
	assert.deepEqual(seen, rows.map((r) => r.id));
});
