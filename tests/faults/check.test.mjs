/*
 * The check finds what it is there for: a history of a good run is taken as
 * it is, and each thing that could have gone wrong, planted, is found.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { before, test } from "node:test";

import { violations } from "./check.mjs";
import { readFacts } from "./facts.mjs";
import { readHistory } from "./history.mjs";
import * as ofHistory from "./rules_history.mjs";
import * as ofThings from "./rules_things.mjs";
import * as ofTrail from "./rules_trail.mjs";
import { check, soak } from "./soak.mjs";

/* What the run has to have for everything to be planted; FEW of each. */
const NEEDED = ["create", "save", "show", "upload", "download", "remove_file",
	"submit", "approve", "reject", "order", "scan", "dispatch", "complete",
	"request_invoice", "issue_invoice"];
const FEW = 4;
const MANY = 10_000; /* no run has so many requests */

let history;
let facts;
let wrong;
const program = []; /* how check.mjs ended: as it was, and one file less */

/* Before the stack goes: everything there is, and how the program ends. */
async function look(soaked)
{
	const { stack } = soaked;

	history = readHistory(soaked.history.file);
	facts = await readFacts(stack.dir, stack.runDir);
	program.push(await check(soaked));
	fs.rmSync(stack.path("store", facts.attachments[0].store_key));
	program.push(await check(soaked));
}

before(async () => {
	({ wrong } = await soak({ seed: 4, units: 1, gap: Infinity, requests: MANY,
		isEnough: (h) => NEEDED.every((kind) => h.done(kind) >= FEW),
		look }));
});

/* The first that suits; there has to be one. */
function find(list, suits, what)
{
	const found = list.find(suits);

	assert.ok(found, `the run has no ${what}`);
	return found;
}

const remove = (list, item) => list.splice(list.indexOf(item), 1);
const done = (h, kind) => find(h, (o) => o.kind === kind &&
	o.outcome === "ok", `${kind} that was acknowledged`);
const rowOf = (f, id) => find(f.applications, (a) => a.id === id, id);
const auditOf = (f, id, action) => find(f.audit, (a) =>
	a.subject === id && a.action === action, `audit of ${action}`);

/* A case whose last step is a save that was acknowledged, with its traces. */
function lastSave(h, f)
{
	const op = find(h, (o) => o.kind === "save" && o.outcome === "ok" &&
		rowOf(f, o.application).version === String(o.named + 1),
	"save that is the last step of its case");

	return { op, row: rowOf(f, op.application), audit: find(f.audit, (a) =>
		a.subject === op.application && a.action === "save" &&
		a.detail === `version ${op.named + 1}`, "audit of it") };
}

/* A save in the middle of a trail. */
function middleSave(f)
{
	return find(f.audit, (a) => a.action === "save" &&
		a.detail !== `version ${rowOf(f, a.subject).version}`,
	"save before the last step");
}

function paidCase(f)
{
	const payment = find(f.payments, () => true, "payment");

	return { payment, row: rowOf(f, payment.application_id) };
}

