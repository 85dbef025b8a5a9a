/*
 * The history log: an operation a line, as who asked for it saw it.
 *   id        the operation, its Idempotency-Key, and the mark that it leaves
 *   kind, who what was asked for, and the account
 *   begun, ended, tries    milliseconds; requests that it took
 *   outcome   ok; refused, so it must have left nothing; unknown, so it may
 *             have happened once
 *   named     the application's version that it was to change
 * and what was acknowledged: application, version, state and so on.
 */
import fs from "node:fs";

export class History {
	#fd;
	#n = 0;
	#done = new Map(); /* how many of a kind were acknowledged */

	constructor(file)
	{
		this.file = file;
		this.#fd = fs.openSync(file, "w", 0o600);
	}

	begin(kind, who, details)
	{
		const id = `op${String(++this.#n).padStart(7, "0")}`;

		return { id, kind, who, begun: Date.now(), ...details };
	}

	end(op, outcome, details = {})
	{
		Object.assign(op, details, { outcome, ended: Date.now() });
		fs.writeSync(this.#fd, `${JSON.stringify(op)}\n`);
		if (outcome === "ok")
			this.#done.set(op.kind, this.done(op.kind) + 1);
		return op;
	}

	done(kind)
	{
		return this.#done.get(kind) ?? 0;
	}

	close()
	{
		fs.closeSync(this.#fd);
	}
}

export function readHistory(file)
{
	return fs.readFileSync(file, "utf8").trimEnd().split("\n")
		.filter((line) => line !== "").map((line) => JSON.parse(line));
}
