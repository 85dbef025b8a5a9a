/*
 * Processes that belong together: each leads a process group of its own and
 * writes a log; whatever happens to us, none outlives us.
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/* A busy machine takes its time: what cannot start ends by itself. */
export const START_MS = 60_000;
const STOP_MS = 15_000;
const POLL_MS = 10;
const TAIL_LINES = 20;

export class Interrupted extends Error {
	constructor()
	{
		super("interrupted");
	}
}

/* The processes of a group that live: zombies wait for their parent alone. */
function members(group)
{
	const pids = [];

	for (const pid of fs.readdirSync("/proc")) {
		if (!/^[0-9]+$/.test(pid))
			continue;
		try {
			const stat = fs.readFileSync(`/proc/${pid}/stat`, "latin1");
			const [state, parent, pgrp] =
				stat.slice(stat.lastIndexOf(")") + 2).split(" ");

			if (Number(pgrp) === group && !"ZX".includes(state))
				pids.push({ pid: Number(pid), parent: Number(parent) });
		} catch {
			continue; /* it has ended meanwhile */
		}
	}
	return pids;
}

function signalTo(pid, signal)
{
	try {
		process.kill(pid, signal);
	} catch (e) {
		if (e.code !== "ESRCH")
			throw e;
	}
}

/* Resolves with what condition gives when that is true. */
export async function until(condition, what, ms)
{
	const end = Date.now() + ms;

	for (;;) {
		const value = await condition();

		if (value)
			return value;
		if (Date.now() > end)
			throw new Error(`${what}: not within ${ms / 1000} s`);
		await delay(POLL_MS);
	}
}

async function killGroup(group)
{
	signalTo(-group, "SIGKILL");
	await until(() => members(group).length === 0, `the end of ${group}`,
		STOP_MS);
}

/* One process that stays, started by Parts.start(). */
class Part {
	#child;
	#offset;
	#ended;
	isReady = false;
	expected = false; /* whether its end is our own doing */
	status = null; /* how it ended: "exit 1" or "SIGKILL" */

	constructor(name, logFile, rank, orphanSignal)
	{
		this.name = name;
		this.logFile = logFile;
		this.orphanSignal = orphanSignal;
		this.rank = rank; /* the highest is stopped first */
	}

	spawn(command, args, env, { privileges = [], umask }, onDeath)
	{
		const log = fs.openSync(this.logFile, "a", 0o600);
		const ours = process.umask();

		this.#offset = fs.fstatSync(log).size;
		process.umask(umask ?? ours);
		/* The kernel stops it when we are killed outright. */
		this.#child = spawn("setpriv", [...privileges,
			"--pdeathsig", this.orphanSignal, "--", command, ...args],
		{ env, stdio: ["ignore", log, log], detached: true });
		process.umask(ours);
		fs.closeSync(log);
		this.#ended = new Promise((resolve) => {
			const end = (status) => {
				this.status ??= status;
				resolve();
				if (!this.expected)
					onDeath(this);
			};
			this.#child.on("error", (e) => end(e.message));
			this.#child.on("exit", (code, signal) =>
				end(signal ?? `exit ${code}`));
		});
	}

	get pid()
	{
		return this.#child.pid;
	}

	/* What the leader has forked. */
	workers()
	{
		return members(this.pid).filter((p) => p.parent === this.pid)
			.map((p) => p.pid);
	}

	/* Its log since it was started. */
	log()
	{
		return fs.readFileSync(this.logFile).subarray(this.#offset)
			.toString("utf8");
	}

	failure()
	{
		const tail = this.log().trimEnd().split("\n").slice(-TAIL_LINES);

		return new Error(`${this.name} ended (${this.status}); its log ` +
			`${this.logFile} ends with:\n  ${tail.join("\n  ")}`);
	}

	/* To the leader alone. */
	signal(name)
	{
		signalTo(this.pid, name);
	}

	/* The whole group at once, as a power cut would. */
	async kill()
	{
		this.expected = true;
		await killGroup(this.pid);
		await this.#ended;
	}

	killNow()
	{
		if (this.pid !== undefined)
			signalTo(-this.pid, "SIGKILL");
	}

	/*
	 * Asks it to end. False when it had to be killed or left a child. One
	 * that is not ready yet has promised nothing and is killed at once:
	 * MariaDB 10.11 hangs for good when it is asked while it starts.
	 */
	async stop()
	{
		this.expected = true;
		if (this.pid === undefined)
			return true;
		if (!this.isReady) {
			await this.kill();
			return true;
		}
		if (this.status === null) {
			const timer = setTimeout(() => this.killNow(), STOP_MS);

			this.signal("SIGTERM");
			await this.#ended;
			clearTimeout(timer);
		}
		const tidy = this.status !== "SIGKILL" &&
			members(this.pid).length === 0;

		await this.kill();
		return tidy;
	}
}

