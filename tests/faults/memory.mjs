/* The memory of the programs' processes while they work, in KiB. */
import fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const EVERY_MS = 2000;
/* The worker goes on with what was handed in, file by file: at rest it is
 * between two of them, and one of so many looks meets that. */
const LOOKS = 20;
const LOOK_MS = 50;
/* Samples of a process that tell whether it grows: once it has done all that
 * it ever does, which takes a quiet program a while. */
const ENOUGH = 60;

/* Pages that a child was given, too, are nobody's own while it lives. */
const hasChild = (pid) =>
	fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8") !== "";

function read(pid)
{
	try {
		if (hasChild(pid))
			return null;
		const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
		const of = (name) =>
			Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)[1]);

		return { resident: of("Rss"), own: of("Private_Dirty") };
	} catch {
		return null; /* it has ended meanwhile */
	}
}

function median(values)
{
	return [...values].sort((a, b) => a - b)[values.length >> 1];
}

export class Memory {
	#seen = new Map(); /* pid: {name, samples} */
	#timer;

	constructor(stack)
	{
		this.stack = stack;
	}

	sample()
	{
		for (const name of this.stack.programs)
			for (const pid of this.stack.processes(name)) {
				const now = read(pid);

				if (now === null)
					continue;
				if (!this.#seen.has(pid))
					this.#seen.set(pid, { name, samples: [] });
				this.#seen.get(pid).samples.push(now);
			}
	}

	start()
	{
		this.#timer = setInterval(() => this.sample(), EVERY_MS);
	}

	stop()
	{
		clearInterval(this.#timer);
	}

	/* Over the second half of the samples of a process. */
	#growth(samples)
	{
		const own = samples.slice(samples.length >> 1).map((s) => s.own);

		return median(own.slice(own.length >> 1)) -
			median(own.slice(0, own.length >> 1));
	}

	/* Of each process of a program what it holds at rest. */
	async #rest(name)
	{
		const least = new Map();

		for (let look = 0; look < LOOKS; look++, await delay(LOOK_MS))
			for (const pid of this.stack.processes(name)) {
				const now = read(pid);

				if (now !== null && now.own <= (least.get(pid)?.own ?? Infinity))
					least.set(pid, now);
			}
		if (least.size === 0)
			throw new Error(`${name} was never at rest`);
		return [...least.values()];
	}

	/*
	 * A row a program: {name, processes, resident, own, peak, grown}. resident
	 * and own are now, at rest, and each is the
	 * most that any process has; grown is null when none lived long enough.
	 */
	report()
	{
		return Promise.all(this.stack.programs.map(async (name) => {
			const now = await this.#rest(name);
			const all = [...this.#seen.values()]
				.filter((s) => s.name === name).map((s) => s.samples);
			const long = all.filter((s) => s.length >= ENOUGH);
			const most = (list, key) =>
				Math.max(...list.map((s) => s[key]));

			return { name, processes: all.length,
				resident: most(now, "resident"), own: most(now, "own"),
				peak: most(all.flat(), "own"), grown: long.length === 0 ?
					null : Math.max(...long.map((s) => this.#growth(s))) };
		}));
	}
}
