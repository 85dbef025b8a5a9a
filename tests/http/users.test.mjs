/*
 * The Unix user of each program: who it is, and that it comes to nothing but
 * what its program needs. Only root can give parts users of their own; as
 * anybody else, all of them are that user and closed to the rest.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { complete } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { startStack } from "../stack/stack.mjs";

const IS_ROOT = process.getuid() === 0;
const STORING = ["attachment", "document", "invoice", "review", "worker"];
const SECRETS = {
	CALOCK_AUDIT_KEY_FILE: ["worker"],
	CALOCK_FIELD_KEY_FILE: ["account", "application", "attachment",
		"document", "invoice", "review", "worker"],
	CALOCK_WECHATPAY_MERCHANT_KEY_FILE: ["payment", "worker"],
	CALOCK_WECHATPAY_APIV3_KEY_FILE: ["callback", "worker"],
};

let stack, applicant;

before(async () => {
	stack = await startStack({});
	applicant = await signIn(stack, "applicant1");
	/* So that there is something in the store. */
	await complete(applicant);
});

after(() => stack?.stop());

/* What /proc says of a process: "Uid" gives the four of them. */
function idsOf(pid, name)
{
	const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");

	return new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)[1].trim()
		.split(/\s+/).map(Number);
}

/* Each program's processes: what was started and what that has forked. */
function processes()
{
	return stack.programs.flatMap((name) => [stack.pid(name),
		...stack.workers(name)].map((pid) => ({ name, pid })));
}

/* Runs a shell command as a part's user; whether it could. */
function can(part, command, ...args)
{
	const { privileges = [] } = stack.users?.of(part) ?? {};
	const { status, error } = spawnSync("setpriv", [...privileges, "--",
		"sh", "-c", command, "sh", ...args], { stdio: "ignore" });

	assert.equal(error, undefined);
	return status === 0;
}

const canRead = (part, file) => can(part, "cat \"$1\" >/dev/null", file);

/* Those of the programs for which something holds. */
const those = (holds) => stack.programs.filter(holds).sort();

test("every process is its program's own user, and nobody else's", () => {
	const owners = new Map();

	for (const { name, pid } of processes()) {
		const uids = new Set(idsOf(pid, "Uid"));

		assert.equal(uids.size, 1, name);
		owners.set(name, (owners.get(name) ?? new Set()).add([...uids][0]));
	}
	assert.equal(owners.size, stack.programs.length);
	const all = [...owners.values()].flatMap((set) => [...set]);

	if (IS_ROOT) {
		assert.equal(new Set(all).size, stack.programs.length);
		assert.ok(!all.includes(0));
		for (const part of ["mariadbd", "nginx"])
			assert.ok(![0, ...all].includes(
				idsOf(stack.pid(part), "Uid")[0]), part);
	} else {
		assert.deepEqual([...new Set(all)], [process.getuid()]);
	}
});

test("none can gain rights", () => {
	for (const { name, pid } of processes()) {
		const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");

		assert.match(status, /^CapEff:\s+0+$/m, name);
		if (IS_ROOT || pid !== stack.pid(name) || name === "worker")
			assert.match(status, /^NoNewPrivs:\s+1$/m, name);
	}
});

test("a secret is read by the programs that its key names, no others", () => {
	for (const [key, readers] of Object.entries(SECRETS))
		assert.deepEqual(
			those((name) => canRead(name, stack.env[key])),
			IS_ROOT ? readers : those(() => true), key);
});

test("a password is read by its own program alone", () => {
	for (const owner of stack.programs) {
		const file = path.join(stack.env.CALOCK_DB_PASSWORD_DIR, owner);

		assert.deepEqual(those((name) => canRead(name, file)),
			IS_ROOT ? [owner] : those(() => true));
	}
});

test("the store is open to the programs that use it, closed to the others",
	async () => {
		const [{ k }] = await stack.db(
			"SELECT store_key AS k FROM attachments LIMIT 1");
		const store = stack.path("store");

		assert.ok(fs.existsSync(path.join(store, k)));
		assert.deepEqual(those((name) => canRead(name, path.join(store, k))),
			IS_ROOT ? STORING : those(() => true));
		assert.deepEqual(those((name) =>
			can(name, "d=$(mktemp -d -p \"$1\") && rmdir \"$d\"", store)),
		IS_ROOT ? STORING : those(() => true));
	});

test("a program reaches no other's socket, and removes none", () => {
	const sockets = fs.readdirSync(stack.runDir)
		.filter((name) => /^[a-z]+\.sock$/.test(name) && name !== "db.sock");

	assert.equal(sockets.length, stack.programs.length - 1);
	for (const name of sockets) {
		const file = path.join(stack.runDir, name);
		const owner = name.replace(".sock", "");

		assert.equal(fs.statSync(file).mode & 0o777, 0o660);
		assert.deepEqual(those((program) => can(program, "test -w \"$1\"",
			file)), IS_ROOT ? [owner] : those(() => true));
		assert.ok(can("nginx", "test -w \"$1\"", file));
		if (IS_ROOT)
			assert.deepEqual(those((program) => program !== owner &&
				can(program, "rm -f \"$1\"", file)), []);
	}
});

/* As root's socket user would be asked for; or another program's password. */
test("a program's user is not the database's root", () => {
	const asRoot = "mariadb --no-defaults --socket=\"$1\" --user=root -e 'DO 1'";

	assert.ok(can("none of them", asRoot, stack.env.CALOCK_DB_SOCKET));
	if (IS_ROOT)
		assert.deepEqual(those((name) =>
			can(name, asRoot, stack.env.CALOCK_DB_SOCKET)), []);
});

test("nobody of them reads the logs or the database's files", () => {
	const files = [stack.path("log/application.log"),
		stack.path("db/ibdata1"), stack.path("log/access.log")];

	for (const file of files)
		assert.deepEqual(those((name) => canRead(name, file)),
			IS_ROOT ? [] : those(() => true), file);
});

/* A file that the program's user may read, reached through a name that the
 * program reads: with the wall (lib/service/wall.h) it does not get there. */
test("a running program opens no file beyond its wall", async () => {
	const password = path.join(stack.env.CALOCK_DB_PASSWORD_DIR, "account");
	const elsewhere = stack.path("elsewhere");
	const isWalled = !/ ev=no_wall /.test(stack.logs("account"));
	const reconnect = async () => {
		const rows = await stack.db("SELECT id FROM " +
			"information_schema.processlist WHERE user = 'calock_account'");

		for (const { id } of rows)
			await stack.db(`KILL CONNECTION ${id}`);
		return (await applicant.copy().get("/api/session")).status;
	};

	assert.equal(await reconnect(), 200);
	fs.copyFileSync(password, elsewhere);
	fs.chmodSync(elsewhere, 0o644);
	fs.renameSync(password, `${password}.kept`);
	fs.symlinkSync(elsewhere, password);
	assert.ok(canRead("account", password));
	assert.equal(await reconnect(), isWalled ? 503 : 200);
	fs.renameSync(`${password}.kept`, password);
	assert.equal(await reconnect(), 200);
});
