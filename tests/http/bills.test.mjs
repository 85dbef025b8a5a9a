/*
 * 对账: yesterday's bills of both providers against our books, with all that
 * can be wrong with a bill, and with our books.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";

import { readKeys } from "../sandbox/keys.mjs";
import { openMerchant } from "../sandbox/merchant.mjs";
import { signIn } from "../stack/client.mjs";
import { formsOf, page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import * as paying from "../stack/paying.mjs";
import { readXlsx } from "../stack/sheet.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const CHARGE = (fen) => Math.round(fen * 6 / 1000);

let stack;
let applicant;
let manager;

before(async () => {
	stack = await startStack({ scale: 0.01, env: {
		CALOCK_BILL_HOUR: "0", CALOCK_BILL_RETRY_SECONDS: "1",
		CALOCK_ORDER_QUERY_SECONDS: "3600",
		CALOCK_AUDIT_STALL_SECONDS: "3600" } });
	await stack.kill("worker", "SIGTERM");
	applicant = await signIn(stack, "applicant1");
	manager = await signIn(stack, "manager1");
});
after(() => stack?.stop());

const sandbox = (what, body) => paying.sandbox(stack, what, body);

const ordered = (provider) => paying.ordered(stack, applicant, provider);

/* A case that is paid, by a notice. */
async function paid(provider)
{
	const made = await ordered(provider);
	const transaction_id = await paying.pay(stack, made);

	return until(async () => {
		const [row] = await stack.db("SELECT id FROM payments WHERE " +
			`order_no = '${made.order_no}'`);

		return row && { ...made, transaction_id, payment: row.id };
	}, "it is credited", WAIT_MS);
}

/* As if no bill had ever been fetched. */
async function forget()
{
	await stack.kill("worker", "SIGTERM");
	await stack.db(`DELETE FROM bill_lines; DELETE FROM differences;
		DELETE FROM bills;
		DELETE FROM postings WHERE event IN ('charge', 'charge_back', 'more',
			'less', 'more_gone', 'less_gone')`);
}

/* And all that there is was a day before. */
async function turnBack()
{
	await forget();
	await stack.db(`UPDATE payments SET paid_at = paid_at - INTERVAL 1 DAY;
		UPDATE notices SET received_at = received_at - INTERVAL 1 DAY;
		UPDATE refunds SET done_at = done_at - INTERVAL 1 DAY`);
	await sandbox("age", { days: 1 });
}

const bill = async (provider) => (await stack.db("SELECT *, " +
	"DATE_FORMAT(day, '%Y-%m-%d') AS d FROM bills WHERE " +
	`provider = '${provider}'`))[0];

/* Both bills, when each is closed or waits for a person. */
async function reconciled()
{
	await stack.restart("worker");
	return Promise.all(["wechatpay", "alipay"].map((provider) =>
		until(async () => {
			const row = await bill(provider);

			return ["open", "closed"].includes(row?.state) && row;
		}, `the bill of ${provider}`, WAIT_MS)));
}

const differences = (provider) => stack.db("SELECT kind, reference, " +
	"is_refund, ours_fen, theirs_fen FROM differences WHERE " +
	`provider = '${provider}' ORDER BY kind, id`);

const posted = (where) => stack.db("SELECT event, provider, amount_fen FROM " +
	`postings WHERE ${where} ORDER BY event, amount_fen`);

const pathOf = (row) => `/admin/bills/${row.provider}/${row.d}`;

/* What the manager writes under each difference of a bill. */
async function explain(row, opinion = "已与平台核实")
{
	const html = await page(manager, pathOf(row));
	const forms = formsOf(html).filter((f) => f.action.endsWith("/settle"));

	for (const form of forms) {
		const fields = Object.fromEntries(form.inputs.map((i) =>
			[i.name, i.value]));
		const answer = await manager.form(form.action,
			{ ...fields, opinion });

		assert.equal(answer.status, 303, answer.bytes.toString());
	}
	return forms.length;
}

const closed = (provider) => until(async () =>
	(await bill(provider)).state === "closed", "it is closed", WAIT_MS);

