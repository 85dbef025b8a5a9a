/*
 * make bench [FIGURE=name,…] [ROUNDS=n]: takes the figures of goals.mjs, shows
 * each beside its limit, and exits 1 when a goal is missed.
 */
import fs from "node:fs";
import path from "node:path";

import { Interrupted } from "../stack/stack.mjs";
import { GOALS } from "./goals.mjs";
import { short } from "./numbers.mjs";
import { bars, chart, table } from "./report.mjs";
import { OUTPUT, World } from "./world.mjs";

const ROUNDS_USUAL = 5;

function fail(message)
{
	console.error(`make bench: ${message}`);
	process.exit(2);
}

/* The goals that FIGURE names, all without it. */
function wanted(text)
{
	const names = text.split(/[ ,]+/).filter((name) => name !== "");
	const unknown = names.find((name) => !GOALS.some((g) => g.name === name));

	if (unknown !== undefined)
		fail(`no figure ${unknown}; there are ` +
			GOALS.map((g) => g.name).join(" "));
	return names.length === 0 ? GOALS :
		GOALS.filter((g) => names.includes(g.name));
}

function rounds(text)
{
	const n = Number(text);

	if (!Number.isInteger(n) || n < 1)
		fail(`ROUNDS is a number from 1: ${text}`);
	return n;
}

function log(line)
{
	console.log(`  ${line}`);
}

async function take(world, goal, n)
{
	const figure = await goal.take(world, n);
	const { trips } = figure;

	log(`${goal.name}: ${short(figure.ours)} of ${short(figure.limit)} ` +
		`${goal.unit}, ratio ${short(figure.ratio)} ` +
		`(${figure.ratios.map(short).join(" ")})` +
		(trips === undefined ? "" :
			`, ${trips.ours} statements of ${trips.limit}`));
	return { goal, figure, met: goal.isMet(figure.ratio) };
}

async function takeAll(goals, n)
{
	const world = new World(log);
	const results = [];

	try {
		for (const goal of goals)
			results.push(await take(world, goal, n));
	} finally {
		await world.stop();
	}
	return results;
}

const goals = wanted(process.env.FIGURE ?? "");
const n = rounds(process.env.ROUNDS || ROUNDS_USUAL);

try {
	const results = await takeAll(goals, n);
	const file = path.join(OUTPUT, "chart.svg");

	fs.writeFileSync(file, chart(results));
	fs.writeFileSync(path.join(OUTPUT, "figures.json"),
		JSON.stringify(results, null, "\t") + "\n");
	console.log(`\n${table(results)}\n\n${bars(results)}\n\n${file}`);
	process.exitCode = results.every(({ met }) => met) ? 0 : 1;
} catch (e) {
	if (!(e instanceof Interrupted))
		fail(e.stack);
}
