/* Alternating rounds of two sides, compared pair by pair. */
import { median } from "./numbers.mjs";

/*
 * ours(i) and limit(i) take one round each and give a figure; the order
 * changes from round to round.
 */
export async function alternate(rounds, ours, limit)
{
	const pairs = [];

	for (let i = 0; i < rounds; i++) {
		const pair = {};
		const sides = [["ours", ours], ["limit", limit]];

		for (const [name, side] of i % 2 === 0 ? sides : sides.reverse())
			pair[name] = await side(i);
		pairs.push(pair);
	}
	return summary(pairs);
}

export function summary(pairs)
{
	const ratios = pairs.map(({ ours, limit }) => ours / limit);

	return { ours: median(pairs.map((p) => p.ours)),
		limit: median(pairs.map((p) => p.limit)),
		ratio: median(ratios), ratios };
}
