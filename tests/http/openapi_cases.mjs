/*
 * How to get each answer that the description declares. GENERIC has a way
 * that suits every route, by status; CASES what a route needs to itself. A
 * way takes the world and the operation, and gives the answer.
 */
import { addApplicant, complete, create, draft, force, load, submit } from
	"../stack/cases.mjs";
import { Client, signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, submitForm } from
	"../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { office } from "./openapi_office.mjs";
import { SECOND, codeOf, newAdministrator, offer, setUp } from
	"../stack/second_factor.mjs";
import { startTls } from "../stack/tls.mjs";
import { buildNotice as buildAlipayNotice, noticeParams }
	from "../sandbox/alipay_protocol.mjs";
import { readKeys } from "../sandbox/keys.mjs";
import { buildNotice, randomText, rfc3339 } from
	"../sandbox/wechatpay_protocol.mjs";

const FORM = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data";
const NOBODY = "0".repeat(26);
/* More than the burst of any rate class, in groups. */
const TRIES = 300;
const AT_ONCE = 20;
const WECHAT = { provider: "wechatpay" };
const INVOICE = { title_type: "individual", title: "张明",
	mobile: "13800138000" };
const KIND = "application_form";
const ELSEWHERE = "https://elsewhere.example";

export const apiPath = (id, rest = "") => `/api/applications/${id}${rest}`;
const casePath = (id, rest = "") => `/admin/applications/${id}${rest}`;
const isPage = (o) => o.template.startsWith("/admin");

async function checkAudit(w, o)
{
	const client = await w.user("auditor1");
	const [{ inputs }] = formsOf(await page(client, "/admin/audit"));

	return client.form(o.url, { csrf: inputs.find((i) =>
		i.name === "csrf").value });
}

/* A stack on which every answer can be got; a provider of sign-in that does
 * not answer is enough to be bound to. */
export const OPTIONS = { scale: 0.01, env: {
	CALOCK_OIDC_ISSUER: "http://127.0.0.1:9",
	CALOCK_OIDC_CLIENT_ID: "calock", CALOCK_CERTIFICATES: "1" } };

/* What the description does not say of a route, from the programs' tables. */
function rowOf(stack, method, template)
{
	const [, , roles, limit] = stack.routes.find(([m, path]) =>
		m === method && path === template);

	return { roles: roles.split(","), limit: Number(limit) };
}

/* Every operation of the description, with what a case needs to know. */
export function operationsOf(stack, { paths })
{
	return Object.entries(paths).flatMap(([template, item]) =>
		Object.entries(item).map(([word, { responses, security,
			requestBody }]) => {
			const method = word.toUpperCase();

			return { name: `${method} ${template}`, method, template,
				security, ...rowOf(stack, method, template),
				type: Object.keys(requestBody?.content ?? {})[0],
				statuses: Object.keys(responses).map(Number),
				url: template.replace("{kind}", "application_form")
					.replace(/\{[^}]+\}/g, NOBODY) };
		}));
}

/* Who is signed in, and what is there to work on. */
export class World {
	#made = new Map();

	constructor(stack)
	{
		this.stack = stack;
	}