/* All parts of one stack, and the commands that it runs meanwhile. */
export class Parts {
	#parts = new Map();
	#commands = new Set();
	#closing = false;
	#onDeath;
	userOf = () => ({}); /* a part's privileges and umask, by its name */

	constructor(logDir, env, onDeath)
	{
		this.logDir = logDir;
		this.env = env;
		this.#onDeath = onDeath;
	}

	get(name)
	{
		const part = this.#parts.get(name);

		if (part === undefined)
			throw new Error(`${name} is not a part of this stack`);
		return part;
	}

	#check()
	{
		if (this.#closing)
			throw new Interrupted();
	}

	/* Starts a part and resolves when ready(part) is true. orphanSignal is what
	 * it gets when we are killed outright. */
	async start(name, command, args, ready,
		{ env = {}, ms = START_MS, rank = 1, orphanSignal = "TERM" } = {})
	{
		const part = new Part(name, `${this.logDir}/${name}.log`, rank,
			orphanSignal);

		this.#check();
		this.#parts.set(name, part);
		part.spawn(command, args, { ...this.env, ...env },
			this.userOf(name), (dead) => {
				if (this.#parts.get(name) === dead)
					this.#onDeath(dead);
			});
		await until(async () => {
			this.#check();
			if (part.status !== null)
				throw part.failure();
			return await ready(part);
		}, `${name} is ready`, ms);
		part.isReady = true;
		return part;
	}

	/* Runs a command to its end, gives its output; throws when it fails. */
	run(command, args, { input = "", cwd, env = {} } = {})
	{
		this.#check();
		return new Promise((resolve, reject) => {
			const child = spawn(command, args,
				{ cwd, env: { ...this.env, ...env }, detached: true });
			const out = [];
			const err = [];

			this.#commands.add(child);
			child.stdout.on("data", (data) => out.push(data));
			child.stderr.on("data", (data) => err.push(data));
			/* A command that fails early need not read it all. */
			child.stdin.on("error", () => {});
			child.stdin.end(input);
			child.on("error", reject);
			child.on("close", (code, signal) => {
				this.#commands.delete(child);
				if (code === 0)
					resolve(Buffer.concat(out).toString("utf8"));
				else if (this.#closing)
					reject(new Interrupted());
				else
					reject(new Error(`${command} failed ` +
						`(${signal ?? code}): ${Buffer.concat(err)}` +
						`${Buffer.concat(out)}`));
			});
		});
	}

	/* By rank; names those that had to be killed or left children. */
	async stop()
	{
		const parts = [...this.#parts.values()];
		const untidy = [];

		this.#closing = true;
		for (const child of this.#commands)
			await killGroup(child.pid);
		for (const rank of [2, 1, 0, -1])
			await Promise.all(parts.filter((part) => part.rank === rank)
				.map(async (part) => {
					if (!await part.stop())
						untidy.push(part.name);
				}));
		this.#parts.clear();
		return untidy;
	}

	/* When there is no time for anything else. */
	killNow()
	{
		this.#closing = true;
		for (const child of this.#commands)
			signalTo(-child.pid, "SIGKILL");
		for (const part of this.#parts.values())
			part.killNow();
	}
}
