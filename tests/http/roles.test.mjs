/*
 * Who may do what: every route that the programs print, tried as every role
 * and as nobody. What is to happen stands in the table; a route without a
 * row there fails, and so does a row without a route.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Client, signIn } from "../stack/client.mjs";
import { formsOf, multipart, page } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const ACCOUNTS = { applicant: "applicant1", reviewer: "reviewer1",
	operator: "operator1", manager: "manager1", auditor: "auditor1" };
const ROLES = Object.keys(ACCOUNTS);
const COOKIES = { portal: "calock_session", admin: "calock_admin" };

const ANYONE = ["nobody", ...ROLES];
const APPLICANT = ["applicant"];
const ADMIN = ["reviewer", "operator", "manager", "auditor"];
const REVIEWER = ["reviewer"];
const OPERATOR = ["operator"];
const MANAGER = ["manager"];
const OVERSEER = ["manager", "auditor"];
const REVEALING = ["reviewer", "operator", "manager"];
const MONEY = ["operator", "manager", "auditor"];
const KEEPER = ["operator", "manager"];
const REASONS = ["reviewer", "manager", "auditor"];

/*
 * "METHOD path": [who may, what they are answered to a request that names
 * nothing there is and says nothing, its body when it is not the usual one].
 * All others are signed out or forbidden. Later pages add their rows.
 */
