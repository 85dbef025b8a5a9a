/* How to get the answers about accounts: sessions, second factors, locks that
 * sign in, and what waits for a second person (see openapi_cases.mjs). */
import { addApplicant } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { ownFields, submitForm } from "../stack/pages.mjs";
import { SECOND, codeOf, confirmLast, newAdministrator, offer, setUp }
	from "../stack/second_factor.mjs";
import { randomText } from "../sandbox/wechatpay_protocol.mjs";
import { NOBODY, accountPath, ask, asked, bindLock, byReviewer, deed, forgetCsrf,
	idOfAccount, nextNumber, post } from "./openapi_world.mjs";

/* The second body under one key. */
async function keyReused(client, path, first, second)
{
	const headers = { "Idempotency-Key": randomText(16) };

	await client.post(path, first, headers);
	return client.post(path, second, headers);
}

async function someAccount(w)
{
	return idOfAccount(w, await addApplicant(w.stack));
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
	const login = `role${nextNumber()}`;

	await w.stack.db(`INSERT INTO accounts (id, login, password_hash, role, name)
		SELECT LEFT(CONCAT('01j0', MD5(UUID())), 26), '${login}', 'x',
			'reviewer', '王审核'`);
	await askForRole(w, login);
	const [row] = await w.stack.db("SELECT c.id FROM confirmations c JOIN " +
		`accounts a ON a.id = c.subject WHERE a.login = '${login}'`);

	return row.id;
}

/* The same of a fee. */
async function requestedFee(w)
{
	const payload = { type: "enterprise", category: "new",
		business: "certificate", years: 1, fee_fen: 100,
		valid_from: `2099-01-${String(10 + nextNumber() % 20)}` };
	const id = `01j0${randomText(22).toLowerCase()}`;

	await w.stack.db(`INSERT INTO confirmations (id, kind, subject, payload,
		reason, state, asked_by) SELECT '${id}', 'fees', '${id}',
		'${JSON.stringify(payload)}', '调价', 'waiting', id
		FROM accounts WHERE login = 'manager1'`);
	return id;
}

async function decideOn(w, url, fields = {}, login = "manager2")
{
	return post(w, login, url, { version: 1, opinion: "看过", ...fields });
}

const decisionsOnRequests = (path, action = "/confirm", login = "manager2") => {
	const on = async (w, fields) => decideOn(w,
		`${path}${await requested(w)}${action}`, fields, login);

	return { 303: (w) => on(w), 404: (w, o) => decideOn(w, o.url, {}, login),
		409: (w) => on(w, { version: 9 }),
		428: (w) => on(w, { version: "" }) };
};

const newAuditor = (w, o) => asked(w, o, { fields: { login: "waits",
	name: "某人", role: "auditor", reason: "新到岗" } });

/* What a manager does to others alone, once `first` is done. */
const deeds = (action, first) => {
	const done = async (w) => {
		const id = await someAccount(w);

		if (first !== undefined)
			await deed(w, id, first);
		return deed(w, id, action);
	};

	return { 303: done, 409: async (w) =>
		deed(w, await idOfAccount(w, "manager1"), action) };
};

export const accounts = {
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
			forgetCsrf(client);
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
			"/second-factor/reset", { reason: "换手机" }),
		409: async (w) => deed(w, await someAccount(w),
			"/second-factor/reset"),
	},
	"GET /admin/accounts": { 403: byReviewer },
	"POST /admin/accounts/new": {
		200: (w, o) => asked(w, o, { fields: { login: "openapi",
			name: "某人", role: "applicant", unit: "某某建设有限公司",
			org_code: "91330800PDY0000282" } }),
		303: newAuditor,
		409: async (w, o) => {
			await newAuditor(w, o);
			return newAuditor(w, o);
		},
	},
	"GET /admin/accounts/{id}": {
		200: async (w) => (await w.user("manager1")).get(
			accountPath(await someAccount(w))),
		403: byReviewer,
	},
	"POST /admin/accounts/{id}/lock": deeds("/lock"),
	"POST /admin/accounts/{id}/unlock": deeds("/unlock", "/lock"),
	"POST /admin/accounts/{id}/reset": {
		200: async (w) => deed(w, await someAccount(w), "/reset"),
		303: async (w) => deed(w, await idOfAccount(w, "reviewer2"),
			"/reset", { reason: "忘记密码" }),
		409: async (w) => deed(w, await idOfAccount(w, "manager1"),
			"/reset"),
	},
	"POST /admin/accounts/{id}/role": {
		303: (w) => askForRole(w, "reviewer2"),
		409: async (w) => deed(w, await someAccount(w), "/role",
			{ role: "auditor", reason: "调岗" }),
	},
	"POST /admin/accounts/confirmations/{id}/confirm": {
		...decisionsOnRequests("/admin/accounts/confirmations/"),
		200: async (w) => {
			const { id } = await newAdministrator(w.stack, "auditor",
				await w.user("manager1"));

			await deed(w, id, "/reset", { reason: "忘记密码" });
			return confirmLast(w.stack, "password_reset");
		},
	},
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
};
