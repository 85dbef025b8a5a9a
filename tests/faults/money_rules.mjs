/*
 * What has to hold of money when everything has come to rest: the providers,
 * our rows, the ledger and the day's bills tell the same.
 */
import { until } from "../stack/parts.mjs";

const REST_MS = 180_000;
const PROVIDERS = ["wechatpay", "alipay"];
const WITH_MONEY = "'paid', 'processing', 'completed', 'refunded'";
/* Unmatched money that goes back by rule. */
const BY_RULE = "'paid_twice', 'cancelled'";

/* Refunds that wait for somebody are confirmed, and what failed goes again. */
async function pushRefunds(money)
{
	await money.confirmAll();
	for (const { id } of await money.stack.db(
		"SELECT id FROM refunds WHERE state = 'failed'"))
		await money.form(money.managers[0], `/admin/refunds/${id}`, "/again");
}

/* What the providers took: {transaction: {provider, fen}}. */
async function taken(money)
{
	const { body } = await money.sandbox("orders");

	return new Map(body.orders.filter((o) => o.paid_at !== null &&
		o.paid_at !== undefined).map((o) => [o.transaction_id,
		{ provider: o.provider ?? "wechatpay",
			fen: o.params.amount.total, order: o.out_trade_no }]));
}

/* What they gave back: [{no, order, fen}]. */
async function givenBack(money)
{
	const { body } = await money.sandbox("orders");

	return body.refunds.filter((r) => r.provider === "alipay" ||
		r.outcome === "SUCCESS").map((r) => ({ no: r.out_refund_no,
		order: r.out_trade_no, fen: r.amount ?? r.params.amount.refund }));
}

async function known(stack)
{
	const rows = await stack.db("SELECT transaction_id FROM payments " +
		"UNION ALL SELECT transaction_id FROM notices " +
		"WHERE outcome = 'unmatched'");

	return rows.map((row) => row.transaction_id);
}

async function all(lines)
{
	const list = [];

	for await (const line of lines)
		list.push(line);
	return list;
}

/* What has still to come to an end, a line each. */
async function* restless(money)
{
	const { stack } = money;
	const there = new Set(await known(stack));

	for (const [transaction, { order }] of await taken(money))
		if (!there.has(transaction))
			yield `${transaction} of order ${order} is not known`;
	for (const o of await stack.db("SELECT order_no, state, version, " +
		"queried_at FROM orders WHERE state IN " +
		"('created', 'open', 'closing')"))
		yield `order ${Object.values(o).join(" ")}`;
	for (const r of await stack.db("SELECT refund_no, state, attempts, " +
		"next_at, problem FROM refunds WHERE state NOT IN " +
		"('done', 'declined')"))
		yield `refund ${Object.values(r).join(" ")}`;
	for (const { id } of await stack.db("SELECT id FROM notices n WHERE " +
		`outcome = 'unmatched' AND reason IN (${BY_RULE}) AND NOT EXISTS ` +
		"(SELECT 1 FROM refunds r WHERE r.notice_id = n.id)"))
		yield `notice ${id} has no refund`;
}

/* Nothing goes wrong any more, every order's time is over, and those that are
 * closed and watched are due: a code of Alipay's may have been paid, and the
 * notice of it lost. */
export async function settleAll(money)
{
	const { stack } = money;
	let left;

	await money.sandbox("behave", {});
	await stack.db("UPDATE orders SET expires_at = NOW(6) - INTERVAL 1 MINUTE " +
		"WHERE state IN ('created', 'open')");
	await stack.db("UPDATE orders SET queried_at = queried_at - INTERVAL 1 HOUR " +
		"WHERE state = 'closed' AND watch_ended_at IS NULL");
	await until(async () => {
		await pushRefunds(money);
		left = await all(restless(money));
		return left.length === 0;
	}, "everything is at rest", REST_MS).catch((e) => {
		throw new Error(`${e.message}: ${left?.join("; ")}`);
	});
}

/* Each payment that a provider took is in one place, once. */
async function* payments(money)
{
	const there = await known(money.stack);

	for (const [transaction, { order }] of await taken(money)) {
		const n = there.filter((t) => t === transaction).length;

		if (n !== 1)
			yield `${transaction} of order ${order} is known ${n} times`;
	}
}

