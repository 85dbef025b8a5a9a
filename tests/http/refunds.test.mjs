/*
 * Refunds on the real parts: asked for by one, confirmed by another, sent by
 * the worker, and what goes wrong there; money that fits no order; invoices
 * that stand in the way. For both providers.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, page, submitForm, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import * as paying from "../stack/paying.mjs";
import { startStack } from "../stack/stack.mjs";
import { readKeys } from "../sandbox/keys.mjs";
import { buildNotice } from "../sandbox/wechatpay_protocol.mjs";

const WAIT_MS = 60_000;
const FEE = 45_000;

let stack, applicant, first, second, operator, keys;

before(async () => {
	stack = await startStack({ scale: 0.01,
		env: { CALOCK_ORDER_QUERY_SECONDS: "3" } });
	applicant = await signIn(stack, "applicant1");
	first = await signIn(stack, "manager1");
	second = await signIn(stack, "manager2");
	operator = await signIn(stack, "operator1");
	keys = readKeys(stack.path("sandbox"));
});
after(() => stack?.stop());

const sandbox = (what, body) => paying.sandbox(stack, what, body);
const approved = () => paying.approved(stack, applicant);
const pay = (made) => paying.pay(stack, made);
const order = async (id, provider, more) =>
	(await paying.order(applicant, id, provider, more)).body;
const untilState = (id, state) => paying.untilState(applicant, id, state);

async function row(sql)
{
	const rows = await stack.db(sql);

	assert.equal(rows.length, 1, sql);
	return rows[0];
}

async function paid(provider = "wechatpay")
{
	const id = await approved();

	await pay(await order(id, provider));
	await untilState(id, "paid");
	return id;
}

const idOf = (path) => path.split("/").at(-1);

/* Asked for by the first manager: the id of the refund. */
async function ask(id, amount = "450.00", reason = "申请人要求退款")
{
	return idOf(await act(first, `/admin/applications/${id}/refund`,
		"/refund", { amount, reason }));
}

const waitingOf = async (refund) => (await row("SELECT id FROM " +
	`confirmations WHERE subject = '${refund}' AND state = 'waiting'`)).id;

async function confirm(refund)
{
	await act(second, `/admin/confirmations/${await waitingOf(refund)}`,
		"/confirm");
}

const stateOf = async (refund) =>
	(await row(`SELECT state FROM refunds WHERE id = '${refund}'`)).state;

const untilRefund = (refund, state) => until(async () =>
	await stateOf(refund) === state, `${refund} is ${state}`, WAIT_MS);

/* "request requested manager": each step, with who took it. */
const lifeOf = async (refund) => (await stack.db("SELECT event, state, role " +
	`FROM refund_history WHERE refund_id = '${refund}' ORDER BY version`))
	.map((step) => Object.values(step).join(" "));

const ASKED = ["request requested manager", "confirm confirmed manager",
	"send sent worker"];

/* What the sandbox gave back, by number. */
const refundsThere = async (refund) => (await sandbox("orders")).refunds
	.filter((r) => r.out_refund_no.startsWith(refund));

const messagesOf = async (id) => (await stack.db("SELECT event FROM messages " +
	`WHERE application_id = '${id}' ORDER BY id`)).map((m) => m.event);

const postingsOf = async (refund) => (await stack.db("SELECT event, " +
	`amount_fen FROM postings WHERE reference = '${refund}'`))
	.map((p) => `${p.event} ${p.amount_fen}`);

/* Once at the provider, once in the books, whatever happened on the way. */
async function assertOnce(refund, amount = FEE, event = "refunded")
{
	assert.equal((await refundsThere(refund)).length, 1);
	assert.deepEqual(await postingsOf(refund), [`${event} ${amount}`]);
}

