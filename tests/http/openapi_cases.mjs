/*
 * How to get each answer that the description declares. GENERIC has a way
 * that suits every route, by status; CASES what a route needs to itself. A
 * way takes the world and the operation, and gives the answer.
 */
import { accounts } from "./openapi_accounts.mjs";
import { applicant } from "./openapi_applicant.mjs";
import { locks } from "./openapi_locks.mjs";
import { money } from "./openapi_money.mjs";
import { office } from "./openapi_office.mjs";
import { review } from "./openapi_review.mjs";
import { workOrders } from "./openapi_work_orders.mjs";
import { ask, asked } from "./openapi_world.mjs";

/* More than the burst of any rate class, in groups. */
const TRIES = 300;
const AT_ONCE = 20;
const ELSEWHERE = "https://elsewhere.example";

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

export const CASES = { ...accounts, ...applicant, ...money, ...office, ...review,
	...workOrders, ...locks };
