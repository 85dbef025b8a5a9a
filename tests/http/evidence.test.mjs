/* 证据包: all that shows what became of one application, in one file. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { complete, force, submit } from "../stack/cases.mjs";
import { allSealed, audit, rowsOf } from "../stack/chain.mjs";
import { signIn } from "../stack/client.mjs";
import { act, page } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const SECRETS = ["13800138000", "330802199003070009"];

let stack;
let auditor;
let app;
let dir;

before(async () => {
	stack = await startStack({});
	dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	const applicant = await signIn(stack, "applicant1");
	const reviewer = await signIn(stack, "reviewer1");

	auditor = await signIn(stack, "auditor1");
	app = await complete(applicant);
	await submit(applicant, app.id);
	await act(reviewer, `/admin/applications/${app.id}`, "/claim");
	await act(reviewer, `/admin/applications/${app.id}`, "/reject",
		{ opinion: "请补正", pin: "address" });
	await submit(applicant, app.id);
	await force(stack, app.id, "paid");
	await stack.db(`INSERT INTO audit (id, program, role, action, subject,
		detail, ip, request_id) VALUES ('01j0other00000000000000000', 'x', 'x',
		'x', 'elsewhere', '制表\\t换行\\n', '', '')`);
	await allSealed(stack);
});
after(async () => {
	await stack?.stop();
	fs.rmSync(dir, { recursive: true });
});

const packPath = (id) => `/admin/applications/${id}/evidence.zip`;

/* The pack, taken apart: a function that reads one of its files. */
async function takePack(name)
{
	const answer = await auditor.get(packPath(app.id));
	const folder = path.join(dir, name);

	assert.equal(answer.status, 200);
	assert.equal(answer.headers["content-type"], "application/zip");
	assert.match(answer.headers["content-disposition"],
		new RegExp(`attachment.*${app.batch_no}\\.zip`));
	fs.writeFileSync(`${folder}.zip`, answer.bytes);
	execFileSync("unzip", ["-q", `${folder}.zip`, "-d", folder]);
	return (file) => fs.readFileSync(path.join(folder, file));
}

const check = (name, how = []) => audit("part",
	"--key", stack.env.CALOCK_AUDIT_KEY_FILE, ...how,
	path.join(dir, name, "audit/rows.tsv"),
	path.join(dir, name, "audit/seals.tsv"));

test("it holds the facts, and no private field", async () => {
	const read = await takePack("facts");
	const text = read("application.json").toString();
	const facts = JSON.parse(text);

	assert.equal(facts.batch_no, app.batch_no);
	assert.equal(facts.handler_mobile, "138****8000");
	for (const secret of SECRETS)
		assert.ok(!text.includes(secret));
	assert.deepEqual(facts.history.map(({ action }) => action),
		["create", "submit", "reject", "submit"]);
	assert.deepEqual(facts.consents.map(({ account, version }) =>
		[account, version]), [["applicant1", 1]]);
	assert.deepEqual(facts.reviews.map(({ decision, opinion, pins }) =>
		[decision, opinion, pins]), [["reject", "请补正", "address"]]);
	assert.deepEqual(facts.payments.map(({ amount_fen, source }) =>
		[amount_fen, source]), [[30000, "notice"]]);
	assert.equal(facts.orders.length, 1);
	assert.deepEqual(facts.messages.map(({ event }) => event), ["reject"]);
});

test("it holds each file as it was uploaded", async () => {
	const read = await takePack("files");
	const { attachments } = JSON.parse(read("application.json"));

	assert.equal(attachments.length, 3);
	for (const { kind, id, sha256 } of attachments)
		assert.equal(crypto.createHash("sha256").update(
			read(`attachments/${kind}/${id}.pdf`)).digest("hex"), sha256);
});

test("its rows are those of the trail, and are proved offline", async () => {
	await allSealed(stack);
	/* It must not seal the pack's own row while that is packed. */
	await stack.kill("worker", "SIGTERM");
	const read = await takePack("proof");

	await stack.restart("worker");
	const lines = read("audit/rows.tsv").toString().trimEnd().split("\n");
	const rows = (await rowsOf(stack))
		.filter(({ subject }) => subject === app.id);
	const anchors = ["--anchors", stack.env.CALOCK_AUDIT_ANCHORS];

	/* This one was written after all was sealed: its own. */
	assert.deepEqual(lines.map((line) => line.split("\t")[0]),
		rows.map(({ id }) => id).slice(0, lines.length));
	assert.ok(lines.length > 8);
	for (const how of [[], anchors])
		assert.match(check("proof", how).said, new RegExp(
			`^whole: ${lines.length - 1} rows in \\d+ seals, 1 rows `));
});

test("a row of it that was changed or slipped in is named", async () => {
	await takePack("bad");
	const file = path.join(dir, "bad/audit/rows.tsv");
	const text = fs.readFileSync(file, "utf8");
	const [first] = text.split("\t");

	fs.writeFileSync(file, text.replace("\tapplicant\t", "\tmanager\t"));
	assert.match(check("bad").said,
		new RegExp(`^changed: seal \\d+, row ${first}$`));
	fs.writeFileSync(file, text.replace(first, "01j0never00000000000000000"));
	assert.match(check("bad").said,
		/^inserted: seal \d+, row 01j0never0{17}$/);
	fs.writeFileSync(file, text);
	const seals = path.join(dir, "bad/audit/seals.tsv");

	fs.writeFileSync(seals, fs.readFileSync(seals, "utf8")
		.replace(/\t([0-9a-f])/, (_, c) => `\t${c === "0" ? "1" : "0"}`));
	assert.match(check("bad").said, /^seal_changed: seal \d+$/);
	assert.equal(check("bad").status, 1);
});

test("who took it is on record, and whose page leads to it", async () => {
	const count = async () => Number((await stack.db(`SELECT COUNT(*) AS n
		FROM audit WHERE action = 'evidence' AND subject = '${app.id}'
		AND actor_id = (SELECT id FROM accounts
			WHERE login = 'auditor1')`))[0].n);
	const was = await count();
	const link = `href="${packPath(app.id)}"`;
	const casePath = `/admin/applications/${app.id}`;

	await takePack("record");
	assert.equal(await count(), was + 1);
	assert.ok((await page(auditor, casePath)).includes(link));
	assert.ok(!(await page(await signIn(stack, "reviewer2"), casePath))
		.includes(link));
});
