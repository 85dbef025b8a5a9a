/* An invoice that an operator has issued and that is wrong: another in its place,
 * or why not. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { bring, Invoices } from "../stack/invoices.mjs";
import { page, submitForm, textOf } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const RED = "26352000000000001234";

let stack, applicant, stranger, operator, invoices;

before(async () => {
	stack = await startStack({});
	applicant = await signIn(stack, "applicant1");
	stranger = await signIn(stack, "applicant2");
	operator = await signIn(stack, "operator1");
	invoices = new Invoices(stack, applicant);
});
after(() => stack?.stop());

/* {application, invoice, path of its page}; issued unless told otherwise. */
async function asked({ isIssued = true, ...members } = {})
{
	const application = await invoices.completed();
	const invoice = await invoices.ask(application, members);

	if (isIssued)
		await bring(operator, invoice);
	return { application, invoice, path: `/admin/invoices/${invoice.id}` };
}

const correct = (id, client = applicant) => client.post(
	invoices.path(id, "/correction"), { title_type: "individual",
		title: "周敏", reason: "抬头写错了" });

test("it is an operator's to reverse; the new one waits for that", async () => {
	const { application: id, invoice, path } = await asked({ isIssued: false });

	assert.equal((await correct(id)).body.code, "invoice_not_issued");
	await bring(operator, invoice);
	const { status, headers, body } = await correct(id);

	assert.deepEqual([status, headers.location, body.status,
		body.corrections_left], [202, invoices.path(id), "reversing", 1]);
	assert.match(textOf(await page(operator, path)),
		/申请单位说发票开错了，请红冲：抬头写错了/);
	assert.match(textOf(await page(operator, "/admin/invoices")),
		/待办.*红冲中/);
	assert.equal((await submitForm(operator, path, "/end",
		{ red_number: RED })).status, 303);
	const next = await invoices.load(id);

	assert.deepEqual([next.status, next.title, next.amount_fen],
		["requested", "周敏", invoice.amount_fen]);
	/* Each leads to the other, for the office and for its applicant. */
	assert.deepEqual(next.others.map((o) => [o.id, o.status, o.relation,
		o.red_number]), [[invoice.id, "reversed", "replaced", RED]]);
	for (const [from, to, said] of [
		[path, `/admin/invoices/${next.id}`, "待开具 代替这一张"],
		[`/admin/invoices/${next.id}`, path, "已红冲 由这一张代替"]]) {
		const html = await page(operator, from);

		assert.ok(html.includes(`href="${to}"`));
		assert.match(textOf(html), new RegExp(`此申请的其他发票.*${said}`));
	}
	await bring(operator, next);
	assert.equal((await invoices.load(id)).status, "issued");
	const old = await invoices.row(invoice.id);

	assert.deepEqual([old.state, old.red_number, old.why_ended, old.taken_back],
		["reversed", RED, "抬头写错了", "mistaken"]);
	assert.deepEqual(await invoices.life(invoice.id),
		["request requested applicant", "take issued operator",
			"correct reversing applicant", "red reversed operator"]);
});

test("another like the old one is not asked for", async () => {
	const { application: id } = await asked();
	const same = await applicant.post(invoices.path(id, "/correction"),
		{ reason: "抬头写错了" });

	assert.equal(same.status, 422);
	assert.deepEqual(same.body.errors.map((e) => `${e.field} ${e.code}`),
		["title unchanged"]);
	assert.equal((await invoices.load(id)).status, "issued");
});

test("an operator who does not reverse it says why", async () => {
	const { application: id, invoice, path } = await asked();

	await correct(id);
	assert.equal((await submitForm(operator, path, "/keep",
		{ reason: "" })).status, 422);
	assert.equal((await submitForm(operator, path, "/keep",
		{ reason: "已经抵扣" })).status, 303);
	const body = await invoices.load(id);

	assert.deepEqual([body.id, body.status, body.correction_refused,
		body.corrections_left], [invoice.id, "issued", "已经抵扣", 2]);
	assert.equal((await applicant.get(invoices.path(id, ".pdf"))).status, 200);
	assert.deepEqual((await stack.db("SELECT event FROM messages WHERE " +
		`application_id = '${id}' AND event LIKE 'invoice%' ORDER BY id`))
		.map(({ event }) => event), ["invoice", "invoice_kept"],
	"who waits for another is told that there is none");
	assert.equal((await correct(id)).status, 202);
});

test("another unit corrects nothing, and removes no title", async () => {
	const { application: id } = await asked({ title_type: "individual",
		title: "冯独有" });
	const { body } = await applicant.get("/api/invoice-titles");
	const title = body.items.find((t) => t.title === "冯独有");

	assert.equal((await correct(id, stranger)).status, 404);
	assert.equal((await stranger.request("DELETE",
		`/api/invoice-titles/${title.id}`)).status, 404);
	assert.equal((await invoices.load(id)).status, "issued");
});
