/* What changes a case: save and submit, review, the provider's notice. */
import crypto from "node:crypto";

import { readKeys } from "../../sandbox/keys.mjs";
import { buildNotice, randomText } from "../../sandbox/wechatpay_protocol.mjs";
import { addAdministrators, addCases, fields, newId } from "../cases.mjs";
import { alternate } from "../rounds.mjs";
import { load, request, sql } from "../sides.mjs";
import { checkSame, textOf } from "../statements.mjs";
import { WORKERS } from "../world.mjs";

const TIMES = 1500;
const FEE = 30000;
const REVIEWERS = 32;
const OPINION = "材料齐全，同意。";
/* As long as the fields, and as if sealed by the first key. */
const SUBMITTED = Buffer.alloc(900, 1);
const RID = "0123456789abcdef0123456789abcdef";

/* Groups of requests to n fresh cases. */
async function groupsOf(kind, stack, n)
{
	return (await kind.cases(stack, n)).map((item) =>
		kind.requests(stack, item));
}

/* The statements of both sides for one case; throws where they differ. */
export async function tripsOf(stack, kind)
{
	const [item] = await kind.cases(stack, 1);

	return checkSame(stack, kind.program, kind.steps(stack, item),
		() => load(kind.url(stack), [kind.requests(stack, item)]));
}

/*
 * Rounds of one kind of work. kind: {program, cases(stack, n), requests(stack,
 * item), steps(stack, item)}: both sides use their cases up.
 */
async function measure(world, rounds, kind)
{
	const stack = await world.stack("large");
	const ours = async (n) => load(kind.url(stack),
		await groupsOf(kind, stack, n));
	const limit = async (n) => sql(stack, kind.program,
		(await kind.cases(stack, n)).map((item) =>
			kind.steps(stack, item)), { connections: WORKERS });
	const trips = await tripsOf(stack, kind);

	await ours(TIMES); /* warm */
	return { trips, ...await alternate(rounds,
		async () => (await ours(TIMES)).rate,
		async () => (await limit(TIMES)).rate) };
}

/* -- save and submit -- */

function saveAndSubmit(stack, item)
{
	const target = `/api/applications/${item.id}`;
	const { cookie } = item.unit.session;

	return [
		request(stack.baseUrl, "PUT", target, { cookie,
			body: { version: 1, ...fields(item) } }),
		request(stack.baseUrl, "POST", `${target}/submit`, { cookie,
			body: { version: 2 },
			headers: { "Idempotency-Key": crypto.randomUUID() } }),
	];
}

/* The columns that a statement sets, in its order: their values. */
function setValues(name, values)
{
	return [...textOf(name).matchAll(/, (\w+) = \?/g)]
		.map(([, column]) => values[column] ?? null);
}

const audit = (program, actor, role, action, id, detail) => ["AUDIT_ADD",
	newId(), program, actor, role, action, id, detail, "127.0.0.1", RID];

const history = (id, version, action, actor, name) => ["HISTORY_ADD", newId(),
	id, version, action, actor, name, new Date().toISOString()
		.replace("T", " ").replace("Z", ""), ""];

/*
 * A state's move and what is written with it: {program, actor, role, name,
 * action, from, to, version}, the version being that of before.
 */
function move(item, { program, actor, role, name, action, from, to, version })
{
	return [
		["STATE_MOVE", to, item.id, version, from],
		history(item.id, version + 1, action, actor, name),
		audit(program, actor, role, action, item.id,
			`${from} -> ${to} version ${version + 1}`),
	];
}

/* What the owner's answer shows of a case, and what it is checked by. */
const shown = (item) => [
	["ATTACHMENT_LIST", item.id],
	["HISTORY_LIST", item.id],
	["LOCK_LIST", item.unit.id],
];

function save(item, common)
{
	const values = { consent_version: 1, applicant_unit: "衢州新增单位",
		...fields(item), fee_fen: FEE, ...item.sealed };

	return [
		...common,
		["FEE_IN_FORCE", "enterprise", "renewal", "certificate_and_seal", 1],
		["BEGIN"],
		["APPLICATION_SAVE", ...setValues("APPLICATION_SAVE", values),
			item.id, 1, "editing"],
		audit("application", item.unit.account, "applicant", "save",
			item.id, "version 2"),
		["COMMIT"],
		...shown(item),
	];
}

function saveAndSubmitSteps(stack, item)
{
	const { account, session } = item.unit;
	const path = `/api/applications/${item.id}/submit`;
	const key = crypto.randomBytes(32).toString("hex");
	const common = [
		["SESSION_GET", session.hash, "portal", 30, 12],
		["APPLICATION_GET", item.id],
	];

	return [
		...save(item, common),
		...common,
		["IDEMPOTENCY_FIND", account, path, key],
		["CONSENT_VERSION"],
		["FEE_IN_FORCE", "enterprise", "renewal", "certificate_and_seal", 1],
		["BEGIN"],
		["APPLICATION_SUBMIT", FEE, null, item.id, 2, 1],
		["SUBMISSION_ADD", item.id, 1, SUBMITTED],
		...move(item, { program: "application", actor: account,
			role: "applicant", name: "张明", action: "submit",
			from: "editing", to: "pending", version: 2 }),
		["IDEMPOTENCY_ADD", account, path, key, key, 200, item.id],
		["COMMIT"],
		...shown(item),
		/* By when it is promised to be reviewed, in working days. */
		["HOLIDAY_LIST", "2025-01-01", "2028-01-01"],
	];
}

const submission = {
	program: "application",
	url: (stack) => stack.baseUrl,
	cases: addCases,
	requests: saveAndSubmit,
	steps: saveAndSubmitSteps,
};