for (const provider of ["wechatpay", "alipay"])
	test(`the whole fee goes back: ${provider}`, async () => {
		const id = await paid(provider);
		const refund = await ask(id);

		assert.equal(await stateOf(refund), "requested");
		assert.deepEqual((await load(applicant, id)).refunds, []);
		assert.match(textOf(await page(first, `/admin/refunds/${refund}`)),
			/450\.00 元 待确认.*正在等待第二人确认/);
		await confirm(refund);
		await untilState(id, "refunded");
		assert.equal(await stateOf(refund), "done");
		assert.deepEqual(await lifeOf(refund),
			[...ASKED, "succeed done worker"]);
		await assertOnce(refund);
		assert.deepEqual((await messagesOf(id)).slice(-2),
			["pay", "refund_in_full"]);
		const { refunds, history, order: made } = await load(applicant, id);

		assert.deepEqual(refunds.map((r) => [r.amount_fen, r.status,
			r.status_title]), [[FEE, "done", "已退款"]]);
		assert.ok(Date.parse(refunds[0].done_at) > 0);
		assert.equal(history.at(-1).action, "refund_in_full");
		assert.equal(made.status, "paid");
		assert.match(textOf(await page(first, `/admin/refunds/${refund}`)),
			/已退款.*提交支付平台 系统.*支付平台已退款 系统/);
	});

test("nobody confirms their own; declined and withdrawn ones go nowhere",
	async () => {
		const id = await paid();
		const refund = await ask(id);
		const path = `/admin/confirmations/${await waitingOf(refund)}`;

		assert.equal(formsOf(await page(first, path))
			.some((f) => f.action.endsWith("/confirm")), false);
		/* While it waits the case stays where it is. */
		assert.match(textOf(await page(operator, "/admin/work-orders")),
			/退款/);
		await act(second, path, "/decline", { opinion: "不符合退款条件" });
		assert.equal(await stateOf(refund), "declined");
		const again = await ask(id);

		await act(first, `/admin/confirmations/${await waitingOf(again)}`,
			"/withdraw");
		assert.deepEqual(await lifeOf(again),
			["request requested manager", "decline declined manager"]);
		assert.deepEqual(await refundsThere(refund), []);
		assert.equal((await load(applicant, id)).state, "paid");
	});

test("in parts: no more than was paid, and refunded when all is back",
	async () => {
		const id = await paid("alipay");
		const path = `/admin/applications/${id}/refund`;

		for (const [amount, message] of [["450.01", /最多 450\.00 元/],
			["0", /请填写退款金额/], ["1.005", /请填写退款金额/],
			["", /请填写退款金额/], ["-1", /请填写退款金额/]]) {
			const answer = await submitForm(first, path, "/refund",
				{ amount, reason: "x" });

			assert.equal(answer.status, 422, amount);
			assert.match(textOf(answer.bytes.toString()), message);
		}
		const one = await ask(id, " １００ ");

		assert.equal((await submitForm(first, path, "/refund",
			{ amount: "350.01", reason: "x" })).status, 422);
		const other = await ask(id, "350");

		/* Nothing is left to ask for. */
		assert.deepEqual(formsOf(await page(first, path)).map((f) => f.action),
			["/admin/sign-out"]);
		await confirm(one);
		await untilRefund(one, "done");
		assert.equal((await load(applicant, id)).state, "paid");
		assert.equal((await messagesOf(id)).at(-1), "refund");
		await confirm(other);
		await untilState(id, "refunded");
		await assertOnce(one, 10_000);
		await assertOnce(other, 35_000);
	});

test("two parts that end at the same moment are the whole", async () => {
	const id = await paid("alipay");
	const parts = [await ask(id, "100"), await ask(id, "350")];

	await Promise.all(parts.map(confirm));
	await untilState(id, "refunded");
});

