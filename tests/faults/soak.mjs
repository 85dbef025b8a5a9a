/*
 * Many people work with a whole stack while its parts are killed, replaced
 * and restarted; then what they were told is held against what is there.
 *   node tests/faults/soak.mjs [--requests N] [--seconds N] [--seed N]
 * Ends with a table; exit 1 on any violation, any 500 and any worker that
 * died by itself or holds too much memory.
 */
import { spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { addApplicant } from "../stack/cases.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";
import { Applicant, Unit } from "./applicant.mjs";
import { History, readHistory } from "./history.mjs";
import { Injector } from "./injector.mjs";
import { Memory } from "./memory.mjs";
import { Operator, Reviewer } from "./office.mjs";
import { Payer } from "./payer.mjs";
import { Random } from "./random.mjs";
import { Traffic } from "./traffic.mjs";

const CHECK = fileURLToPath(new URL("check.mjs", import.meta.url));
const UNITS = 6; /* besides the two of the demo, when nobody says */
const LOCKS = 20;
const PEOPLE_A_UNIT = 4;
const SETTLE_MS = 60_000;
/*
 * Of a process at rest, in KiB. Who calls a provider carries libcurl, whose
 * own libraries take 330 for relocations and 140 of heap before main.
 */
const MOST = { resident: 12 << 10, own: 2 << 10, grown: 128 };
const CALLING = { resident: 1024, own: 512, grown: 0 };
/* pango, the font's file that it has mapped, and what it keeps of the font. */
const DRAWING = { resident: 36 << 10, own: 8 << 10, grown: 0 };
const MORE = { payment: CALLING, worker: CALLING, document: DRAWING };

async function addUnits(stack, n)
{
	const units = [["applicant1", []], ["applicant2", []]];

	for (let i = 0; i < n; i++) {
		const locks = Array.from({ length: LOCKS }, (_, n) =>
			[`SOAK${i}-${n}`, n === 0 ? "main" : "sub", 20]);

		units.push([await addApplicant(stack, locks),
			locks.map(([serial]) => serial)]);
	}
	return units;
}

async function gather(soak, random, units)
{
	const people = [];

	for (const [login, locks] of await addUnits(soak.stack, units)) {
		const unit = new Unit(locks);

		for (let i = 0; i < PEOPLE_A_UNIT; i++)
			people.push(new Applicant(soak, login, random.child(), unit));
	}
	for (const login of ["reviewer1", "reviewer2"])
		for (let i = 0; i < 2; i++)
			people.push(new Reviewer(soak, login, random.child()));
	for (let i = 0; i < 2; i++)
		people.push(new Operator(soak, "operator1", random.child()));
	return people;
}

async function work(person)
{
	await person.signIn();
	while (!person.soak.traffic.isOver())
		await person.step();
}

/* What was paid at the provider is in our books soon. */
async function settle({ stack, history })
{
	const paid = new Set(readHistory(history.file)
		.filter((o) => o.kind === "scan" && o.outcome === "ok")
		.map((o) => o.transaction));

	await until(async () => {
		const rows = await stack.db("SELECT transaction_id FROM payments " +
			"UNION SELECT transaction_id FROM notices");

		rows.forEach((row) => paid.delete(row.transaction_id));
		return paid.size === 0;
	}, "every payment is in the books", SETTLE_MS).catch(() => {});
}

/* A program of its own: {ok, text}. */
export function check({ stack, history })
{
	return new Promise((resolve) => {
		const child = spawn(process.execPath, [CHECK, "--dir", stack.dir,
			"--run", stack.runDir, "--history", history.file]);
		const out = [];

		child.stdout.on("data", (data) => out.push(data));
		child.stderr.on("data", (data) => out.push(data));
		child.on("close", (code) => resolve({ ok: code === 0,
			text: Buffer.concat(out).toString("utf8").trimEnd() }));
	});
}

async function* linesOf(file)
{
	yield* readline.createInterface({ input: fs.createReadStream(file) });
}

/* What the logs say that must not be: by nginx, by the programs. */
async function wrongInLogs(stack)
{
	const wrong = [];

	for await (const line of linesOf(stack.path("log/access.log")))
		if (/\bst=500\b/.test(line))
			wrong.push(line);
	for (const name of stack.programs)
		for await (const line of linesOf(stack.path(`log/${name}.log`)))
			if (/\berr=INTERNAL\b|Sanitizer/.test(line) ||
			    (/\bev=worker_died\b/.test(line) &&
			     !/\bsignal=9\b/.test(line)))
				wrong.push(line);
	return wrong;
}

function tooMuch(row)
{
	const most = (what) => MOST[what] + (MORE[row.name]?.[what] ?? 0);

	return Object.keys(MOST).filter((what) => row[what] > most(what))
		.map((what) => `${row.name}: ${what} ${row[what]} KiB, ` +
			`more than ${most(what)}`);
}

async function soakStack(stack,
	{ requests, seconds, isEnough = () => false, seed, gap, units = UNITS,
		log, look })
{
	const random = new Random(seed);
	const history = new History(stack.path("history.jsonl"));
	const traffic = new Traffic({ requests, seconds,
		isEnough: () => isEnough(history) });
	const soaked = { stack, history, traffic };
	const injector = new Injector(soaked, random.child(), gap);
	const memory = new Memory(stack);
	const began = Date.now();

	soaked.payer = new Payer(soaked);
	const people = await gather(soaked, random, units);

	memory.start();
	await Promise.all([injector.run(), ...people.map(work)]);
	memory.stop();
	const took = (Date.now() - began) / 1000;

	history.close();
	log("what was asked for against what is there");
	await settle(soaked);
	const used = await memory.report();

	/* Table by table: nothing is to move while it reads. */
	await stack.kill("worker", "SIGTERM");
	const checked = await check(soaked);

	await stack.restart("worker");
	const wrong = [...traffic.complaints, ...await wrongInLogs(stack),
		...(checked.ok ? [] : [checked.text])];

	await look(soaked);
	return { seed, took, traffic, injector, memory: used,
		checked: checked.text, wrong, heavy: used.flatMap(tooMuch) };
}

/*
 * requests, seconds: how long; isEnough(history): ends it earlier; seed:
 * decides the faults and what each person does; gap: requests between two
 * faults; units: how many besides the demo's; log: takes a line about each
 * step; look: is given {stack, history} before the stack is stopped. Gives
 * what is in the table, and a line for each thing that is wrong and each
 * process that is too heavy.
 */
export async function soak({ log = () => {}, look = () => {}, ...options })
{
	const stack = await startStack({ scale: 0.01, log,
		env: { CALOCK_ORDER_QUERY_SECONDS: "3" } });

	try {
		return await soakStack(stack, { ...options, log, look });
	} finally {
		await stack.stop();
	}
}

function table(rows)
{
	const text = rows.map((row) => row.map(String));
	const width = text[0].map((_, i) =>
		Math.max(...text.map((row) => row[i].length)));

	return text.map((row) => row.map((cell, i) => i === 0 ?
		cell.padEnd(width[i]) : cell.padStart(width[i])).join("  "))
		.join("\n");
}

function print({ seed, took, traffic, injector, memory, checked })
{
	const faults = [...injector.done].sort();
	const counts = [...traffic.outcomes].sort();

	console.log(table([["requests", traffic.requests],
		...counts.map(([what, n]) => [`  ${what}`, n]),
		["faults", faults.reduce((sum, [, n]) => sum + n, 0)],
		...faults.map(([kind, n]) => [`  ${kind}`, n]),
		["parts started again", injector.restarts],
		["seconds", took.toFixed(0)], ["seed", seed]]));
	console.log(table([["KiB", "processes", "resident", "own", "peak", "grown"],
		...memory.map((m) => [m.name, m.processes, m.resident, m.own,
			m.peak, m.grown ?? "-"])]));
	console.log(checked);
}

async function main()
{
	const { values } = parseArgs({ options: { requests: { type: "string" },
		seconds: { type: "string" }, seed: { type: "string" },
		gap: { type: "string" } } });
	const number = (name, otherwise) => values[name] === undefined ?
		otherwise : Number(values[name]);
	const seed = number("seed", crypto.randomInt(2 ** 31));

	console.log(`seed ${seed}`);
	const result = await soak({ seed, requests: number("requests", 100_000),
		seconds: number("seconds", undefined), gap: number("gap", 400),
		log: (line) => console.log(line) });

	const bad = [...result.wrong, ...result.heavy];

	print(result);
	for (const line of bad)
		console.log(`WRONG ${line}`);
	process.exitCode = bad.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	await main();
