/*
 * Every statement finds its rows by an index, on tables of a real size: none
 * reads a table that grows from end to end, or sorts more than a page. What
 * was read is counted by the server itself (ANALYZE), with values as they
 * come, and in each of the ways in which a list can be filtered.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { page, textOf } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";
import { statements } from "../stack/statements.mjs";
import { APPLICATIONS, at, fill } from "./plans_data.mjs";

/* Small for good: a row a setting, a type, a fee, a day. */
const SMALL = ["open_types", "consent_texts", "fees", "reasons",
	"schema_version", "batch_numbers", "figure_days", "ledger_days",
	"ledger_sums"];
/* Rows that one table may cost: a full page, and some that did not fit. */
const READ_MAX = 1000;

let stack;

before(async () => {
	stack = await startStack({});
	await stack.kill("worker", "SIGTERM");
	await fill(stack);
});
after(() => stack?.stop());

/* A case of each kind: live, and over. */
const N = APPLICATIONS / 2 + 3;
const CASE = at("appl", N);
const UNIT = at("unit", N % 500);
/* What ids and words are like, by the column that they are compared with. */
const VALUES = {
	id: CASE, application_id: CASE, unit_id: UNIT, "a.unit_id": UNIT,
	"a.id": CASE, "i.application_id": CASE, order_no: at("orde", N),
	"o.order_no": at("orde", N), "o.application_id": CASE,
	open_key: at("appl", 19_996), "o.open_key": at("appl", 19_996),
	account_id: at("acco", 3), "i.id": at("invo", N),
	"i.work_order_id": at("work", 4), work_order_id: at("work", 4),
	"w.id": at("work", 4), review_id: at("revi", N),
	login: "'user3'", org_code: "'U3'", token_hash: "SHA2(7, 256)",
	"s.token_hash": "SHA2(7, 256)", "s.surface": "'portal'",
	store_key: `'ab/a${N}-1'`, idem_key: `'${N}'`,
	path: "'/api/applications'", provider: "'wechatpay'",
	transaction_id: `'T${N}'`, claimed_by: at("acco", 3), owner: at("acco", 3),
	state: "'editing'", status: "'approved'", version: "4", kind: "'kind1'",
	attachments_version: "1", password_hash: "'x'", type: "'enterprise'",
	category: "'new'", business: "'certificate'", years: "1",
	"a.at": "NOW(6)", at: "NOW(6) - INTERVAL 3 DAY", seq: "2500",
	actor_id: at("acco", 3), subject: CASE, "a.actor_id": at("acco", 3),
	"a.subject": CASE, "a.action": "'save'",
	"c.application_id": CASE, "r.application_id": CASE,
	last_at: "NOW(6) - INTERVAL 3 DAY",
	LIMIT: "20", INTERVAL: "30", day: "'20260101'",
};
/* Where the column does not say it: by statement, the values that differ. */
const OF_STATEMENT = {
	ACCOUNT_BY_ID: { id: at("acco", 3) },
	ACCOUNT_FAILED: { id: at("acco", 3) },
	ACCOUNT_SIGNED_IN: { id: at("acco", 3) },
	ACCOUNT_PASSWORD: { id: at("acco", 3) },
	UNIT_GET: { id: UNIT },
	ATTACHMENT_FIND: { id: at("atta", N * 2 + 1) },
	ATTACHMENT_GET: { id: at("atta", N * 2 + 1) },
	ATTACHMENT_REMOVE: { id: at("atta", N * 2 + 1) },
	AUDIT_SEEN: { id: at("audi", N * 2 + 1) },
	EVIDENCE_AUDIT: { at: "'1000-01-01'", id: "''" },
	CHECK_STEP: { id: at("chec", 100) },
	CONFIRMATION_DECIDED: { "c.id": at("conf", 4000) },
	CONFIRMATION_GET: { "c.id": at("conf", 4000) },
	CONFIRMATION_DECIDE: { id: at("conf", 4000) },
	CONFIRMATION_WITHDRAW: { id: at("conf", 4000) },
	TRAIL_ACCOUNT: { login: "'user3'" },
	INVOICE_ISSUE: { id: at("invo", N) },
	MESSAGE_CLAIM: { id: at("mess", N) },
	MESSAGE_MARK: { id: at("mess", N) },
	MESSAGE_AGAIN: { id: at("mess", N), state: "'failed'" },
	MESSAGE_GET: { "m.id": at("mess", N) },
	MESSAGE_LIST: { "m.id": at("mess", APPLICATIONS) },
	LOCK_GET: { id: at("lock", N % 2000) },
	LOCK_CHANGE: { id: at("lock", N % 2000) },
	UNIT_SEARCH: { "u.name": "''", "u.id": "''", "l.unit_id": "u.id" },
	IMPORT_GET: { "m.id": at("impo", 100), "m.work_order_id": at("work", 101) },
	IMPORT_LIST: { "m.work_order_id": at("work", 101) },
	IMPORT_ROWS: { import_id: at("impo", 100) },
	IMPORT_ASKED: { id: at("impo", 100) },
	IMPORT_START: { id: at("impo", 100) },
	IMPORT_FINISH: { id: at("impo", 100), import_id: at("impo", 100) },
	IMPORT_ROW_DONE: { import_id: at("impo", 100), n: "3" },
	WORK_ORDER_FOREIGN: { id: at("work", 4) },
	FIGURE_MOVED: { entered_at: "NOW(6) - INTERVAL 1 DAY" },
	FIGURE_PAID: { created_at: "NOW(6)" },
	FIGURE_STATES: { batch_no: "'CA00000000010000'" },
	FIGURE_TIMES: { "h.handled_at": "NOW(6) - INTERVAL 1 DAY" },
	FIGURE_FIRST: { "h.handled_at": "NOW(6) - INTERVAL 1 DAY" },
	FIGURE_REASONS: { created_at: "NOW(6)" },
	FIGURE_INCOME: { paid_at: "NOW(6) - INTERVAL 1 DAY" },
	FIGURE_REFUNDS: { done_at: "NOW(6) - INTERVAL 1 DAY" },
	LEDGER_NO_PAYMENT: { "p.created_at": "NOW(6)" },
	LEDGER_NO_NOTICE: { "n.received_at": "NOW(6)" },
	LEDGER_NO_REFUND: { "r.done_at": "NOW(6)" },
	FIGURE_MONTHS: { figure: "'state'" },
	WORK_ORDER_ADD: { id: at("work", 4) },
	/* Of a page in the middle. */
	APPLICATION_LIST: { id: at("appl", APPLICATIONS) },
	APPLICATION_LIST_OF: { id: at("appl", APPLICATIONS) },
	ORDER_LIST: { "a.id": at("appl", APPLICATIONS) },
	INVOICE_LIST: { "a.id": at("appl", APPLICATIONS) },
	INVOICES_ISSUED: { "i.id": at("invo", APPLICATIONS) },
	INVOICES_REQUESTED: { "i.id": "''" },
	WORK_ORDER_LIST: { id: at("work", 400) },
	UNMATCHED_GET: { "n.id": at("noti", N) },
	UNMATCHED_OVER: { "n.id": at("noti", APPLICATIONS) },
	REFUND_GET: { "r.id": at("refu", 2) },
	REFUNDS_OVER: { "r.id": at("refu", APPLICATIONS) },
	REVIEW_WORKLIST: { "a.entered_at": "'2000-01-01'", "a.id": "''" },
};
/* How lists are filtered; without a word here not at all. */
const FILTERS = {
	APPLICATION_LIST: [{}, { state: "'completed'" }, { state: "'pending'" },
		{ type: "'enterprise'" }, { category: "'renewal'" },
		{ batch_no: `'CA${String(N).padStart(14, "0")}'` },
		{ handler_name: "'李'" }, { created_at: "'2020-01-01'" }],
	APPLICATION_LIST_OF: [{}, { category: "'renewal'" }],
	ORDER_LIST: [{}, { "a.state": "'unpaid'" }],
	INVOICE_LIST: [{}, { "i.state": "'none'" }],
	MESSAGE_LIST: [{}, { "m.state": "'failed'" }, { "m.state": "'queued'" },
		{ "a.batch_no": `'CA${String(N).padStart(14, "0")}'` }],
	UNIT_SEARCH: [{}, { "u.name": "'U7'" }],
	/* With a tab of one state comes the state (review_worklist_json). */
	REVIEW_WORKLIST: [{}, { "a.status": "'pending'", "a.state": "'pending'" },
		{ "a.status": "'approved'" }, { "a.state": "'paid'" },
		{ "a.state": "'completed'" }, { "a.category": "'renewal'" },
		{ "a.batch_no": `'CA${String(N).padStart(14, "0")}'` },
		{ "a.handler_name": "'李'" }, { "a.handler_name": "'无此人'" }],
};

