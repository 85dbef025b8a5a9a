/*
 * What each stack of a test run begins with, made once: a database with the
 * schema, and the sandbox's keys. A stack takes copies when the environment
 * says where they are; making its own costs it two seconds of CPU.
 */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { openKeys } from "../sandbox/keys.mjs";
import { Database } from "./database.mjs";
import { Parts } from "./parts.mjs";

const MIGRATE = fileURLToPath(new URL("../../sql/migrate", import.meta.url));

async function makeDatabase(dir, runDir)
{
	const parts = new Parts(dir,
		{ ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
		() => {});
	const database = new Database(parts, dir, runDir, { made: null });

	try {
		await database.install();
		await database.start();
		await parts.run(MIGRATE, ["--", ...database.client]);
	} finally {
		await parts.stop();
	}
	return database.data;
}

/* In dir, in place of an earlier run's; gives what says so to a stack. */
export async function makeOnce(dir)
{
	const runDir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	const keys = path.join(dir, "keys");

	fs.rmSync(dir, { recursive: true, force: true });
	fs.mkdirSync(dir);
	try {
		const [data] = await Promise.all([makeDatabase(dir, runDir),
			openKeys(keys, 1)]);

		return { MADE_DATABASE: data, MADE_KEYS: keys };
	} finally {
		fs.rmSync(runDir, { recursive: true });
	}
}
