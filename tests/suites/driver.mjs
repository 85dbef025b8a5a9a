/*
 * Asks the C code, through build/san/suites/driver (driver.c):
 *
 *   const driver = new Driver();
 *   await driver.ask({ do: "json", bytes: base64("[1]") });
 *   await driver.close();
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(
	new URL("../../build/san/suites/driver", import.meta.url));

export function base64(bytes)
{
	return Buffer.from(bytes).toString("base64");
}

export class Driver {
	#child;
	#lines;
	#ended;

	constructor()
	{
		this.#child = spawn(PROGRAM,
			{ stdio: ["pipe", "pipe", "inherit"] });
		/* Its end is seen by close(), and by ask() as a missing answer. */
		this.#child.stdin.on("error", () => {});
		this.#ended = once(this.#child, "close");
		this.#lines = readline.createInterface({ input: this.#child.stdout })
			[Symbol.asyncIterator]();
	}

	/* One question at a time: answers come in the order of the questions. */
	async ask(question)
	{
		this.#child.stdin.write(`${JSON.stringify(question)}\n`);
		const { value, done } = await this.#lines.next();

		assert.ok(!done, `the driver ended at ${JSON.stringify(question)}`);
		return JSON.parse(value);
	}

	/* Ends it; a leak or an error that the sanitizers saw is a failure. */
	async close()
	{
		this.#child.stdin.end();
		const [code, signal] = await this.#ended;

		assert.equal(code, 0, `the driver ended with ${code ?? signal}`);
	}
}