const TABLE = {
	"GET /healthz": [ANYONE, 200],
	"GET /readyz": [ANYONE, 200],
	"POST /callback/{provider}": [ANYONE, 401],
	"POST /callback/sms/{provider}": [ANYONE, 404],

	"POST /api/session": [ANYONE, 422],
	"GET /api/session": [APPLICANT, 200],
	"DELETE /api/session": [APPLICANT, 204],
	"POST /api/session/password": [APPLICANT, 422],
	"GET /api/session/ways": [ANYONE, 200],
	"GET /api/session/oidc": [ANYONE, 303],
	"GET /api/session/oidc/return": [ANYONE, 303],
	"GET /api/session/certificate": [ANYONE, 401],
	"POST /api/session/certificate": [ANYONE, 401],
	"GET /api/guide": [ANYONE, 200],
	"POST /api/status/code": [ANYONE, 422],
	"POST /api/status": [ANYONE, 422],
	"GET /api/form": [APPLICANT, 200],
	"GET /api/locks": [APPLICANT, 200],
	"GET /api/locks.ics": [APPLICANT, 200],
	"PUT /api/locks/{id}/reminders": [APPLICANT, 422],
	"GET /api/manual.pdf": [ANYONE, 200],
	"GET /api/templates/{kind}.pdf": [ANYONE, 200],
	"GET /api/applications": [APPLICANT, 200],
	"POST /api/applications": [APPLICANT, 422],
	"GET /api/applications/export.csv": [APPLICANT, 200],
	"GET /api/applications/export.xlsx": [APPLICANT, 200],
	"GET /api/applications/{id}": [APPLICANT, 404],
	"PUT /api/applications/{id}": [APPLICANT, 404],
	"DELETE /api/applications/{id}": [APPLICANT, 404],
	"POST /api/applications/{id}/submit": [APPLICANT, 404],
	"POST /api/applications/{id}/withdraw": [APPLICANT, 404],
	"POST /api/applications/{id}/cancel": [APPLICANT, 404],
	"POST /api/applications/{id}/delivery/received": [APPLICANT, 404],
	"PUT /api/applications/{id}/delivery": [APPLICANT, 404],
	"POST /api/applications/{id}/activation": [APPLICANT, 404],
	"GET /api/applications/{id}/form.pdf": [APPLICANT, 404],
	"POST /api/applications/{id}/attachments/{kind}":
		[APPLICANT, 404, "pdf"],
	"GET /api/applications/{id}/attachments/{kind}/{attachment}":
		[APPLICANT, 404],
	"DELETE /api/applications/{id}/attachments/{kind}/{attachment}":
		[APPLICANT, 404],
	"GET /api/payments": [APPLICANT, 200],
	"GET /api/applications/{id}/payment": [APPLICANT, 404],
	"POST /api/applications/{id}/payment": [APPLICANT, 422],
	"GET /api/applications/{id}/payment/qr.svg": [APPLICANT, 404],
	"GET /api/invoices": [APPLICANT, 200],
	"GET /api/invoice-titles": [APPLICANT, 200],
	"GET /api/applications/{id}/invoice": [APPLICANT, 404],
	"POST /api/applications/{id}/invoice": [APPLICANT, 404],
	"POST /api/applications/{id}/invoice/correction": [APPLICANT, 404],
	"GET /api/applications/{id}/invoice.pdf": [APPLICANT, 404],
	"GET /api/applications/{id}/invoice.ofd": [APPLICANT, 404],
	"GET /api/applications/{id}/invoice.xml": [APPLICANT, 404],
	"DELETE /api/invoice-titles/{id}": [APPLICANT, 404],

	"GET /admin/style.css": [ANYONE, 200],
	"GET /admin/comfort.mjs": [ANYONE, 200],
	"GET /admin/sign-in": [ANYONE, 200],
	"POST /admin/sign-in": [ANYONE, 401],
	"GET /admin/sign-in/certificate": [ANYONE, 200],
	"POST /admin/sign-in/certificate": [ANYONE, 401],
	"POST /admin/sign-out": [ADMIN, 303],
	"GET /admin/account": [ADMIN, 200],
	"POST /admin/account/password": [ADMIN, 401],
	"POST /admin/account/sessions/end": [ADMIN, 409],
	"GET /admin/account/second-factor": [ADMIN, 200],
	"POST /admin/account/second-factor/check": [ADMIN, 303],
	"POST /admin/account/second-factor/enrol": [ADMIN, 409],
	"POST /admin/account/second-factor/recovery": [ADMIN, 409],
	"GET /admin/accounts": [OVERSEER, 200],
	"POST /admin/accounts/new": [MANAGER, 422],
	"GET /admin/accounts/{id}": [OVERSEER, 404],
	"POST /admin/accounts/{id}/lock": [MANAGER, 404],
	"POST /admin/accounts/{id}/unlock": [MANAGER, 404],
	"POST /admin/accounts/{id}/reset": [MANAGER, 404],
	"POST /admin/accounts/{id}/second-factor/reset": [MANAGER, 404],
	"POST /admin/accounts/{id}/role": [MANAGER, 404],
	"POST /admin/accounts/confirmations/{id}/confirm": [MANAGER, 428],
	"POST /admin/accounts/{id}/subject": [MANAGER, 404],
	"POST /admin/accounts/{id}/subject/end": [MANAGER, 404],
	"POST /admin/accounts/{id}/certificates": [MANAGER, 404],
	"POST /admin/accounts/{id}/certificates/end": [MANAGER, 404],
	"POST /admin/accounts/{id}/sessions/end": [MANAGER, 404],
	"GET /admin/": [ADMIN, 200],
	"POST /admin/next": [REVIEWER, 303],
	"POST /admin/approve": [REVIEWER, 303],
	"GET /admin/holidays": [ADMIN, 200],
	"POST /admin/holidays": [MANAGER, 422],
	"POST /admin/holidays/remove": [MANAGER, 400],
	"GET /admin/applications/{id}": [ADMIN, 404],
	"GET /admin/applications/{id}/attachments/{kind}/{attachment_id}":
		[ADMIN, 404],
	"GET /admin/applications/{id}/attachments/{attachment_id}/pages/{page}.png":
		[ADMIN, 404],
	"POST /admin/applications/{id}/claim": [REVIEWER, 404],
	"POST /admin/applications/{id}/release": [REVIEWER, 404],
	"POST /admin/applications/{id}/reveal": [REVEALING, 404],
	"POST /admin/applications/{id}/approve": [REVIEWER, 404],
	"POST /admin/applications/{id}/reject": [REVIEWER, 404],
	"POST /admin/applications/{id}/contact": [REVEALING, 404],
	"GET /admin/activations": [REVEALING, 200],
	"GET /admin/deliveries": [ADMIN, 200],
	"POST /admin/deliveries/send": [OPERATOR, 422],
	"POST /admin/deliveries/paste": [OPERATOR, 422],
	"POST /admin/deliveries/labels": [OPERATOR, 422],
	"GET /admin/deliveries/{id}": [ADMIN, 404],
	"POST /admin/deliveries/{id}/reveal": [KEEPER, 404],
	"POST /admin/deliveries/{id}/sent": [OPERATOR, 404],
	"POST /admin/deliveries/{id}/correct": [OPERATOR, 404],
	"POST /admin/deliveries/{id}/received": [OPERATOR, 404],
	"POST /admin/deliveries/{id}/returned": [OPERATOR, 404],
	"POST /admin/deliveries/{id}/again": [OPERATOR, 404],
	"POST /admin/deliveries/{id}/collected": [OPERATOR, 404],
	"GET /admin/work-orders": [ADMIN, 200],
	"POST /admin/work-orders/plan": [OPERATOR, 422],
	"POST /admin/work-orders/dispatch": [OPERATOR, 422],
	"GET /admin/work-orders/{id}": [ADMIN, 404],
	"POST /admin/work-orders/{id}/complete": [OPERATOR, 404],
	"POST /admin/work-orders/{id}/fail": [OPERATOR, 404],
	"GET /admin/work-orders/{id}/export.xlsx": [MONEY, 404],
	"GET /admin/work-orders/{id}/export.csv": [MONEY, 404],
	"GET /admin/work-orders/{id}/export.json": [MONEY, 404],
	"POST /admin/work-orders/{id}/imports": [OPERATOR, 404, "multipart"],
	"GET /admin/work-orders/{id}/imports/{import_id}": [MONEY, 404],
	"POST /admin/work-orders/{id}/imports/{import_id}/ask": [OPERATOR, 404],
	"POST /admin/work-orders/{id}/imports/{import_id}/run":
		[["operator", "manager"], 404],
	"GET /admin/money": [MONEY, 200],
	"GET /admin/money/{id}": [MONEY, 404],
	"POST /admin/money/{id}/refund": [MANAGER, 404],
	"POST /admin/money/{id}/settle": [MANAGER, 404],
	"GET /admin/refunds": [MONEY, 200],
	"GET /admin/refunds/{id}": [MONEY, 404],
	"POST /admin/refunds/{id}/again": [MANAGER, 404],
	"POST /admin/refunds/{id}/drop": [MANAGER, 404],
	"GET /admin/applications/{id}/refund": [MONEY, 404],
	"POST /admin/applications/{id}/refund": [MANAGER, 404],
	"GET /admin/ledger": [MONEY, 200],
	"GET /admin/bills": [MONEY, 200],
	"GET /admin/bills/{provider}/{day}": [MONEY, 404],
	"POST /admin/bills/{provider}/{day}/settle": [MANAGER, 404],
	"GET /admin/bills/{provider}/{day}/export.xlsx": [MONEY, 404],
	"GET /admin/confirmations": [MONEY, 200],
	"GET /admin/confirmations/{id}": [MONEY, 404],
	"POST /admin/confirmations/{id}/confirm": [MANAGER, 428],
	"POST /admin/confirmations/{id}/decline": [MANAGER, 428],
	"POST /admin/confirmations/{id}/withdraw":
		[["operator", "manager"], 428],
	"GET /admin/invoices": [ADMIN, 200],
	"GET /admin/invoices/{id}": [ADMIN, 404],
	"GET /admin/invoices/{id}/invoice.pdf": [ADMIN, 404],
	"GET /admin/invoices/{id}/invoice.ofd": [ADMIN, 404],
	"GET /admin/invoices/{id}/invoice.xml": [ADMIN, 404],
	"POST /admin/invoices/{id}/reveal": [["operator", "manager"], 404],
	"POST /admin/invoices/{id}/issue": [OPERATOR, 404, "multipart"],
	"POST /admin/invoices/{id}/end": [OPERATOR, 404],
	"POST /admin/invoices/{id}/reverse": [["operator", "manager"], 404],
	"POST /admin/invoices/{id}/red-again": [["operator", "manager"], 404],
	"POST /admin/invoices/{id}/keep": [OPERATOR, 404],
	"POST /admin/invoices/{id}/again": [OPERATOR, 404],
	"POST /admin/invoices/{id}/ask": [["operator", "manager"], 404],
	"POST /admin/invoices/{id}/outcome": [["operator", "manager"], 404],
	"GET /admin/units": [ADMIN, 200],
	"GET /admin/units/{id}": [ADMIN, 404],
	"POST /admin/units/{id}/locks/new": [KEEPER, 404],
	"GET /admin/units/{id}/locks/{lock_id}": [ADMIN, 404],
	"POST /admin/units/{id}/locks/{lock_id}/change": [KEEPER, 404],
	"GET /admin/expiring": [ADMIN, 200],
	"GET /admin/messages": [ADMIN, 200],
	"GET /admin/messages/{id}": [ADMIN, 404],
	"POST /admin/messages/{id}/queue": [OPERATOR, 404],
	"GET /admin/figures": [ADMIN, 200],
	"GET /admin/figures/states.csv": [ADMIN, 200],
	"GET /admin/figures/times.csv": [ADMIN, 200],
	"GET /admin/figures/yield.csv": [ADMIN, 200],
	"GET /admin/figures/reasons.csv": [ADMIN, 200],
	"GET /admin/figures/income.csv": [MONEY, 200],
	"GET /admin/reasons": [REASONS, 200],
	"POST /admin/reasons/new": [MANAGER, 422],
	"GET /admin/reasons/{code}": [REASONS, 404],
	"POST /admin/reasons/{code}/change": [MANAGER, 404],
	"POST /admin/reasons/{code}/retire": [MANAGER, 404],
	"POST /admin/reasons/{code}/restore": [MANAGER, 404],
	"GET /admin/message-texts": [ADMIN, 200],
	"GET /admin/message-texts/{word}": [ADMIN, 404],
	"POST /admin/message-texts/{word}/ask": [MANAGER, 404],
	"GET /admin/consents": [ADMIN, 200],
	"POST /admin/consents/new": [MANAGER, 428],
	"GET /admin/consents/{version}": [ADMIN, 404],
	"GET /admin/fees": [ADMIN, 200],
	"POST /admin/fees/ask": [MANAGER, 422],
	"GET /admin/types": [ADMIN, 200],
	"POST /admin/types/{type}/open": [MANAGER, 404],
	"POST /admin/types/{type}/close": [MANAGER, 404],
	"GET /admin/applications/{id}/evidence.zip": [OVERSEER, 404],
	"GET /admin/find": [ADMIN, 200],
	"POST /admin/find": [ADMIN, 422],
	"GET /admin/privacy": [OVERSEER, 200],
	"POST /admin/privacy/person": [MANAGER, 422],
	"GET /admin/audit": [OVERSEER, 200],
	"POST /admin/audit/checks": [OVERSEER, 303],
};

