/* sql/migrate and sql/grants against a MariaDB of their own. */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Database } from "../stack/database.mjs";
import { Parts, until } from "../stack/parts.mjs";

const SQL = fileURLToPath(new URL("../../sql", import.meta.url));

let dir;
let parts;
let database;

before(async () => {
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	parts = new Parts(dir,
		{ ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
		() => {});
	database = new Database(parts, dir, dir);
	await database.install();
	await database.start();
});

after(async () => {
	assert.deepEqual(await parts.stop(), []);
	fs.rmSync(dir, { recursive: true });
});

/* A folder of migrations with the runner beside them, and no database. */
beforeEach(async () => {
	fs.rmSync(path.join(dir, "sql"), { recursive: true, force: true });
	fs.mkdirSync(path.join(dir, "sql"));
	fs.copyFileSync(path.join(SQL, "migrate"), path.join(dir, "sql/migrate"));
	write("0001_one.sql", "CREATE TABLE IF NOT EXISTS one (a INT);\n");
	write("0002_two.sql", "CREATE TABLE IF NOT EXISTS two (a INT);\n");
	await parts.run("mariadb", database.client,
		{ input: "DROP DATABASE IF EXISTS calock;" });
});

function write(name, text)
{
	fs.writeFileSync(path.join(dir, "sql", name), text);
}

function migrate(...options)
{
	return parts.run(path.join(dir, "sql/migrate"),
		[...options, "--", ...database.client]);
}

async function applied()
{
	const rows = await database.query(
		"SELECT name FROM schema_version WHERE applied_at IS NOT NULL");

	return rows.map((row) => row.name);
}

test("new files are run once, in order, and noted", async () => {
	assert.equal(await migrate(), "0001_one.sql\n0002_two.sql\n");
	assert.equal(await migrate(), "");
	write("0003_three.sql", "INSERT INTO two SELECT 3 FROM DUAL;");
	assert.equal(await migrate(), "0003_three.sql\n");
	assert.deepEqual(await applied(),
		["0001_one.sql", "0002_two.sql", "0003_three.sql"]);
	assert.deepEqual(await database.query("SELECT a FROM two"), [{ a: "3" }]);
});

test("--status tells and changes nothing", async () => {
	assert.match(await migrate("--status"),
		/^0001_one.sql not applied\n0002_two.sql not applied\n$/);
	assert.deepEqual(await database.query("SELECT 1 AS a FROM DUAL")
		.catch((e) => /Unknown database/.test(e.message)), true);
	await migrate();
	assert.match(await migrate("--status"),
		/^0001_one.sql applied at \S+ \S+\n0002_two.sql applied at /);
});

const refusals = [
	["a changed file, and with it what is new", /0001_one.sql was changed/,
		() => {
			write("0001_one.sql", "SELECT 1;");
			write("0009_next.sql", "SELECT 1;");
		}],
	["a renamed file", /0001_one.sql was applied .* is not here any more/,
		() => fs.renameSync(path.join(dir, "sql/0001_one.sql"),
			path.join(dir, "sql/0001_uno.sql"))],
	["a database that is newer", /0002_two.sql is .* newer than these files/,
		() => fs.rmSync(path.join(dir, "sql/0002_two.sql"))],
	["a number that was overtaken", /0000_late.sql is new, but later/,
		() => write("0000_late.sql", "SELECT 1;")],
	["two files of one number", /have the same number/,
		() => write("0002_zwei.sql", "SELECT 1;")],
	["a name of another form", /3_x.sql is not named/,
		() => write("3_x.sql", "SELECT 1;")],
];

for (const [what, message, spoil] of refusals)
	test(`refused: ${what}`, async () => {
		await migrate();
		spoil();
		await assert.rejects(migrate(), message);
		assert.deepEqual(await applied(), ["0001_one.sql", "0002_two.sql"]);
	});

test("a file that failed is reported and run again", async () => {
	write("0003_bad.sql", "CREATE TABLE IF NOT EXISTS three (a INT);\nNO;\n");
	await assert.rejects(migrate(), /0003_bad.sql failed/);
	assert.deepEqual(await applied(), ["0001_one.sql", "0002_two.sql"]);
	write("0003_bad.sql", "CREATE TABLE IF NOT EXISTS three (a INT);\n");
	assert.match(await migrate(),
		/^0003_bad.sql began at .* did not finish\n0003_bad.sql\n$/);
});

test("a statement without its end is a failure, not a swallowed note",
	async () => {
		write("0003_open.sql", "INSERT INTO one VALUES (1)");
		await assert.rejects(migrate(), /0003_open.sql failed/);
	});

test("of two runners at once one works and one is refused or finds it done",
	async () => {
		write("0003_slow.sql", "DO SLEEP(1);\nINSERT INTO one VALUES (7);\n");
		const runs = await Promise.allSettled([migrate(), migrate()]);

		assert.ok(runs.some((run) => run.status === "fulfilled"));
		assert.deepEqual(await database.query("SELECT a FROM one"),
			[{ a: "7" }]);
	});

test("somebody else's lock is waited for, then named", async () => {
	const killed = assert.rejects(parts.run("mariadb", database.client,
		{ input: "DO GET_LOCK('calock.migrate', 0); DO SLEEP(600);" }),
	/Lost connection/);
	const held = async () => (await parts.run("mariadb",
		[...database.client, "--batch", "--skip-column-names"],
		{ input: "SELECT IS_USED_LOCK('calock.migrate');" })).trim();
	const id = await until(async () => {
		const user = await held();

		return user === "NULL" ? false : user;
	}, "the lock", 10_000);

	await assert.rejects(migrate(), /another run is at work/);
	await parts.run("mariadb", database.client, { input: `KILL ${id};` });
	await killed;
	await migrate();
});

test("the project's own files make the schema", async () => {
	await parts.run(path.join(SQL, "migrate"), ["--", ...database.client]);
	assert.equal(await parts.run(path.join(SQL, "migrate"),
		["--", ...database.client]), "");
	assert.notEqual((await applied()).length, 0);
});

/* A program that declares what it needs; its user and password. */
function program(name, grants)
{
	fs.mkdirSync(path.join(dir, "sql/bin"), { recursive: true });
	fs.mkdirSync(path.join(dir, "sql/passwords"), { recursive: true });
	fs.writeFileSync(path.join(dir, "sql/bin", name),
		`#!/bin/sh\ncat <<'END'\n${grants}\nEND\n`, { mode: 0o755 });
	fs.writeFileSync(path.join(dir, "sql/passwords", name), `it's a \\${name}`);
}

function grant()
{
	return parts.run(path.join(SQL, "grants"),
		["--programs", path.join(dir, "sql/bin"),
			"--passwords", path.join(dir, "sql/passwords"),
			"--", ...database.client]);
}

function as(name, sql)
{
	return parts.run("mariadb", ["--no-defaults",
		`--socket=${database.socket}`, `--user=calock_${name}`,
		`--password=it's a \\${name}`, "calock"], { input: sql });
}

test("each program gets what it declares, and loses what it no longer does",
	async () => {
		await migrate();
		program("account", "GRANT SELECT, INSERT ON one TO 'calock_account'@'%';");
		program("worker", "GRANT SELECT (a) ON two TO 'calock_worker'@'%';");
		await grant();
		await as("account", "INSERT INTO one VALUES (1);");
		await as("worker", "SELECT a FROM two;");
		await assert.rejects(as("worker", "SELECT a FROM one;"), /denied/);

		program("account", "GRANT SELECT ON one TO 'calock_account'@'%';");
		await grant();
		await as("account", "SELECT a FROM one;");
		await assert.rejects(as("account", "INSERT INTO one VALUES (1);"),
			/denied/);
	});

test("a program that cannot say what it needs leaves all as it was",
	async () => {
		await migrate();
		program("account", "GRANT SELECT ON one TO 'calock_account'@'%';");
		await grant();
		program("worker", "");
		fs.writeFileSync(path.join(dir, "sql/bin/worker"),
			"#!/bin/sh\nexit 1\n");
		await assert.rejects(grant(), /worker --grants failed/);
		await as("account", "SELECT a FROM one;");
	});