/* What is planted, and the rule that has to find it. */
const PLANTED = [
	["an acknowledged save that left no trace", "winners", (h, f) => {
		const { op, row, audit } = lastSave(h, f);

		remove(f.audit, audit);
		row.version = String(op.named);
	}],
	["a row that is ahead of its trail", "versions", (h, f) => {
		const [row] = f.applications;

		row.version = String(Number(row.version) + 1);
	}],
	["a version twice", "versions", (h, f) => {
		f.audit.push({ ...middleSave(f), id: "z" });
	}],
	["a version that was skipped", "versions", (h, f) => {
		remove(f.audit, middleSave(f));
	}],
	["two winners of a version", "winners", (h) => {
		h.push({ ...done(h, "save"), id: "op9999999" });
	}],
	["a trail without its beginning", "versions", (h, f) => {
		remove(f.audit, auditOf(f, f.applications[0].id, "create"));
	}],
	["a history row without its audit row", "twoTrails", (h, f) => {
		remove(f.audit, auditOf(f, done(h, "submit").application, "submit"));
	}],
	["an audit row without its history row", "twoTrails", (h, f) => {
		remove(f.history, find(f.history, (r) => r.action === "submit",
			"submit"));
	}],
	["a history row twice", "twoTrails", (h, f) => {
		f.history.push({ ...f.history[0], id: "z" });
	}],
	["a way that state.def does not have", "transitions", (h, f) => {
		const row = auditOf(f, done(h, "approve").application, "approve");

		row.detail = row.detail.replace("pending", "editing");
	}],
	["a step by a role that may not take it", "transitions", (h, f) => {
		auditOf(f, done(h, "approve").application, "approve").role =
			"applicant";
	}],
	["a state that no step led to", "transitions", (h, f) => {
		find(f.applications, (a) => a.state === "editing", "draft").state =
			"rejected";
	}],
	["an acknowledged application that is gone", "creations", (h, f) => {
		const { application: id } = done(h, "create");

		remove(f.applications, rowOf(f, id));
		f.audit = f.audit.filter((a) => a.subject !== id);
		f.history = f.history.filter((r) => r.application_id !== id);
	}],
	["an application created twice", "creations", (h, f) => {
		f.applications.push({ ...f.applications[0], id: "twice" });
	}],
	["an application of nobody", "creations", (h, f) => {
		f.applications[0].handler_title = "stranger";
	}],
	["a create that was refused and done", "creations", (h) => {
		done(h, "create").outcome = "refused";
	}],
	["a submit that was refused and done", "counts", (h) => {
		done(h, "submit").outcome = "refused";
	}],
	["an acknowledged removal that never was", "counts", (h, f) => {
		const op = done(h, "remove_file");

		remove(f.audit, auditOf(f, op.application, "remove_file"));
	}],
	["an unanswered submit done twice", "counts", (h, f) => {
		const op = done(h, "submit");

		op.outcome = "unknown";
		f.audit.push({ ...auditOf(f, op.application, "submit"), id: "z" });
	}],
	["files of an application that is not there", "strays", (h, f) => {
		f.attachments[0].application_id = "nowhere";
	}],
	["a submit that was not counted", "counters", (h, f) => {
		rowOf(f, done(h, "submit").application).round = "0";
	}],
	["a file that moved no attachments_version", "counters", (h, f) => {
		rowOf(f, done(h, "upload").application).attachments_version = "1";
	}],
	["a decision without its review", "companions", (h, f) => {
		f.reviews.pop();
	}],
	["a message of a refund that was not", "companions", (h, f) => {
		f.messages.push({ ...f.messages[0], id: "z", event: "refund" });
	}],
	["a refund that nobody is told of", "companions", (h, f) => {
		f.refunds.push({ id: "z", state: "done", amount_fen: "1",
			application_id: f.applications[0].id });
	}],
	["a message twice", "companions", (h, f) => {
		f.messages.push({ ...f.messages[0], id: "z" });
	}],
	["a batch number twice", "batchNumbers", (h, f) => {
		f.applications[1].batch_no = f.applications[0].batch_no;
	}],
	["a batch number that was never given", "batchNumbers", (h, f) => {
		f.batch_numbers[0].last = "1";
	}],
	["two live cases of one lock", "liveKeys", (h, f) => {
		for (const row of f.applications.slice(0, 2))
			Object.assign(row, { state: "pending", category: "renewal",
				lock_serial: "L", unit_id: "u" });
	}],
	["two live new cases without a reason", "liveKeys", (h, f) => {
		for (const row of f.applications.slice(0, 2))
			Object.assign(row, { state: "pending", category: "new",
				second_reason: null, unit_id: "u" });
	}],
	["a payment of another amount than the fee", "money", (h, f) => {
		paidCase(f).payment.amount_fen = "1";
	}],
	["a case that is paid without a payment", "money", (h, f) => {
		paidCase(f).row.payment_id = null;
	}],
	["a payment that is no case's", "money", (h, f) => {
		Object.assign(paidCase(f).row,
			{ state: "approved", payment_id: null });
	}],
	["one transaction credited twice", "money", (h, f) => {
		f.payments.push({ ...f.payments[0], id: "z" });
	}],
	["an order that another case's payment names", "money", (h, f) => {
		const { payment } = paidCase(f);

		find(f.orders, (o) => o.order_no === payment.order_no, "order")
			.application_id = "other";
	}],
	["a payment that the provider took and we lost", "payments", (h, f) => {
		remove(f.payments, find(f.payments, (p) => h.some((o) =>
			o.kind === "scan" && o.outcome === "ok" &&
			o.transaction === p.transaction_id), "payment"));
	}],
	["an acknowledged order that is gone", "payments", (h, f) => {
		remove(f.orders, find(f.orders, (o) =>
			o.order_no === done(h, "order").order_no, "order"));
	}],
	["a missing file", "files", (h, f) => {
		delete f.store[f.attachments.at(-1).store_key];
	}],
	["a file with other bytes", "files", (h, f) => {
		f.store[f.attachments[0].store_key].sha256 = "0".repeat(64);
	}],
	["a file cut off", "files", (h, f) => {
		f.store[f.attachments[0].store_key].size--;
	}],
	["an invoice without its document", "files", (h, f) => {
		delete f.store[find(f.invoice_files, () => true,
			"invoice that was issued").store_key];
	}],
	["an invoice without a file's row", "files", (h, f) => {
		f.invoice_files.shift();
	}],
	["two attachments in one file", "files", (h, f) => {
		f.attachments[1].store_key = f.attachments[0].store_key;
	}],
	["six files of a kind", "files", (h, f) => {
		for (let i = 0; i < 6; i++)
			f.attachments.push({ ...f.attachments[0], id: `z${i}`,
				removed_at: null });
	}],
	["an acknowledged upload that is gone", "uploads", (h, f) => {
		const op = done(h, "upload");

		remove(f.attachments, find(f.attachments, (a) =>
			a.id === op.attachment, "attachment"));
		remove(f.audit, auditOf(f, op.application, "upload"));
	}],
	["one upload stored twice", "uploads", (h, f) => {
		f.attachments.push({ ...f.attachments[0], id: "z", store_key: "z" });
	}],
	["an upload that was refused and done", "uploads", (h) => {
		done(h, "upload").outcome = "refused";
	}],
	["an upload acknowledged with other bytes", "uploads", (h) => {
		done(h, "upload").acknowledged_sha256 = "0".repeat(64);
	}],
	["a download of other bytes", "uploads", (h) => {
		done(h, "download").acknowledged_sha256 = "0".repeat(64);
	}],
	["a removed file that is there again", "uploads", (h, f) => {
		find(f.attachments, (a) => a.id === done(h, "remove_file").attachment,
			"attachment").removed_at = null;
	}],
	["two live invoices of a case", "invoiceRules", (h, f) => {
		f.invoices.push({ ...f.invoices[0], id: "z" });
	}],
	["an invoice of another amount", "invoiceRules", (h, f) => {
		f.invoices[0].amount_fen = "1";
	}],
	["an acknowledged invoice that is gone", "invoices", (h, f) => {
		f.invoices = f.invoices.filter((i) =>
			i.id !== done(h, "request_invoice").invoice);
	}],
	["an invoice issued under another number", "invoices", (h, f) => {
		find(f.invoices, (i) => i.id === done(h, "issue_invoice").invoice,
			"invoice").number = "1";
	}],
	["a work order without its case", "workOrders", (h, f) => {
		f.work_order_items.pop();
	}],
	["a text that a loser has written", "texts", (h, f) => {
		lastSave(h, f).row.project_name = "another";
	}],
	["a read of a text that was never saved", "texts", (h) => {
		done(h, "show").mark = "another";
	}],
	["a read that is older than an answer before it", "order", (h) => {
		find(h, (o) => o.kind === "show" && o.outcome === "ok" &&
			h.some((e) => e.application === o.application &&
				e.outcome === "ok" && e.ended < o.begun &&
				e.version >= 2), "show after a change").version = 1;
	}],
	["a session that is gone", "sessions", (h, f) => {
		f.audit = f.audit.filter((a) => a.action !== "sign_in");
	}],
	["a session that nobody has begun", "sessions", (h, f) => {
		const row = find(f.audit, (a) => a.action === "sign_in", "sign-in");

		for (let i = 0; i < MANY; i++)
			f.audit.push({ ...row, id: `z${i}` });
	}],
];

test("a good run has no violation", () => {
	assert.deepEqual(wrong, []);
	assert.deepEqual(violations(history, facts), []);
});

test("the program says so, and finds a missing file", () => {
	const [good, bad] = program;
	const key = facts.attachments[0].store_key;

	assert.equal(good.ok, true, good.text);
	assert.match(good.text, /: 0 violations$/);
	assert.equal(bad.ok, false);
	assert.match(bad.text,
		new RegExp(`^files: attachment \\S+: no file ${key}$`, "m"));
	assert.match(bad.text, /: 1 violations$/);
});

for (const [what, rule, plant] of PLANTED)
	test(`${what} is found`, () => {
		const h = structuredClone(history);
		const f = structuredClone(facts);

		plant(h, f);
		assert.ok(violations(h, f).some((v) => v.rule === rule),
			`nothing found by ${rule}`);
	});

test("every rule has something planted for it", () => {
	const rules = [ofTrail, ofThings, ofHistory].flatMap(Object.keys);

	assert.deepEqual([...new Set(PLANTED.map(([, rule]) => rule))].sort(),
		rules.sort());
});
