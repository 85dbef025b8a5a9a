/*
 * For tests: a sandbox as a process of its own, a receiver of its notices,
 * and waiting for a condition.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { borrowKeys, readKeys } from "./keys.mjs";

const MAIN = fileURLToPath(new URL("main.mjs", import.meta.url));
const POLL_MS = 5;

/* Asks until it is told something true, and gives that. */
export async function waitFor(what, ask, withinMs = 5000)
{
	const until = Date.now() + withinMs;

	for (;;) {
		const found = await ask();

		if (found)
			return found;
		if (Date.now() > until)
			throw new Error(`waited in vain for ${what}`);
		await pause(POLL_MS);
	}
}

/* JSON to a /sandbox/ address: {status, body}. */
async function control(url, what, body)
{
	const res = await fetch(`${url}/sandbox/${what}`, body === undefined ? {} :
		{ method: "POST", body: JSON.stringify(body) });

	return { status: res.status, body: await res.json() };
}

/*
 * Starts a sandbox. Without dir it has one of its own, removed on stop().
 * Gives {url, dir, keys, control(what, body), stop()}.
 */
export async function launchSandbox({ dir, scale = 0.01 } = {})
{
	const own = dir ?? fs.mkdtempSync(path.join(os.tmpdir(), "sandbox-"));

	borrowKeys(own, scale);
	const child = spawn(process.execPath,
		[MAIN, "--dir", own, "--port", "0", "--scale", String(scale)],
		{ stdio: ["ignore", "pipe", "inherit"] });
	const ended = once(child, "exit");
	const line = once(createInterface(child.stdout), "line");
	const killAtExit = () => child.kill("SIGKILL");

	process.on("exit", killAtExit);

	const [first] = await Promise.race([line, ended]);
	const url = /^ready (\S+)$/.exec(first)?.[1];

	if (url === undefined)
		throw new Error(`the sandbox did not start: ${first}`);
	return {
		url, dir: own, keys: readKeys(own),
		control: (what, body) => control(url, what, body),
		stop: async () => {
			child.kill("SIGTERM");
			await ended;
			process.off("exit", killAtExit);
			if (dir === undefined)
				fs.rmSync(own, { recursive: true, force: true });
		},
	};
}

/*
 * A merchant's notice address. answer(notice, n) says what the n-th gets:
 * {status, body}, or null for no answer at all. Gives {url, notices, stop()};
 * a notice is {path, headers, body (bytes), at}.
 */
export async function receiveNotices(answer = () => ({ status: 204 }))
{
	const notices = [];
	const server = http.createServer(async (req, res) => {
		const parts = [];

		for await (const part of req)
			parts.push(part);

		const notice = { path: req.url, headers: req.headers,
			body: Buffer.concat(parts), at: Date.now() };
		const { status, headers, body } =
			answer(notice, notices.push(notice)) ?? {};

		if (status !== undefined)
			res.writeHead(status, headers).end(body);
	});

	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${server.address().port}/notify`, notices,
		stop: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}
