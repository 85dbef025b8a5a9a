/*
 * A Unix user for each part of a stack that root starts, as systemd gives
 * them in production (cgi-bin/service/): numbers that nobody has yet, and a
 * group for each file that several programs read. Started by anybody else,
 * all parts are that user.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/* Below those that adduser gives out last, and systemd's of the moment. */
const FIRST = 58_000;
const BLOCK = 64;

/* Whose sockets are in the run folder; nginx connects to all of them. */
const SERVERS = ["mariadbd", "nginx"];
const RUN_GROUP = "run";

function numbersInUse()
{
	const lines = ["passwd", "group"].flatMap((database) =>
		execFileSync("getent", [database], { encoding: "utf8" }).split("\n"));

	return lines.map((line) => Number(line.split(":")[2]));
}

function freeBlock()
{
	const used = numbersInUse();

	for (let first = FIRST; ; first += BLOCK)
		if (!used.some((n) => n >= first && n < first + BLOCK))
			return first;
}

/* Which programs read a file that a configuration key names: rows like
 * "| `CALOCK_STORE` | required | review, worker | …". */
function readersOf(table, programs)
{
	const rows = table.matchAll(
		/^\| `(CALOCK_(?:STORE|\w+_FILE))` \| [^|]* \| ([^|]*) \|/gm);

	return new Map([...rows].map(([, key, who]) => [key,
		who === "all" ? programs : who.split(", ")]));
}

/* Whether everybody can pass through a folder, from the root on. */
export function isPassable(folder)
{
	return (fs.statSync(folder).mode & 0o1) !== 0 &&
		(folder === "/" || isPassable(path.dirname(folder)));
}

function changeOwner(file, uid, gid)
{
	execFileSync("chown", ["-RPh", `${uid}:${gid}`, "--", file]);
}

export class Users {
	#ids;
	#readers;

	/* table: what `account --config-table` prints. */
	constructor(programs, table)
	{
		this.#readers = readersOf(table, programs);
		const names = [RUN_GROUP, ...SERVERS, ...programs,
			...this.#readers.keys()];
		const first = freeBlock();

		this.programs = programs;
		this.#ids = new Map(names.map((name, i) => [name, first + i]));
		if (names.length > BLOCK)
			throw new Error("more users than there are numbers");
	}

	idOf(name)
	{
		return this.#ids.get(name);
	}

	#keysOf(program)
	{
		return [...this.#readers.keys()].filter((key) =>
			this.#readers.get(key).includes(program));
	}

	/* How a part is started: setpriv's options, and its umask. Parts that
	 * are none of ours stay as they are. */
	of(name)
	{
		const id = this.idOf(name);
		const keys = this.#keysOf(name);
		const groups = [RUN_GROUP, ...keys,
			...name === "nginx" ? this.programs : []];

		return id === undefined ? {} : {
			privileges: [`--reuid=${id}`, `--regid=${id}`, "--no-new-privs",
				`--groups=${groups.map((g) => this.idOf(g)).join()}`],
			umask: keys.includes("CALOCK_STORE") ? 0o007 : 0o077,
		};
	}

	/* A file or folder, with all below, becomes a part's own. */
	give(file, name)
	{
		const id = this.idOf(name);

		if (fs.statSync(file).uid !== id)
			changeOwner(file, id, id);
	}

	/* The same of one that is made when it is not there. */
	giveFile(file, name)
	{
		fs.closeSync(fs.openSync(file, "a", 0o600));
		this.give(file, name);
	}

	/* Sockets are made in it, and each removed by its maker alone. */
	openRunFolder(folder)
	{
		fs.chownSync(folder, 0, this.idOf(RUN_GROUP));
		fs.chmodSync(folder, 0o1771);
	}

	openStore(folder)
	{
		const group = this.idOf("CALOCK_STORE");

		fs.mkdirSync(folder, { recursive: true });
		if (fs.statSync(folder).gid !== group) {
			changeOwner(folder, 0, group);
			execFileSync("chmod", ["-R", "g+rwX", "--", folder]);
		}
		fs.chmodSync(folder, 0o2770);
	}

	/* The files that env names, each for the programs that read it. */
	openKeys(env)
	{
		for (const key of this.#readers.keys())
			if (key !== "CALOCK_STORE" && env[key] !== undefined) {
				fs.chownSync(env[key], 0, this.idOf(key));
				fs.chmodSync(env[key], 0o640);
			}
	}
}