/* An optional part of a WHERE: filtered by a value, or not at all. */
const OPTIONAL = /\(\? IS NULL OR ((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)/g;
const COLUMN = /(?:[A-Z]+\()?([a-z_]+(?:\.[a-z_]+)?)/;

/* The statement with a value in the place of each parameter. */
function withValues({ name, sql }, filter)
{
	const values = { ...VALUES, ...OF_STATEMENT[name] };
	const filtered = sql.replace(OPTIONAL, (_, inner) => {
		const value = filter[COLUMN.exec(inner)[1]] ?? "NULL";

		return `(${value} IS NULL OR ${inner.replaceAll("?", value)})`;
	});

	return filtered.replace(/(?:([\w.]+) (?:[<>]|[<>]?=|<>) |(LIMIT|INTERVAL) )?\?/g,
		(found, column, word) => {
			const value = values[column ?? word];

			return found.slice(0, -1) + (value ??
				(column === undefined ? "1" : "NULL"));
		});
}

/* The tables of a statement by the names that it gives them. */
function tablesOf(sql)
{
	return Object.fromEntries([...sql.matchAll(
		/\b(?:FROM|JOIN|UPDATE|INTO) ([a-z_]+)(?: ([a-z])\b)?/g)]
		.map(([, table, alias]) => [alias ?? table, table]));
}

/* What is wrong with one line of a plan, or null. */
function judge({ table, type, rows, r_rows, Extra }, tables)
{
	const real = tables[table];
	const read = Number(r_rows ?? rows);

	if (real === undefined || SMALL.includes(real) || table === null)
		return null;
	if (type === "ALL")
		return `${real}: reads all of it`;
	if (read > READ_MAX)
		return `${real}: ${read} rows by ${type} (${Extra})`;
	return null;
}

/* SELECT is run and counted; of what would change rows the plan is asked. */
async function faultsOf(statement, filter)
{
	const sql = withValues(statement, filter);
	const word = sql.startsWith("SELECT") ? "ANALYZE" : "EXPLAIN";
	const plan = await stack.db(`${word} ${sql}`);
	const tables = tablesOf(sql);

	return plan.map((line) => judge(line, tables)).filter((f) => f !== null)
		.map((fault) => `${statement.name} ${JSON.stringify(filter)} ${fault}`);
}

test("every statement finds its rows by an index", async () => {
	const all = statements();
	const faults = [];

	assert.ok(all.length > 100);
	for (const one of all)
		if (!/^INSERT [^?]*\) VALUES/.test(one.sql))
			for (const filter of FILTERS[one.name] ?? [{}])
				faults.push(...await faultsOf(one, filter));
	assert.deepEqual(faults, []);
});

test("nobody counts further than to a thousand", async () => {
	const html = textOf(await page(await signIn(stack, "reviewer1"), "/admin/"));

	assert.match(html, /待审核 200 审核不通过 100 审核通过 1000\+ 全部 1000\+/);
});
