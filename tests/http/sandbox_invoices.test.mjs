/*
 * The sandbox's invoices as a merchant sees them, through a client that we did
 * not write (wechatpay-axios-plugin), which seals, signs and verifies.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { Rsa } from "wechatpay-axios-plugin";

import { launchSandbox, receiveNotices, waitFor } from "../sandbox/launch.mjs";
import { isSigned, openMerchant, openResource } from "../sandbox/merchant.mjs";

let sandbox;
let shop;
let receiver;

before(async () => {
	sandbox = await launchSandbox();
	shop = openMerchant(sandbox);
	receiver = await receiveNotices();
});
after(async () => {
	receiver.stop();
	await sandbox.stop();
});

async function refused(call, status, code)
{
	const e = await call.then(() => assert.fail("was not refused"), (x) => x);

	assert.deepEqual([e.response?.status, e.response?.data.code],
		[status, code], e.message);
	return e.response.data.message;
}

/* Asked for: its two ids, when the sandbox has taken it. */
async function ask(changes)
{
	const body = shop.invoiceBody(changes);
	const answer = await shop.issue(body);

	assert.equal(answer.status, 202);
	assert.equal(answer.data, "");
	return { body, apply: body.fapiao_apply_id,
		id: body.fapiao_information[0].fapiao_id };
}

async function stateOf({ apply, id })
{
	const { data } = await shop.queryInvoice(apply, id);

	assert.equal(data.total_count, 1);
	return data.fapiao_information[0];
}

const becomes = (invoice, status) => waitFor(status, async () => {
	const found = await stateOf(invoice);

	return found.status === status && found;
});

async function issued(changes)
{
	const invoice = await ask(changes);
	const found = await becomes(invoice, "ISSUED");

	return { ...invoice, found, number: found.blue_fapiao.fapiao_number };
}

const reverseBody = ({ id, number }, reverse_reason = "ISSUE_ERROR") => ({
	reverse_reason, fapiao_information: [
		{ fapiao_id: id, fapiao_number: number }] });

async function paidOrder(total = 26000)
{
	const body = shop.body({ amount: { total, currency: "CNY" } });
	const { data } = await shop.order(body);
	const paid = await sandbox.control("pay", { code_url: data.code_url });

	return paid.body.transaction_id;
}

const misbehave = (what, on) => sandbox.control("misbehave", { what, on });

test("an invoice is taken, then issued; what is private comes sealed", async () => {
	await misbehave("invoice_slow", "issue");
	const slow = await ask();

	assert.equal((await stateOf(slow)).status, "ISSUE_ACCEPTED");
	assert.equal((await stateOf(slow)).blue_fapiao, undefined);
	await becomes(slow, "ISSUED");

	const { found, number } = await issued();
	const { private_key } = sandbox.keys.merchant;
	const buyer = found.buyer_information;

	assert.match(number, /^\d{20}$/);
	assert.equal(found.blue_fapiao.fapiao_code, "");
	assert.equal(found.total_amount, 26000);
	assert.equal(found.tax_amount, 1472);
	assert.equal(found.amount, 24528);
	assert.equal(Rsa.decrypt(buyer.phone, private_key), "13812345678");
	assert.equal(Rsa.decrypt(buyer.email, private_key), "cai@example.com");
	assert.equal(buyer.name, "示例建设有限公司");
});

test("sealed for a certificate, and for a person who gives nothing", async () => {
	const { certificate } = sandbox.keys;
	const body = shop.invoiceBody({ buyer: {
		phone: Rsa.encrypt("13900000000", certificate.public_key),
		email: undefined } });

	assert.equal((await shop.issue(body,
		{ "Wechatpay-Serial": certificate.serial })).status, 202);
	const person = shop.invoiceBody({ buyer: { type: "INDIVIDUAL",
		taxpayer_id: undefined, phone: undefined, email: undefined } });

	assert.equal((await shop.issue(person, {})).status, 202);
});

test("what is sealed needs its serial, and the right key", async () => {
	assert.match(await refused(shop.issue(shop.invoiceBody(), {}),
		400, "PARAM_ERROR"), /Wechatpay-Serial/);
	assert.match(await refused(shop.issue(shop.invoiceBody(),
		{ "Wechatpay-Serial": sandbox.keys.certificate.serial }),
	400, "PARAM_ERROR"), /解密失败/);
	assert.match(await refused(shop.issue(shop.invoiceBody(
		{ buyer: { phone: "13812345678" } })), 400, "PARAM_ERROR"), /解密失败/);
});

const LINE = { tax_code: "3040201990000000000", goods_name: "费", quantity: 1e8,
	total_amount: 26000, discount: false };

