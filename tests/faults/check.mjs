/*
 * Holds a history (history.mjs) against what is there, afterwards:
 *   node tests/faults/check.mjs --dir DIR [--run DIR] --history FILE
 * dir is the stack's folder, with its database running; run where the
 * database's socket is, when elsewhere. Prints each violation, and how much
 * was checked; exit 1 when there is any.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { readFacts } from "./facts.mjs";
import { readHistory } from "./history.mjs";
import * as ofHistory from "./rules_history.mjs";
import * as ofThings from "./rules_things.mjs";
import * as ofTrail from "./rules_trail.mjs";
import { arrange } from "./trail.mjs";

const SHOWN = 20; /* of one rule */

/* Every violation: {rule, what}. */
export function violations(history, facts)
{
	const view = arrange(history, facts);

	return [ofTrail, ofThings, ofHistory].flatMap((rules) =>
		Object.entries(rules).flatMap(([rule, find]) =>
			[...find(view)].map((what) => ({ rule, what }))));
}

function report(found)
{
	const rules = new Set(found.map((v) => v.rule));

	for (const rule of rules) {
		const own = found.filter((v) => v.rule === rule);

		for (const { what } of own.slice(0, SHOWN))
			console.log(`${rule}: ${what}`);
		if (own.length > SHOWN)
			console.log(`${rule}: and ${own.length - SHOWN} more`);
	}
}

async function main()
{
	const { values } = parseArgs({ options: { dir: { type: "string" },
		run: { type: "string" }, history: { type: "string" } } });
	const history = readHistory(values.history);
	const facts = await readFacts(values.dir,
		values.run ?? path.join(values.dir, "run"));
	const found = violations(history, facts);

	report(found);
	console.log(`${history.length} operations, ${facts.applications.length} ` +
		`applications, ${facts.audit.length} audit rows, ` +
		`${Object.keys(facts.store).length} files: ` +
		`${found.length} violations`);
	process.exitCode = found.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	await main();