/* What stands in a path for its parameters: nothing that there is. */
const PARAMETERS = { kind: "application_form", page: "1",
	provider: "wechatpay" };
const NOTHING = "0".repeat(26);

/* Queries that a route cannot do without. */
const QUERIES = { "/api/form": "?type=enterprise" };

let stack;
let routes;
const people = new Map();

before(async () => {
	stack = await startStack({});
	routes = stack.routes.map(([method, path, , , , surface]) =>
		({ key: `${method} ${path}`, method, path,
			surface: surface === "admin" ? "admin" : "portal" }));
});
after(() => stack?.stop());

const homeOf = (role) => role === "applicant" ? "portal" : "admin";

/* Signed in, and with the token that its forms carry. */
async function personOf(role)
{
	const client = await signIn(stack, ACCOUNTS[role]);
	const csrf = homeOf(role) === "portal" ? "" :
		formsOf(await page(client, "/admin/work-orders"))[0].inputs
			.find((i) => i.name === "csrf").value;

	return { client, csrf };
}

/* Somebody of a role on a surface; where that role cannot sign in, with the
 * session that it has on the other one. */
async function somebody(role, surface)
{
	const stranger = { client: new Client(stack, { surface }), csrf: "" };

	if (role === "nobody")
		return stranger;
	if (!people.has(role))
		people.set(role, await personOf(role));
	if (homeOf(role) === surface)
		return people.get(role);
	stranger.client.cookies.set(COOKIES[surface], people.get(role)
		.client.cookies.get(COOKIES[homeOf(role)]));
	return stranger;
}

