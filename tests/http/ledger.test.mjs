/*
 * 总账: every event has its entries, once, in the same transaction; and what
 * does not fit is found by the worker and said on the page and in the log.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";

import { complete, force } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import * as paying from "../stack/paying.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 30_000;
const FEE = 30000;
const SETTLED = "sql/0076_postings_settled.sql";
const BEFORE = "sql/0077_postings_settled_before.sql";

const read = (file) => fs.readFileSync(
	new URL(`../../${file}`, import.meta.url), "utf8");

let stack;
let applicant;
let manager;

before(async () => {
	stack = await startStack({ scale: 0.01 });
	applicant = await signIn(stack, "applicant1");
	manager = await signIn(stack, "manager1");
});
after(() => stack?.stop());

const ordered = (provider) => paying.ordered(stack, applicant, provider);

const entriesOf = (where) => stack.db("SELECT event, debit, credit, provider, " +
	`amount_fen FROM postings WHERE ${where} ORDER BY event DESC`);

const paidEntries = (provider, fen) => [
	{ event: "fee_due", debit: "receivable", credit: "fee", provider,
		amount_fen: String(fen) },
	{ event: "credited", debit: "provider", credit: "receivable", provider,
		amount_fen: String(fen) },
];

/* The worker checks when it starts; text of the page as of then. */
async function checked()
{
	const [{ now }] = await stack.db("SELECT NOW(6) AS now");

	await stack.kill("worker", "SIGTERM");
	await stack.restart("worker");
	await until(async () => {
		const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM ledger_days " +
			`WHERE checked_at > '${now}'`);

		return Number(n) > 1;
	}, "the ledger is checked", WAIT_MS);
	return textOf(await page(manager, "/admin/ledger"));
}

for (const provider of ["wechatpay", "alipay"])
	test(`a fee that is paid by ${provider} is due and credited`, async () => {
		const { id, order_no, amount_fen: fen } = await ordered(provider);

		await paying.pay(stack, { order_no });
		await until(async () => (await entriesOf(`application_id = '${id}'`))
			.length > 0, "it is posted", WAIT_MS);
		assert.deepEqual(await entriesOf(`application_id = '${id}'`),
			paidEntries(provider, fen));
		const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM postings l " +
			"JOIN payments p ON p.id = l.reference WHERE " +
			`p.application_id = '${id}'`);

		assert.equal(n, "2");
	});

test("money that cannot be placed stands in suspense", async () => {
	const { id, order_no, amount_fen: fen } = await ordered("wechatpay");

	await applicant.post(`/api/applications/${id}/cancel`, {});
	await stack.db("UPDATE orders SET state = 'open' WHERE " +
		`order_no = '${order_no}'`);
	await paying.pay(stack, { order_no });
	const [{ notice }] = await until(async () => {
		const rows = await stack.db("SELECT id AS notice FROM notices WHERE " +
			`order_no = '${order_no}' AND outcome = 'unmatched'`);

		return rows.length > 0 && rows;
	}, "it is unmatched", WAIT_MS);

	assert.deepEqual(await entriesOf(`reference = '${notice}'`), [{
		event: "unmatched", debit: "provider", credit: "suspense",
		provider: "wechatpay", amount_fen: String(fen) }]);
});

test("the page has the balances, and says that they are right", async () => {
	const text = await checked();
	const sum = (await stack.db("SELECT SUM(amount_fen) AS n FROM postings"))[0].n;
	const yuan = (Number(sum) / 100).toFixed(2);

	assert.match(text, /账实相符：自 \d{4}-\d\d-\d\d 起 2 天逐笔核对无误/);
	assert.match(text, new RegExp(`合计 ${yuan} ${yuan} 平 0\\.00`));
	assert.match(text, /应收办理费 (\d+\.\d\d) \1 平 0\.00/);
	assert.match(text, /待查款项 0\.00 (\d+\.\d\d) 贷 \1/);
});

const logOf = () => fs.readFileSync(stack.path("log", "worker.log"), "utf8");

