/*
 * What the tests of the frame (lib/web/serve*.c) share: programs that can be
 * replaced, peers that talk FastCGI well or badly, clients that keep asking,
 * and what /proc says about a worker.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";

import { until } from "../stack/parts.mjs";
import { BIN } from "../stack/stack.mjs";

export const BUILT = path.dirname(BIN);

const TYPE = { begin: 1, params: 4, stdin: 5 };
const END_REQUEST = 3;
const PATIENCE_MS = 20_000; /* then a connection is given up */

/* -- programs -- */

/* One that the users of the programs can pass through. */
export function temporaryFolder()
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));

	fs.chmodSync(dir, 0o711);
	return dir;
}

/* A new file in place of the old one, in one step. */
export function replace(file, data, mode)
{
	fs.writeFileSync(`${file}.new`, data, { mode });
	fs.renameSync(`${file}.new`, file);
}

/*
 * Some of the programs below dir, for startStack's bin: each is started by a
 * script that hands it a configuration file of its own, dir/NAME.conf.
 */
export function ownPrograms(dir, names)
{
	const real = path.join(dir, "real");
	const bin = path.join(dir, "bin");

	fs.mkdirSync(real);
	fs.mkdirSync(bin);
	fs.copyFileSync(path.join(BUILT, "openapi.json"),
		path.join(dir, "openapi.json"));
	for (const name of names) {
		fs.copyFileSync(path.join(BUILT, "bin", name),
			path.join(real, name));
		fs.writeFileSync(path.join(dir, `${name}.conf`), "");
		fs.writeFileSync(path.join(bin, name), "#!/bin/sh\n" +
			`exec ${path.join(real, name)} "$@" ` +
			`--config ${path.join(dir, `${name}.conf`)}\n`,
		{ mode: 0o755 });
	}
	return bin;
}

/* A program by itself, without a database: what it has no route for it
 * answers all the same. run.ended gives its exit status. */
export function launch(name, runDir, { env = {}, command, stdio = [] } = {})
{
	const program = path.join(BUILT, "bin", name);
	const [first, ...rest] = command?.(program) ?? [program];
	const inherited = Object.entries(process.env)
		.filter(([key]) => !/^(CALOCK|LISTEN)_/.test(key));
	const child = spawn(first, rest, {
		stdio: ["ignore", "pipe", "pipe", ...stdio],
		env: { ...Object.fromEntries(inherited),
			CALOCK_PUBLIC_URL: "http://127.0.0.1:1",
			CALOCK_ADMIN_URL: "http://127.0.0.1:2",
			CALOCK_RUN_DIR: runDir, ...env } });
	const run = { child, pid: child.pid, log: "",
		socket: path.join(runDir, `${name}.sock`) };

	run.ended = new Promise((resolve) => child.on("exit",
		(code, signal) => resolve(signal ?? code)));
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (data) => {
			run.log += data;
		});
	run.says = (what) => until(() => what.exec(run.log),
		`${name} says ${what}`, 10_000);
	run.workers = () => childrenOf(run.pid);
	run.serves = () => until(async () =>
		await ask(run.socket).then((a) => a.status === 404, () => false),
	`${name} answers`, 10_000);
	run.stop = async (signal = "SIGTERM") => {
		child.kill(signal);
		return await run.ended;
	};
	return run;
}

/* -- /proc -- */

function read(file)
{
	try {
		return fs.readFileSync(file, "latin1");
	} catch {
		return ""; /* it has ended meanwhile */
	}
}

export function childrenOf(pid)
{
	return read(`/proc/${pid}/task/${pid}/children`).trim().split(" ")
		.filter((child) => child !== "").map(Number);
}

export function parentOf(pid)
{
	return Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))[1]);
}

export function isAlive(pid)
{
	return /^State:\s+[^ZX]/m.test(read(`/proc/${pid}/status`));
}

/* The inodes of the sockets that a process has open. */
function socketsOf(pid)
{
	try {
		return fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) =>
			/^socket:\[(\d+)\]$/.exec(fs.readlinkSync(
				`/proc/${pid}/fd/${fd}`))?.[1] ?? []);
	} catch {
		return []; /* it has ended, or closed one, meanwhile */
	}
}

/* The inodes of a program's connections, 0 for each that no worker has taken
 * yet. Its socket was bound under another name. */
function connections(socket)
{
	const CONNECTED = "03";

	return read("/proc/net/unix").split("\n")
		.map((line) => line.trim().split(/ +/))
		.filter(([, , , , , state, inode, at]) => at === `${socket}.new` &&
			(state === CONNECTED || inode === "0"))
		.map(([, , , , , , inode]) => inode);
}

/* How many have connected, also those that wait for a worker. */
export function queued(socket)
{
	return connections(socket).length;
}

/* Those of the processes that have a connection from a program's socket. */
export function serving(pids, socket)
{
	const accepted = new Set(connections(socket));

	return pids.filter((pid) =>
		socketsOf(pid).some((inode) => accepted.has(inode)));
}

