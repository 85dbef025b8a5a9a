/* make run from an empty folder, until it says that it is ready. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import { pickPort } from "../../stack/ports.mjs";
import { summary } from "../rounds.mjs";
import { CORES, OUTPUT, ROOT } from "../world.mjs";

const LIMIT_S = 3;
const FOLDER = path.join(OUTPUT, "start");

async function chain()
{
	fs.rmSync(FOLDER, { recursive: true, force: true });
	const began = process.hrtime.bigint();
	const child = spawn("taskset", ["-c", CORES.all, process.execPath,
		path.join(ROOT, "tests/stack/run.mjs")], {
		env: { ...process.env, CALOCK_VAR: FOLDER,
			CALOCK_PORT: String(await pickPort()) },
		stdio: ["ignore", "pipe", "inherit"] });
	const exit = once(child, "exit");
	let seconds = null;

	for await (const line of createInterface({ input: child.stdout }))
		if (line.startsWith("ready:")) {
			seconds = Number(process.hrtime.bigint() - began) / 1e9;
			child.kill("SIGTERM");
		}
	await exit;
	fs.rmSync(FOLDER, { recursive: true });
	if (seconds === null)
		throw new Error("make run did not become ready");
	return seconds;
}

export async function start(world, rounds)
{
	const pairs = [];

	for (let i = 0; i < rounds; i++)
		pairs.push({ ours: await chain(), limit: LIMIT_S });
	return summary(pairs);
}
