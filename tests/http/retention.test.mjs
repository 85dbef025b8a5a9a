/*
 * Records whose time is over: what is personal of them is blanked and their
 * files go; what is left, money and the trail stay as they are.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";

import { addApplicant, complete, force, load, submit } from
	"../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { formsOf, multipart, ownFields, page, textOf } from
	"../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 30_000;
const PERSONAL = ["applicant_name", "legal_representative", "handler_name",
	"handler_title", "handler_mobile", "handler_email", "handler_id_no",
	"recipient", "recipient_phone", "mail_address"];
const PARCEL = { pickup: "mail", recipient: "周敏",
	recipient_phone: "0570-3012345", mail_address: "浙江省衢州市荷花路1号" };

let stack;
let manager;
let operator;

before(async () => {
	stack = await startStack({});
	manager = await signIn(stack, "manager1");
	operator = await signIn(stack, "operator1");
});
after(() => stack?.stop());

/* {client, id, keys} of a complete case in a state, of its own unit. */
async function made(state)
{
	const client = await signIn(stack, await addApplicant(stack));
	const { id } = await complete(client, "new", PARCEL);

	if (state !== "editing") {
		await submit(client, id);
		await force(stack, id, state);
	}
	const rows = await stack.db("SELECT store_key AS k FROM attachments " +
		`WHERE application_id = '${id}'`);

	assert.ok(rows.length > 0);
	return { client, id, keys: rows.map(({ k }) => k) };
}

/* Makes it so many days older, and for issued ones its certificate. */
const age = (id, days) => stack.db(`UPDATE applications SET
	created_at = created_at - INTERVAL ${days} DAY,
	entered_at = entered_at - INTERVAL ${days} DAY,
	touched_at = touched_at - INTERVAL ${days} DAY,
	valid_from = valid_from - INTERVAL ${days} DAY,
	valid_to = valid_to - INTERVAL ${days} DAY WHERE id = '${id}'`);

/* The worker begins with it when it starts, and sweeps at the end. */
async function pass()
{
	await stack.restart("worker");
	await until(() => /ev=sweep /.test(stack.logs("worker")), "a round",
		WAIT_MS);
}

const columns = async (id) => (await stack.db(`SELECT state, erased_at, ${
	PERSONAL.join(", ")}, handler_mobile_index, handler_id_no_index, batch_no,
	unit_name FROM applications WHERE id = '${id}'`))[0];

const there = ({ keys }) => keys.filter((k) =>
	fs.existsSync(stack.path("store", k))).length;

async function assertErased(it, state)
{
	const row = await columns(it.id);

	assert.equal(row.state, state);
	assert.notEqual(row.erased_at, null);
	for (const name of [...PERSONAL, "handler_mobile_index",
		"handler_id_no_index"])
		assert.equal(row[name], null, name);
	assert.ok(row.batch_no.startsWith("CA") && row.unit_name.length > 0);
	assert.equal(there(it), 0);
	const [{ names, kept }] = await stack.db("SELECT GROUP_CONCAT(name " +
		"SEPARATOR '') AS names, SUM(removed_at IS NULL) AS kept FROM " +
		`attachments WHERE application_id = '${it.id}'`);

	assert.deepEqual([names, Number(kept)], ["", 0]);
	assert.equal((await stack.db("SELECT 1 FROM submissions WHERE " +
		`application_id = '${it.id}'`)).length, 0);
	const trail = await stack.db("SELECT actor_id, role, detail FROM audit " +
		`WHERE subject = '${it.id}' AND action = 'erase'`);

	assert.equal(trail.length, 1);
	assert.equal(trail[0].role, "worker");
	assert.match(trail[0].detail, new RegExp(` files ${it.keys.length}$`));
}

async function assertKept(it, state)
{
	const row = await columns(it.id);

	assert.deepEqual([row.state, row.erased_at], [state, null]);
	assert.notEqual(row.handler_mobile, null);
	assert.equal(there(it), it.keys.length);
}

test("what nobody has touched for its time is erased, no day before",
	async () => {
		const old = {};
		const young = {};

		for (const state of ["editing", "rejected", "cancelled"]) {
			old[state] = await made(state);
			young[state] = await made(state);
			await age(old[state].id, 181);
			await age(young[state].id, 179);
		}
		/* Touched since; deleted by its owner; with money going back. */
		const touched = await made("editing");
		const gone = await made("editing");
		const refunding = await made("refunded");

		await age(touched.id, 400);
		await touched.client.put(`/api/applications/${touched.id}`,
			{ version: 1, project_name: "还在写" });
		await age(gone.id, 181);
		assert.equal((await gone.client.del(`/api/applications/${gone.id}`))
			.status, 204);
		await age(refunding.id, 400);
		await stack.db(`INSERT INTO refunds (id, payment_id, application_id,
			amount_fen, state, reason, requested_by) SELECT '${refunding.id}',
			'${refunding.id}', '${refunding.id}', 30000, 'sent', 'x', id
			FROM accounts WHERE login = 'manager1'`);
		await pass();
		await assertErased(old.editing, "discarded");
		await assertErased(old.rejected, "cancelled");
		await assertErased(old.cancelled, "cancelled");
		await assertErased(gone, "discarded");
		await assertKept(young.editing, "editing");
		/* Left alone for so long, it is cancelled, and kept till then. */
		await assertKept(young.rejected, "cancelled");
		await assertKept(young.cancelled, "cancelled");
		await assertKept(touched, "editing");
		await assertKept(refunding, "refunded");
		await stack.db(`UPDATE refunds SET state = 'done' WHERE id =
			'${refunding.id}'`);
		await pass();
		await assertErased(refunding, "refunded");
	});