const REFUSED = [
	["a scene there is not", { scene: "WITH_ALIPAY" }],
	["no line", { info: { items: [] } }],
	["a tax code of 18 digits", { info: { items: [
		{ ...LINE, tax_code: "304020199000000000" }] } }],
	["a rate in percent", { info: { items: [{ ...LINE, tax_rate: 0.06 }] } }],
	["a favour there is not", { info: { items: [
		{ ...LINE, tax_prefer_mark: "FREE" }] } }],
	["no quantity", { info: { items: [{ ...LINE, quantity: 0 }] } }],
	["lines of another sum", { info: { items: [
		{ ...LINE, total_amount: 25999 }] } }],
	["a unit without its tax number", { buyer: { taxpayer_id: undefined } }],
	["an address of 129 bytes", { buyer: { address: "a".repeat(129) } }],
	["an id with a slash", { info: { fapiao_id: "F/1" } }],
	["a member there is not", { buyer: { openid: "o" } }],
];

for (const [name, changes] of REFUSED)
	test(`refused: ${name}`, () =>
		refused(shop.issue(shop.invoiceBody(changes)), 400, "PARAM_ERROR"));

test("an id is used once", async () => {
	const { body } = await ask();

	await refused(shop.issue(body), 400, "RESOURCE_ALREADY_EXISTS");
	const twice = shop.invoiceBody();

	twice.fapiao_information.push(twice.fapiao_information[0]);
	await refused(shop.issue(twice), 400, "RESOURCE_ALREADY_EXISTS");
});

test("with WeChat Pay: a paid transaction, and not more than it", async () => {
	const scene = "WITH_WECHATPAY";
	const fapiao_apply_id = await paidOrder();

	await refused(shop.issue(shop.invoiceBody({ scene })),
		404, "RESOURCE_NOT_EXISTS");
	await refused(shop.issue(shop.invoiceBody({ scene, fapiao_apply_id,
		info: { total_amount: 26001 } })), 400, "INVALID_REQUEST");
	const first = await issued({ scene, fapiao_apply_id });

	/* A second one only once the first is red. */
	await refused(shop.issue(shop.invoiceBody({ scene, fapiao_apply_id })),
		400, "INVALID_REQUEST");
	await shop.reverse(first.apply, reverseBody(first));
	await becomes(first, "REVERSED");
	await issued({ scene, fapiao_apply_id });
	const { data } = await shop.queryInvoice(fapiao_apply_id);

	assert.deepEqual(data.fapiao_information.map((f) => f.status),
		["REVERSED", "ISSUED"]);
});

test("four failures, then no more tries", async () => {
	const fapiao_apply_id = `A${Date.now()}`;

	for (let i = 0; i < 4; i++) {
		await misbehave("invoice_fails", "issue");
		const failed = await becomes(await ask({ fapiao_apply_id }),
			"ISSUE_FAILED");

		assert.equal(failed.fapiao_error_code, "TAX_BUREAU_REJECTED");
		assert.match(failed.fapiao_error_message, /纳税人识别号/);
	}
	await refused(shop.issue(shop.invoiceBody({ fapiao_apply_id })),
		403, "RULE_LIMIT");
});

test("what nobody asked for is not known", async () => {
	const { apply } = await ask();

	await refused(shop.queryInvoice("A0"), 404, "RESOURCE_NOT_EXISTS");
	await refused(shop.queryInvoice(apply, "F0"), 404, "RESOURCE_NOT_EXISTS");
	await refused(shop.invoiceFiles("A0", "F0"), 404, "RESOURCE_NOT_EXISTS");
	await refused(shop.reverse("A0", reverseBody({ id: "F0", number: "1" })),
		404, "RESOURCE_NOT_EXISTS");
});

test("the red one: of an issued one, of its number, once", async () => {
	await misbehave("invoice_slow", "issue");
	const slow = await ask();

	await refused(shop.reverse(slow.apply,
		reverseBody({ ...slow, number: "1" })), 400, "INVALID_REQUEST");
	const invoice = await issued();

	await refused(shop.reverse(invoice.apply,
		reverseBody({ ...invoice, number: "1" })), 400, "PARAM_ERROR");
	await refused(shop.reverse(invoice.apply,
		reverseBody(invoice, "SERVICE_SUSPENSION")), 400, "PARAM_ERROR");
	const answer = await shop.reverse(invoice.apply,
		reverseBody(invoice, "SERVICE_SUSPENTION"));

	assert.deepEqual([answer.status, answer.data], [202, ""]);
	const red = await becomes(invoice, "REVERSED");

	assert.match(red.red_fapiao.fapiao_number, /^\d{20}$/);
	assert.notEqual(red.red_fapiao.fapiao_number, invoice.number);
	await refused(shop.reverse(invoice.apply, reverseBody(invoice)),
		400, "INVALID_REQUEST");
});

test("a red one that failed is tried again after a while", async () => {
	const invoice = await issued();

	await misbehave("invoice_fails", "reverse");
	await shop.reverse(invoice.apply, reverseBody(invoice));
	const failed = await becomes(invoice, "REVERSE_FAILED");

	assert.equal(failed.fapiao_error_code, "TAX_BUREAU_REJECTED");
	await refused(shop.reverse(invoice.apply, reverseBody(invoice)),
		429, "FREQUENCY_LIMITED");
	await waitFor("the five minutes, made short", () =>
		shop.reverse(invoice.apply, reverseBody(invoice))
			.then(() => true, () => false));
	await becomes(invoice, "REVERSED");
});