/* What went back there is what went back here. */
async function* refunds(money)
{
	const there = await givenBack(money);
	const here = new Map((await money.stack.db("SELECT refund_no, amount_fen " +
		"FROM refunds WHERE state = 'done'"))
		.map((r) => [r.refund_no, Number(r.amount_fen)]));

	for (const { no, fen } of there)
		if (here.get(no) !== fen)
			yield `refund ${no} of ${fen} there, ${here.get(no)} here`;
	if (there.length !== here.size)
		yield `${there.length} refunds there, ${here.size} here`;
}

/* No case is paid without money, or unpaid with it. */
async function* cases({ stack })
{
	for (const { id, state } of await stack.db(`SELECT id, state FROM
		applications a WHERE (state IN (${WITH_MONEY})) <> EXISTS (SELECT 1
		FROM payments p WHERE p.application_id = a.id AND p.id = a.payment_id)`))
		yield `${id} is ${state}, and its payment is not so`;
	for (const { id } of await stack.db(`SELECT a.id FROM applications a
		JOIN payments p ON p.id = a.payment_id WHERE (a.state = 'refunded') <>
		(p.amount_fen = (SELECT COALESCE(SUM(r.amount_fen), 0) FROM refunds r
		WHERE r.payment_id = p.id AND r.state = 'done'))`))
		yield `${id} is refunded, or is not, against its refunds`;
}

/* The ledger is what the providers hold, and nobody owes anything. */
async function* ledger(money)
{
	const all = await givenBack(money);
	const rows = await money.stack.db("SELECT debit, credit, provider, " +
		"SUM(amount_fen) AS fen FROM postings GROUP BY debit, credit, provider");
	const balance = (account, provider) => rows.reduce((sum, r) => sum +
		(provider !== undefined && r.provider !== provider ? 0 :
			Number(r.fen) * ((r.debit === account) - (r.credit === account))), 0);

	if (balance("receivable") !== 0)
		yield `receivable is ${balance("receivable")}`;
	for (const provider of PROVIDERS) {
		const own = [...(await taken(money)).values()]
			.filter((t) => t.provider === provider);
		const orders = new Set(own.map((t) => t.order));
		const back = all.filter((r) => orders.has(r.order))
			.reduce((sum, r) => sum + r.fen, 0);
		const held = own.reduce((sum, t) => sum + t.fen, 0) - back;

		if (balance("provider", provider) !== held)
			yield `${provider} holds ${held}, the ledger says ` +
				`${balance("provider", provider)}`;
	}
}

/* All that there is was a day before; once, however often it is looked at. */
async function becomeYesterday(money)
{
	if (money.isOfYesterday)
		return;
	money.isOfYesterday = true;
	await money.stack.db(`UPDATE payments SET paid_at = paid_at - INTERVAL 1 DAY;
		UPDATE notices SET received_at = received_at - INTERVAL 1 DAY;
		UPDATE refunds SET done_at = done_at - INTERVAL 1 DAY`);
	await money.sandbox("age", { days: 1 });
}

/* Yesterday, as all of it becomes, is closed with nothing that differs. */
async function* reconciliation(money)
{
	const { stack } = money;

	await stack.kill("worker", "SIGTERM");
	await stack.db(`DELETE FROM bill_lines; DELETE FROM differences;
		DELETE FROM bills`);
	await becomeYesterday(money);
	await stack.restart("worker");
	const rows = await until(async () => {
		const bills = await stack.db("SELECT provider, state FROM bills");

		return bills.length === PROVIDERS.length &&
			bills.every((b) => ["open", "closed"].includes(b.state)) && bills;
	}, "both bills are there", REST_MS);

	for (const { provider, kind, reference } of await stack.db(
		"SELECT provider, kind, reference FROM differences"))
		yield `bill of ${provider}: ${kind} ${reference}`;
	await until(async () => (await stack.db("SELECT 1 FROM bills WHERE " +
		"state <> 'closed' AND NOT EXISTS (SELECT 1 FROM differences)"))
		.length === 0, "the day is closed", REST_MS);
	if (rows.length !== PROVIDERS.length)
		yield "a bill is missing";
}

/* The last one moves all there is by a day, the first time. */
export const RULES = [payments, refunds, cases, ledger, reconciliation];

/* What does not hold, a line each. */
export async function wrongIn(money, rules = RULES)
{
	const wrong = [];

	for (const rule of rules)
		wrong.push(...(await all(rule(money)))
			.map((line) => `${rule.name}: ${line}`));
	return wrong;
}
