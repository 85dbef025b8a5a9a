/*
 * The machines of order, application, refund and invoice, with all who take
 * their ways, modelled in Promela and checked by spin: no state is reached in
 * which money was taken, or an invoice issued, and nobody answers for it. The
 * tables are the programs' own.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const HERE = path.dirname(fileURLToPath(import.meta.url));
const PAYMENT = path.join(HERE, "../../build/plain/bin/payment");
const MACHINES = ["states", "order-states", "refund-states",
	"invoice-states"];
const STATES_LEAST = 10_000;

let dir;
let machines;

/* {name, states, moves: [{from, to, event, by}]}, as `make states` has it. */
async function machineOf(option)
{
	const { stdout } = await run(PAYMENT, [`--${option}`]);
	const moves = [...stdout.matchAll(
		/^\t(\w+) -> (\w+) \[label="(\w+)\\n(.*)"\];$/gm)]
		.map(([, from, to, event, by]) =>
			({ from, to, event, by: by.split(", ") }));

	return {
		name: /^digraph "(\w+)"/.exec(stdout)[1],
		states: [...stdout.matchAll(/^\t(\w+) \[label="\w+\\n/gm)]
			.map(([, state]) => state),
		moves: moves.filter(({ from }) => from !== "start"),
		events: [...new Set(moves.map(({ event }) => event))],
	};
}

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-model-"));
	machines = await Promise.all(MACHINES.map(machineOf));
});
after(() => fs.rmSync(dir, { recursive: true, force: true }));

/* The C preprocessor's macros that the model is written in. */
function tablesOf(all)
{
	const roles = [...new Set(all.flatMap(({ moves }) =>
		moves.flatMap(({ by }) => by)))];
	const lines = roles.map((role, i) => `#define BY_${role} ${1 << i}`);

	for (const { name, states, events, moves } of all) {
		const m = name.toUpperCase();
		const is = ({ from, event }) =>
			`(s) == ${m}_${from} && (e) == ${m}_E_${event}`;
		const can = moves.map((move) => `(${is(move)} && ((by) & (${
			move.by.map((role) => `BY_${role}`).join(" | ")})))`);

		lines.push(...states.map((s, i) => `#define ${m}_${s} ${i}`),
			...events.map((e, i) => `#define ${m}_E_${e} ${i}`),
			`#define ${m}_CAN(s, e, by) (${can.join(" || ")})`,
			/* One of them is true: spin takes for ever over nested
			 * conditions. */
			`#define ${m}_NEXT(s, e) (${moves.map((move) =>
				`(${is(move)}) * ${m}_${move.to}`).join(" + ")})`);
	}
	return `${lines.join("\n")}\n`;
}

/* What spin finds in a model, without a rule of its own: {errors, states}. */
async function check(all, name, { model = "money", broken } = {})
{
	const file = `${model}.pml`;
	const at = path.join(dir, name);
	const options = { cwd: at, maxBuffer: 1 << 24 };

	fs.mkdirSync(at);
	fs.copyFileSync(path.join(HERE, file), path.join(at, file));
	fs.writeFileSync(path.join(at, "tables.pml"), tablesOf(all));
	await run("spin", [...broken === undefined ? [] : [`-DBROKEN_${broken}`],
		"-a", file], options);
	await run("gcc", ["-O1", "-w", "-DMEMLIM=1024", "-DSAFETY",
		"-DCOLLAPSE", "-o", "pan", "pan.c"], options);
	const { stdout } = await run("./pan", ["-m100000", "-w22"], options);
	const [, errors] = /errors: (\d+)/.exec(stdout) ?? [];
	const [, states] = /^\s*(\d+) states, stored/m.exec(stdout) ?? [];

	assert.ok(errors !== undefined && states !== undefined, stdout);
	assert.doesNotMatch(stdout, /max search depth/);
	return { errors: Number(errors), states: Number(states), stdout };
}

test("nobody's money is lost, and nothing goes back twice", async (t) => {
	const { errors, states, stdout } = await check(machines, "whole");

	assert.equal(errors, 0, stdout);
	assert.ok(states > STATES_LEAST, `${states} states`);
	t.diagnostic(`${states} states`);
});

/* Without a way that money needs, the model says so. */
const WITHOUT = ["order open pay", "order closing pay", "order closed pay",
	"application approved pay", "application completed refund_in_full",
	"refund sent succeed", "refund failed succeed"];

for (const broken of WITHOUT)
	test(`without ${broken} it is found out`, async () => {
		const [machine, from, event] = broken.split(" ");
		let cut = 0;
		const all = machines.map((m) => m.name !== machine ? m : { ...m,
			moves: m.moves.filter((move) => {
				const isIt = move.from === from && move.event === event;

				cut += isIt ? 1 : 0;
				return !isIt;
			}) });

		assert.equal(cut, 1);
		assert.ok((await check(all, broken.replaceAll(" ", "-"))).errors > 0);
	});

/* Nor may one lead elsewhere. */
test("with failed refunds that count as declined it is found out",
	async () => {
		const all = machines.map((m) => m.name !== "refund" ? m : { ...m,
			moves: m.moves.map((move) => move.event === "fail" ?
				{ ...move, to: "declined" } : move) });

		assert.ok((await check(all, "declined")).errors > 0);
	});

const invoice = (all, name, broken) =>
	check(all, `invoice-${name}`, { model: "invoice", broken });

test("one invoice of a case, none under a refund, each somebody's", async (t) => {
	const { errors, states, stdout } = await invoice(machines, "whole");

	assert.equal(errors, 0, stdout);
	assert.ok(states > STATES_LEAST, `${states} states`);
	t.diagnostic(`${states} states`);
});

/* Each rule that the programs keep besides their tables. */
for (const rule of ["unique", "stays", "refund", "watch"])
	test(`without the rule "${rule}" it is found out`, async () => {
		assert.ok((await invoice(machines, rule, rule)).errors > 0);
	});

/* Nobody is left who could do something about it. */
for (const broken of ["sent close", "waiting start", "reversing taken",
	"sent refuse"])
	test(`an invoice without ${broken} is found out`, async () => {
		const [from, event] = broken.split(" ");
		const all = machines.map((m) => m.name !== "invoice" ? m : { ...m,
			moves: m.moves.filter((move) =>
				move.from !== from || move.event !== event) });

		assert.ok((await invoice(all, broken.replace(" ", "-"))).errors > 0);
	});