async function bodyOf({ method, surface, path }, kind, csrf)
{
	if (method === "GET" || method === "DELETE")
		return {};
	if (kind === "pdf")
		return { bytes: "", type: "application/pdf" };
	if (kind === "multipart")
		return multipart({ csrf }, Buffer.from("%PDF-"));
	if (surface === "admin")
		return { bytes: `csrf=${csrf}`,
			type: "application/x-www-form-urlencoded" };
	return { bytes: path.startsWith("/callback/") ? "x" : "{}",
		type: "application/json" };
}

/* One route as somebody: what is answered. */
async function attempt(route, role, kind)
{
	const { client, csrf } = await somebody(role, route.surface);
	const { bytes, type } = await bodyOf(route, kind, csrf);
	const path = route.path.replace(/\{(\w+)\}/g,
		(_, name) => PARAMETERS[name] ?? NOTHING);

	return client.request(route.method, path + (QUERIES[path] ?? ""), bytes,
		type === undefined ? {} : { "Content-Type": type });
}

/* What who may not is told: that nobody is signed in here, or no. */
function refusalOf({ method, surface }, role)
{
	if (role !== "nobody" && homeOf(role) === surface)
		return { status: 403 };
	return surface === "admin" && method === "GET" ?
		{ status: 303, location: "/admin/sign-in" } : { status: 401 };
}