test("a payment without its entries, and entries of nothing, are found",
	async () => {
		const { id } = await complete(applicant, "new",
			{ second_reason: "再办一把" });

		await force(stack, id, "paid");
		await stack.db(`INSERT INTO postings (event, reference, debit, credit,
			provider, amount_fen) VALUES ('credited', 'nothing', 'provider',
			'receivable', 'wechatpay', ${FEE})`);
		const text = await checked();

		assert.match(text, /总账与业务记录不符/);
		for (const fault of [`missing fee_due ${id}`, `missing credited ${id}`,
			"extra credited nothing"]) {
			assert.ok(text.includes(fault), text);
			assert.ok(logOf().includes(fault), fault);
		}
		assert.match(text, /应收办理费 (\d+\.\d\d) (\d+\.\d\d) 贷 300\.00/);
		await stack.db(`DELETE FROM postings WHERE reference = 'nothing';
			INSERT INTO postings (event, reference, debit, credit, provider,
				amount_fen) VALUES
			('fee_due', '${id}', 'receivable', 'fee', 'wechatpay', ${FEE}),
			('credited', '${id}', 'provider', 'receivable', 'wechatpay', ${FEE})`);
		assert.match(await checked(), /账实相符/);
	});

/* Money of another amount, settled by a manager as the review program does. */
async function settled(id, reason)
{
	await stack.db(`INSERT INTO notices (id, provider, event_id, event_type,
		outcome, reason, amount_fen) VALUES ('${id}', 'wechatpay', '${id}',
		'TRANSACTION.SUCCESS', 'unmatched', '${reason}', ${FEE})`);
	if (reason !== "other_merchant")
		await stack.db(`INSERT INTO postings (event, reference, debit, credit,
			provider, amount_fen) VALUES ('unmatched', '${id}', 'provider',
			'suspense', 'wechatpay', ${FEE})`);
	await stack.db(`INSERT INTO settlements (notice_id, opinion, settled_by)
		SELECT '${id}', '已线下退回', id FROM accounts
		WHERE login = 'manager1'`);
}

test("what is settled in another way leaves suspense, and is checked",
	async () => {
		await settled("01j0settled000000000000000", "other_amount");
		await settled("01j0foreign000000000000000", "other_merchant");
		assert.deepEqual(await entriesOf("event = 'unmatched_settled'"), [{
			event: "unmatched_settled", debit: "suspense",
			credit: "elsewhere", provider: "wechatpay",
			amount_fen: String(FEE) }]);
		const text = await checked();

		assert.match(text, /账实相符/);
		assert.match(text, /另行处理款项 0\.00 300\.00 贷 300\.00/);
		assert.match(text, /另行处理待查款项 \S+ 待查款项 另行处理款项 1 300\.00/);
		await stack.db("DELETE FROM postings WHERE event = " +
			"'unmatched_settled'");
		await stack.db(`INSERT INTO postings (event, reference, debit, credit,
			provider, amount_fen) VALUES ('unmatched_settled', 'nothing',
			'suspense', 'elsewhere', 'wechatpay', 1)`);
		const wrong = await checked();

		for (const fault of ["missing unmatched_settled 01j0settled",
			"extra unmatched_settled nothing"])
			assert.ok(wrong.includes(fault), wrong);
		/* What came before there was a trigger is posted by the migration. */
		await stack.db("DELETE FROM postings WHERE reference = 'nothing'");
		await stack.db(read(BEFORE));
		assert.match(await checked(), /账实相符/);
	});

/* Migrations cannot be made from the tables in the code. */
test("what the database posts itself is as the tables have it", async () => {
	const account = Object.fromEntries(
		[...read("lib/domain/ledger_account.def").matchAll(
			/^LEDGER_ACCOUNT\((\w+), +"(\w+)"/gm)].map((m) => m.slice(1)));
	const events = [...read("lib/domain/ledger_event.def").matchAll(
		/^LEDGER_EVENT\(\w+, +"(\w+)", +(\w+), +(\w+)/gm)]
		.map(([, word, debit, credit]) =>
			[word, account[debit], account[credit]].join(" "));
	const [, foreign] = /LEDGER_FOREIGN "([^"]*)"/.exec(
		read("lib/domain/ledger.def"));
	const rows = await stack.db(
		"SELECT DISTINCT event, debit, credit FROM postings");

	assert.ok(events.length > 10 && rows.length > 2);
	for (const row of rows)
		assert.ok(events.includes(Object.values(row).join(" ")),
			JSON.stringify(row));
	for (const file of [SETTLED, BEFORE])
		assert.ok(read(file).includes(`NOT IN (${foreign})`), file);
});

test("what is no entry is refused by the database itself", async () => {
	for (const values of ["'x', 'x', 'fee', 'fee', 'wechatpay', 1",
		"'x', 'x', 'fee', 'provider', 'wechatpay', 0",
		"'x', 'x', 'fee', 'provider', 'wechatpay', -1"])
		await assert.rejects(stack.db("INSERT INTO postings (event, " +
			`reference, debit, credit, provider, amount_fen) VALUES (${values})`),
		/CONSTRAINT `postings_/);
});
