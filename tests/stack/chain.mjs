/*
 * The chain over the audit trail, computed anew and by other means than the
 * programs: Node's crypto over what is in the database.
 */
import { execFileSync, spawnSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

import { until } from "./parts.mjs";
import { BIN } from "./stack.mjs";

const ROW = ["id", "at", "program", "actor_id", "role", "action", "subject",
	"detail", "ip", "request_id"];
const SEAL = ["seq", "previous", "first_at", "first_id", "last_at", "last_id",
	"rows_n", "row_macs", "sealed_at"];
const ID = 26;
const ITEM = ID + 64;
const WAIT_MS = 20_000;

/* Each value behind its length in four bytes; ffffffff for NULL. */
function packed(values)
{
	return Buffer.concat(values.flatMap((value) => {
		const bytes = Buffer.from(value ?? "");
		const length = Buffer.alloc(4);

		length.writeUInt32BE(value === null ? 0xffffffff : bytes.length);
		return [length, bytes];
	}));
}

export function mac(key, label, columns, row)
{
	return crypto.createHmac("sha256", Buffer.from(key, "hex"))
		.update(packed([label, ...columns.map((name) => row[name])]))
		.digest("hex");
}

export const rowMac = (key, row) => mac(key, "calock audit row 1", ROW, row);
export const sealMac = (key, seal) =>
	mac(key, "calock audit seal 1", SEAL, seal);

/* The items of a seal: [id, mac]. */
export function items(seal)
{
	const n = seal.row_macs.length / ITEM;

	return Array.from({ length: n }, (_, i) => [
		seal.row_macs.slice(i * ITEM, i * ITEM + ID).trimEnd(),
		seal.row_macs.slice(i * ITEM + ID, (i + 1) * ITEM)]);
}

export function keyOf(stack)
{
	return fs.readFileSync(stack.env.CALOCK_AUDIT_KEY_FILE, "utf8").trim();
}

export const rowsOf = (stack) =>
	stack.db(`SELECT ${ROW.join()} FROM audit ORDER BY at, id`);
/* One that has a value in every column; which of the others are the worker's,
 * without an actor, is a matter of time. */
export const fullRow = (rows) =>
	rows.find((row) => !Object.values(row).includes(null));
export const sealsOf = (stack) =>
	stack.db(`SELECT ${SEAL.join()}, mac FROM audit_seals ORDER BY seq`);

/* Lines of the anchors' file: [seq, mac, id, day, time]. */
export function anchorsOf(stack)
{
	return fs.readFileSync(stack.env.CALOCK_AUDIT_ANCHORS, "utf8")
		.trimEnd().split("\n").map((line) => line.split(" "));
}

/* Every row that there is now has a seal, and the seal its anchor. */
export async function allSealed(stack)
{
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM audit");

	await until(async () => {
		const [{ sealed, seq }] = await stack.db(`SELECT
			COALESCE(SUM(rows_n), 0) AS sealed, MAX(seq) AS seq
			FROM audit_seals`);

		return Number(sealed) >= Number(n) &&
			anchorsOf(stack).at(-1)[0] === seq;
	}, "every row is sealed", WAIT_MS);
}

const TOOL = path.join(BIN, "../tools/calock-audit");

/* calock-audit with these arguments: its exit status and what it said. */
export function audit(...args)
{
	const { status, stdout, stderr } = spawnSync(TOOL, args,
		{ encoding: "utf8" });

	return { status, said: stdout.trimEnd(), stderr };
}

/* The dump that its manual names, as files in a folder: [rows, seals]. */
export function dump(stack, folder)
{
	return ["seals", "rows"].map((what) => {
		const file = path.join(folder, `${what}.tsv`);

		fs.writeFileSync(file, execFileSync("mariadb", ["--no-defaults",
			`--socket=${stack.env.CALOCK_DB_SOCKET}`, "--user=root",
			"--default-character-set=utf8mb4", "--batch", "--quick",
			"--skip-column-names", "calock",
			"-e", audit("sql", what).said], { maxBuffer: 1 << 30 }));
		return file;
	}).reverse();
}