	/* Made when it is first asked for. */
	once(name, make)
	{
		if (!this.#made.has(name))
			this.#made.set(name, make());
		return this.#made.get(name);
	}

	user(account)
	{
		return this.once(account, () => signIn(this.stack, account));
	}

	/* An nginx with TLS that asks for certificates. */
	front()
	{
		return this.once("front", () => startTls(this.stack));
	}

	/* Whoever has started it stops it. */
	async stop()
	{
		if (this.#made.has("front"))
			await (await this.front()).stop();
	}

	/* Not signed in, with a certificate that is bound to an account, or to
	 * nobody. */
	async withLock(account, surface = "portal")
	{
		const front = await this.front();
		const lock = front.ca.issue("某人");

		if (account !== undefined)
			await bindLock(this, await idOfAccount(this, account), lock);
		return front.client(surface, lock);
	}

	stranger(o)
	{
		return new Client(this.stack,
			{ surface: o !== undefined && isPage(o) ? "admin" : "portal" });
	}

	/* Somebody who may ask this. */
	client(o)
	{
		if (o.security.length === 0)
			return this.stranger(o);
		return this.user(isPage(o) ? `${o.roles[0]}1` : "applicant1");
	}

	/* An applicant whose unit has nothing live. */
	async applicant()
	{
		return signIn(this.stack, await addApplicant(this.stack));
	}

	/* {client, id} of a complete application of its own unit, in a state. */
	async application(state = "editing")
	{
		const client = await this.applicant();
		const { id } = await complete(client);

		if (state === "pending")
			await submit(client, id);
		else if (state !== "editing")
			await force(this.stack, id, state);
		return { client, id };
	}

	draft()
	{
		return this.once("draft", () => this.application());
	}

	async pending()
	{
		const { id } = await this.application("pending");

		return id;
	}

	async claimed()
	{
		const id = await this.pending();

		await act(await this.user("reviewer1"), casePath(id), "/claim");
		return id;
	}

	ordered()
	{
		return this.once("ordered", async () => {
			const app = await this.application("approved");
			const { body } = await app.client.post(
				apiPath(app.id, "/payment"), WECHAT);

			return { ...app, order: body };
		});
	}

	/* Completed, an invoice asked for, and issued. */
	async invoiced(isIssued = false)
	{
		const app = await this.application("completed");
		const { body } = await app.client.post(apiPath(app.id, "/invoice"),
			INVOICE);

		if (isIssued)
			await issue(this, body.id, { version: body.version,
				number: invoiceNumber() });
		return { ...app, invoice: body };
	}

	issued()
	{
		return this.once("issued", () => this.invoiced(true));
	}

	/* {path, id} of a work order with one case in it. */
	async workOrder()
	{
		const { id } = await this.application("paid");

		return { id, path: await act(await this.user("operator1"),
			"/admin/work-orders", "/dispatch", { application: id }) };
	}

	/* An attachment of a case in that state. */
	async file(state)
	{
		const { client, id } = await this.application(state);
		const { attachments } = await load(client, id);
		const { kind, id: file } = attachments[0];

		return { client, id, path: `/attachments/${kind}/${file}` };
	}
}

let numbers = 0;
const tokens = new WeakMap();

function invoiceNumber()
{
	return String(26332000000000000000n + BigInt(++numbers));
}

async function readCsrf(client)
{
	const [form] = formsOf(await page(client, "/admin/"));

	return form.inputs.find((i) => i.name === "csrf").value;
}

function csrfOf(client)
{
	if (!tokens.has(client))
		tokens.set(client, readCsrf(client));
	return tokens.get(client);
}

async function formBody(client, o, fields)
{
	const csrf = client.cookies.size > 0 ?
		{ csrf: await csrfOf(client) } : {};

	if (o.type === FORM)
		return { type: FORM, body:
			new URLSearchParams({ ...csrf, ...fields }).toString() };
	const data = new FormData();

	for (const [name, value] of Object.entries({ ...csrf, ...fields }))
		data.set(name, Buffer.isBuffer(value) ? new Blob([value]) : value,
			...Buffer.isBuffer(value) ? ["invoice.pdf"] : []);
	const encoded = new Response(data);

	return { type: encoded.headers.get("content-type"),
		body: Buffer.from(await encoded.arrayBuffer()) };
}

/* A body that the route reads to its end. */
async function bodyOf(client, o, fields)
{
	switch (o.type) {
	case FORM:
	case MULTIPART:
		return formBody(client, o, fields);
	case "application/json":
		return { type: o.type, body: JSON.stringify(fields) };
	case "application/pdf":
		return { type: o.type, body: pdf() };
	default:
		return { type: o.type, body: o.type === undefined ? undefined : "" };
	}
}

/* Asks as client, with fields in whatever form the route reads. */
export async function ask(client, o, { url = o.url, fields = {}, headers = {} } = {})
{
	const { type, body } = await bodyOf(client, o, fields);

	return client.request(o.method, url, body, { ...headers,
		...type === undefined ? {} : { "Content-Type": type } });
}

/* Asks until the rate class has had enough. */
async function untilLimited(w, o)
{
	const client = w.stranger(o);

	for (let n = 0; n < TRIES; n += AT_ONCE) {
		const answers = await Promise.all(Array.from({ length: AT_ONCE },
			() => o.type === undefined ? client.request(o.method, o.url) :
				client.request(o.method, o.url, "x",
					{ "Content-Type": o.type })));
		const limited = answers.find((answer) => answer.status === 429);

		if (limited !== undefined)
			return limited;
	}
	throw new Error(`${TRIES} requests were not too many`);
}

/* The least that gets past the checks of the content. */
const NEEDED = {
	"POST /api/session": { account: "a", password: "b" },
	"POST /admin/sign-in": { account: "a", password: "b" },
	"POST /admin/accounts/{id}/subject": { subject: "somebody" },
	"POST /admin/holidays/remove": { day: "2099-12-31" },
	"POST /api/applications/{id}/payment": WECHAT,
	"POST /api/applications/{id}/invoice": INVOICE,
};

async function asked(w, o, options = {})
{
	return ask(await w.client(o), o, { fields: NEEDED[o.name] ?? {},
		...options });
}

/* An own application by its id, whatever the route does with it. */
async function stale(w, o)
{
	const { client, id } = await w.draft();

	return ask(client, o, { url: o.template.replace("{id}", id),
		headers: { "If-Match": "\"99\"" } });
}

/* One byte more than the route takes, which is none where no body belongs;
 * Node sends the length of that only when told to. */
async function tooMuch(w, o)
{
	const body = Buffer.alloc(o.limit + 1, " ");

	return (await w.client(o)).request(o.method, o.url, body,
		{ "Content-Type": o.type ?? "text/plain",
			"Content-Length": body.length });
}

export const GENERIC = {
	200: (w, o) => asked(w, o),
	303: (w, o) => ask(w.stranger(o), o),
	400: (w, o) => asked(w, o, { url: `${o.url}?%zz` }),
	401: (w, o) => ask(w.stranger(o), o),
	403: (w, o) => asked(w, o, { headers: { Origin: ELSEWHERE } }),
	404: (w, o) => asked(w, o, o.method === "PUT" ?
		{ headers: { "If-Match": "\"1\"" } } : {}),
	412: stale,
	413: tooMuch,
	415: async (w, o) => (await w.client(o)).request(o.method, o.url, "x",
		{ "Content-Type": "text/plain" }),
	422: (w, o) => asked(w, o, { url: `${o.url}?no_such=1` }),
	429: untilLimited,
	503: (w, o) => asked(w, o),
};

/* The second body under one key. */
async function keyReused(client, path, first, second)
{
	const headers = { "Idempotency-Key": randomText(16) };

	await client.post(path, first, headers);
	return client.post(path, second, headers);
}

async function decide(w, id, action, fields)
{
	return ask(await w.user("reviewer1"), { method: "POST", type: FORM,
		security: ["admin"], url: casePath(id, action) }, { fields });
}

async function issue(w, id, fields)
{
	return ask(await w.user("operator1"), { method: "POST", type: MULTIPART,
		security: ["admin"], url: `/admin/invoices/${id}/issue` },
	{ fields: { pdf: pdf(), ...fields } });
}

async function revealInvoice(w, invoice)
{
	return ask(await w.user("operator1"), { method: "POST", type: FORM,
		security: ["admin"], url: `/admin/invoices/${invoice.id}/reveal` },
	{ fields: { why: "other", note: "核对" } });
}

async function move(w, state, action)
{
	const { client, id } = await w.application(state);

	return client.post(apiPath(id, action));
}

const decisions = (action, fields) => ({
	303: async (w) => decide(w, await w.claimed(), action,
		{ version: 2, ...fields }),
	409: async (w) => decide(w, await w.pending(), action,
		{ version: 2, ...fields }),
	428: async (w) => decide(w, await w.claimed(), action, fields),
});

async function finish(w, order, action, id)
{
	const client = await w.user("operator1");
	const o = { method: "POST", type: FORM, security: ["admin"],
		url: `${order.path}${action}` };

	return ask(client, o, { fields: { application: id,
		...action === "/fail" ? { opinion: "制证失败" } : {} } });
}

const accountPath = (id, rest = "") => `/admin/accounts/${id}${rest}`;

async function byReviewer(w, o)
{
	return (await w.user("reviewer1")).get(o.url);
}

async function idOfAccount(w, login)
{
	const [row] = await w.stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);

	return row.id;
}

async function someAccount(w)
{
	return idOfAccount(w, await addApplicant(w.stack));
}

async function deed(w, id, action, fields = {})
{
	return ask(await w.user("manager1"), { method: "POST", type: FORM,
		security: ["admin"], url: accountPath(id, action) }, { fields });
}

/* Somebody who has set up the second factor. */
async function enrolled(w)
{
	return setUp(await newAdministrator(w.stack, "reviewer",
		await w.user("manager1")));
}

/* A deed of somebody who is half way, with a secret that was offered. */
async function half(w, action, fields)
{
	const { client } = await newAdministrator(w.stack, "reviewer",
		await w.user("manager1"));
	const { secret, form } = await offer(client);
	const own = ownFields(form);

	return client.form(SECOND + action, action === "/check" ?
		{ csrf: own.csrf, ...fields } :
		{ ...own, code: codeOf(secret), ...fields });
}

const confirmationPath = (id, rest = "") => `/admin/confirmations/${id}${rest}`;

async function askForRole(w, login)
{
	return deed(w, await idOfAccount(w, login), "/role",
		{ role: "auditor", reason: "调岗" });
}

/* The id of another role that manager1 has asked for. */
async function requested(w)
{
	const login = `role${++numbers}`;

	await w.stack.db(`INSERT INTO accounts (id, login, password_hash, role, name)
		SELECT LEFT(CONCAT('01j0', MD5(UUID())), 26), '${login}', 'x',
			'reviewer', '王审核'`);
	await askForRole(w, login);
	const [row] = await w.stack.db("SELECT c.id FROM confirmations c JOIN " +
		`accounts a ON a.id = c.subject WHERE a.login = '${login}'`);

	return row.id;
}

/* The same of a fee, which has no page yet that asks for it. */
async function requestedFee(w)
{
	const payload = { type: "enterprise", category: "new",
		business: "certificate", years: 1, fee_fen: 100,
		valid_from: `2099-01-${String(10 + ++numbers % 20)}` };
	const id = `01j0${randomText(22).toLowerCase()}`;

	await w.stack.db(`INSERT INTO confirmations (id, kind, subject, payload,
		reason, state, asked_by) SELECT '${id}', 'fees', '${id}',
		'${JSON.stringify(payload)}', '调价', 'waiting', id
		FROM accounts WHERE login = 'manager1'`);
	return id;
}

async function decideOn(w, url, fields = {}, login = "manager2")
{
	return ask(await w.user(login), { method: "POST", type: FORM,
		security: ["admin"], url }, { fields: { version: 1,
		opinion: "看过", ...fields } });
}

const decisionsOnRequests = (path, action = "/confirm", login = "manager2") => {
	const on = async (w, fields) => decideOn(w,
		`${path}${await requested(w)}${action}`, fields, login);

	return { 303: (w) => on(w), 404: (w, o) => decideOn(w, o.url, {}, login),
		409: (w) => on(w, { version: 9 }),
		428: (w) => on(w, { version: "" }) };
};

async function bindLock(w, id, { cert })
{
	return deed(w, id, "/certificates", { pem: cert });
}

/* What a manager does to others alone, once `first` is done. */
const deeds = (action, first) => {
	const done = async (w) => {
		const id = await someAccount(w);

		if (first !== undefined)
			await deed(w, id, first);
		return deed(w, id, action);
	};

	return { [action === "/reset" ? 200 : 303]: done, 409: async (w) =>
		deed(w, await idOfAccount(w, "manager1"), action) };
};

const finishing = (action) => ({
	303: async (w) => {
		const order = await w.workOrder();

		return finish(w, order, action, order.id);
	},
	404: async (w, o) => finish(w,
		{ path: o.url.slice(0, o.url.lastIndexOf("/")) }, action, NOBODY),
	409: async (w) => finish(w, await w.workOrder(), action,
		(await w.draft()).id),
});

async function dispatch(w, state)
{
	const { id } = await w.application(state);

	return ask(await w.user("operator1"), { method: "POST", type: FORM,
		security: ["admin"], url: "/admin/work-orders/dispatch" },
	{ fields: { application: id } });
}

const exported = (form) => ({
	200: async (w) => (await w.user("operator1")).get(
		`${(await w.workOrder()).path}/export.${form}`),
	403: byReviewer,
});

/* A file of the CA about a work order, handed in. */
async function imported(w, { id, path }, content)
{
	const client = await w.user("operator1");
	const [{ batch_no }] = await w.stack.db(
		`SELECT batch_no FROM applications WHERE id = '${id}'`);

	return ask(client, { method: "POST", type: MULTIPART, security: ["admin"],
		url: `${path}/imports` }, { fields: { file: Buffer.from(content ??
		`batch_no,result\n${batch_no},completed\n`) } });
}

/* The page of an import that nobody has asked for yet. */
async function importPath(w)
{
	return (await imported(w, await w.workOrder())).headers.location;
}

async function onImport(w, path, action, fields = {})
{
	return ask(await w.user("operator1"), { method: "POST", type: FORM,
		security: ["admin"], url: path + action }, { fields });
}

/* A notice of a payment that is all right but for nobody's order. */
export function notice(w, changes = {})
{
	const keys = readKeys(w.stack.path("sandbox"));
	const { headers, body } = buildNotice({ keys, ...changes, plain: {
		mchid: keys.merchant.mchid, appid: keys.merchant.appid,
		out_trade_no: NOBODY, transaction_id: randomText(28),
		trade_type: "NATIVE", trade_state: "SUCCESS",
		trade_state_desc: "支付成功", bank_type: "OTHERS",
		success_time: rfc3339(Date.now()), payer: { openid: "o1" },
		amount: { total: 1, payer_total: 1, currency: "CNY",
			payer_currency: "CNY" } } });

	return w.stranger().post("/callback/wechatpay", body, headers);
}

/* The same of Alipay's. */
function alipayNotice(w)
{
	const { alipay } = readKeys(w.stack.path("sandbox"));
	const now = Date.now();
	const { headers, body } = buildAlipayNotice({ key: alipay.private_key,
		params: noticeParams({ merchant: alipay, now, order: {
			out_trade_no: NOBODY, transaction_id: randomText(28),
			openid: "1", created_at: now, paid_at: now,
			params: { amount: { total: 1 }, description: "x" } } }) });

	return w.stranger().post("/callback/alipay", body, headers);
}

async function withFile(w, method, state)
{
	const { client, id, path } = await w.file(state);

	return client.request(method, apiPath(id, path));
}

/* Its owner looks at what the world has. */
const seen = (what, rest = "") => async (w) => {
	const { client, id } = await w[what]();

	return client.get(apiPath(id, rest));
};

/* What the review program answers about something that is there. */
async function pageImage(w, headers = {})
{
	const { id, path } = await w.file("pending");
	const file = path.split("/").at(-1);
	const operator = await w.user("operator1");

	return operator.get(casePath(id, `/attachments/${file}/pages/1.png`),
		headers);
}

const shown = (path) => async (w) =>
	(await w.user("operator1")).get(await path(w));

async function payment(w, state, provide = async () => {})
{
	const { client, id } = await w.application(state);

	await provide();
	return client.post(apiPath(id, "/payment"), WECHAT);
}

/* The provider takes the next order, and its answer is lost. */
export function dropAnswer(w)
{
	return fetch(`${w.stack.sandboxUrl}/sandbox/misbehave`, { method: "POST",
		body: JSON.stringify({ what: "applied_then_drop", on: "native" }) });
}

const HOLIDAY = { from: "2099-10-01", to: "", kind: "holiday", title: "国庆节" };

export const CASES = {
	"POST /api/session": {
		200: async (w) => w.stranger().post("/api/session",
			{ account: "applicant1",
				password: w.stack.accounts[0].password }),
		401: (w, o) => asked(w, o),
	},
	"DELETE /api/session": {
		204: async (w) => (await w.applicant()).del("/api/session"),
	},
	"POST /api/session/password": {
		204: async (w) => (await w.applicant()).post("/api/session/password",
			{ old: w.stack.accounts[0].password, new: "correct-horse-9" }),
		409: async (w) => keyReused(await w.applicant(),
			"/api/session/password",
			{ old: w.stack.accounts[0].password, new: "correct-horse-9" },
			{ old: "correct-horse-9", new: "correct-horse-8" }),
	},
	"POST /admin/sign-in": {
		303: async (w, o) => ask(w.stranger(o), o, { fields: {
			account: "auditor1", password: w.stack.accounts
				.find((a) => a.account === "auditor1").password } }),
		401: (w, o) => asked(w, o),
	},
	"POST /admin/sign-out": {
		303: async (w, o) => ask(await signIn(w.stack, "auditor1"), o),
	},
	"POST /admin/account/password": {
		303: async (w, o) => {
			const { account, password } = w.stack.accounts.find((a) =>
				a.role === "operator");
			const client = await signIn(w.stack, account);
			const change = (old, fresh) => ask(client, o, { fields: {
				old, new: fresh, again: fresh } });

			await change(password, "correct horse 9");
			tokens.delete(client);
			return change("correct horse 9", password);
		},
		401: (w, o) => asked(w, o),
	},
	"POST /admin/account/sessions/end": {
		303: async (w, o) => ask(await signIn(w.stack, "auditor1"), o,
			{ fields: { session: "all" } }),
		409: (w, o) => asked(w, o),
	},
	[`POST ${SECOND}/check`]: {
		303: async (w, o) => asked(w, o),
		401: async (w) => {
			const one = await enrolled(w);

			await one.begin();
			return one.answer("wrong");
		},
		409: async (w) => half(w, "/check", { code: "000000" }),
		/* Not by who has tried the other sign-ins: they are counted. */
		422: async (w, o) => ask(await w.user("operator1"), o,
			{ url: `${o.url}?no_such=1` }),
	},
	[`POST ${SECOND}/enrol`]: {
		200: async (w) => half(w, "/enrol", {}),
		401: async (w) => half(w, "/enrol", { code: "wrong" }),
		409: async (w) => half(w, "/enrol", { draft: "x" }),
	},
	[`POST ${SECOND}/recovery`]: {
		200: async (w) => {
			const one = await enrolled(w);

			await one.forget();
			return submitForm(one.client, SECOND, "/recovery",
				{ code: codeOf(one.secret) });
		},
		401: async (w) => submitForm((await enrolled(w)).client, SECOND,
			"/recovery", { code: "wrong" }),
		409: (w, o) => asked(w, o),
	},
	"POST /admin/accounts/{id}/second-factor/reset": {
		303: async (w) => deed(w, (await enrolled(w)).id,
			"/second-factor/reset"),
		409: async (w) => deed(w, await someAccount(w),
			"/second-factor/reset"),
	},
	"GET /admin/accounts": { 403: byReviewer },
	"POST /admin/accounts/new": {
		200: (w, o) => asked(w, o, { fields: { login: "openapi",
			name: "某人", role: "auditor" } }),
	},
	"GET /admin/accounts/{id}": {
		200: async (w) => (await w.user("manager1")).get(
			accountPath(await someAccount(w))),
		403: byReviewer,
	},
	"POST /admin/accounts/{id}/lock": deeds("/lock"),
	"POST /admin/accounts/{id}/unlock": deeds("/unlock", "/lock"),
	"POST /admin/accounts/{id}/reset": deeds("/reset"),
	"POST /admin/accounts/{id}/role": {
		303: (w) => askForRole(w, "reviewer2"),
		409: async (w) => deed(w, await someAccount(w), "/role",
			{ role: "auditor", reason: "调岗" }),
	},
	"POST /admin/accounts/confirmations/{id}/confirm":
		decisionsOnRequests("/admin/accounts/confirmations/"),
	"GET /admin/confirmations": { 403: byReviewer },
	"GET /admin/confirmations/{id}": {
		200: async (w) => (await w.user("manager2")).get(
			confirmationPath(await requested(w))),
		403: byReviewer,
	},
	"POST /admin/confirmations/{id}/confirm": {
		303: async (w) => decideOn(w, confirmationPath(
			await requestedFee(w), "/confirm")),
		404: (w, o) => decideOn(w, o.url),
		409: async (w) => decideOn(w, confirmationPath(
			await requestedFee(w), "/confirm"), { version: 9 }),
		428: (w, o) => decideOn(w, o.url, { version: "" }),
	},
	"POST /admin/confirmations/{id}/decline":
		decisionsOnRequests("/admin/confirmations/", "/decline"),
	"POST /admin/confirmations/{id}/withdraw":
		decisionsOnRequests("/admin/confirmations/", "/withdraw", "manager1"),
	"POST /admin/accounts/{id}/subject": {
		303: async (w) => deed(w, await someAccount(w), "/subject",
			{ subject: randomText(16) }),
		409: async (w) => deed(w, await idOfAccount(w, "reviewer1"),
			"/subject", { subject: randomText(16) }),
	},
	"POST /admin/accounts/{id}/subject/end": {
		303: async (w) => {
			const id = await someAccount(w);

			await deed(w, id, "/subject", { subject: randomText(16) });
			return deed(w, id, "/subject/end");
		},
		409: async (w) => deed(w, await someAccount(w), "/subject/end"),
	},
	"GET /api/session/certificate": {
		200: async (w) => (await w.withLock("applicant1")).get(
			"/api/session/certificate"),
	},
	"POST /api/session/certificate": {
		200: async (w) => (await w.withLock("applicant1")).post(
			"/api/session/certificate"),
		403: async (w) => (await w.withLock()).post(
			"/api/session/certificate"),
		503: async (w) => (await w.withLock()).post(
			"/api/session/certificate"),
	},
	"POST /admin/sign-in/certificate": {
		303: async (w, o) => (await w.withLock("operator1", "admin"))
			.form(o.url, {}),
		503: async (w, o) => (await w.withLock(undefined, "admin"))
			.form(o.url, {}),
	},
	"POST /admin/accounts/{id}/certificates": {
		303: async (w) => bindLock(w, await someAccount(w),
			(await w.front()).ca.issue("某人")),
		404: async (w) => bindLock(w, NOBODY,
			(await w.front()).ca.issue("某人")),
		409: async (w) => deed(w, await idOfAccount(w, "manager1"),
			"/certificates", { pem: "none" }),
	},
	"POST /admin/accounts/{id}/certificates/end": {
		303: async (w) => {
			const id = await someAccount(w);

			await bindLock(w, id, (await w.front()).ca.issue("某人"));
			const [{ fingerprint }] = await w.stack.db("SELECT fingerprint " +
				`FROM certificates WHERE account_id = '${id}'`);

			return deed(w, id, "/certificates/end", { fingerprint });
		},
		409: async (w) => deed(w, await someAccount(w), "/certificates/end",
			{ fingerprint: "0".repeat(64) }),
	},
	"POST /admin/accounts/{id}/sessions/end": {
		303: async (w) => deed(w, await someAccount(w), "/sessions/end",
			{ session: "all" }),
		409: async (w) => deed(w, await someAccount(w), "/sessions/end",
			{ session: "none" }),
	},
	"GET /api/form": {
		200: (w, o) => asked(w, o, { url: `${o.url}?type=enterprise` }),
		404: (w, o) => asked(w, o, { url: `${o.url}?type=none` }),
		409: (w, o) => asked(w, o, { url: `${o.url}?type=individual` }),
	},
	"POST /api/applications": {
		201: async (w) => {
			const client = await w.applicant();
			const { consent_version } = await create(client);

			return client.post("/api/applications",
				{ type: "enterprise", consent_version, ...draft(client) });
		},
		409: (w, o) => asked(w, o, { fields:
			{ type: "individual", consent_version: 1 } }),
	},
	"GET /api/applications/{id}": {
		200: seen("draft"),
	},
	"PUT /api/applications/{id}": {
		200: async (w) => {
			const { client, id } = await w.draft();

			return client.put(apiPath(id), {}, { "If-Match": "*" });
		},
		409: async (w) => {
			const { client, id } = await w.application("pending");

			return client.put(apiPath(id), { version: 2 });
		},
		428: async (w) => {
			const { client, id } = await w.draft();

			return client.put(apiPath(id), {});
		},
	},
	"DELETE /api/applications/{id}": {
		204: async (w) => {
			const { client, id } = await w.application();

			return client.del(apiPath(id));
		},
		409: async (w) => {
			const { client, id } = await w.application("pending");

			return client.del(apiPath(id));
		},
	},
	"POST /api/applications/{id}/submit": {
		200: (w) => move(w, "editing", "/submit"),
		409: (w) => move(w, "approved", "/submit"),
	},
	"POST /api/applications/{id}/withdraw": {
		200: (w) => move(w, "pending", "/withdraw"),
		409: (w) => move(w, "editing", "/withdraw"),
	},
	"POST /api/applications/{id}/cancel": {
		200: (w) => move(w, "approved", "/cancel"),
		409: (w) => move(w, "editing", "/cancel"),
	},
	"POST /api/applications/{id}/attachments/{kind}": {
		201: async (w) => {
			const { client, id } = await w.draft();

			return client.upload(id, KIND, pdf());
		},
		409: async (w) => {
			const { client, id } = await w.application("pending");

			return client.upload(id, KIND, pdf());
		},
	},
	"GET /api/applications/{id}/attachments/{kind}/{attachment}": {
		200: (w) => withFile(w, "GET"),
	},
	"DELETE /api/applications/{id}/attachments/{kind}/{attachment}": {
		204: (w) => withFile(w, "DELETE"),
		409: (w) => withFile(w, "DELETE", "pending"),
	},
	"POST /callback/alipay": {
		200: (w) => alipayNotice(w),
		401: (w) => w.stranger().post("/callback/alipay", ""),
		503: (w) => alipayNotice(w),
	},
	"POST /callback/wechatpay": {
		200: (w) => notice(w),
		401: (w) => w.stranger().post("/callback/wechatpay", ""),
		503: (w) => notice(w),
	},
	"POST /api/applications/{id}/invoice": {
		202: async (w) => {
			const { client, id } = await w.application("completed");

			return client.post(apiPath(id, "/invoice"),
				INVOICE);
		},
		409: async (w) => {
			const { client, id } = await w.draft();

			return client.post(apiPath(id, "/invoice"),
				INVOICE);
		},
	},
	"GET /api/applications/{id}/invoice": {
		200: seen("issued", "/invoice"),
	},
	"GET /api/applications/{id}/invoice.pdf": {
		200: seen("issued", "/invoice.pdf"),
	},
	"GET /api/applications/{id}/form.pdf": {
		200: seen("draft", "/form.pdf"),
	},
	"GET /api/templates/{kind}.pdf": {
		404: (w, o) => w.client(o).get("/api/templates/business_licence.pdf"),
	},
	"POST /api/applications/{id}/payment": {
		200: async (w) => {
			const { client, id } = await w.ordered();

			return client.post(apiPath(id, "/payment"), WECHAT);
		},
		201: (w) => payment(w, "approved"),
		409: (w) => payment(w, "editing"),
		502: (w) => payment(w, "approved", () =>
			w.stack.kill("sandbox", "SIGTERM"))
			.finally(() => w.stack.restart("sandbox")),
		504: (w) => payment(w, "approved", () => dropAnswer(w)),
	},
	"GET /api/applications/{id}/payment": {
		200: seen("ordered", "/payment"),
	},
	"GET /api/applications/{id}/payment/qr.svg": {
		200: seen("ordered", "/payment/qr.svg"),
	},
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
		304: async (w) => pageImage(w, {
			"If-None-Match": (await pageImage(w)).headers.etag }),
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
	"POST /admin/work-orders/plan": {
		200: async (w, o) => asked(w, o, { fields: {
			application: (await w.application("paid")).id } }),
	},
	"POST /admin/work-orders/dispatch": {
		303: (w) => dispatch(w, "paid"),
		409: (w) => dispatch(w, "editing"),
	},
	"GET /admin/work-orders/{id}": {
		200: shown(async (w) => (await w.workOrder()).path),
	},
	"GET /admin/work-orders/{id}/export.xlsx": exported("xlsx"),
	"GET /admin/work-orders/{id}/export.csv": exported("csv"),
	"GET /admin/work-orders/{id}/export.json": exported("json"),
	"POST /admin/work-orders/{id}/imports": {
		303: async (w) => imported(w, await w.workOrder()),
		422: async (w) => imported(w, await w.workOrder(), "no table"),
	},
	"GET /admin/work-orders/{id}/imports/{import_id}": {
		200: async (w) => (await w.user("operator1")).get(
			await importPath(w)),
		403: byReviewer,
	},
	"POST /admin/work-orders/{id}/imports/{import_id}/ask": {
		303: async (w) => onImport(w, await importPath(w), "/ask",
			{ reason: "CA 回执" }),
		409: async (w) => {
			const path = await importPath(w);

			await onImport(w, path, "/ask", { reason: "CA 回执" });
			return onImport(w, path, "/ask", { reason: "CA 回执" });
		},
	},
	"POST /admin/work-orders/{id}/imports/{import_id}/run": {
		303: async (w) => {
			const path = await importPath(w);

			await w.stack.db("UPDATE work_order_imports SET state = " +
				"'running', confirmation_id = id, asked_by = uploaded_by " +
				`WHERE id = '${path.split("/").at(-1)}'`);
			return onImport(w, path, "/run");
		},
		409: async (w) => onImport(w, await importPath(w), "/run"),
	},
	"POST /admin/work-orders/{id}/complete": finishing("/complete"),
	"POST /admin/work-orders/{id}/fail": finishing("/fail"),
	"GET /admin/money": {
		403: async (w, o) => (await w.user("reviewer1")).get(o.url),
	},
	"GET /admin/applications/{id}/evidence.zip": {
		200: async (w) => (await w.user("auditor1")).get(
			casePath(await w.pending(), "/evidence.zip")),
		403: async (w, o) => (await w.user("reviewer1")).get(o.url),
	},
	...office,
	"GET /admin/privacy": {
		403: async (w, o) => (await w.user("reviewer1")).get(o.url),
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
		403: async (w, o) => (await w.user("reviewer1")).get(o.url),
	},
	"POST /admin/audit/checks": {
		303: async (w, o) => checkAudit(w, o),
	},
	"GET /admin/invoices/{id}": {
		200: shown(async (w) =>
			`/admin/invoices/${(await w.issued()).invoice.id}`),
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
