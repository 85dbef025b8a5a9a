/*
 * Money under faults: orders, payments, notices and refunds with both
 * providers, at random, while everything is killed and restarted. Then the
 * providers, the books and the cases have to tell the same (money_rules.mjs).
 *   node tests/faults/money.mjs [--operations N] [--seed N]
 * Prints the seed, with which a run is repeated; exit 1 when anything is wrong.
 */
import crypto from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { addCases } from "../bench/cases.mjs";
import { Client, signIn } from "../stack/client.mjs";
import { formsOf, ownFields } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";
import { settleAll, wrongIn } from "./money_rules.mjs";
import { Random } from "./random.mjs";

const HANDS = 6;
const FRESH = 30; /* cases that are made at once */
const GAP = 60; /* operations between two faults */
const FREEZE_MS = 300;
const TROUBLE = ["ABORT_ERR", "ECONNREFUSED", "ECONNRESET", "EPIPE",
	"UND_ERR_SOCKET"];
/* Of our own look into it, while it is started again. */
const NO_DATABASE = /^mariadb failed|Can't connect|Lost connection/;
const PROVIDERS = ["wechatpay", "alipay"];
const APPROVED = { state: "approved", version: 3, round: 1,
	submitted_at: "NOW(6)" };

/* What is done next, and how often. */
const WORK = { order: 22, pay: 20, look: 10, again: 8, expire: 4, cancel: 2,
	forge: 5, refund: 8, misbehave: 6 };
/* What goes wrong at the providers, with the call or notice that it hits. */
const MISBEHAVIOUR = ["late_notice", "no_notice", "notice_twice",
	"notice_bad_signature", "notice_probe", "notice_stale",
	"notice_wrong_key", "error_500", "rate_limited", "not_enough",
	"refund_slow", "answer_bad_signature", "answer_unsigned",
	"applied_then_drop"];
const FAULTS = ["program", "program", "job", "job", "database", "provider",
	"frozen"];
/* That must never become anything: forged, tampered, of nobody. */
const FORGERIES = [
	["/callback/wechatpay", "{}", { "Wechatpay-Signature": "x",
		"Wechatpay-Serial": "PUB_KEY_ID_0", "Wechatpay-Nonce": "n",
		"Wechatpay-Timestamp": "1" }],
	["/callback/wechatpay", "{\"id\":\"1\"}", {}],
	["/callback/alipay", "trade_status=TRADE_SUCCESS&sign=x&sign_type=RSA2",
		{ "Content-Type": "application/x-www-form-urlencoded" }],
];

export class Money {
	cases = [];
	done = new Map();
	complaints = [];
	operations = 0;
	isOfYesterday = false; /* money_rules.mjs */
	#adding = null;

	constructor(stack, random, limit)
	{
		Object.assign(this, { stack, random, limit });
		this.programs = stack.programs.filter((name) => name !== "worker");
	}

	isOver()
	{
		return this.operations >= this.limit;
	}

	/* -- asking -- */

	async sandbox(what, body)
	{
		const res = await fetch(`${this.stack.sandboxUrl}/sandbox/${what}`,
			{ headers: { Connection: "close" }, ...body === undefined ? {} :
				{ method: "POST", body: JSON.stringify(body) } });

		return { status: res.status, body: await res.json() };
	}

	/* What a fault cut off is tried by another operation. */
	async #attempt(kind, send)
	{
		this.operations++;
		this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
		try {
			return await send();
		} catch (e) {
			const code = e.code ?? e.cause?.code;

			if (code === "ERR_ASSERTION")
				this.complaints.push(`${kind}: ${e.message}`);
			else if (!TROUBLE.includes(code) && !NO_DATABASE.test(e.message))
				throw e;
			return null;
		}
	}

	/* A form of the office, when its page is to be had and has it. */
	async form(manager, path, action, fields = {})
	{
		const html = await manager.get(path);
		const form = html.status !== 200 ? undefined :
			formsOf(html.bytes.toString()).find((f) =>
				f.action?.endsWith(action));

		return form === undefined ? null : manager.form(form.action,
			{ ...ownFields(form), ...fields });
	}

	/* -- the cases -- */

	async #add()
	{
		const items = await addCases(this.stack, FRESH, () => APPROVED);

		this.cases.push(...items.map((item) => {
			const client = new Client(this.stack);
			const [name, value] = item.unit.session.cookie.split("=");

			client.programsMayDie = true;
			client.cookies.set(name, value);
			return { id: item.id, client, orders: [] };
		}));
	}

