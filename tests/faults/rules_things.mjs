/* Numbers, keys, money and files: what must hold whatever was asked for. */
import { groupBy } from "./trail.mjs";

const LIVE = ["pending", "approved", "paid", "processing"];
const PAID = ["paid", "processing", "completed", "refunded"];
const FILES_A_KIND = 5;

function* doubles(rows, keyOf, what)
{
	for (const [key, same] of groupBy(rows, keyOf))
		if (same.length > 1)
			yield `${what} ${key}: ${same.length} times`;
}

export function* batchNumbers({ applications, batch_numbers })
{
	const last = new Map(batch_numbers.map((b) => [b.day, Number(b.last)]));

	yield* doubles(applications, (a) => a.batch_no, "batch number");
	for (const { batch_no } of applications) {
		const match = /^CA(\d{8})(\d{6})$/.exec(batch_no);

		if (match === null || Number(match[2]) > last.get(match[1]))
			yield `batch number ${batch_no} was never given`;
	}
}

/* One live renewal a lock, one live new case a unit without a reason. */
export function* liveKeys({ applications })
{
	const live = applications.filter((a) => LIVE.includes(a.state));

	yield* doubles(live.filter((a) => a.category === "renewal"),
		(a) => `${a.unit_id} ${a.lock_serial}`, "live renewal of");
	yield* doubles(live.filter((a) => a.category === "new" &&
		a.second_reason === null), (a) => a.unit_id, "live new case of");
}

/* Each payment is one case's, of its fee; who is paid for has one. */
export function* money({ cases, payments, orders })
{
	const orderOf = new Map(orders.map((o) => [o.order_no, o]));
	const paymentOf = new Map(payments.map((p) => [p.id, p]));
	let fees = 0;

	yield* doubles(payments, (p) => p.transaction_id, "transaction");
	yield* doubles(payments, (p) => p.application_id, "payment of");
	yield* doubles(payments, (p) => p.order_no, "payment of order");
	for (const { id, state, fee_fen, payment_id } of cases.values()) {
		const payment = paymentOf.get(payment_id);

		if (PAID.includes(state) !== (payment !== undefined))
			yield `${id} is ${state} with payment ${payment_id}`;
		else if (payment !== undefined && (payment.application_id !== id ||
		    payment.amount_fen !== fee_fen))
			yield `${id} of ${fee_fen} fen has payment ` +
				`${payment_id} of ${payment.amount_fen}`;
		if (PAID.includes(state))
			fees += Number(fee_fen);
	}
	for (const p of payments) {
		const order = orderOf.get(p.order_no);

		if (order?.application_id !== p.application_id ||
		    order.amount_fen !== p.amount_fen || order.state !== "paid")
			yield `payment ${p.id} is not its order's`;
		if (cases.get(p.application_id)?.payment_id !== p.id)
			yield `payment ${p.id} is no case's`;
	}
	const sum = payments.reduce((n, p) => n + Number(p.amount_fen), 0);

	if (sum !== fees)
		yield `payments of ${sum} fen, fees of ${fees}`;
}

function* fileIsThere(store, key, size, sha256, what)
{
	const file = store[key];

	if (file === undefined)
		yield `${what}: no file ${key}`;
	else if (file.size !== Number(size) || file.sha256 !== sha256)
		yield `${what}: file ${key} has other bytes`;
}

/* A row never names a missing file, also where it is about a removed one. */
export function* files({ attachments, invoices, invoice_files, store })
{
	yield* doubles(attachments, (a) => a.store_key, "store key");
	for (const a of attachments)
		yield* fileIsThere(store, a.store_key, a.size, a.sha256,
			`attachment ${a.id}`);
	for (const f of invoice_files)
		yield* fileIsThere(store, f.store_key, f.size, f.sha256,
			`invoice ${f.invoice_id} ${f.format}`);
	for (const { id, number } of invoices)
		if (number !== null && !invoice_files.some((f) =>
			f.invoice_id === id && f.format === "pdf"))
			yield `invoice ${id} has a number and no file`;
	for (const [key, { length }] of groupBy(
		attachments.filter((a) => a.removed_at === null),
		(a) => `${a.application_id} ${a.kind}`))
		if (length > FILES_A_KIND)
			yield `${key}: ${length} files`;
}

export function* invoiceRules({ cases, invoices })
{
	yield* doubles(invoices.filter((i) =>
		!["waiting", "failed", "reversed"].includes(i.state)),
	(i) => i.application_id, "live invoice of");
	yield* doubles(invoices.filter((i) => i.number !== null),
		(i) => i.number, "invoice number");
	for (const i of invoices) {
		const c = cases.get(i.application_id);

		if (c?.payment_id !== i.payment_id || c.fee_fen !== i.amount_fen)
			yield `invoice ${i.id} is not of its case's payment`;
	}
}

/* What a work order says of a case is what its trail says. */
export function* workOrders({ cases, work_order_items })
{
	const items = groupBy(work_order_items, (i) => i.application_id);
	const count = (list, word) => list.filter((w) => w === word).length;

	for (const { id, steps } of cases.values()) {
		const actions = steps.map((s) => s.action);
		const own = items.get(id) ?? [];
		const outcomes = own.map((i) => i.outcome);

		if (own.length !== count(actions, "dispatch") ||
		    count(outcomes, "completed") !== count(actions, "complete") ||
		    count(outcomes, "failed") !== count(actions, "fail"))
			yield `${id}: its work orders tell otherwise`;
	}
}
