/* How to get the answers about cases, invoices and the trail
 * (see openapi_cases.mjs). */
import { randomText } from "../sandbox/wechatpay_protocol.mjs";
import { ask, asked, byReviewer, casePath, invoiceNumber, issue, post, shown }
	from "./openapi_world.mjs";

async function decide(w, id, action, fields)
{
	return post(w, "reviewer1", casePath(id, action), fields);
}

async function revealInvoice(w, invoice)
{
	return post(w, "operator1", `/admin/invoices/${invoice.id}/reveal`,
		{ why: "other", note: "核对" });
}

const decisions = (action, fields) => ({
	303: async (w) => decide(w, await w.claimed(), action,
		{ version: 2, ...fields }),
	409: async (w) => decide(w, await w.pending(), action,
		{ version: 2, ...fields }),
	428: async (w) => decide(w, await w.claimed(), action, fields),
});

/* What the review program answers about something that is there. */
async function pageImage(w, headers = {})
{
	const { id, path } = await w.file("pending");
	const file = path.split("/").at(-1);
	const operator = await w.user("operator1");

	return operator.get(casePath(id, `/attachments/${file}/pages/1.png`),
		headers);
}

const embedded = (name) => async (w, headers = {}) =>
	(await w.user("operator1")).get(`/admin/${name}`, headers);

/* Asked for by who has it already. */
const known = (get) => async (w) =>
	get(w, { "If-None-Match": (await get(w)).headers.etag });

const HOLIDAY = { from: "2099-10-01", to: "", kind: "holiday", title: "国庆节" };

/* A day of old, which the worker leaves alone. */
async function billPath(w)
{
	await w.stack.db("INSERT IGNORE INTO bills (provider, day, state, " +
		"next_at) VALUES ('wechatpay', '2026-01-02', 'open', '9999-12-31')");
	return "/admin/bills/wechatpay/2026-01-02";
}

async function difference(w)
{
	const id = `01j0diff${randomText(12).toLowerCase()}`;

	await billPath(w);
	await w.stack.db("INSERT INTO differences (id, provider, day, kind, " +
		`reference) VALUES ('${id}', 'wechatpay', '2026-01-02', 'fee', '${id}')`);
	return id;
}

const settle = async (w, id, opinion = "已核实") => post(w, "manager1",
	`${await billPath(w)}/settle`, { difference: id, opinion });

export const review = {
	"GET /admin/style.css": { 304: known(embedded("style.css")) },
	"GET /admin/comfort.mjs": { 304: known(embedded("comfort.mjs")) },
	"POST /admin/next": {
		303: async (w, o) => ask(await w.user("reviewer1"), o),
	},
	"POST /admin/approve": {
		303: async (w, o) => ask(await w.user("reviewer1"), o),
		409: async (w, o) => ask(await w.user("reviewer1"), o,
			{ fields: { case: `${await w.pending()}-1` } }),
	},
	"POST /admin/holidays": {
		303: (w, o) => asked(w, o, { fields: HOLIDAY }),
	},
	"POST /admin/holidays/remove": {
		303: async (w, o) => {
			await ask(await w.user("manager1"),
				{ ...o, url: "/admin/holidays" }, { fields: HOLIDAY });
			return asked(w, o, { fields: { day: HOLIDAY.from } });
		},
		409: (w, o) => asked(w, o, { fields: { day: "2099-12-31" } }),
	},
	"GET /admin/applications/{id}": {
		200: shown(async (w) => casePath(await w.pending())),
	},
	"GET /admin/applications/{id}/attachments/{kind}/{attachment_id}": {
		200: shown(async (w) => {
			const { id, path } = await w.file("pending");

			return casePath(id, path);
		}),
	},
	"GET /admin/applications/{id}/attachments/{attachment_id}/pages/{page}.png": {
		200: (w) => pageImage(w),
		304: known(pageImage),
	},
	"POST /admin/applications/{id}/claim": {
		303: async (w) => decide(w, await w.pending(), "/claim", {}),
		409: async (w) => decide(w, (await w.application("approved")).id,
			"/claim", {}),
	},
	"POST /admin/applications/{id}/release": {
		303: async (w) => decide(w, await w.claimed(), "/release", {}),
	},
	"POST /admin/applications/{id}/reveal": {
		200: async (w) => decide(w, await w.claimed(), "/reveal",
			{ why: "compare" }),
		409: async (w) => decide(w, await w.pending(), "/reveal",
			{ why: "compare" }),
	},
	"POST /admin/applications/{id}/approve": decisions("/approve", {}),
	"POST /admin/applications/{id}/reject": decisions("/reject",
		{ opinion: "请补正" }),
	"GET /admin/bills": {
		403: byReviewer,
	},
	"GET /admin/bills/{provider}/{day}": {
		200: async (w) => (await w.user("manager1")).get(
			await billPath(w)),
		403: byReviewer,
	},
	"GET /admin/bills/{provider}/{day}/export.xlsx": {
		200: async (w) => (await w.user("manager1")).get(
			`${await billPath(w)}/export.xlsx`),
		403: byReviewer,
	},
	"POST /admin/bills/{provider}/{day}/settle": {
		303: async (w) => settle(w, await difference(w)),
		409: async (w) => {
			const id = await difference(w);

			await settle(w, id);
			return settle(w, id);
		},
		422: async (w) => settle(w, await difference(w), ""),
	},
	"GET /admin/ledger": {
		403: byReviewer,
	},
	"GET /admin/applications/{id}/evidence.zip": {
		200: async (w) => (await w.user("auditor1")).get(
			casePath(await w.pending(), "/evidence.zip")),
		403: byReviewer,
	},
	"GET /admin/privacy": {
		403: byReviewer,
	},
	"POST /admin/privacy/person": {
		200: async (w, o) => {
			await w.pending();
			return ask(await w.client(o), o, { fields: {
				number: "13800138000", why: "subject", note: "本人来函" } });
		},
	},
	"POST /admin/find": {
		200: async (w, o) => ask(await w.client(o), o,
			{ fields: { number: "13800138000" } }),
	},
	"GET /admin/audit": {
		403: byReviewer,
	},
	"POST /admin/audit/checks": {
		303: async (w, o) => asked(w, o),
	},
	"GET /admin/invoices/{id}": {
		200: shown(async (w) =>
			`/admin/invoices/${(await w.issued()).invoice.id}`),
	},
	"GET /admin/invoices/{id}/invoice.ofd": {
		200: shown(async (w) =>
			`/admin/invoices/${(await w.issued()).invoice.id}/invoice.ofd`),
	},
	"GET /admin/invoices/{id}/invoice.xml": {
		200: shown(async (w) =>
			`/admin/invoices/${(await w.issued()).invoice.id}/invoice.xml`),
	},
	"GET /admin/invoices/{id}/invoice.pdf": {
		200: shown(async (w) =>
			`/admin/invoices/${(await w.issued()).invoice.id}/invoice.pdf`),
	},
	"POST /admin/invoices/{id}/reveal": {
		200: async (w) => revealInvoice(w, (await w.invoiced()).invoice),
		409: async (w) => revealInvoice(w, (await w.issued()).invoice),
	},
	"POST /admin/invoices/{id}/issue": {
		303: async (w) => {
			const { invoice } = await w.invoiced();

			return issue(w, invoice.id, { version: invoice.version,
				number: invoiceNumber() });
		},
		409: async (w) => issue(w, (await w.issued()).invoice.id,
			{ version: 1, number: invoiceNumber() }),
		428: async (w) => issue(w, (await w.invoiced()).invoice.id,
			{ number: invoiceNumber() }),
	},
};