for (const [provider, call] of [["wechatpay", "refund"],
	["alipay", "trade_refund"]]) {
	test(`the answer is lost after it was done: ${provider}`, async () => {
		const id = await paid(provider);

		await sandbox("misbehave", { what: "applied_then_drop", on: call });
		const refund = await ask(id);

		await confirm(refund);
		await untilState(id, "refunded");
		await assertOnce(refund);
	});

	test(`not done, or nobody can say: tried again: ${provider}`, async () => {
		const id = await paid(provider);

		await sandbox("misbehave", { what: "error_500", on: call });
		await sandbox("misbehave", { what: "rate_limited", on: call });
		const refund = await ask(id);

		await confirm(refund);
		await untilState(id, "refunded");
		await assertOnce(refund);
	});

	test(`without money it fails, and is sent again: ${provider}`, async () => {
		const id = await paid(provider);

		await sandbox("misbehave", { what: "not_enough", on: call });
		const refund = await ask(id);
		const path = `/admin/refunds/${refund}`;

		await confirm(refund);
		await untilRefund(refund, "failed");
		assert.match(textOf(await page(first, path)), /余额不足/);
		/* The case waits: the money has to go back. */
		assert.match(textOf(await page(first, "/admin/refunds")),
			/退款失败.*余额不足/);
		assert.deepEqual((await load(applicant, id)).refunds
			.map((r) => r.status), ["processing"]);
		await act(first, path, "/again");
		await untilState(id, "refunded");
		await assertOnce(refund);
		assert.deepEqual((await lifeOf(refund)).slice(3),
			["fail failed worker", "again confirmed manager",
				"send sent worker", "succeed done worker"]);
	});
}

test("closed by the provider it goes out under another number", async () => {
	const id = await paid();

	await sandbox("misbehave", { what: "refund_closed" });
	const refund = await ask(id);

	await confirm(refund);
	await untilRefund(refund, "failed");
	assert.match(textOf(await page(first, `/admin/refunds/${refund}`)),
		/用新的退款单号提交/);
	/* What was looked at before is outdated. */
	const stale = await submitForm(first, `/admin/refunds/${refund}`,
		"/again", { version: "1" });

	assert.equal(stale.status, 412);
	await act(first, `/admin/refunds/${refund}`, "/again");
	await untilState(id, "refunded");
	assert.deepEqual((await refundsThere(refund)).map((r) =>
		[r.out_refund_no, r.outcome]),
	[[refund, "CLOSED"], [`${refund}_2`, "SUCCESS"]]);
	assert.deepEqual(await postingsOf(refund), [`refunded ${FEE}`]);
});

test("stuck at the provider it cannot be given up, and may end well",
	async () => {
		const id = await paid();

		await sandbox("misbehave", { what: "refund_abnormal" });
		const refund = await ask(id);
		const path = `/admin/refunds/${refund}`;

		await confirm(refund);
		await untilRefund(refund, "failed");
		assert.match(textOf(await page(first, path)),
			/商户后台.*没有结束这笔退款，不能放弃/);
		const csrf = formsOf(await page(first, path))[0].inputs
			.find((i) => i.name === "csrf").value;
		const { version } = await row("SELECT version FROM refunds WHERE " +
			`id = '${refund}'`);
		const answer = await first.form(`${path}/drop`,
			{ csrf, version, opinion: "x" });

		assert.equal(answer.status, 409);
		/* Helped on at the provider, which tells of it. */
		await stack.kill("sandbox", "SIGTERM");
		const { default: fs } = await import("node:fs");
		const file = stack.path("sandbox", "orders.json");
		const store = JSON.parse(fs.readFileSync(file));

		store.refunds.find((r) => r.out_refund_no === refund).outcome =
			"SUCCESS";
		fs.writeFileSync(file, JSON.stringify(store));
		await stack.restart("sandbox");
		const told = buildNotice({ keys, event_type: "REFUND.SUCCESS",
			original_type: "refund", plain: { out_refund_no: refund,
				refund_status: "SUCCESS" } });

		assert.equal((await applicant.raw?.("POST", "/callback/wechatpay", told) ??
			await fetch(`${stack.baseUrl}/callback/wechatpay`,
				{ method: "POST", ...told })).status, 200);
		await untilState(id, "refunded");
		await assertOnce(refund);
		assert.deepEqual((await lifeOf(refund)).slice(3),
			["fail failed worker", "succeed done worker"]);
	});

test("one that failed can be given up, with a reason", async () => {
	const id = await paid();

	await sandbox("misbehave", { what: "not_enough", on: "refund" });
	const refund = await ask(id);
	const path = `/admin/refunds/${refund}`;

	await confirm(refund);
	await untilRefund(refund, "failed");
	for (const [action, opinion] of [["/drop", " "], ["/drop", "长".repeat(1001)],
		["/again", "长".repeat(1001)]])
		assert.equal((await submitForm(first, path, action, { opinion }))
			.status, 422, action);
	await act(first, path, "/drop", { opinion: "已经线下退款" });
	assert.equal(await stateOf(refund), "declined");
	assert.deepEqual((await load(applicant, id)).refunds, []);
});