/* A session that its own request has ended is made anew. */
function forget(route, role)
{
	if (/\/sign-out$|^DELETE \/api\/session$/.test(route.key))
		people.delete(role);
}

async function check(route, role, [who, status, kind], refused)
{
	const isAllowed = who.includes(role);
	const expected = isAllowed ? { status } : refusalOf(route, role);
	const answer = await attempt(route, role, kind);
	const what = `${route.key} as ${role}: ${answer.bytes}`;

	assert.equal(answer.status, expected.status, what);
	if (expected.location !== undefined)
		assert.equal(answer.headers.location, expected.location, what);
	if (!isAllowed && expected.status === 403)
		refused.set(role, (refused.get(role) ?? 0) + 1);
	if (isAllowed && homeOf(role) === route.surface)
		forget(route, role);
}

test("every route has its row in the table, and every row its route", () => {
	assert.deepEqual(routes.map(({ key }) => key).sort(),
		Object.keys(TABLE).sort());
});

test("every role and nobody is answered as the table says, and who is " +
	"refused is counted", async () => {
	const refused = new Map();

	for (const route of routes)
		for (const role of ANYONE)
			await check(route, role, TABLE[route.key], refused);
	const counted = await stack.db("SELECT a.role, SUM(times) AS n " +
		"FROM refusals r JOIN accounts a ON a.id = r.subject " +
		"WHERE code = 'forbidden' GROUP BY a.role");

	assert.ok(refused.size > 0);
	assert.deepEqual(Object.fromEntries(counted.map(({ role, n }) =>
		[role, Number(n)])), Object.fromEntries(refused));
});
