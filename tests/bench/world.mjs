/*
 * The stacks that the figures are taken on: MariaDB, nginx and the programs
 * on one core, with so many applications in the database. The data is made
 * once and kept in build/bench; what a run adds to it, the next one removes.
 */
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const OUTPUT = path.join(ROOT, "build/bench");
const SQL = path.join(ROOT, "sql");
/* Asks for each row's payment, one by one: data.sql looks at all of them. */
const TRIGGER = ["applications_money_on_insert", "0006_money_on_insert.sql"];
const DATA = fileURLToPath(new URL("data.sql", import.meta.url));

export const ROWS = { small: 20_000, large: 2_000_000 };
/* Workers of every program that a figure keeps busy, but for uploads. */
export const WORKERS = 8;

/* "Warm" means that the rows in use are in memory. */
const POOL = Math.min(6 * 2 ** 30, Math.floor(os.totalmem() / 4));
const DATABASE = [`--innodb-buffer-pool-size=${POOL}`,
	"--innodb-log-file-size=1G"];
const ENV = {
	CALOCK_WORKERS: String(WORKERS),
	CALOCK_WORKERS_APPLICATION: String(WORKERS),
	CALOCK_WORKERS_ATTACHMENT: "4",
	/* The data's old cases are not for the worker to cancel or erase. */
	CALOCK_CANCEL_DAYS: "3650",
	CALOCK_RETENTION_IDLE_DAYS: "36500",
	CALOCK_RETENTION_ISSUED_YEARS: "100",
};

/* What programs make has a newer id than all that data.sql makes. */
const NEWER = "01k";
const ADDED = [["review_pins", "review_id"],
	["submissions", "application_id"], ["case_views", "application_id"],
	["reviews", "id"],
	["messages", "id"], ["history", "id"], ["audit", "id"],
	["consents", "id"], ["attachments", "id"], ["notices", "id"],
	["postings", "reference"], ["payments", "id"],
	["order_history", "order_no"], ["orders", "order_no"],
	["applications", "id"],
	["locks", "id"], ["accounts", "id"], ["units", "id"]];
const EMPTIED = ["idempotency", "sessions", "refusals"];
const PATIENT = 3; /* niceness: half of what another session gets */
const PURGED = 1000; /* what InnoDB still has to clean up, at most */

/* The cores to use: of the system under load, and of the load. */
function cores()
{
	const list = execFileSync("taskset", ["-cp", String(process.pid)],
		{ encoding: "utf8" }).replace(/.*: /, "").trim();
	const all = list.split(",").flatMap((part) => {
		const [from, to] = part.split("-").map(Number);

		return Array.from({ length: (to ?? from) - from + 1 },
			(_, i) => from + i);
	});

	return { all: list, system: String(all[0]),
		load: String(all[1] ?? all[0]) };
}

export const CORES = cores();

/* We and whatever we start from now on: the load says so when it moves. */
function pin()
{
	execFileSync("taskset", ["-acp", CORES.system, String(process.pid)],
		{ stdio: "ignore" });
}

/* The folder of data that was made by these very files. */
function folderOf(rows)
{
	const hash = crypto.createHash("sha256");

	for (const name of fs.readdirSync(SQL).sort())
		hash.update(fs.readFileSync(path.join(SQL, name)));
	hash.update(fs.readFileSync(DATA));
	return path.join(OUTPUT, `${rows}-${hash.digest("hex").slice(0, 12)}`);
}

/* Data of other files goes: it is large. */
function removeOthers(rows, dir)
{
	for (const name of fs.readdirSync(OUTPUT))
		if (name.startsWith(`${rows}-`) && name !== path.basename(dir))
			fs.rmSync(path.join(OUTPUT, name), { recursive: true });
}

async function makeData(rows, dir, log)
{
	const aside = `${dir}.new`;

	fs.rmSync(aside, { recursive: true, force: true });
	log(`making ${rows} applications`);
	const stack = await startStack({ dir: aside,
		mariadbd: [...DATABASE, "--innodb-log-file-size=2G",
			"--innodb-flush-log-at-trx-commit=0"] });

	try {
		/* The data brings a seal of its own. */
		await stack.kill("worker", "SIGTERM");
		await stack.db(`DELETE FROM audit_seals;
		DROP TRIGGER ${TRIGGER[0]}; SET @rows = ${rows};
		${fs.readFileSync(DATA, "utf8")}`);
		await stack.db(fs.readFileSync(path.join(SQL, TRIGGER[1]), "utf8"));
	} finally {
		await stack.stop();
	}
	fs.renameSync(aside, dir);
}

/* The share that patient.conf has of the processor, where systemd gives it:
 * the kernel weighs a session as a whole. */
function giveWay(pid)
{
	const file = `/proc/${pid}/autogroup`;

	if (fs.existsSync(file))
		fs.writeFileSync(file, String(PATIENT));
}

async function removeAdded(stack)
{
	await stack.db(`SET SESSION foreign_key_checks = 0;
	${ADDED.map(([table, id]) =>
		`DELETE FROM ${table} WHERE ${id} >= '${NEWER}';`).join("\n")}
	${EMPTIED.map((table) => `TRUNCATE ${table};`).join("\n")}`);
	await until(async () => {
		const [row] = await stack.db("SELECT VARIABLE_VALUE AS n FROM " +
			"information_schema.GLOBAL_STATUS WHERE " +
			"VARIABLE_NAME = 'INNODB_HISTORY_LIST_LENGTH'");

		return Number(row.n) < PURGED;
	}, "what an earlier run added is gone", 600_000);
}

export class World {
	#stacks = new Map();

	constructor(log)
	{
		if (CORES.system === CORES.load)
			throw new Error("two cores are needed: one for the load");
		this.log = log;
		fs.mkdirSync(OUTPUT, { recursive: true });
	}

	/* The stack of a size, "small" or "large", started when first asked for. */
	async stack(size)
	{
		if (!this.#stacks.has(size))
			this.#stacks.set(size, await this.#start(ROWS[size]));
		return this.#stacks.get(size);
	}

	async #start(rows)
	{
		const dir = folderOf(rows);

		removeOthers(rows, dir);
		if (!fs.existsSync(dir))
			await makeData(rows, dir, this.log);
		fs.rmSync(path.join(dir, "store"), { recursive: true, force: true });
		pin();
		this.log(`starting with ${rows} applications`);
		const stack = await startStack({ dir, mariadbd: DATABASE, env: ENV });

		giveWay(stack.pid("worker"));
		await removeAdded(stack);
		return stack;
	}

	async stop()
	{
		for (const stack of this.#stacks.values())
			await stack.stop();
		this.#stacks.clear();
	}
}
