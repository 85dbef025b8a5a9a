/* The list that the portal opens with: 20 cases, and the tabs' counts. */
import { addSessions } from "../cases.mjs";
import { alternate } from "../rounds.mjs";
import { load, request, sql } from "../sides.mjs";
import { checkSame } from "../statements.mjs";
import { ROWS, WORKERS } from "../world.mjs";

const TIMES = 4000;
/* As many as there are units among 20,000 cases: how many people are at work
 * must not differ where only the number of rows is asked for. */
const PEOPLE = 400;
const CASES_A_UNIT = 50;
const LIMIT = 20;

/* Accounts of n units of all sizes, signed in. */
export async function people(stack, size, n = PEOPLE)
{
	const units = ROWS[size] / CASES_A_UNIT;
	const pad = (number) => String(number).padStart(18, "0");

	return addSessions(stack, Array.from({ length: n }, (_, i) => {
		const number = pad(1 + Math.floor((i + 0.5) * units / n));

		return { account: `01h0acco${number}`, unit: `01h0unit${number}` };
	}), "portal");
}

export function requests(stack, who)
{
	return who.map(({ session }) => [request(stack.baseUrl, "GET",
		`/api/applications?limit=${LIMIT}`, { cookie: session.cookie })]);
}

function steps({ session, unit })
{
	return [
		["SESSION_GET", session.hash, "portal", 30, 12],
		["APPLICATION_LIST", unit, "~", ...Array(15).fill(null), LIMIT + 1],
		["APPLICATION_COUNTS", unit],
	];
}

async function side(stack, who)
{
	return (await load(stack.baseUrl, requests(stack, who),
		{ times: TIMES })).rate;
}

/* The statements of both sides for one list; throws where they differ. */
export function tripsOf(stack, one)
{
	return checkSame(stack, "application", steps(one),
		() => load(stack.baseUrl, requests(stack, [one])));
}

/* Each of the same lists, over HTTP and without. */
export async function againstSql(world, rounds)
{
	const stack = await world.stack("large");
	const who = await people(stack, "large");
	const trips = await tripsOf(stack, who[0]);

	await side(stack, who); /* warm */
	return { trips, ...await alternate(rounds, () => side(stack, who),
		async () => (await sql(stack, "application",
			who.map(steps), { connections: WORKERS })).rate) };
}

/* The same lists among many rows and among few. */
export async function againstSmall(world, rounds)
{
	const sides = [];

	for (const size of ["large", "small"]) {
		const stack = await world.stack(size);
		const who = await people(stack, size);

		await side(stack, who); /* warm */
		sides.push(() => side(stack, who));
	}
	return alternate(rounds, ...sides);
}