test("a day on which all is right closes by itself, and its charge is posted",
	async () => {
		const w = await paid("wechatpay");
		const a = await paid("alipay");

		await turnBack();
		const rows = await reconciled();

		for (const [row, one] of [[rows[0], w], [rows[1], a]]) {
			await closed(row.provider);
			assert.deepEqual([row.paid_n, row.paid_fen, row.refunded_n,
				row.charge_fen, row.is_none],
			["1", String(one.amount_fen), "0", String(CHARGE(one.amount_fen)), "0"]);
			assert.deepEqual(await differences(row.provider), []);
			assert.deepEqual(
				await posted(`reference = '${row.provider}:${row.d}'`),
				[{ event: "charge", provider: row.provider,
					amount_fen: String(CHARGE(one.amount_fen)) }]);
		}
		const text = textOf(await page(manager, "/admin/bills"));

		assert.match(text, new RegExp(`${rows[0].d} 微信支付 已对平 1 ` +
			`${(w.amount_fen / 100).toFixed(2)} 0 0\\.00 2\\.70 `));
		assert.match(text, /各月合计（按平台账单）.* \d{4}-\d\d 2 2 2 /);
	});

/* What the worker has said since. */
const logged = () => fs.readFileSync(stack.path("log", "worker.log"), "utf8");

for (const [what, cause] of [
	["bill_creating", /STATEMENT_CREATING|no bill yet/],
	["bill_none", /no bill yet/],
	["bill_wrong_hash", /SHA-1/, ["wechatpay"]],
	["bill_truncated", /does not unpack/],
	["bill_garbage", /does not unpack/],
	["bill_bomb", /does not unpack/],
	["answer_bad_signature", /not verified/],
])
	test(`a bill that cannot be taken is fetched again: ${what}`, async () => {
		await forget();
		const providers = what === "bill_wrong_hash" ? ["wechatpay"] :
			["wechatpay", "alipay"];
		const on = { wechatpay: "tradebill", alipay: "bill" };

		for (const provider of providers)
			await sandbox("misbehave", { what, on:
				what.startsWith("bill") ? provider : on[provider] });
		const before_ = logged().length;
		const rows = await reconciled();
		const said = logged().slice(before_).split("\n");

		for (const provider of providers)
			assert.ok(said.some((l) => l.includes(`provider=${provider}`) &&
				cause.test(l)), said.join("\n"));
		for (const row of rows) {
			await closed(row.provider);
			assert.equal(row.paid_n, "1");
			assert.equal(row.error, "");
		}
	});

test("why there is no bill yet is on the page", async (t) => {
	t.after(() => sandbox("behave", {}));
	await forget();
	await sandbox("misbehave", { what: "bill_wrong_hash", on: "wechatpay",
		times: 1000 });
	await stack.restart("worker");
	await until(async () => /SHA-1/.test((await bill("wechatpay"))?.error),
		"it is written down", WAIT_MS);
	assert.match(textOf(await page(manager,
		pathOf(await bill("wechatpay")))), /not the file of that SHA-1/);
	await sandbox("behave", {});
	await closed("wechatpay");
	assert.equal((await bill("wechatpay")).error, "");
	assert.equal((await manager.get("/admin/bills?cursor=x")).status, 400);
});

/* What each leads to, given the payment. */
const DIFFERENCES = {
	bill_missing_line: (one) => [{ kind: "missing_there",
		reference: one.transaction_id, is_refund: "0",
		ours_fen: String(one.amount_fen), theirs_fen: null }],
	bill_amount: (one) => [{ kind: "amount", reference: one.transaction_id,
		is_refund: "0", ours_fen: String(one.amount_fen),
		theirs_fen: String(one.amount_fen + 100) },
	{ kind: "fee", reference: one.transaction_id, is_refund: "0",
		ours_fen: String(CHARGE(one.amount_fen + 100)),
		theirs_fen: String(CHARGE(one.amount_fen)) }],
	bill_fee: (one) => [{ kind: "fee", reference: one.transaction_id,
		is_refund: "0", ours_fen: String(CHARGE(one.amount_fen)),
		theirs_fen: String(CHARGE(one.amount_fen) + 7) }],
};
const POSTED = {
	bill_missing_line: (one) => ["less", one.amount_fen],
	bill_amount: () => ["more", 100],
	bill_fee: () => null,
};