/* -- a reviewer's decision -- */

/* Pending, and claimed by one of many reviewers. */
async function claimed(stack, n)
{
	const reviewers = await addAdministrators(stack, "reviewer", REVIEWERS);
	let next = 0;

	return addCases(stack, n, (item) => {
		item.reviewer = reviewers[next++ % REVIEWERS];
		return { state: "pending", version: 2, round: 1,
			submitted_at: "NOW(6)", claimed_by: item.reviewer.account,
			claimed_until: "NOW(6) + INTERVAL 30 MINUTE" };
	});
}

function approval(stack, item)
{
	const { cookie, csrf } = item.reviewer.session;

	return [request(stack.adminUrl, "POST",
		`/admin/applications/${item.id}/approve`, { cookie,
			body: new URLSearchParams({ csrf, version: "2",
				opinion: OPINION }) })];
}

function approvalSteps(stack, item)
{
	const { account, session } = item.reviewer;

	return [
		["SESSION_GET", session.hash, "admin", 30, 12],
		["APPLICATION_GET", item.id],
		["REASON_LIST"],
		["BEGIN"],
		["REVIEW_HOLD", item.id, 2, account],
		["REVIEW_PARTY", item.id, account, item.id, account, item.id,
			account],
		["REVIEW_ADD", newId(), item.id, 1, account, "approve", OPINION],
		...move(item, { program: "review", actor: account,
			role: "reviewer", name: "王审核", action: "approve",
			from: "pending", to: "approved", version: 2 }),
		["MESSAGE_ADD", newId(), item.id, "approve", "sms", null],
		["COMMIT"],
	];
}

const decision = {
	program: "review",
	url: (stack) => stack.adminUrl,
	cases: claimed,
	requests: approval,
	steps: approvalSteps,
};

/* -- a payment's notice -- */

/* Approved, with an open order. */
async function ordered(stack, n)
{
	const items = await addCases(stack, n, () => ({ state: "approved",
		version: 3, round: 1, submitted_at: "NOW(6)" }));

	await stack.db(`INSERT INTO orders (order_no, application_id, provider,
		state, version, amount_fen, created_by, expires_at) VALUES
	${items.map((item) => {
		item.order = newId();
		item.transaction = `42${String(Date.now())}${item.number}`;
		return `('${item.order}', '${item.id}', 'wechatpay', 'open', 2, ` +
			`${FEE}, '${item.unit.account}', NOW(6) + INTERVAL 1 HOUR)`;
	}).join(",\n")}`);
	return items;
}

function notice(stack, item)
{
	const keys = readKeys(stack.path("sandbox"));
	const { headers, body } = buildNotice({ keys, plain: {
		mchid: keys.merchant.mchid, appid: keys.merchant.appid,
		out_trade_no: item.order, transaction_id: item.transaction,
		trade_type: "NATIVE", trade_state: "SUCCESS",
		trade_state_desc: "支付成功", bank_type: "OTHERS", attach: "",
		success_time: new Date().toISOString(),
		payer: { openid: randomText(28) },
		amount: { total: FEE, payer_total: FEE, currency: "CNY",
			payer_currency: "CNY" },
	} });

	return [request(stack.baseUrl, "POST", "/callback/wechatpay",
		{ body: Buffer.from(body), headers })];
}

const entry = (event, reference, debit, credit, item) => ["LEDGER_POST",
	event, reference, debit, credit, "wechatpay", FEE, item.id];

function noticeSteps(stack, item)
{
	const id = newId();
	const paidAt = new Date().toISOString().slice(0, 19).replace("T", " ");

	return [
		["BEGIN"],
		["MONEY_SEEN", "wechatpay", item.transaction, "wechatpay",
			item.transaction],
		["ORDER_GET", item.order],
		["CREDIT_CASE", item.id],
		["NOTICE_ADD", newId(), "wechatpay", crypto.randomUUID(),
			"TRANSACTION.SUCCESS", item.order, item.transaction,
			"credited", "", FEE],
		["CASE_TO_PAY", item.id, 3],
		["ORDER_MOVE", "paid", "paid", "paid", "paid", item.order, 2,
			"open"],
		["ORDER_HISTORY_ADD", item.order, 3, "pay", "paid", "provider",
			null],
		["ORDER_OPEN_OF", item.id],
		["PAYMENT_ADD", id, item.order, item.id, "wechatpay",
			item.transaction, FEE, "CNY", paidAt, "notice"],
		["CREDIT_APPLICATION", id, paidAt, item.id, 3],
		entry("fee_due", id, "receivable", "fee", item),
		entry("credited", id, "provider", "receivable", item),
		...move(item, { program: "callback", actor: null,
			role: "provider", name: "微信支付", action: "pay",
			from: "approved", to: "paid", version: 3 }),
		["MESSAGE_ADD", newId(), item.id, "pay", "sms", null],
		["COMMIT"],
	];
}

const payment = {
	program: "callback",
	url: (stack) => stack.baseUrl,
	cases: ordered,
	requests: notice,
	steps: noticeSteps,
};

export const KINDS = { submission, decision, payment };
export const submit = (world, rounds) => measure(world, rounds, submission);
export const review = (world, rounds) => measure(world, rounds, decision);
export const callback = (world, rounds) => measure(world, rounds, payment);

/* The same requests, for who wants them among others. */
export const submissions = (stack, n) => groupsOf(submission, stack, n);
export const approvals = (stack, n) => groupsOf(decision, stack, n);
export const notices = (stack, n) => groupsOf(payment, stack, n);
