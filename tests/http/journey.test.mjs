/*
 * The manual's steps 1 to 11 on the real parts: a renewal, and a new lock
 * with a rejection and its correction.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { KINDS, consentVersion, create, draft, load, submit, uploadAll }
	from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";
import { yearsAfter } from "../stack/work_orders.mjs";

let stack;
let invoices = 0;

before(async () => {
	stack = await startStack({});
});
after(() => stack?.stop());

const casePath = (id) => `/admin/applications/${id}`;

async function approve(reviewer, id)
{
	await act(reviewer, casePath(id), "/claim");
	await act(reviewer, casePath(id), "/approve");
}

/* Scans the code: what the payer's phone would do. */
async function pay(applicant, id)
{
	const order = await applicant.post(`/api/applications/${id}/payment`,
		{ provider: "wechatpay" });
	const qr = await applicant.get(`/api/applications/${id}/payment/qr.svg`);
	const paid = await fetch(`${stack.sandboxUrl}/sandbox/pay`, {
		method: "POST",
		body: JSON.stringify({ code_url: order.body.code_url }),
	});

	assert.equal(order.status, 201);
	assert.match(qr.headers["content-type"], /^image\/svg\+xml/);
	assert.equal(paid.status, 200);
	return until(async () => {
		const now = await load(applicant, id);

		return now.state === "paid" && now;
	}, "the payment is known");
}

/* Puts a payment on yesterday, as if the night had passed. */
function letTheNightPass(id)
{
	return stack.db("UPDATE applications SET paid_at = paid_at - INTERVAL 1 " +
		`DAY WHERE id = '${id}'`);
}

function smsOf(id)
{
	return stack.db("SELECT event, state FROM messages WHERE " +
		`application_id = '${id}' ORDER BY id`);
}

/* No two invoices have the same. */
function invoiceNumber()
{
	return String(26332000000000000000n + BigInt(++invoices));
}

async function invoice(applicant, operator, id)
{
	const asked = await applicant.post(`/api/applications/${id}/invoice`,
		{ title_type: "organisation", email: "caiwu@example.com" });
	const document = pdf({ text: "fapiao" });
	const form = new FormData();

	assert.equal(asked.status, 202, JSON.stringify(asked.body));
	assert.equal(asked.body.tax_no, applicant.session.org_code);
	const html = await page(operator, `/admin/invoices/${asked.body.id}`);
	const csrf = /name="csrf" value="([0-9a-f]+)"/.exec(html)[1];
	const version = /name="version" value="(\d+)"/.exec(html)?.[1];

	form.set("csrf", csrf);
	if (version !== undefined)
		form.set("version", version);
	form.set("number", invoiceNumber());
	form.set("pdf", new Blob([document], { type: "application/pdf" }),
		"发票.pdf");
	const body = new Response(form);
	const issued = await operator.post(
		`/admin/invoices/${asked.body.id}/issue`,
		Buffer.from(await body.arrayBuffer()),
		{ "Content-Type": body.headers.get("content-type") });

	assert.equal(issued.status, 303, textOf(issued.bytes.toString()));
	const got = await applicant.get(`/api/applications/${id}/invoice.pdf`);

	assert.equal(got.status, 200);
	assert.deepEqual(got.bytes, document);
	return (await applicant.get(`/api/applications/${id}/invoice`)).body;
}