for (const [what, expected] of Object.entries(DIFFERENCES))
	test(`what differs is opened, explained, posted: ${what}`, async () => {
		const all = [await paid("wechatpay"), await paid("alipay")];

		await paid("wechatpay");
		await paid("alipay");
		await turnBack();
		for (const { provider } of all)
			await sandbox("misbehave", { what, on: provider });
		for (const [i, row] of (await reconciled()).entries()) {
			const one = all[i];
			const found = await differences(row.provider);

			assert.equal(row.state, "open");
			assert.deepEqual(found, expected(one));
			assert.match(textOf(await page(manager, pathOf(row))),
				/有差异待说明/);
			assert.equal(await explain(row), found.length);
			await closed(row.provider);
			const entry = POSTED[what](one);

			assert.deepEqual(await posted("event IN ('more', 'less') AND " +
				`provider = '${row.provider}'`), entry === null ? [] :
				[{ event: entry[0], provider: row.provider,
					amount_fen: String(entry[1]) }]);
			assert.match(textOf(await page(manager, pathOf(row))),
				/孙管理：已与平台核实/);
		}
	});

test("money that only the bill knows; and it comes to light afterwards",
	async () => {
		await paid("wechatpay");
		await turnBack();
		await sandbox("misbehave", { what: "bill_extra_line",
			on: "wechatpay" });
		const [row] = await reconciled();
		const [found, ...more] = await differences("wechatpay");

		assert.deepEqual({ ...found, reference: "" }, { kind: "missing_here",
			reference: "", is_refund: "0", ours_fen: null,
			theirs_fen: "12345" });
		assert.deepEqual(more, []);
		/* An explanation is asked for. */
		const [form] = formsOf(await page(manager, pathOf(row)))
			.filter((f) => f.action.endsWith("/settle"));
		const fields = Object.fromEntries(form.inputs.map((i) =>
			[i.name, i.value]));
		const empty = await manager.form(form.action,
			{ ...fields, opinion: " " });

		assert.equal(empty.status, 422);
		assert.match(empty.bytes.toString(), /请写明差异的原因和处理结果/);
		await explain(row);
		await closed("wechatpay");
		assert.deepEqual(await posted("event = 'more'"), [{ event: "more",
			provider: "wechatpay", amount_fen: "12345" }]);
		assert.equal((await manager.form(form.action,
			{ ...fields, opinion: "again" })).status, 409);
		await stack.db(`INSERT INTO notices (id, provider, event_id, event_type,
			transaction_id, outcome, reason, amount_fen) VALUES
			('01k0late', 'wechatpay', 'late', 'x', '${found.reference}',
			'unmatched', 'unknown_order', 12345)`);
		assert.deepEqual(await until(async () => {
			const rows = await posted("event = 'more_gone'");

			return rows.length > 0 && rows;
		}, "it is posted back", WAIT_MS), [{ event: "more_gone",
			provider: "wechatpay", amount_fen: "12345" }]);
		await stack.db("DELETE FROM notices WHERE id = '01k0late'");
	});

test("a payment that nobody told of is found in the bill, and credited",
	async () => {
		const made = await ordered("wechatpay");

		/* Watched no more. */
		await stack.db("UPDATE orders SET state = 'closed', closed_at = " +
			"NOW(6) - INTERVAL 8 DAY, asked_at = NULL WHERE " +
			`order_no = '${made.order_no}'`);
		await paying.paySilently(stack, made);
		await turnBack();
		const [row] = await reconciled();
		const [{ state }] = await stack.db("SELECT state FROM applications " +
			`WHERE id = '${made.id}'`);

		assert.equal(state, "paid");
		await closed("wechatpay");
		assert.deepEqual(await differences("wechatpay"), []);
		assert.equal(row.paid_n, "1");
	});

/* Money back, at WeChat and in our books, under one number. */
async function refunded(fen = 1000, changes = {})
{
	const one = await paid("wechatpay");
	const id = `01krefund${one.payment.slice(-15)}`;
	const shop = openMerchant({ url: stack.sandboxUrl,
		keys: readKeys(stack.path("sandbox")) });

	await shop.refund({ out_trade_no: one.order_no, out_refund_no: id,
		amount: { refund: fen, total: one.amount_fen, currency: "CNY" } });
	const row = { id: `'${id}'`, payment_id: `'${one.payment}'`,
		application_id: `'${one.id}'`, amount_fen: fen, state: "'done'",
		reason: "'x'", requested_by: "(SELECT MIN(id) FROM accounts)",
		done_at: "NOW(6)", ...changes };

	await stack.db(`INSERT INTO refunds (${Object.keys(row)}) VALUES ` +
		`(${Object.values(row)})`);
	return { ...one, refund: id };
}