	/* One of the last, of which there are always some that nobody paid. */
	async pick(random)
	{
		if (this.cases.length < FRESH || random.chance(0.01)) {
			this.#adding ??= this.#add().finally(() => {
				this.#adding = null;
			});
			await this.#adding.catch(() => {});
		}
		return random.pick(this.cases.slice(-2 * FRESH));
	}

	/* -- one operation each -- */

	async order(random, c)
	{
		const answer = await c.client.post(`/api/applications/${c.id}/payment`,
			{ provider: random.pick(PROVIDERS), switch: random.chance(0.5) });

		if (answer.body?.order_no !== undefined)
			c.orders.push(answer.body.order_no);
	}

	/* Any order of the case's, also one that was given up. */
	async pay(random, c)
	{
		if (c.orders.length > 0)
			await this.sandbox("pay", { out_trade_no: random.pick(c.orders) });
	}

	look(random, c)
	{
		return c.client.get(`/api/applications/${c.id}/payment`);
	}

	async again(random, c)
	{
		if (c.orders.length > 0)
			await Promise.all([0, 1].map(() => this.sandbox("notice",
				{ out_trade_no: random.pick(c.orders) })));
	}

	expire(random, c)
	{
		return this.stack.db("UPDATE orders SET expires_at = NOW(6) " +
			`WHERE application_id = '${c.id}' AND state IN ('created', 'open')`);
	}

	cancel(random, c)
	{
		return c.client.post(`/api/applications/${c.id}/cancel`, {});
	}

	async forge(random)
	{
		const [path, body, headers] = random.pick(FORGERIES);
		const answer = await this.stranger.post(path, body, headers);

		if (![401, 502, 503].includes(answer.status))
			this.complaints.push(`${path} took ${body}: ${answer.status}`);
	}

	/* Asked for by one, and mostly confirmed by the other. */
	async refund(random, c)
	{
		const amount = random.chance(0.5) ? {} : { amount: "100" };
		const asked = await this.form(this.managers[0],
			`/admin/applications/${c.id}/refund`, "/refund",
			{ ...amount, reason: "申请人要求退款" });

		if (asked?.status === 303 && random.chance(0.8))
			await this.confirmAll();
	}

	async confirmAll()
	{
		for (const { id } of await this.stack.db("SELECT id FROM " +
			"confirmations WHERE kind = 'refund' AND state = 'waiting'"))
			await this.form(this.managers[1], `/admin/confirmations/${id}`,
				"/confirm");
	}

	misbehave(random)
	{
		return this.sandbox("misbehave", { what: random.pick(MISBEHAVIOUR),
			ms: 1000 });
	}

	/* -- faults -- */

	async #fault()
	{
		const { stack, random } = this;
		const kind = random.pick(FAULTS);
		const name = { program: random.pick(this.programs), job: "worker",
			database: "mariadbd", provider: "sandbox" }[kind];

		this.done.set(`fault: ${kind}`,
			(this.done.get(`fault: ${kind}`) ?? 0) + 1);
		if (kind === "frozen") {
			await stack.kill("mariadbd", "SIGSTOP");
			await delay(FREEZE_MS);
			await stack.kill("mariadbd", "SIGCONT");
			return;
		}
		await stack.kill(name, random.chance(0.7) ? "SIGKILL" : "SIGTERM");
		await stack.restart(name);
	}

	async #faults()
	{
		for (let next = GAP; !this.isOver(); await delay(20))
			if (this.operations >= next) {
				await this.#fault();
				next = this.operations + GAP;
			}
	}

	async #hand(random)
	{
		while (!this.isOver()) {
			const c = await this.pick(random);
			const kind = random.weighted(WORK);

			if (c === undefined)
				await delay(20);
			else
				await this.#attempt(kind, () => this[kind](random, c));
		}
	}

	async run()
	{
		this.managers = await Promise.all(["manager1", "manager2"].map((login) =>
			signIn(this.stack, login)));
		this.stranger = new Client(this.stack);
		for (const client of [...this.managers, this.stranger])
			client.programsMayDie = true;
		await this.#add();
		await Promise.all([this.#faults(), ...Array.from({ length: HANDS },
			() => this.#hand(this.random.child()))]);
	}
}

/*
 * {done, wrong}: what was done how often, and what does not hold. look(money)
 * comes before the stack goes.
 */
export async function moneyUnderFaults({ operations, seed, log = () => {},
	look = async () => {} })
{
	const stack = await startStack({ scale: 0.01, env: {
		CALOCK_ORDER_QUERY_SECONDS: "1", CALOCK_BILL_HOUR: "0",
		CALOCK_BILL_RETRY_SECONDS: "1",
		CALOCK_AUDIT_STALL_SECONDS: "3600" } });

	try {
		const money = new Money(stack, new Random(seed), operations);

		await money.run();
		log(`${money.operations} operations: ` +
			[...money.done].map(([kind, n]) => `${kind} ${n}`).join(", "));
		await settleAll(money);
		const wrong = [...money.complaints, ...await wrongIn(money)];

		await look(money);
		return { done: money.done, wrong };
	} finally {
		await stack.stop();
	}
}

async function main()
{
	const { values } = parseArgs({ options: {
		operations: { type: "string", default: "10000" },
		seed: { type: "string" } } });
	const seed = Number(values.seed ?? crypto.randomInt(2 ** 32));

	console.log(`seed ${seed}`);
	const { wrong } = await moneyUnderFaults({
		operations: Number(values.operations), seed, log: console.log });

	wrong.forEach((line) => console.log(line));
	console.log(`${wrong.length} wrong`);
	process.exitCode = wrong.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	await main();
