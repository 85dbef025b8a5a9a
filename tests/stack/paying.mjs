/* Cases that are to be paid, their orders, and the sandbox that pays them. */
import assert from "node:assert/strict";

import { complete, force, load, submit } from "./cases.mjs";
import { until } from "./parts.mjs";

const WAIT_MS = 30_000;

/* What only the provider can do: /sandbox/… (sandbox/control.mjs). */
export async function sandbox(stack, what, body)
{
	const answer = await fetch(`${stack.sandboxUrl}/sandbox/${what}`,
		body === undefined ? {} :
			{ method: "POST", body: JSON.stringify(body) });
	const text = await answer.text();

	assert.equal(answer.status, 200, text);
	return JSON.parse(text);
}

/* The id of a case that waits for its fee. */
export async function approved(stack, client)
{
	const { id } = await complete(client, "new",
		{ second_reason: "再办一把" });

	await submit(client, id);
	await force(stack, id, "approved");
	return id;
}

/* What is answered to an order of a case. */
export const order = (client, id, provider, more = {}) =>
	client.post(`/api/applications/${id}/payment`, { provider, ...more });

/* A case with an order that can be paid: {id, order_no, code_url, …}. */
export async function ordered(stack, client, provider)
{
	const id = await approved(stack, client);
	const { status, body } = await order(client, id, provider);

	assert.equal(status, 201, JSON.stringify(body));
	return { id, ...body };
}

/* The number of the transaction in which it was paid there. */
export const pay = async (stack, { order_no: no }) =>
	(await sandbox(stack, "pay", { out_trade_no: no })).transaction_id;

/* And nobody is told. */
export async function paySilently(stack, made)
{
	await sandbox(stack, "misbehave", { what: "no_notice" });
	return pay(stack, made);
}

/* The case in that state. */
export const untilState = (client, id, state) => until(async () => {
	const now = await load(client, id);

	return now.state === state && now;
}, `${id} is ${state}`, WAIT_MS);

/* Once in the books, by that transaction, and how it was learnt. */
export async function assertPaidOnce(stack, { id }, transaction, source)
{
	const rows = await stack.db("SELECT transaction_id, source FROM payments " +
		`WHERE application_id = '${id}'`);

	assert.deepEqual(rows.map((r) => r.transaction_id), [transaction]);
	if (source !== undefined)
		assert.equal(rows[0].source, source);
}
