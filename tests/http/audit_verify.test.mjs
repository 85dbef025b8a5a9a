/*
 * calock-audit on dumps of a trail that somebody with every right on the
 * database has touched: it names the first bad row.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { create } from "../stack/cases.mjs";
import { allSealed, anchorsOf, audit, dump, fullRow, items, rowsOf, sealsOf }
	from "../stack/chain.mjs";
import { signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const ODD = "制表\\t换行\\n反斜杠\\\\零\\0引号\\'";

let stack;
let dir;
let options;
let rows; /* of seals alone */
let seals;

before(async () => {
	stack = await startStack({});
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	const applicant = await signIn(stack, "applicant1");
	/* Three seals, of what has settled before the worker looks. */
	for (let i = 0; i < 3; i++) {
		await stack.kill("worker", "SIGTERM");
		await create(applicant);
		await create(applicant);
		await stack.db(`INSERT INTO audit (id, program, actor_id, role,
			action, subject, detail, ip, request_id) VALUES
			('odd${i}', 'x', '-', 'x', 'x', '单位', '${ODD}', '', '')`);
		await until(async () => (await stack.db("SELECT 1 FROM audit " +
			"WHERE at > NOW(6) - INTERVAL 1100000 MICROSECOND"))
			.length === 0, "all have settled", WAIT_MS);
		await stack.restart("worker");
		await allSealed(stack);
	}
	await stack.kill("worker", "SIGTERM");
	options = ["--key", stack.env.CALOCK_AUDIT_KEY_FILE,
		"--anchors", stack.env.CALOCK_AUDIT_ANCHORS];
	seals = await sealsOf(stack);
	rows = (await rowsOf(stack)).slice(0,
		seals.flatMap(items).length);
	assert.ok(seals.length >= 3 && rows.length >= 10);
});
after(async () => {
	await stack?.stop();
	fs.rmSync(dir, { recursive: true });
});

const verify = (how = options) => audit("verify", ...how, ...dump(stack, dir));

/* What verify says after the first statement; the second undoes it. */
async function touched(statement, undo)
{
	await stack.db(statement);
	const found = verify();

	await stack.db(undo);
	assert.equal(verify().status, 0, "undone");
	return found;
}

async function assertFound(statement, undo, what)
{
	assert.deepEqual(await touched(statement, undo),
		{ status: 1, said: what, stderr: "" });
}

const sealOf = ({ id }) => seals.find((seal) =>
	items(seal).some(([of]) => of === id)).seq;
const found = (fault, row) => `${fault}: seal ${sealOf(row)}, row ${row.id}`;
const KEEP = "CREATE TABLE kept AS SELECT * FROM";
const PUT_BACK = (table) =>
	`INSERT INTO ${table} SELECT * FROM kept; DROP TABLE kept`;

test("a trail that nobody touched is whole", () => {
	assert.deepEqual(verify(), { status: 0, stderr: "", said:
		`whole: ${rows.length} rows in ${seals.length} seals, ` +
		"0 rows without a seal yet" });
});

test("rows behind the last seal wait for theirs", async () => {
	const said = await touched(`INSERT INTO audit (id, program, role, action,
		subject, ip, request_id) VALUES ('new', '', '', '', '', '', '')`,
	"DELETE FROM audit WHERE id = 'new'");

	assert.equal(said.status, 0);
	assert.match(said.said, /, 1 rows without a seal yet$/);
});

test("a row that was changed is named, whatever its column", async () => {
	const row = fullRow(rows);
	const changes = { program: "'y'", actor_id: "NULL", role: "'y'",
		action: "'y'", subject: "'单'", detail: "CONCAT(detail, ' ')",
		ip: "'y'", request_id: "'y'" };

	for (const [column, value] of Object.entries(changes)) {
		const old = `'${row[column]}'`;

		await assertFound(
			`UPDATE audit SET ${column} = ${value} WHERE id = '${row.id}'`,
			`UPDATE audit SET ${column} = ${old} WHERE id = '${row.id}'`,
			found("changed", row));
	}
});

test("NULL is not the word or nothing, nor is what is behind a NUL",
	async () => {
		const none = rows.find((row) => row.actor_id === null) ?? rows[0];
		const odd = rows.find((row) => row.subject === "单位");
		const old = none.actor_id === null ? "NULL" : `'${none.actor_id}'`;

		for (const value of ["NULL", "'NULL'", "''"])
			if (value !== old)
				await assertFound(`UPDATE audit SET actor_id = ${value}
					WHERE id = '${none.id}'`,
				`UPDATE audit SET actor_id = ${old}
					WHERE id = '${none.id}'`, found("changed", none));
		await assertFound(`UPDATE audit SET detail = CONCAT(detail, 'x')
			WHERE id = '${odd.id}'`,
		`UPDATE audit SET detail = '${ODD}' WHERE id = '${odd.id}'`,
		found("changed", odd));
	});

test("a row that was removed is named, wherever it stood", async () => {
	for (const row of [rows[0], rows[5], rows.at(-1)])
		await assertFound(`${KEEP} audit WHERE id = '${row.id}';
			DELETE FROM audit WHERE id = '${row.id}'`,
		PUT_BACK("audit"), found("removed", row));
});

test("a row that was given another time is named", async () => {
	const [one, other] = [rows[1], rows.at(-1)];

	/* Into a later seal's range; to a time before all seals. */
	for (const at of [other.at, "2000-01-01"]) {
		const { status, said } = await touched(
			`UPDATE audit SET at = '${at}' WHERE id = '${one.id}'`,
			`UPDATE audit SET at = '${one.at}' WHERE id = '${one.id}'`);

		/* Which it is depends on what was sealed together. */
		assert.equal(status, 1);
		assert.match(said,
			new RegExp(`^(changed|removed|inserted): .*${one.id}$`));
	}
});