test("the worker killed at every step gives back once", async () => {
	const steps = [
		() => true,
		async (refund) => await stateOf(refund) !== "confirmed",
		async (refund) => (await refundsThere(refund)).length === 1,
		async (refund) => await stateOf(refund) === "done",
	];

	for (const isReached of steps) {
		const id = await paid();

		await sandbox("misbehave", { what: "applied_then_drop",
			on: "refund" });
		const refund = await ask(id);

		await confirm(refund);
		await until(() => isReached(refund), "the step is reached", WAIT_MS);
		await stack.kill("worker");
		/* What it had claimed is its own for a minute: it is over. */
		await stack.db("UPDATE refunds SET calling_until = NULL, " +
			`next_at = NOW(6) WHERE id = '${refund}' AND state <> 'done'`);
		await stack.restart("worker");
		await untilState(id, "refunded");
		await assertOnce(refund);
	}
});

test("a case that is made out is not refunded; a completed one is, but not " +
	"while it has an invoice", async () => {
	const id = await paid();
	const path = `/admin/applications/${id}/refund`;

	const put = (state) => stack.db(`UPDATE applications SET state = '${state}',
		version = version + 1, valid_from = NOW(), valid_to = NOW()
		WHERE id = '${id}'`);

	await put("processing");
	assert.match(textOf(await page(first, path)), /现在的状态不能退款/);
	const csrf = formsOf(await page(first, path))[0].inputs
		.find((i) => i.name === "csrf").value;

	assert.equal((await first.form(path, { csrf, amount: "1", reason: "x" }))
		.status, 409);
	await put("completed");
	const wanted = { title_type: "organisation", title: "某某建设有限公司",
		tax_no: "91350100M000100Y43" };
	const request = () => applicant.post(`/api/applications/${id}/invoice`,
		wanted);

	assert.equal((await request()).status, 202);
	assert.match(textOf(await page(first, path)), /待开具的发票.*作废/);
	assert.equal((await first.form(path, { csrf, amount: "1", reason: "x" }))
		.status, 409);
	const invoice = async () => `/admin/invoices/${(await row("SELECT MAX(id) " +
		`AS id FROM invoices WHERE application_id = '${id}'`)).id}`;

	await act(operator, await invoice(), "/end", { reason: "要退款" });
	const part = await ask(id, "60");

	/* And the other way round: no invoice while money is going back. */
	assert.equal((await request()).status, 409);
	await confirm(part);
	await untilRefund(part, "done");
	assert.equal((await request()).status, 202);
	const issued = await row("SELECT id, amount_fen FROM invoices WHERE " +
		`application_id = '${id}' AND state = 'requested'`);

	/* Of what was not given back. */
	assert.equal(Number(issued.amount_fen), FEE - 6000);
	await stack.db("UPDATE invoices SET state = 'issued', number = " +
		"'26352000000000000001', issued_at = NOW(6) " +
		`WHERE id = '${issued.id}'`);
	assert.match(textOf(await page(first, path)), /已开具的发票.*红冲/);
	const wrong = await submitForm(operator, await invoice(), "/end",
		{ red_number: "12", reason: "退款" });

	assert.equal(wrong.status, 422);
	assert.match(textOf(wrong.bytes.toString()), /20 位数字/);
	await act(operator, await invoice(), "/end",
		{ red_number: "26352000000000000002", reason: "退款" });
	assert.deepEqual(await row("SELECT state, red_number FROM invoices WHERE " +
		`id = '${issued.id}'`),
	{ state: "reversed", red_number: "26352000000000000002" });
	await confirm(await ask(id, "390"));
	await untilState(id, "refunded");
});

