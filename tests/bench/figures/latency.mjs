/* How far the slow answers are from the usual ones, at half the load. */
import crypto from "node:crypto";

import { addCases } from "../cases.mjs";
import { summary } from "../rounds.mjs";
import { load, request } from "../sides.mjs";

const TIMES = 1500;

function submission(stack, item)
{
	return [request(stack.baseUrl, "POST",
		`/api/applications/${item.id}/submit`, {
			cookie: item.unit.session.cookie, body: { version: 1 },
			headers: { "Idempotency-Key": crypto.randomUUID() } })];
}

/* Submissions one after another as fast as it goes, then at half that rate. */
export async function latency(world, rounds)
{
	const stack = await world.stack("large");
	const run = async (options) => load(stack.baseUrl,
		(await addCases(stack, TIMES)).map((item) =>
			submission(stack, item)), options);
	const pairs = [];

	await run(); /* warm */
	for (let i = 0; i < rounds; i++) {
		const { rate } = await run();
		const { p50, p99 } = await run({ rate: rate / 2 });

		pairs.push({ ours: p99 / 1000, limit: p50 / 1000 });
	}
	return summary(pairs);
}
