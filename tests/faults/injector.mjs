/*
 * Faults, one after the other, each when so many requests more were made. The
 * seed decides which, where and in which order; every round has each kind. The
 * end is left in peace, so that the memory of workers is seen after long use.
 */
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;
const FREEZE_MS = 400;
const SHARE = 0.8;
const MOST_KILLS = 40;

/* How often each comes in a round. */
const ROUND = { worker_killed: 3, worker_frozen: 1, replaced: 2,
	program_restarted: 2, program_killed: 1, job_killed: 1,
	database_killed: 1, database_restarted: 1, database_frozen: 1 };

export class Injector {
	done = new Map();
	restarts = 0; /* parts of the stack that were started again */

	constructor({ stack, traffic }, random, gap)
	{
		Object.assign(this, { stack, traffic, random, gap });
		this.programs = stack.programs.filter((name) => name !== "worker");
	}

	#signalWorker(signal)
	{
		const name = this.random.pick(this.programs);
		const pid = this.random.pick(this.stack.workers(name));

		/* None is there while they are started again. */
		if (pid !== undefined)
			process.kill(pid, signal);
		return pid;
	}

	/* One at rest is hardly missed: until a request is lost with its worker. */
	async #killBusy()
	{
		const before = this.traffic.lost();

		for (let i = 0; i < MOST_KILLS && this.traffic.lost() === before; i++) {
			this.#signalWorker("SIGKILL");
			await delay(POLL_MS);
		}
	}

	async #freeze(pid)
	{
		await delay(FREEZE_MS);
		process.kill(pid, "SIGCONT");
	}

	async #restart(name, kill)
	{
		if (kill)
			await this.stack.kill(name);
		await this.stack.restart(name);
		this.restarts++;
	}

	async #inject(kind)
	{
		const { stack, random } = this;

		switch (kind) {
		case "worker_killed":
			await this.#killBusy();
			break;
		case "worker_frozen":
			await this.#freeze(this.#signalWorker("SIGSTOP"));
			break;
		case "replaced":
			await stack.kill(random.pick(this.programs), "SIGHUP");
			break;
		case "program_restarted":
		case "program_killed":
			await this.#restart(random.pick(this.programs),
				kind === "program_killed");
			break;
		case "job_killed":
			await this.#restart("worker", true);
			break;
		case "database_killed":
		case "database_restarted":
			await this.#restart("mariadbd", kind === "database_killed");
			break;
		case "database_frozen":
			await stack.kill("mariadbd", "SIGSTOP");
			await delay(FREEZE_MS);
			await stack.kill("mariadbd", "SIGCONT");
			break;
		}
		this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
	}

	/* Ends with everything up again. */
	async run()
	{
		const { traffic } = this;
		let next = this.gap;
		let round = [];

		while (!traffic.isOver() && traffic.share() < SHARE) {
			if (traffic.requests < next) {
				await delay(POLL_MS);
				continue;
			}
			if (round.length === 0)
				round = this.random.shuffle(Object.entries(ROUND)
					.flatMap(([kind, n]) => Array(n).fill(kind)));
			await this.#inject(round.pop());
			next = Math.max(next, traffic.requests) + this.gap;
		}
	}
}

export const KINDS_OF_FAULT = Object.keys(ROUND);
export const FAULTS_A_ROUND =
	Object.values(ROUND).reduce((sum, n) => sum + n, 0);