test("two rows that changed places are found", async () => {
	const [one, other] = [rows[2], rows[3]];
	const swap = (a, b) => `UPDATE audit SET at = CASE id
		WHEN '${one.id}' THEN '${a}' ELSE '${b}' END
		WHERE id IN ('${one.id}', '${other.id}')`;
	const { status, said } = await touched(swap(other.at, one.at),
		swap(one.at, other.at));

	assert.equal(status, 1);
	assert.match(said, /^(changed|removed|inserted): /);
	assert.ok([one, other].some(({ id }) => said.endsWith(id)), said);
});

test("a row that was slipped in with an old time is named", async () => {
	const { at } = rows[5];
	const id = "01j0slipped000000000000000";

	for (const when of [at, "2000-01-01"]) {
		const { status, said } = await touched(`INSERT INTO audit (id, at,
			program, role, action, subject, ip, request_id) VALUES
			('${id}', '${when}', '', '', '', '', '', '')`,
		`DELETE FROM audit WHERE id = '${id}'`);

		assert.equal(status, 1);
		assert.match(said, new RegExp(`^inserted: seal \\d+, row ${id}$`));
	}
});

test("lines of a dump in another order are found", () => {
	const [file, sealed] = dump(stack, dir);
	const lines = fs.readFileSync(file, "utf8").trimEnd().split("\n");
	/* Of one seal: how many rows each has is a matter of time. */
	const seal = seals.find(({ rows_n: n }) => Number(n) > 2);
	const at = rows.findIndex(({ id }) => id === seal.first_id) + 1;

	[lines[at], lines[at + 1]] = [lines[at + 1], lines[at]];
	fs.writeFileSync(file, `${lines.join("\n")}\n`);
	const { status, said } = audit("verify", ...options, file, sealed);

	assert.equal(status, 1);
	assert.match(said, new RegExp(
		`^reordered: seal ${seal.seq}, row ${rows[at].id}$`));
});

test("a seal that was changed, removed or put elsewhere is found",
	async () => {
		const [, second] = seals;

		await assertFound("UPDATE audit_seals SET sealed_at = sealed_at + " +
			"INTERVAL 1 DAY WHERE seq = 2",
		`UPDATE audit_seals SET sealed_at = '${second.sealed_at}'
			WHERE seq = 2`, "seal_changed: seal 2");
		await assertFound(`${KEEP} audit_seals WHERE seq = 2;
			DELETE FROM audit_seals WHERE seq = 2`,
		PUT_BACK("audit_seals"), "seal_removed: seal 2");
	});

test("a row that goes with its place in the seal is found", async () => {
	const { row_macs, rows_n } = seals[1];
	const cut = row_macs.slice(0, -90);
	const [id] = items(seals[1]).at(-1);

	await assertFound(`${KEEP} audit WHERE id = '${id}';
		DELETE FROM audit WHERE id = '${id}';
		UPDATE audit_seals SET row_macs = '${cut}', rows_n = rows_n - 1
		WHERE seq = 2`,
	`${PUT_BACK("audit")}; UPDATE audit_seals SET row_macs = '${row_macs}',
		rows_n = ${rows_n} WHERE seq = 2`, "seal_changed: seal 2");
});

test("an end that was cut off is found by the anchors", async () => {
	const last = seals.at(-1);
	const cut = `${KEEP} audit_seals WHERE seq = ${last.seq};
		CREATE TABLE cut AS SELECT * FROM audit
			WHERE at >= '${last.first_at}';
		DELETE FROM audit_seals WHERE seq = ${last.seq};
		DELETE FROM audit WHERE at >= '${last.first_at}'`;

	await assertFound(cut, `${PUT_BACK("audit_seals")};
		INSERT INTO audit SELECT * FROM cut; DROP TABLE cut`,
	`cut_off: seal ${last.seq}, row ${last.last_id}`);
});

test("a chain that was made anew with the key differs from its anchors",
	() => {
		const copy = path.join(dir, "anchors");
		const [seq, mac, ...rest] = anchorsOf(stack)[1];
		const other = (mac[0] === "0" ? "1" : "0") + mac.slice(1);

		fs.writeFileSync(copy, `${[seq, other, ...rest].join(" ")}\n`);
		assert.equal(verify(["--key", stack.env.CALOCK_AUDIT_KEY_FILE,
			"--anchors", copy]).said, `anchor_differs: seal ${seq}`);
	});

test("what cannot be checked is told apart from what is bad", () => {
	const [file, sealed] = dump(stack, dir);
	const broken = path.join(dir, "broken");
	const other = path.join(dir, "other.key");

	fs.writeFileSync(broken, "a\tb\n");
	fs.writeFileSync(other, "0".repeat(64));
	for (const args of [[], ["verify"], ["verify", file, sealed],
		["sql", "x"], ["x", ...options, file, sealed],
		["verify", ...options, path.join(dir, "none"), sealed],
		["verify", "--key", broken, file, sealed],
		["verify", ...options, broken, sealed],
		["verify", ...options, file, broken]]) {
		const { status, stderr } = audit(...args);

		assert.equal(status, 2, args.join(" "));
		assert.notEqual(stderr, "", args.join(" "));
	}
	assert.equal(audit("verify", "--key", other, file, sealed).said,
		"seal_changed: seal 1");
});
