/*
 * Connections of our own to a stack's database that stay in their
 * transaction, to be in the way of the programs.
 */
import { spawn } from "node:child_process";

import { until } from "./parts.mjs";

const WAIT_MS = 20_000;
const sessions = new Set();

export class Session {
	#child;
	#out = "";
	#n = 0;

	constructor(stack)
	{
		sessions.add(this);
		this.#child = spawn("mariadb", ["--no-defaults", "--user=root",
			`--socket=${stack.path("run/db.sock")}`, "--batch",
			"--skip-column-names", "--unbuffered", "calock"],
		{ stdio: ["pipe", "pipe", "inherit"] });
		this.#child.stdout.on("data", (data) => this.#out += data);
	}

	/* Resolves when the statements are done. */
	async run(sql)
	{
		const mark = `done-${++this.#n}`;

		this.#child.stdin.write(`${sql}; SELECT '${mark}';\n`);
		await until(() => this.#out.includes(mark), sql, WAIT_MS);
	}

	/* Whatever it has not committed is rolled back. */
	end()
	{
		sessions.delete(this);
		this.#child.stdin.end();
		return new Promise((resolve) => this.#child.on("close", resolve));
	}
}

/* Those that a test which failed has left. */
export async function endAll()
{
	await Promise.all([...sessions].map((session) => session.end()));
}

/* No audit row can be added: a transaction has done all else and waits. */
export async function holdAudit(stack)
{
	const session = new Session(stack);

	await session.run("START TRANSACTION; " +
		"SELECT COUNT(*) FROM audit WHERE id > '0' FOR UPDATE");
	return session;
}

/*
 * What n requests to a program do while nothing can be committed, which it then
 * is: the first has done all but the last, the others are as far as they get
 * beside it. start() gives their promises.
 */
export async function atOnce(stack, program, n, start)
{
	const held = await holdAudit(stack);
	const answers = start();

	await until(async () => (await stack.db("SELECT id FROM " +
		"information_schema.processlist WHERE time_ms > 50 AND user = " +
		`'calock_${program}' AND (info LIKE 'INSERT INTO %' OR ` +
		"info LIKE 'UPDATE %')")).length === n, `${n} are under way`, WAIT_MS);
	await held.end();
	return Promise.all(answers);
}

/* The connections of a program that wait to write audit. */
export function waiting(stack, program)
{
	return stack.db("SELECT id, query_id FROM information_schema.processlist " +
		`WHERE user = 'calock_${program}' AND info LIKE 'INSERT INTO audit%'`);
}
