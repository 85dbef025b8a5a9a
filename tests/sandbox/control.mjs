/*
 * /sandbox/…: what scripts do that no merchant can. JSON in and out.
 */
import { invoiceState } from "./fapiao.mjs";
import { MOMENTS } from "./misbehave.mjs";
import { pay } from "./payer.mjs";
import { stateOf } from "./trade.mjs";

const wrong = (status, message) => ({ status, body: { message } });

/* requests are the latest; calls counts all of them. */
function orders({ store, misbehave, requests, calls })
{
	const now = Date.now();
	const known = store.toJSON();

	return {
		status: 200,
		body: {
			...known,
			orders: known.orders.map((o) =>
				({ ...o, trade_state: stateOf(o, now) })),
			invoices: known.invoices.map((f) =>
				({ ...f, status: invoiceState(f, now) })),
			requests, calls, misbehave,
		},
	};
}

function arm({ misbehave }, body)
{
	const problem = misbehave.arm(body);

	return problem === null ? { status: 200, body: { armed: misbehave } } :
		wrong(422, problem);
}

/* From now on the provider's clock is so many seconds ahead, or behind. */
function clock({ misbehave }, { seconds })
{
	if (!Number.isSafeInteger(seconds))
		return wrong(422, "seconds: a whole number");
	misbehave.clockMs = seconds * 1000;
	return { status: 200, body: { seconds } };
}

/* Nothing goes wrong any more. */
function behave({ misbehave })
{
	misbehave.clear();
	return { status: 200, body: {} };
}

async function reset({ store, notifier, misbehave, requests, calls })
{
	notifier.stop();
	store.clear();
	misbehave.clear();
	requests.length = 0;
	for (const name of Object.keys(calls))
		delete calls[name];
	await store.save();
	return { status: 200, body: {} };
}

/* The payment notice of an order, or an invoice's first one, again, now;
 * `what` makes it a wrong one. */
async function notice({ store, notifier }, { out_trade_no, fapiao_id, what })
{
	const isOf = fapiao_id !== undefined ?
		(n) => n.fapiao_id === fapiao_id :
		(n) => n.out_trade_no === out_trade_no &&
			n.original_type === "transaction";
	const found = [...store.notices.values()].find(isOf);

	if (what !== undefined && MOMENTS[what] !== "attempt")
		return wrong(422, "what: not the name of a wrong notice");
	if (!store.orders.has(out_trade_no) && !store.invoices.has(fapiao_id))
		return wrong(404, "no such order or invoice");
	if (found === undefined)
		return wrong(409, "there is no notice of it");

	const answer = await notifier.send(found, what);

	await store.save();
	return { status: 200, body: { event_id: found.id, ...answer } };
}

const AGES = ["created_at", "paid_at", "refunded_at", "done_at"];

/* What was paid, refunded or issued was so many days before. */
async function age({ store }, { days = 1 })
{
	const moved = [...store.orders.values()].filter((o) => o.paid_at !== null);
	const invoices = [...store.invoices.values()];

	for (const one of [...moved, ...store.refunds.values(), ...invoices,
		...invoices.flatMap(({ reverse }) => reverse ?? [])])
		for (const name of AGES)
			if (typeof one[name] === "number")
				one[name] -= days * 86400e3;
	await store.save();
	return { status: 200, body: { moved: moved.length } };
}

/* Of what the phone is: see phone.mjs. */
function templates({ phone }, list)
{
	phone.register(list);
	return { status: 200, body: { registered: list.length } };
}

const messages = ({ phone }, body, { searchParams }) => ({ status: 200,
	body: { items: phone.messages(searchParams.get("mobile")) } });

const ROUTES = {
	"GET /sandbox/messages": messages,
	"POST /sandbox/templates": templates,
	"GET /sandbox/orders": orders,
	"POST /sandbox/pay": pay,
	"POST /sandbox/age": age,
	"POST /sandbox/misbehave": arm,
	"POST /sandbox/behave": behave,
	"POST /sandbox/clock": clock,
	"POST /sandbox/reset": reset,
	"POST /sandbox/notice": notice,
};

function parse(text)
{
	const body = text === "" ? {} : JSON.parse(text);

	if (typeof body !== "object" || body === null)
		throw new SyntaxError("not an object");
	return body;
}

/* req as for callApi; gives {status, headers, text}. */
export async function callControl(ctx, req)
{
	const run = ROUTES[`${req.method} ${req.url.pathname}`];
	let body;

	if (run === undefined)
		return { status: 404, headers: {}, text: '{"message":"not found"}' };
	try {
		body = parse(req.body.toString());
	} catch {
		return { status: 400, headers: {}, text: '{"message":"bad JSON"}' };
	}

	const answer = await run(ctx, body, req.url);

	return {
		status: answer.status, headers: {},
		text: JSON.stringify(answer.body),
	};
}