test("paid twice: the second goes back by rule", async () => {
	const id = await approved();
	const one = await order(id, "alipay");
	const other = await order(id, "wechatpay", { switch: true });

	await pay(other);
	await untilState(id, "paid");
	await pay(one);
	const { id: refund } = await until(async () => (await stack.db("SELECT " +
		`id FROM refunds WHERE application_id = '${id}' AND state = 'done'`))[0],
	"it went back", WAIT_MS);

	assert.deepEqual(await lifeOf(refund), ["request requested worker",
		"confirm confirmed worker", "send sent worker", "succeed done worker"]);
	await assertOnce(refund, FEE, "unmatched_refunded");
	assert.equal((await load(applicant, id)).state, "paid");
	assert.equal((await messagesOf(id)).at(-1), "refund");
	const text = textOf(await page(first, "/admin/money"));

	assert.match(text, /重复缴费 \S+ 已退款/);
	assert.match(textOf(await page(first, `/admin/refunds/${refund}`)),
		/系统（按规则）/);
});

test("paid after it was cancelled: back by rule", async () => {
	const id = await approved();
	const made = await order(id, "alipay");

	await applicant.post(`/api/applications/${id}/cancel`, {});
	await pay(made);
	await until(async () => (await stack.db("SELECT id FROM refunds WHERE " +
		`application_id = '${id}' AND state = 'done'`)).length === 1,
	"it went back", WAIT_MS);
	assert.equal((await load(applicant, id)).state, "cancelled");
});

/* Money of another amount: no rule says what to do with it. */
async function strange()
{
	const id = await approved();
	const made = await order(id, "wechatpay");

	await sandbox("misbehave", { what: "notice_other_amount" });
	await stack.kill("worker", "SIGTERM");
	await pay(made);
	const found = await until(async () => (await stack.db("SELECT id FROM " +
		`notices WHERE order_no = '${made.order_no}'`))[0], "it is told", WAIT_MS);

	await stack.restart("worker");
	return { id, path: `/admin/money/${found.id}`, notice: found.id };
}

test("what no rule settles is refunded by two managers, all of it or nothing",
	async () => {
		const { path, notice } = await strange();

		assert.ok((await page(first, "/admin/money")).includes(path));
		assert.deepEqual(formsOf(await page(operator, path))
			.map((f) => f.action), ["/admin/sign-out"]);
		assert.equal((await submitForm(first, path, "/refund",
			{ reason: "" })).status, 422);
		const refund = idOf(await act(first, path, "/refund",
			{ reason: "金额不符" }));
		/* Not twice, and not in another way meanwhile. */
		const csrf = formsOf(await page(second, path))[0].inputs
			.find((i) => i.name === "csrf").value;

		for (const way of ["refund", "settle"])
			assert.equal((await second.form(`${path}/${way}`,
				{ csrf, reason: "x" })).status, 409, way);
		assert.equal(await stateOf(refund), "requested");
		assert.equal((await row("SELECT notice_id FROM refunds WHERE " +
			`id = '${refund}'`)).notice_id, notice);
		await act(second, `/admin/confirmations/${await waitingOf(refund)}`,
			"/decline", { opinion: "先查明" });
		/* Declined, it waits again. */
		assert.ok((await page(first, "/admin/money")).includes(path));
		assert.ok(formsOf(await page(first, path)).length > 2);
	});

test("what was settled in another way is no longer on the list", async () => {
	const { path, notice } = await strange();
	const at = await act(first, path, "/settle", { reason: "已线下退回" });

	assert.match(textOf(await page(first, path)), /正在等待第二人确认/);
	await act(second, at, "/confirm");
	assert.match(textOf(await page(first, path)), /另行处理.*已线下退回/);
	assert.equal((await stack.db("SELECT notice_id FROM settlements WHERE " +
		`notice_id = '${notice}'`)).length, 1);
	/* It has left suspense; nothing went out at the provider. */
	assert.deepEqual(await stack.db("SELECT event, debit, credit, provider, " +
		`amount_fen FROM postings WHERE reference = '${notice}' ` +
		"ORDER BY event"), [
		{ event: "unmatched", debit: "provider", credit: "suspense",
			provider: "wechatpay", amount_fen: String(FEE + 1) },
		{ event: "unmatched_settled", debit: "suspense",
			credit: "elsewhere", provider: "wechatpay",
			amount_fen: String(FEE + 1) }]);
});
