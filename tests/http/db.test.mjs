/* lib/service/db against a MariaDB of its own: the tests are in tests/db. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { runCmocka } from "../stack/cmocka.mjs";
import { Database } from "../stack/database.mjs";
import { Parts } from "../stack/parts.mjs";

let dir;
let parts;
let database;

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	parts = new Parts(dir,
		{ ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
		() => {});
	database = new Database(parts, dir, dir, { made: null });
	await database.install();
	await database.start();
	await parts.run("mariadb", database.client, { input: `
		CREATE DATABASE calock CHARACTER SET utf8mb4;
		CREATE USER calock_test@'%' IDENTIFIED BY '';
		GRANT ALL ON calock.* TO calock_test@'%';` });
});

after(async () => {
	assert.deepEqual(await parts.stop(), []);
	fs.rmSync(dir, { recursive: true });
});

function env()
{
	return { CALOCK_TEST_SOCKET: database.socket, CALOCK_TEST_DIR: dir };
}

/* The test program asks for a new server by a file, and waits until it goes. */
function restartWhenAsked()
{
	const file = path.join(dir, "restart");
	const watcher = fs.watch(dir, async () => {
		if (!fs.existsSync(file))
			return;
		watcher.close();
		await parts.get("mariadbd").kill();
		await database.start();
		fs.rmSync(file);
	});

	return watcher;
}

test("values, errors and connections", async (t) => {
	const watcher = restartWhenAsked();

	try {
		await runCmocka(t, "test_db", env());
	} finally {
		watcher.close(); /* or we would never end */
	}
});

test("transactions", (t) => runCmocka(t, "test_db_tx", env()));