/* In kB. */
export function memoryOf(pid)
{
	const text = read(`/proc/${pid}/smaps_rollup`);
	const value = (name) =>
		Number(new RegExp(`^${name}: +(\\d+) kB`, "m").exec(text)[1]);

	return { dirty: value("Private_Dirty"), resident: value("Rss") };
}

/* -- FastCGI -- */

export function record(type, content = Buffer.alloc(0),
	announced = content.length)
{
	const header = Buffer.from([1, type, 0, 1, announced >> 8,
		announced & 255, 0, 0]);

	return Buffer.concat([header, content]);
}

function pair(name, value)
{
	const length = (text) => {
		const size = Buffer.alloc(4);

		size.writeUInt32BE((Buffer.byteLength(text) | 0x80000000) >>> 0);
		return size;
	};

	return Buffer.concat([length(name), length(value), Buffer.from(name),
		Buffer.from(value)]);
}

/* Everything of a request up to its body, as nginx sends it. */
export function head(params = {}, { keep = false } = {})
{
	const all = { REQUEST_METHOD: "GET", DOCUMENT_URI: "/api/none",
		QUERY_STRING: "", CONTENT_LENGTH: "", REMOTE_ADDR: "127.0.0.1",
		REQUEST_ID: "0".repeat(32), ...params };

	return Buffer.concat([
		record(TYPE.begin, Buffer.from([0, 1, keep ? 1 : 0, 0, 0, 0, 0, 0])),
		record(TYPE.params, Buffer.concat(
			Object.entries(all).map(([name, value]) => pair(name, value)))),
		record(TYPE.params)]);
}

export function body(text)
{
	return record(TYPE.stdin, Buffer.from(text));
}

export const END_OF_BODY = record(TYPE.stdin);

/* What the records say: the CGI text, and whether the request was ended. */
function readAnswer(data)
{
	let at = 0;
	let text = "";
	let ended = false;

	while (at + 8 <= data.length) {
		const length = data.readUInt16BE(at + 4);

		if (data[at + 1] === 6)
			text += data.toString("utf8", at + 8, at + 8 + length);
		ended ||= data[at + 1] === END_REQUEST;
		at += 8 + length + data[at + 6];
	}
	return { ended, text,
		status: Number(/^Status: (\d+)/.exec(text)?.[1] ?? 0) };
}

/*
 * A connection to a program. answer resolves when the program hangs up, with
 * what it had said until then and how many milliseconds it took.
 */
export function connect(socket, options = {})
{
	const began = performance.now();
	const peer = net.connect({ path: socket, ...options });
	const parts = [];

	peer.setTimeout(PATIENCE_MS, () => peer.destroy());
	peer.on("data", (part) => parts.push(part));
	peer.answer = new Promise((resolve, reject) => {
		peer.on("error", (e) => e.code === "EPIPE" ||
			e.code === "ECONNRESET" || reject(e));
		peer.on("close", () => resolve({
			...readAnswer(Buffer.concat(parts)),
			ms: performance.now() - began }));
	});
	return peer;
}

/* One whole request of a well-behaved peer. */
export function ask(socket, params, text = "")
{
	const peer = connect(socket);

	peer.write(Buffer.concat([head({ ...params, CONTENT_LENGTH:
		String(Buffer.byteLength(text)) }),
	...text === "" ? [] : [body(text)], END_OF_BODY]));
	return peer.answer;
}

/* -- load through nginx -- */

const loads = new Set();

/*
 * Clients that ask again as soon as they have their answer, until stop();
 * that gives how many were answered and every answer that was none of the
 * expected statuses.
 */
export function keepAsking(url, headers, clients = 8)
{
	const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
	const load = { answered: 0, failed: [] };
	let isOver = false;
	const one = () => new Promise((resolve) => {
		http.get(url, { agent, headers }, (answer) => {
			answer.resume();
			answer.on("end", () => resolve(answer.statusCode));
			answer.on("error", (e) => resolve(e.message));
		}).on("error", (e) => resolve(e.message));
	});
	const all = Promise.all(Array.from({ length: clients }, async () => {
		while (!isOver) {
			const status = await one();

			load.answered++;
			if (status !== 200)
				load.failed.push(status);
		}
	}));

	load.more = (n) => {
		const target = load.answered + n;

		return until(() => load.answered >= target, `${n} answers`, 30_000);
	};
	load.stop = async () => {
		isOver = true;
		await all;
		agent.destroy();
		loads.delete(load);
		return load;
	};
	loads.add(load);
	return load;
}

/* For afterEach(): a test that failed has left its clients behind, and they
 * would disturb the next ones and never let the process end. */
export async function stopAsking()
{
	await Promise.all([...loads].map((load) => load.stop()));
}

export function cookieOf(client)
{
	return { Cookie: [...client.cookies]
		.map(([name, value]) => `${name}=${value}`).join("; ") };
}
