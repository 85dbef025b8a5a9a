/*
 * One who works with calock through faults, as a good front end would: when
 * an answer is lost the request is sent again, with the same key. What was
 * asked and what came of it goes to the history.
 */
import { setTimeout as delay } from "node:timers/promises";

import { trySignIn } from "../stack/client.mjs";

/* How an operation may be refused: what a race or the rules bring about. */
const REFUSALS = [404, 409, 412, 422, 429];
/* No answer of a program's own, or one that asks to come back. */
const LOST = [502, 503, 504];
const TROUBLE = ["ABORT_ERR", "ECONNREFUSED", "ECONNRESET", "EPIPE"];

const TRIES = 300;
const PAUSE_MS = 50;
const GIVES_UP = 0.02; /* after a lost answer: the person went away */
const HANGS_UP = 0.01; /* before the answer has come */
const HANG_UP_MS = 15;

/* The session has ended by a try whose answer was lost. */
function isGoneBefore(op, { status })
{
	return op.kind === "sign_out" && op.tries > 1 && status === 401;
}

export class Person {
	/* soak: {stack, history, traffic}. */
	constructor(soak, login, random)
	{
		Object.assign(this, { soak, login, random });
	}

	/* Until it works; a session more may be there for each lost answer. */
	async signIn()
	{
		const { stack } = this.soak;
		let client = null;

		while (client === null)
			await this.call("sign_in", {}, async () => {
				const tried = await trySignIn(stack, this.login,
					{ programsMayDie: true });

				if (tried.answer.status < 400)
					client = tried.client;
				return tried.answer;
			});
		this.client = client;
	}

	signOut()
	{
		return this.call("sign_out", {}, (client) =>
			client.del("/api/session"));
	}

	/* A window that closes before its answer is there. */
	#impatient()
	{
		const client = this.client.copy();

		client.patienceMs = 1 + this.random.below(HANG_UP_MS);
		return client;
	}

	/* One request: its answer, or null when it was lost. */
	async #once(op, send, headers)
	{
		const { traffic } = this.soak;
		const hangsUp = this.client !== undefined &&
			this.random.chance(HANGS_UP);

		try {
			const answer = await send(
				hangsUp ? this.#impatient() : this.client, headers, op);
			const isLost = LOST.includes(answer.status);

			traffic.count(isLost ? `lost, ${answer.status}` :
				answer.status < 400 ? "done" : `refused, ${answer.status}`);
			return isLost ? null : answer;
		} catch (e) {
			if (e.code === "ERR_ASSERTION")
				traffic.complain(op, e.message);
			else if (!TROUBLE.includes(e.code))
				throw e;
			op.isAfloat = true;
			traffic.count(hangsUp ? "lost, hung up" : "lost, cut off");
			return null;
		}
	}

	/* Its answer in the end, or null; op.tries says how often it was sent. */
	async #until(op, send, headers)
	{
		for (op.tries = 1;; op.tries++) {
			const answer = await this.#once(op, send, headers);

			if (answer !== null || op.tries === TRIES ||
			    this.random.chance(GIVES_UP))
				return answer;
			await delay(PAUSE_MS + this.random.below(4 * PAUSE_MS));
		}
	}

	/* What an answer proves. Without a key a repeat cannot tell what its first
	 * try has done, and a request that we left may still be on its way. */
	#outcome(op, answer, isKeyed)
	{
		if (answer === null)
			return "unknown";
		if (answer.status < 400)
			return "ok";
		if (!REFUSALS.includes(answer.status) && !isGoneBefore(op, answer))
			this.soak.traffic.complain(op, `${answer.status} ` +
				answer.bytes.toString().slice(0, 300));
		return op.isAfloat || (op.tries > 1 && !isKeyed) ?
			"unknown" : "refused";
	}

	/*
	 * send(client, headers, op) sends the request; note(answer) gives what a
	 * success has acknowledged. Resolves with {op, answer}; answer is null
	 * when none came.
	 */
	async call(kind, details, send, { isKeyed = false, note } = {})
	{
		const { history } = this.soak;
		const op = history.begin(kind, this.login, details);
		const answer = await this.#until(op, send,
			isKeyed ? { "Idempotency-Key": op.id } : {});
		const outcome = this.#outcome(op, answer, isKeyed);

		history.end(op, outcome, answer === null ? {} :
			{ status: answer.status, code: answer.body?.code,
				...(outcome === "ok" ? note?.(answer) : {}) });
		return { op, answer: outcome === "ok" ? answer : null };
	}
}
