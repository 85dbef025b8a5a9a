/* The two sides of a figure: requests from the load's core, and the limit. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

import { CORES, OUTPUT, ROOT } from "./world.mjs";

const BIN = path.join(ROOT, "build/plain/bench");
const FOLLOWS = 1;
const WITH_BODY = 2;

/* Runs one of our programs on a core; gives what it prints, as JSON. */
function run(core, name, args)
{
	return new Promise((resolve, reject) => {
		const child = spawn("taskset",
			["-c", core, path.join(BIN, name), ...args]);
		const out = [];
		const err = [];

		child.stdout.on("data", (data) => out.push(data));
		child.stderr.on("data", (data) => err.push(data));
		child.on("error", reject);
		child.on("close", (code, signal) => {
			const problem = Buffer.concat(err).toString("utf8");

			if (code !== 0)
				reject(new Error(
					`${name} (${signal ?? code}): ${problem}`));
			else
				resolve({ ...JSON.parse(Buffer.concat(out)), problem });
		});
	});
}

/*
 * One request as it is sent. session: {surface url, cookie, token}; body: an
 * object as JSON, URLSearchParams as a form, or bytes.
 */
export function request(url, method, target, { cookie, headers = {}, body,
	length } = {})
{
	const { host, origin } = new URL(url);
	const isForm = body instanceof URLSearchParams;
	const bytes = Buffer.isBuffer(body) ? body :
		Buffer.from(body === undefined ? "" :
			isForm ? body.toString() : JSON.stringify(body));
	const all = {
		Host: host,
		"User-Agent": "bench",
		Accept: "*/*",
		...(cookie === undefined ? {} : { Cookie: cookie }),
		...(method === "GET" ? {} : { Origin: origin,
			"Content-Type": isForm ?
				"application/x-www-form-urlencoded" :
				"application/json",
			"Content-Length": String(length ?? bytes.length) }),
		...headers,
	};
	const head = `${method} ${target} HTTP/1.1\r\n` + Object.entries(all)
		.map(([name, value]) => `${name}: ${value}\r\n`).join("") + "\r\n";

	return Buffer.concat([Buffer.from(head), bytes]);
}

function record(bytes, flags)
{
	const head = Buffer.alloc(5);

	head.writeUInt32LE(bytes.length);
	head[4] = flags;
	return Buffer.concat([head, bytes]);
}

/*
 * Sends groups of requests, each group in its order: what load.c tells, and
 * rate. A refusal or a broken connection is an error unless mayFail.
 */
export async function load(url, groups, { connections = 32, times, rate,
	body, mayFail = false } = {})
{
	const file = path.join(OUTPUT, "requests");

	fs.writeFileSync(file, Buffer.concat(groups.flatMap((group) =>
		group.map((bytes, i) => record(bytes, (i > 0 ? FOLLOWS : 0) |
			(body !== undefined ? WITH_BODY : 0))))));
	const result = await run(CORES.load, "load", [
		...(times === undefined ? [] : ["-n", String(times)]),
		...(rate === undefined ? [] : ["-r", String(rate)]),
		...(body === undefined ? [] : ["-b", body]),
		new URL(url).port, String(connections), file]);

	if (!mayFail && result.refused + result.broken > 0)
		throw new Error(`${result.refused} of ${result.answers} refused, ` +
			`${result.broken} broken: ${result.problem}`);
	return { ...result, rate: result.groups / result.seconds };
}

/*
 * Runs groups of steps, each [name of a statement, its parameters …], as a
 * program's user on the system's core: rate.
 */
export async function sql(stack, program, groups, { connections })
{
	const file = path.join(OUTPUT, "statements");
	const text = (value) => value === null ? "\\N" :
		Buffer.isBuffer(value) ? value.toString("hex") : String(value);

	fs.writeFileSync(file, groups.map((group) => group.map((step) =>
		step.map(text).join("\t")).join("\n")).join("\n\n") + "\n\n");
	const result = await run(CORES.system, "sql", [
		path.join(stack.runDir, "db.sock"), "calock", `calock_${program}`,
		stack.path("db-passwords", program), String(connections), file]);

	return { ...result, rate: result.groups / result.seconds };
}

/* Writes, hashes and syncs a file so many times: rate. */
export async function disk(folder, file, times, { connections })
{
	fs.mkdirSync(folder);
	const result = await run(CORES.system, "disk",
		[folder, file, String(times), String(connections)]);

	fs.rmSync(folder, { recursive: true });
	return { ...result, rate: result.groups / result.seconds };
}

/* Checks a PDF so many times: the median in microseconds. */
export function check(file, times)
{
	return run(CORES.system, "check", [file, String(times)]);
}
