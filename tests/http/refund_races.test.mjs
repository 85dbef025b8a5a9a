/*
 * A refund and what must not be beside it, at the same moment: another refund,
 * a work order, an invoice. And what need not wait for one.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import * as paying from "../stack/paying.mjs";
import { atOnce, endAll } from "../stack/session.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;

let stack, applicant, first, second, operator;

before(async () => {
	stack = await startStack({ scale: 0.01,
		env: { CALOCK_AUDIT_STALL_SECONDS: "3600" } });
	await stack.kill("worker", "SIGTERM");
	applicant = await signIn(stack, "applicant1");
	first = await signIn(stack, "manager1");
	second = await signIn(stack, "manager2");
	operator = await signIn(stack, "operator1");
});
after(async () => {
	await endAll();
	await stack?.stop();
});

async function paid()
{
	const made = await paying.ordered(stack, applicant, "wechatpay");

	await paying.pay(stack, made);
	await paying.untilState(applicant, made.id, "paid");
	/* Made out from the next day on. */
	await stack.db("UPDATE applications SET paid_at = paid_at - INTERVAL 1 DAY " +
		`WHERE id = '${made.id}'`);
	return made.id;
}

/* A form as it stands on a page: sends it, with what is typed. */
async function ready(client, at, action, typed)
{
	const form = formsOf(await page(client, at))
		.find((f) => f.action.endsWith(action));

	return () => client.form(form.action, { ...ownFields(form), ...typed });
}

const refund = (manager, id, amount) => ready(manager,
	`/admin/applications/${id}/refund`, "/refund", { amount, reason: "退款" });

const refundsOf = async (id) => (await stack.db("SELECT amount_fen FROM " +
	`refunds WHERE application_id = '${id}'`)).map((r) => r.amount_fen);

const statusesOf = (answers) => answers.map((a) => a.status).sort();

test("two parts that are more than the whole, asked for at once", async () => {
	const id = await paid();
	const asks = [await refund(first, id, "300"),
		await refund(second, id, "300")];
	const answers = await atOnce(stack, "review", 2, () =>
		asks.map((ask) => ask()));

	assert.deepEqual(statusesOf(answers), [303, 422]);
	assert.match(textOf(answers.find((a) => a.status === 422).bytes.toString()),
		/最多 150\.00 元/);
	assert.deepEqual(await refundsOf(id), ["30000"]);
});

test("a refund and a work order at once: one of them", async () => {
	const id = await paid();
	const both = [await refund(first, id, "450"),
		await ready(operator, "/admin/work-orders", "/dispatch",
			{ application: [id] })];
	const [asked] = await atOnce(stack, "review", 2, () =>
		both.map((send) => send()));
	const { state } = await load(applicant, id);

	assert.equal(state, asked.status === 303 ? "paid" : "processing");
	assert.deepEqual(await refundsOf(id),
		asked.status === 303 ? ["45000"] : []);
});

/* One that was made out; the invoice is asked for in the portal. */
test("a refund and an invoice at once: one of them", async () => {
	const id = await paid();

	await stack.db("UPDATE applications SET state = 'completed', version = " +
		`version + 1, valid_from = NOW(), valid_to = NOW() WHERE id = '${id}'`);
	const ask = await refund(first, id, "450");
	let invoice;
	const [asked] = await atOnce(stack, "review", 1, () => {
		invoice = applicant.post(`/api/applications/${id}/invoice`,
			{ title_type: "organisation", title: "某某建设有限公司",
				tax_no: "91350100M000100Y43" });
		return [ask()];
	});
	const { status } = await invoice;

	assert.deepEqual([asked.status === 303, status === 202].sort(),
		[false, true]);
	assert.equal((await stack.db("SELECT id FROM invoices WHERE " +
		`application_id = '${id}'`)).length, status === 202 ? 1 : 0);
	assert.equal((await refundsOf(id)).length, asked.status === 303 ? 1 : 0);
});

/* What was paid a second time is stuck at the provider: the case has its fee. */
test("money that was paid twice and goes back holds up no lock", async () => {
	const made = await paying.ordered(stack, applicant, "alipay");
	const { body: other } = await paying.order(applicant, made.id, "wechatpay",
		{ switch: true });

	await paying.pay(stack, made);
	await paying.untilState(applicant, made.id, "paid");
	await paying.sandbox(stack, "misbehave", { what: "refund_abnormal" });
	await paying.pay(stack, other);
	await stack.restart("worker");
	await until(async () => (await stack.db("SELECT state FROM refunds WHERE " +
		`application_id = '${made.id}'`))[0]?.state === "failed",
	"it is stuck", WAIT_MS);
	await stack.kill("worker", "SIGTERM");
	await act(operator, "/admin/work-orders", "/dispatch",
		{ application: [made.id] });
	assert.equal((await load(applicant, made.id)).state, "processing");
});
