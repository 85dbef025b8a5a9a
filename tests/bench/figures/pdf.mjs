/* Where somebody waits for a PDF to be looked into or made. */
import fs from "node:fs";
import path from "node:path";

import { scanGrain } from "../../data/scan.mjs";
import { addCases } from "../cases.mjs";
import { summary } from "../rounds.mjs";
import { check, load, request } from "../sides.mjs";
import { OUTPUT } from "../world.mjs";

const CHECKS = 40;
const SMALL = { pages: 1, bytes: 300_000, limit: 12 };
/* What may be uploaded at most. */
const LARGE = { pages: 26, bytes: 10_000_000, limit: 30 };
const FORMS = 60;
const FORM_MS = 50;

/* Rounds of ms(), which gives milliseconds, beside how many there may be. */
async function against(limit, rounds, ms)
{
	const pairs = [];

	await ms(); /* warm */
	for (let i = 0; i < rounds; i++)
		pairs.push({ ours: await ms(), limit });
	return summary(pairs);
}

function checkOf({ pages, bytes, limit }, rounds)
{
	const file = path.join(OUTPUT, `scan-${bytes}.pdf`);

	fs.writeFileSync(file, scanGrain({ pages, bytes }));
	return against(limit, rounds,
		async () => (await check(file, CHECKS)).p50 / 1000);
}

export const checkSmall = (world, rounds) => checkOf(SMALL, rounds);
export const checkLarge = (world, rounds) => checkOf(LARGE, rounds);

/* The form filled in, of one case after another. */
export async function form(world, rounds)
{
	const stack = await world.stack("small");
	const groups = (await addCases(stack, FORMS)).map((item) =>
		[request(stack.baseUrl, "GET",
			`/api/applications/${item.id}/form.pdf`,
			{ cookie: item.unit.session.cookie })]);

	return against(FORM_MS, rounds, async () =>
		(await load(stack.baseUrl, groups, { connections: 1 })).p50 / 1000);
}