test("refunds are compared by number, amount and state", async () => {
	const right = await refunded();
	const other = await refunded(1000, { amount_fen: 999 });
	const ours = await refunded();
	const unknown = await refunded(500);
	const declined = await refunded(700, { state: "'declined'",
		done_at: "NULL" });

	await stack.db(`UPDATE refunds SET id = '01kelsewhere' WHERE id =
		'${ours.refund}'; DELETE FROM refunds WHERE id =
		'${unknown.refund}'`);
	await turnBack();
	const [row] = await reconciled();
	const found = await differences("wechatpay");

	assert.equal(row.refunded_n, "5");
	assert.ok(!found.some((d) => d.reference === right.refund));
	const key = (d) => `${d.kind} ${d.reference} ${d.ours_fen} ${d.theirs_fen}`;

	assert.deepEqual(found.map(key).sort(), [
		`amount ${other.refund} 999 1000`,
		`missing_here ${ours.refund} null 1000`,
		`missing_here ${unknown.refund} null 500`,
		"missing_there 01kelsewhere 1000 null",
		`state ${declined.refund} null 700`].sort());
	await explain(row);
	await closed("wechatpay");
	assert.deepEqual(await posted("event IN ('more', 'less')"), [
		["less", 1], ["less", 500], ["less", 700], ["less", 1000],
		["more", 1000]]
		.map(([event, fen]) => ({ event, provider: "wechatpay",
			amount_fen: String(fen) })));
});

test("a refund that the bill says has failed, and that we hold for done",
	async () => {
		const one = await refunded();

		await turnBack();
		await sandbox("misbehave", { what: "bill_state", on: "wechatpay" });
		const [row] = await reconciled();

		assert.equal(row.refunded_n, "0");
		assert.deepEqual(await differences("wechatpay"), [{ kind: "state",
			reference: one.refund, is_refund: "1", ours_fen: "1000",
			theirs_fen: null }]);
		await explain(row);
		await closed("wechatpay");
		assert.deepEqual(await posted("event IN ('more', 'less')"),
			[{ event: "more", provider: "wechatpay", amount_fen: "1000" }]);
	});

test("a refund that was helped on there, of which nobody told", async () => {
	const one = await refunded(500, { state: "'failed'", done_at: "NULL",
		problem: "'ABNORMAL'", next_at: "'9999-12-31'" });

	await turnBack();
	await reconciled();
	await closed("wechatpay");
	const [{ state }] = await stack.db("SELECT state FROM refunds WHERE " +
		`id = '${one.refund}'`);

	assert.equal(state, "done");
	assert.deepEqual(await posted(`reference = '${one.refund}'`),
		[{ event: "refunded", provider: "wechatpay", amount_fen: "500" }]);
	assert.deepEqual(await posted("event IN ('more', 'less')"), []);
	const [{ opinion }] = await stack.db("SELECT opinion FROM differences " +
		`WHERE reference = '${one.refund}'`);

	assert.match(opinion, /已自行消除/);
});

/* Money of yesterday alone, and of which kind. */
const MOVED = {
	"went back": () => refunded(),
	"fits no order": () => stack.db(`INSERT INTO notices (id, provider,
		event_id, event_type, transaction_id, outcome, reason, amount_fen)
		VALUES ('01k0strange', 'wechatpay', 'strange', 'x', '4200strange',
		'unmatched', 'unknown_order', 12345)`),
};

for (const [what, move] of Object.entries(MOVED))
	test(`a day on which money ${what} has a bill, whatever is said`,
		async (t) => {
			t.after(() => sandbox("behave", {}));
			await turnBack();
			await move();
			await turnBack();
			await stack.db("UPDATE payments SET paid_at = paid_at - INTERVAL " +
				"1 DAY");
			await sandbox("misbehave", { what: "bill_none", on: "wechatpay",
				times: 1000 });
			await stack.restart("worker");
			await until(async () => Number((await bill("wechatpay"))?.attempts)
				> 1, "it is asked for again", WAIT_MS);
			assert.match((await bill("wechatpay")).error, /no bill yet/);
			assert.deepEqual(await differences("wechatpay"), []);
		});