test("what was issued is kept until five years after its certificate",
	async () => {
		const old = await made("completed");
		const young = await made("completed");

		/* The certificate is for a year. */
		await age(old.id, 6 * 366);
		await age(young.id, 6 * 365 - 1);
		await pass();
		await assertErased(old, "completed");
		await assertKept(young, "completed");
		/* What is left, as its owner and administrators see it. */
		const now = await load(old.client, old.id);

		assert.equal(now.state, "completed");
		assert.ok(Date.parse(now.erased_at) > Date.now() - 3600_000);
		assert.deepEqual([now.handler_mobile, now.handler_name], [null, null]);
		assert.deepEqual(now.attachments, []);
		assert.equal((await old.client.get("/api/applications")).body.items
			.find(({ id }) => id === old.id).handler_name, null);
		assert.match(textOf(await page(manager,
			`/admin/applications/${old.id}`)), /保存期限已过/);
		const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM payments " +
			`WHERE application_id = '${old.id}'`);

		assert.equal(Number(n), 1);
	});

test("who keeps a lock is known until five years after it has ended",
	async () => {
		const ids = ["01j0oldlock000000000000000", "01j0younglock0000000000000"];

		for (const [i, id] of ids.entries())
			await stack.db(`INSERT INTO locks (id, unit_id, serial, holder,
				kind, valid_from, valid_to) SELECT '${id}', id, '${id}',
				'欧阳管锁', 'sub', NOW() - INTERVAL 7 YEAR, NOW() - INTERVAL
				5 YEAR + INTERVAL ${2 * i - 1} DAY FROM units LIMIT 1`);
		await pass();
		assert.deepEqual((await stack.db("SELECT holder, version FROM locks " +
			`WHERE id IN ('${ids.join("','")}') ORDER BY id`))
			.map(({ holder, version }) => [holder, Number(version)]),
		[[null, 2], ["欧阳管锁", 1]]);
		assert.deepEqual(await stack.db("SELECT class FROM erasures WHERE " +
			`subject = '${ids[0]}'`), [{ class: "lock" }]);
	});

test("invoices are accounting records for thirty years", async () => {
	const it = await made("completed");
	const { body } = await it.client.post(
		`/api/applications/${it.id}/invoice`, { title_type: "individual",
			title: "周敏", mobile: "13800138000", address: "衢州市荷花路1号",
			bank_account: "6222020200112233445" });
	const url = `/admin/invoices/${body.id}`;
	const form = formsOf(await page(operator, url))
		.find(({ action }) => action === `${url}/issue`);
	const { bytes, type } = await multipart({ ...ownFields(form),
		number: "26332000000000008888" }, pdf());

	assert.equal((await operator.post(form.action, bytes,
		{ "Content-Type": type })).status, 303);
	const row = async () => (await stack.db("SELECT * FROM invoices WHERE " +
		`id = '${body.id}'`))[0];
	const [{ store_key: key }] = await stack.db("SELECT store_key FROM " +
		`invoice_files WHERE invoice_id = '${body.id}'`);

	await stack.db("UPDATE invoices SET requested_at = requested_at - " +
		`INTERVAL 30 YEAR + INTERVAL 1 DAY WHERE id = '${body.id}'`);
	await pass();
	assert.equal((await row()).erased_at, null);
	await stack.db("UPDATE invoices SET requested_at = requested_at - " +
		`INTERVAL 2 DAY WHERE id = '${body.id}'`);
	await pass();
	const now = await row();

	assert.notEqual(now.erased_at, null);
	for (const name of ["tax_no", "email", "mobile", "mobile_index", "address",
		"bank_name", "bank_account"])
		assert.equal(now[name], null, name);
	assert.deepEqual([now.title, now.number, now.amount_fen, now.state],
		["0x", "26332000000000008888", "30000", "issued"]);
	assert.ok(!fs.existsSync(stack.path("store", key)));
	assert.equal((await it.client.get(
		`/api/applications/${it.id}/invoice.pdf`)).status, 404);
	assert.deepEqual((await it.client.get("/api/invoice-titles")).body.items,
		[]);
	assert.equal((await operator.get(url)).status, 200);
});

test("a report tells what went and what is next", async () => {
	const it = await made("cancelled");

	await age(it.id, 170);
	const html = await page(manager, "/admin/privacy");
	const rows = [...html.matchAll(/<tr><th scope="row">([^<]+)<\/th>(.*?)<\/tr>/g)]
		.map(([, title, cells]) => [title, ...[...cells
			.matchAll(/<td>([^<]*)<\/td>/g)].map(([, cell]) => cell)]);
	const of = (title) => rows.find(([t, ...cells]) =>
		t.startsWith(title) && cells.length > 1);

	assert.deepEqual(of("草稿").slice(1, 3), ["180 天", "2"]);
	assert.deepEqual(of("已办结").slice(1, 3), ["5 年", "1"]);
	assert.deepEqual(of("CA 锁的持有人").slice(1, 4), ["5 年", "1", "0"]);
	assert.deepEqual(of("发票").slice(1, 4), ["30 年", "1", "1"]);
	const cancelled = of("已取消");

	assert.equal(cancelled[5], "0");
	assert.ok(Number(cancelled[6]) >= 1, "due within 30 days");
	assert.match(cancelled[7], /^20\d\d-/);
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM erasures");

	assert.equal([...html.matchAll(/<tr><td>20\d\d-/g)].length, Number(n));
});
