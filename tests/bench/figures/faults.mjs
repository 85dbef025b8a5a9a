/* What a killed worker costs, and a database that goes and comes back. */
import http from "node:http";

import { until } from "../../stack/parts.mjs";
import { summary } from "../rounds.mjs";
import { load } from "../sides.mjs";
import { WORKERS } from "../world.mjs";
import { people, requests } from "./list.mjs";

const TIMES = 6000;
const KILLS = 5;
const BACK_LIMIT_S = 1;
const WAIT_MS = 60_000;

/* Kills workers one after another for as long as all of them are busy: how
 * many. */
async function killSome(stack, isBusy)
{
	let kills = 0;

	for (; kills < KILLS && isBusy(); kills++) {
		const [victim] = stack.workers("application");

		process.kill(victim, "SIGKILL");
		await until(() => {
			const now = stack.workers("application");

			return now.length === WORKERS && !now.includes(victim);
		}, "a worker for the one that was killed", WAIT_MS);
	}
	return kills;
}

export async function kill(world, rounds)
{
	const stack = await world.stack("large");
	const lists = requests(stack, await people(stack, "large"));
	const pairs = [];

	for (let i = 0; i < rounds; i++) {
		let isBusy = true;
		const [{ refused, broken }, kills] = await Promise.all([
			load(stack.baseUrl, lists, { times: TIMES, mayFail: true })
				.finally(() => { isBusy = false; }),
			killSome(stack, () => isBusy)]);

		pairs.push({ ours: refused + broken, limit: kills });
	}
	return summary(pairs);
}

function answers(url, cookie)
{
	return new Promise((resolve) => {
		http.get(url, { agent: false, headers: { Cookie: cookie } },
			(answer) => {
				answer.resume();
				resolve(answer.statusCode === 200);
			}).on("error", () => resolve(false));
	});
}

/* The pids of every worker there is, as one text. */
function allWorkers(stack)
{
	return stack.programs.map((name) =>
		`${name} ${stack.workers(name).join(" ")}`).join("\n");
}

/* Takes the database away and gives it back; seconds until all serve again. */
async function restart(stack, signal, { session })
{
	const urls = [`${stack.baseUrl}/readyz`, `${stack.baseUrl}/api/session`,
		`${stack.baseUrl}/api/applications`, `${stack.baseUrl}/api/payments`,
		`${stack.baseUrl}/api/invoices`];

	await stack.kill("mariadbd", signal);
	await stack.startDatabase();
	const began = process.hrtime.bigint();

	for (const url of urls)
		await until(() => answers(url, session.cookie), url, WAIT_MS);
	return Number(process.hrtime.bigint() - began) / 1e9;
}

/* Under load, by turns asked to stop and killed. */
export async function database(world, rounds)
{
	const stack = await world.stack("small");
	const who = await people(stack, "small");
	const lists = requests(stack, who);
	const pairs = [];

	for (let i = 0; i < rounds; i++) {
		const before = allWorkers(stack);
		const [ours] = await Promise.all([
			restart(stack, i % 2 === 0 ? "SIGTERM" : "SIGKILL", who[0]),
			load(stack.baseUrl, lists, { times: TIMES, mayFail: true })]);

		if (allWorkers(stack) !== before)
			throw new Error("workers did not outlive the database:\n" +
				`${before}\nthen\n${allWorkers(stack)}`);
		pairs.push({ ours, limit: BACK_LIMIT_S });
	}
	return summary(pairs);
}