test("a day without business is closed, with no bill", async () => {
	await turnBack();
	await turnBack();
	await stack.db("DELETE FROM notices WHERE id = '01k0strange'");
	for (const row of await reconciled()) {
		await closed(row.provider);
		assert.deepEqual([row.is_none, row.paid_n, row.charge_fen],
			["1", "0", "0"]);
		assert.match(textOf(await page(manager, pathOf(row))), /已对平/);
		assert.deepEqual(await posted(`reference LIKE '${row.provider}:%'`),
			[]);
	}
});

/* Another day has begun: what was of yesterday is of the day before. */
async function nextDay()
{
	await stack.kill("worker", "SIGTERM");
	await stack.db(`SET SESSION foreign_key_checks = 0;
		UPDATE bills SET day = day - INTERVAL 1 DAY;
		UPDATE bill_lines SET day = day - INTERVAL 1 DAY;
		UPDATE differences SET day = day - INTERVAL 1 DAY;
		DELETE FROM postings WHERE event = 'charge';
		UPDATE payments SET paid_at = paid_at - INTERVAL 1 DAY`);
	await sandbox("age", { days: 1 });
	await stack.restart("worker");
}

for (const isExplained of [false, true])
	test("paid before midnight by our clock, and after it by theirs: " +
		`the next bill settles it, ${isExplained ? "though a manager did" :
			"alone"}`, async () => {
		await paid("wechatpay");
		await turnBack();
		const one = await paid("wechatpay");
		const fen = String(one.amount_fen);

		await stack.db("UPDATE payments SET paid_at = paid_at - INTERVAL 1 DAY " +
			`WHERE id = '${one.payment}'`);
		const [row] = await reconciled();

		assert.equal(row.state, "open");
		assert.deepEqual(await differences("wechatpay"), [{
			kind: "missing_there", reference: one.transaction_id,
			is_refund: "0", ours_fen: fen, theirs_fen: null }]);
		if (isExplained) {
			await explain(row);
			await closed("wechatpay");
		}
		await nextDay();
		await until(async () => (await stack.db("SELECT 1 FROM bills WHERE " +
			"provider = 'wechatpay' AND state = 'closed'")).length === 2,
		"both days are closed", WAIT_MS);
		assert.equal((await differences("wechatpay")).length, 1);
		const expected = isExplained ? ["less", "less_gone"] : [];

		assert.deepEqual(await until(async () => {
			const rows = await posted("event IN ('less', 'less_gone')");

			return rows.length === expected.length && rows;
		}, "it is posted", WAIT_MS), expected.map((event) => ({ event,
			provider: "wechatpay", amount_fen: fen })));
	});

test("a bill leaves as a table, with its differences", async () => {
	const one = await paid("wechatpay");

	await turnBack();
	await sandbox("misbehave", { what: "bill_extra_line", on: "wechatpay" });
	const [row] = await reconciled();
	const answer = await manager.get(`${pathOf(row)}/export.xlsx`);
	const rows = readXlsx(answer.bytes).rows ?? readXlsx(answer.bytes);

	assert.equal(answer.status, 200);
	assert.ok(rows.length >= 4);
	const text = JSON.stringify(rows);

	for (const word of ["序号", "商户订单号", one.order_no, one.transaction_id,
		"差异：平台有、本系统无"])
		assert.ok(text.includes(word), word);
});

test("only a manager explains, and only what is there", async () => {
	const operator = await signIn(stack, "operator1");
	const [row] = await stack.db("SELECT provider, DATE_FORMAT(day, " +
		"'%Y-%m-%d') AS d FROM bills WHERE state = 'open'");

	assert.doesNotMatch(await page(operator, pathOf(row)), /\/settle"/);
	assert.equal((await manager.get("/admin/bills/wechatpay/2020-01-01"))
		.status, 404);
	assert.equal((await manager.get("/admin/bills/wechatpay/never")).status,
		404);
});