/* A file at its address, with what the vendor wants behind the token. */
async function fetchFile(url, { id, number }, changes = {})
{
	const full = new URL(url);
	const more = { mchid: sandbox.keys.merchant.mchid, openid: "o",
		invoice_code: "", invoice_no: number, fapiao_id: id, ...changes };

	for (const [name, value] of Object.entries(more))
		full.searchParams.set(name, value);
	const res = await fetch(full);

	return { res, bytes: Buffer.from(await res.arrayBuffer()) };
}

async function urls({ apply, id })
{
	const { data } = await shop.invoiceFiles(apply, id);

	return data.fapiao_download_info_list.map((f) => f.download_url);
}

test("its files: a PDF, an OFD and an XML, each with its SM3", async () => {
	const invoice = await issued();
	const begins = ["%PDF-", "PK\x03\x04", "<?xml"];
	const list = await urls(invoice);

	assert.equal(list.length, 3);
	for (const [i, url] of list.entries()) {
		const { res, bytes } = await fetchFile(url, invoice);

		assert.equal(res.status, 200);
		assert.equal(bytes.subarray(0, begins[i].length).toString("latin1"),
			begins[i]);
		assert.equal(res.headers.get("sm3-digest"), createHash("sm3")
			.update(bytes).digest("hex").toUpperCase());
		assert.equal(res.headers.get("wechatpay-signature"), null);
	}
});

test("a file is given for its own invoice alone, and for a while", async () => {
	const invoice = await issued();
	const [url] = await urls(invoice);

	for (const [name, value] of [["mchid", "1"], ["fapiao_id", "F0"],
		["invoice_no", "1"], ["openid", ""], ["token", "none"]]) {
		const { res } = await fetchFile(url, invoice, { [name]: value });

		assert.equal(res.status, 400, name);
	}
	await misbehave("file_expired");
	const [late] = await urls(invoice);

	assert.equal((await fetchFile(late, invoice)).res.status, 400);
	await misbehave("file_pdf_alone");
	assert.equal((await urls(invoice)).length, 1);
	await misbehave("file_not_pdf");
	const [html] = await urls(invoice);

	assert.match((await fetchFile(html, invoice)).bytes.toString(), /^<html>/);
	await misbehave("invoice_slow", "issue");
	const slow = await ask();

	await refused(shop.invoiceFiles(slow.apply, slow.id),
		400, "INVALID_REQUEST");
});

const noticeOf = (id, event) => waitFor(`${event} of ${id}`, () =>
	receiver.notices.find((n) => {
		const { event_type, resource } = JSON.parse(n.body);

		return event_type === event &&
			openResource(resource, sandbox.keys.apiv3_key).includes(id);
	}));

test("both are told, signed and sealed, where the settings say", async () => {
	const silent = await issued();
	const { data } = await shop.configure({ callback_url: receiver.url });

	assert.equal(data.callback_url, receiver.url);
	const invoice = await issued();
	const told = await noticeOf(invoice.id, "FAPIAO.ISSUED");
	const plain = JSON.parse(openResource(JSON.parse(told.body).resource,
		sandbox.keys.apiv3_key));

	assert.ok(isSigned(told, sandbox.keys.platform));
	assert.deepEqual(plain, { mchid: sandbox.keys.merchant.mchid,
		fapiao_apply_id: invoice.apply, fapiao_information: [{
			fapiao_id: invoice.id, fapiao_status: "ISSUED",
			card_status: "INSERTED" }] });
	await shop.reverse(invoice.apply, reverseBody(invoice));
	await noticeOf(invoice.id, "FAPIAO.REVERSED");
	assert.ok(!receiver.notices.some((n) => openResource(
		JSON.parse(n.body).resource, sandbox.keys.apiv3_key)
		.includes(silent.id)));

	const before = receiver.notices.length;

	assert.equal((await sandbox.control("notice",
		{ fapiao_id: invoice.id })).status, 200);
	assert.equal(receiver.notices.length, before + 1);
});

test("it misbehaves as it is asked to", async () => {
	await misbehave("not_granted", "invoice_issue");
	await refused(shop.issue(shop.invoiceBody()), 403, "NO_AUTH");
	await misbehave("error_500", "invoice_query");
	await refused(shop.queryInvoice("A0"), 500, "SYSTEM_ERROR");
	await misbehave("applied_then_drop", "invoice_issue");
	const body = shop.invoiceBody();

	await assert.rejects(shop.issue(body));
	await becomes({ apply: body.fapiao_apply_id,
		id: body.fapiao_information[0].fapiao_id }, "ISSUED");
	await misbehave("answer_bad_signature", "invoice_issue");
	await assert.rejects(shop.issue(shop.invoiceBody()), /verify/i);
});

test("people and scripts see the invoices", async () => {
	const { id, number } = await issued();
	const page = await (await fetch(`${sandbox.url}/invoices`)).text();
	const { body } = await sandbox.control("orders");

	assert.ok(page.includes(id) && page.includes(number));
	assert.equal(body.invoices.find((f) => f.fapiao_id === id).status,
		"ISSUED");
});
