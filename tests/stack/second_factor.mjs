/*
 * Administrators who are no demo accounts, and their authenticators.
 *
 *   const person = await newAdministrator(stack, "reviewer");
 *   await setUp(person);             what the first sign-in asks for
 *   await person.signIn();           both steps
 */
import assert from "node:assert/strict";
import crypto from "node:crypto";

import { Client, signIn } from "./client.mjs";
import { formsOf, ownFields, page, submitForm } from "./pages.mjs";
import { until } from "./parts.mjs";

export const SECOND = "/admin/account/second-factor";
export const OWN = "correct horse battery staple";
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_MS = 30_000;

function decode(base32)
{
	const bits = [...base32].map((c) => ALPHABET.indexOf(c).toString(2)
		.padStart(5, "0")).join("");

	return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

/* The code that an authenticator shows, now or so many steps away. */
export function codeOf(secret, away = 0)
{
	const step = Buffer.alloc(8);

	step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + away));
	const mac = crypto.createHmac("sha1", decode(secret)).update(step).digest();
	const at = mac[19] & 15;

	return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000)
		.padStart(6, "0");
}

/* Until a step has most of its time before it: a code of the last one is not
 * of the one before that when it is looked at. */
export function stepBegins()
{
	return until(() => Date.now() % STEP_MS < STEP_MS / 2, "a step", STEP_MS);
}

/* A code that is none, now or a step away. */
export function wrongCode(secret)
{
	const right = [-2, -1, 0, 1, 2].map((away) => codeOf(secret, away));

	return ["000000", "111111", "222222", "333333", "444444", "555555"]
		.find((code) => !right.includes(code));
}

let made = 0;

class Administrator {
	secret = null;
	recovery = [];

	constructor(stack, login, password)
	{
		Object.assign(this, { stack, login, password });
	}

	/* A session that is half way: this.client. */
	async begin()
	{
		this.client = new Client(this.stack, { surface: "admin" });
		const answer = await this.client.form("/admin/sign-in",
			{ account: this.login, password: this.password });

		assert.equal(answer.status, 303, answer.bytes.toString());
		return this.client;
	}

	/* The second step, with whatever code. */
	answer(code)
	{
		return submitForm(this.client, SECOND, "/check", { code });
	}

	/* A code once more in the same half minute. */
	forget()
	{
		return this.stack.db("UPDATE second_factors SET last_step = 0 " +
			`WHERE account_id = '${this.id}'`);
	}

	async signIn()
	{
		await this.begin();
		await this.forget();
		assert.equal((await this.answer(codeOf(this.secret))).status, 303);
		return this.client;
	}
}

const seconds = new WeakMap();

/* What was asked for last of that kind, confirmed by manager2: the answer. */
export async function confirmLast(stack, kind)
{
	if (!seconds.has(stack))
		seconds.set(stack, await signIn(stack, "manager2"));
	const [{ id }] = await stack.db("SELECT id FROM confirmations WHERE " +
		`state = 'waiting' AND kind = '${kind}' ORDER BY asked_at DESC LIMIT 1`);

	return submitForm(seconds.get(stack), `/admin/confirmations/${id}`,
		"/confirm");
}

/* The first password that a page shows. */
export function firstPasswordIn(answer)
{
	assert.equal(answer.status, 200, answer.bytes.toString());
	assert.match(answer.headers["cache-control"], /no-store/);
	return /<code class="large">([a-z2-9-]+)<\/code>/.exec(
		answer.bytes.toString())[1];
}

/* As two managers make it, and signed in as far as the password leads. */
export async function newAdministrator(stack, role = "reviewer", manager)
{
	const login = `person${++made}`;
	const answer = await submitForm(manager ?? await signIn(stack, "manager1"),
		"/admin/accounts", "/new", { login, name: "某人", role, unit: "",
			org_code: "", reason: "新到岗" });

	assert.equal(answer.status, 303, answer.bytes.toString());
	const first = firstPasswordIn(await confirmLast(stack, "account"));
	const [{ id }] = await stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);
	const person = Object.assign(new Administrator(stack, login, first), { id });

	await person.begin();
	return person;
}

/* What the page of the first sign-in offers: the form and its secret. */
export async function offer(client)
{
	const html = await page(client, SECOND);
	const [, groups] = /<code class="large">([A-Z2-7 ]+)<\/code>/.exec(html);

	return { html, secret: groups.replaceAll(" ", ""), form: formsOf(html)
		.find((f) => f.action.endsWith("/enrol")) };
}

/* Sets the second factor up. */
export async function enrol(person)
{
	const { secret, form } = await offer(person.client);
	const answer = await person.client.form(form.action,
		{ ...ownFields(form), code: codeOf(secret) });

	assert.equal(answer.status, 200, answer.bytes.toString());
	person.secret = secret;
	person.recovery = recoveryIn(answer);
	return person;
}

/* The same, and then a password of one's own. */
export async function setUp(person)
{
	await enrol(person);
	const changed = await submitForm(person.client, "/admin/account",
		"/password", { old: person.password, new: OWN, again: OWN });

	assert.equal(changed.status, 303, changed.bytes.toString());
	person.password = OWN;
	return person;
}

export function recoveryIn(answer)
{
	return [...answer.bytes.toString().matchAll(
		/<code class="large">([a-z2-9-]{19})<\/code>/g)].map(([, c]) => c);
}
