/*
 * Who asks, of what, and how: for the cases of openapi_*.mjs. What a case
 * works on is made when it is first asked for.
 */
import { addApplicant, complete, force, load, submit } from
	"../stack/cases.mjs";
import { Client, signIn } from "../stack/client.mjs";
import { act, formsOf, page } from "../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { confirmLast } from "../stack/second_factor.mjs";
import { startTls } from "../stack/tls.mjs";

const FORM = "application/x-www-form-urlencoded";
export const MULTIPART = "multipart/form-data";
export const NOBODY = "0".repeat(26);
export const WECHAT = { provider: "wechatpay" };
export const INVOICE = { title_type: "individual", title: "张明",
	mobile: "13800138000" };
export const KIND = "application_form";

export const apiPath = (id, rest = "") => `/api/applications/${id}${rest}`;
export const casePath = (id, rest = "") => `/admin/applications/${id}${rest}`;
export const accountPath = (id, rest = "") => `/admin/accounts/${id}${rest}`;
const isPage = (o) => o.template.startsWith("/admin");

/* A stack on which every answer can be got; a provider of sign-in that does
 * not answer is enough to be bound to. */
export const OPTIONS = { scale: 0.01, phone: true, env: {
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
		if (surface === "admin" && account !== undefined)
			await confirmLast(this.stack, "certificate");
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

		if (isIssued) {
			await issue(this, body.id, { version: body.version,
				number: invoiceNumber() });
			/* What an operator does not bring, and an API does. */
			await this.stack.db(["ofd", "xml"].map((format) => `INSERT
				INTO invoice_files SELECT invoice_id, '${format}',
				store_key, sha256, size, sealed_by, NULL
				FROM invoice_files WHERE invoice_id = '${body.id}'
				AND format = 'pdf'`).join(";"));
		}
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

/* Another at each call. */
export function nextNumber()
{
	return ++numbers;
}

export function invoiceNumber()
{
	return String(26332000000000000000n + BigInt(nextNumber()));
}

async function readCsrf(client)
{
	const [form] = formsOf(await page(client, "/admin/"));

	return form.inputs.find((i) => i.name === "csrf").value;
}

/* For a client whose session has changed. */
export function forgetCsrf(client)
{
	tokens.delete(client);
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
export async function ask(client, o,
	{ url = o.url, fields = {}, headers = {} } = {})
{
	const { type, body } = await bodyOf(client, o, fields);

	return client.request(o.method, url, body, { ...headers,
		...type === undefined ? {} : { "Content-Type": type } });
}

/* Sends a form of the office as somebody there. */
export async function post(w, login, url, fields = {}, type = FORM)
{
	return ask(await w.user(login), { method: "POST", type,
		security: ["admin"], url }, { fields });
}

/* The least that gets past the checks of the content. */
const NEEDED = {
	"POST /api/session": { account: "a", password: "b" },
	"POST /admin/sign-in": { account: "a", password: "b" },
	"POST /admin/accounts/{id}/subject": { subject: "somebody" },
	"POST /admin/holidays/remove": { day: "2099-12-31" },
	"POST /api/applications/{id}/payment": WECHAT,
	"POST /api/applications/{id}/invoice": INVOICE,
	"POST /api/applications/{id}/invoice/correction": INVOICE,
};

export async function asked(w, o, options = {})
{
	return ask(await w.client(o), o, { fields: NEEDED[o.name] ?? {},
		...options });
}

export async function issue(w, id, fields)
{
	return post(w, "operator1", `/admin/invoices/${id}/issue`,
		{ pdf: pdf(), ...fields }, MULTIPART);
}

export async function idOfAccount(w, login)
{
	const [row] = await w.stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);

	return row.id;
}

/* What a manager does about an account. */
export async function deed(w, id, action, fields = {})
{
	return post(w, "manager1", accountPath(id, action), fields);
}

export async function bindLock(w, id, { cert })
{
	return deed(w, id, "/certificates", { pem: cert, reason: "配发" });
}

export async function byReviewer(w, o)
{
	return (await w.user("reviewer1")).get(o.url);
}

/* Its owner looks at what the world has. */
export const seen = (what, rest = "") => async (w) => {
	const { client, id } = await w[what]();

	return client.get(apiPath(id, rest));
};

export const shown = (path) => async (w) =>
	(await w.user("operator1")).get(await path(w));