test("a renewal, from sign-in to the activated lock", async () => {
	const applicant = await signIn(stack, "applicant1");
	const reviewer = await signIn(stack, "reviewer1");
	const operator = await signIn(stack, "operator1");

	/* 1 to 4: the form is drawn from the API, agreed to, and begun. */
	const { body: form } = await applicant.get("/api/form?type=enterprise");
	const { body: locks } = await applicant.get("/api/locks");

	assert.match(form.consent.text, /示例|申请/);
	assert.equal(form.fields.at(-1).name, "mail_address");
	assert.deepEqual(locks.items.map((l) => l.renewal_open), [true]);
	const { id } = await create(applicant,
		{ category: "renewal", pickup: "onsite" });

	/* 5: saved in between, with all that is still missing. */
	const half = await load(applicant, id);
	const { category: _, ...fields } = draft(applicant);
	const saved = await applicant.put(`/api/applications/${id}`,
		{ version: half.version, ...fields });

	assert.equal(half.lock_serial, locks.items[0].serial);
	assert.ok(half.errors.length > 10);
	assert.deepEqual(saved.body.errors.map((e) => e.field), KINDS.renewal);
	assert.equal(saved.body.fee_fen, 30000);

	/* 6 and 7: the stamped PDFs, then for review. */
	await uploadAll(applicant, id, "renewal");
	const submitted = await submit(applicant, id);

	assert.equal(submitted.state, "pending");
	assert.match(submitted.batch_no, /^CA\d{14}$/);

	/* 8: reviewed on the page. */
	const list = await page(reviewer, "/admin/");

	assert.ok(list.includes(submitted.batch_no));
	await approve(reviewer, id);
	assert.equal((await load(applicant, id)).state, "approved");

	/* Paid by the code. */
	const paid = await pay(applicant, id);

	assert.equal(paid.order.status, "paid");

	/* 9: the day after, all in one go. */
	await letTheNightPass(id);
	const workOrder = await act(operator, "/admin/work-orders", "/dispatch",
		{ application: id });

	assert.equal((await load(applicant, id)).state, "processing");
	await act(operator, workOrder, "/complete", { application: id });
	const done = await load(applicant, id);

	assert.equal(done.state, "completed");
	/* An unexpired lock keeps its days: old end and the term. */
	assert.equal(done.valid_to, yearsAfter(locks.items[0].valid_to, 1));
	assert.equal(done.lock.valid_to, done.valid_to);
	await until(async () => (await smsOf(id)).every((m) => m.state === "sent"),
		"the messages are sent");
	assert.deepEqual((await smsOf(id)).map((m) => m.event),
		["approve", "pay", "complete"]);

	/* The invoice, and 10 and 11: how to activate. */
	const issued = await invoice(applicant, operator, id);

	assert.equal(issued.status, "issued");
	assert.match(done.activation.steps.join(), /证书延期/);
	assert.match(done.activation.tool_url, /^https:\/\//);
	assert.deepEqual(done.history.map((h) => h.action), ["create", "submit",
		"approve", "pay", "dispatch", "complete"]);
});

test("a new lock: rejected, corrected, by mail, to the end", async () => {
	const applicant = await signIn(stack, "applicant2");
	const reviewer = await signIn(stack, "reviewer2");
	const operator = await signIn(stack, "operator1");
	const { id } = await create(applicant, draft(applicant, {
		pickup: "mail", recipient: "李晓梅", recipient_phone: "13800138000",
		mail_address: "浙江省衢州市柯城区示例路1号" }));

	await uploadAll(applicant, id, "new");
	await submit(applicant, id);
	await act(reviewer, casePath(id), "/claim");
	await act(reviewer, casePath(id), "/reject", {
		opinion: "法定代表人与营业执照不一致",
		pin: ["legal_representative", "business_licence"] });
	const rejected = await load(applicant, id);

	assert.equal(rejected.state, "rejected");
	assert.match(rejected.review.opinion, /营业执照不一致/);
	assert.deepEqual(rejected.review.pins.toSorted?.() ??
		[...rejected.review.pins].sort(),
	["business_licence", "legal_representative"]);

	/* Corrected: the field and the file, nothing else again. */
	const corrected = await applicant.put(`/api/applications/${id}`,
		{ version: rejected.version, legal_representative: "陈建民" });
	const licence = rejected.attachments.find((a) =>
		a.kind === "business_licence");

	assert.equal(corrected.status, 200);
	assert.equal((await applicant.del(`/api/applications/${id}/attachments/` +
		`business_licence/${licence.id}`)).status, 204);
	assert.equal((await applicant.upload(id, "business_licence",
		pdf({ text: "licence again" }))).status, 201);
	await submit(applicant, id);
	await approve(reviewer, id);
	await pay(applicant, id);
	await letTheNightPass(id);
	const workOrder = await act(operator, "/admin/work-orders", "/dispatch",
		{ application: id });
	const html = await page(operator, workOrder);
	const serial = /name="(serial[^"]*)"/.exec(html)[1];

	await act(operator, workOrder, "/complete",
		{ application: id, [serial]: "TG20269999" });
	const done = await load(applicant, id);

	assert.equal(done.state, "completed");
	assert.equal(done.valid_to, yearsAfter(done.valid_from, 1));
	assert.deepEqual((await applicant.get("/api/locks")).body.items
		.map((l) => `${l.serial} ${l.kind}`).sort(),
	["TG20250002 main", "TG20269999 sub"]);
	assert.equal((await invoice(applicant, operator, id)).status, "issued");
	assert.equal(await consentVersion(applicant), done.consent_version);
});
