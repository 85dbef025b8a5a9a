/* How to get the answers about money that came and money that goes back
 * (see openapi_cases.mjs). */
import { randomText } from "../sandbox/wechatpay_protocol.mjs";
import { byReviewer, casePath, post, shown } from "./openapi_world.mjs";

const newId = () => `01j0api${randomText(19).toLowerCase()}`;

/* Money that fits no order. */
async function unmatched(w)
{
	const id = newId();

	await w.stack.db("INSERT INTO notices (id, provider, event_id, " +
		"event_type, order_no, transaction_id, outcome, reason, amount_fen) " +
		`VALUES ('${id}', 'wechatpay', '${id}', 'TRANSACTION.SUCCESS', ` +
		`'nowhere', '${id}', 'unmatched', 'unknown_order', 45000)`);
	return `/admin/money/${id}`;
}

/* Money that another way was found for. */
async function settled(w)
{
	const path = await unmatched(w);

	await w.stack.db("INSERT INTO settlements (notice_id, opinion, settled_by) " +
		`SELECT '${path.split("/").at(-1)}', '已线下退回', id FROM accounts ` +
		"WHERE login = 'manager1'");
	return path;
}

const decideOn = (action, place) => async (w) => post(w, "manager1",
	`${await place(w)}/${action}`, { reason: "查明后办理" });

/* A refund in that state; the worker leaves it alone. */
async function refund(w, state = "failed", problem = "NOT_ENOUGH")
{
	const { id: of } = await w.application("paid");
	const id = newId();

	await w.stack.db("INSERT INTO refunds (id, payment_id, application_id, " +
		"amount_fen, state, reason, requested_by, problem, next_at) " +
		`SELECT '${id}', a.payment_id, a.id, 100, '${state}', '退款', m.id, ` +
		`'${problem}', '9999-12-31' FROM applications a JOIN accounts m ON ` +
		`m.login = 'manager1' WHERE a.id = '${of}'`);
	return `/admin/refunds/${id}`;
}

const onRefund = (action, version = 1, ...of) => async (w) =>
	post(w, "manager1", `${await refund(w, ...of)}/${action}`,
		{ version, opinion: "不再退款" });

/* What is decided of one that an API has issued, and stands so. */
function onInvoice(action, state, kind = "returned")
{
	const decide = (version, other = state) => async (w) => {
		const { invoice: { id } } = await w.invoiced(true);

		await w.stack.db(`UPDATE invoices SET provider = 'wechatpay',
			state = '${other}' WHERE id = '${id}';
			INSERT INTO invoice_tries (id, invoice_id, apply_id, n)
			VALUES ('${newId()}', '${id}', '${id}', 1)`);
		return post(w, "operator1", `/admin/invoices/${id}/${action}`,
			{ version, reason: "要退款", kind });
	};

	return { 303: decide(2), 409: decide(2, "reversed"), 412: decide(99),
		428: decide("") };
}

const ends = (w, invoice, version) => post(w, "operator1",
	`/admin/invoices/${invoice.id}/end`, { version, reason: "要退款" });

async function askRefund(w, state)
{
	const { id } = await w.application(state);

	return post(w, "manager1", casePath(id, "/refund"),
		{ amount: "1", reason: "申请人要求" });
}

export const money = {
	"GET /admin/money": { 403: byReviewer },
	"GET /admin/money/{id}": { 200: shown(unmatched), 403: byReviewer },
	"POST /admin/money/{id}/refund": {
		303: decideOn("refund", unmatched),
		409: decideOn("refund", settled),
	},
	"POST /admin/money/{id}/settle": {
		303: decideOn("settle", unmatched),
		409: decideOn("settle", settled),
	},
	"GET /admin/refunds": { 403: byReviewer },
	"GET /admin/refunds/{id}": { 200: shown(refund), 403: byReviewer },
	"POST /admin/refunds/{id}/again": {
		303: onRefund("again"),
		409: onRefund("again", 1, "done", ""),
		412: onRefund("again", 99),
		428: onRefund("again", ""),
	},
	"POST /admin/refunds/{id}/drop": {
		303: onRefund("drop"),
		409: onRefund("drop", 1, "failed", "ABNORMAL"),
		412: onRefund("drop", 99),
		428: onRefund("drop", ""),
	},
	"GET /admin/applications/{id}/refund": {
		200: shown(async (w) =>
			casePath((await w.application("paid")).id, "/refund")),
		403: byReviewer,
	},
	"POST /admin/applications/{id}/refund": {
		303: (w) => askRefund(w, "paid"),
		409: (w) => askRefund(w, "processing"),
	},
	"POST /admin/invoices/{id}/end": {
		303: async (w) => {
			const { invoice } = await w.invoiced();

			return ends(w, invoice, invoice.version);
		},
		409: async (w) => {
			const { invoice } = await w.invoiced();

			await ends(w, invoice, invoice.version);
			return ends(w, invoice, invoice.version + 1);
		},
		412: async (w) => ends(w, (await w.invoiced()).invoice, 99),
		428: async (w) => ends(w, (await w.invoiced()).invoice, ""),
	},
	"POST /admin/invoices/{id}/reverse": onInvoice("reverse", "issued"),
	"POST /admin/invoices/{id}/red-again": onInvoice("red-again",
		"red_failed"),
	"POST /admin/invoices/{id}/keep": onInvoice("keep", "red_failed"),
	"POST /admin/invoices/{id}/again": onInvoice("again", "failed"),
	"POST /admin/invoices/{id}/ask": onInvoice("ask", "sent"),
	"POST /admin/invoices/{id}/outcome": onInvoice("outcome", "sent", "none"),
};
