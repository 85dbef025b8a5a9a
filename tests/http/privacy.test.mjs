/*
 * One case from its draft to a person's invoice, looked at by everybody; then all that
 * is kept of it: a dump of the database, the database's own files, the store,
 * the logs, and what lists, exports and pages answer. Of the ID number, the
 * mobile, the recipient, the parcel's address, what a person's invoice has and
 * the scans nothing is to be
 * found in the clear.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { create, draft, force, KINDS, load, submit } from
	"../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, multipart, ownFields, page, submitForm } from
	"../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { readXlsx } from "../stack/sheet.mjs";
import { startStack } from "../stack/stack.mjs";

/* Of nobody, and nowhere else in the tree. */
const PRIVATE = { handler_id_no: "330802198807159135",
	handler_mobile: "13957043218", recipient: "慕容晚晴",
	recipient_phone: "15868027341",
	mail_address: "浙江省衢州市衢江区樟潭街道沈家村十七号" };
const INVOICE = { mobile: "18957093412", title: "诸葛青岚",
	email: "qinglan.zg77@example.com", bank_account: "6222020299887766554",
	address: "浙江省衢州市龙游县詹家镇夏金村四十一号" };
const SCAN = "scan-of-a-card-Qv7mTz2LpX"; /* drawn on each page */
const BIG = 150_000; /* a scan of more than one chunk */
const SECRETS = [...Object.values(PRIVATE), ...Object.values(INVOICE), SCAN];
const ENOUGH_MS = 20_000;

let stack;
let id;
let invoice;
const who = {};

before(async () => {
	stack = await startStack({});
	for (const account of ["applicant2", "reviewer1", "operator1",
		"manager1", "auditor1"])
		who[account] = await signIn(stack, account);
	await live();
});
after(() => stack?.stop());

const casePath = (rest = "") => `/admin/applications/${id}${rest}`;

/* What everybody does with it. */
async function live()
{
	({ id } = await create(who.applicant2, draft(who.applicant2,
		{ pickup: "mail", ...PRIVATE })));
	for (const kind of KINDS.new)
		assert.equal((await who.applicant2.upload(id, kind, pdf({ text: SCAN,
			pages: 2, bytes: BIG }), { name: `${kind}.pdf` })).status, 201);
	await who.applicant2.get(`/api/applications/${id}/form.pdf`);
	await submit(who.applicant2, id);
	await act(who.reviewer1, casePath(), "/claim");
	await submitForm(who.reviewer1, casePath(), "/reveal",
		{ why: "compare" });
	await look();
	await act(who.reviewer1, casePath(), "/approve");
	await force(stack, id, "completed");
	await submitForm(who.operator1, casePath(), "/reveal", { why: "mail" });
	await bill();
	await until(async () => (await load(who.applicant2, id)).attachments
		.every(({ inspection }) => inspection === "done"),
	"the worker has looked at it", ENOUGH_MS);
	await until(() => stack.logs("worker").includes("mobile=139****3218"),
		"the worker has written to the mobile", ENOUGH_MS);
}

/* Each page of each scan, and each file whole. */
async function look()
{
	const html = await page(who.reviewer1, casePath());
	const links = [...html.matchAll(/href="([^"]*\/attachments\/[^"]*)"/g)];

	assert.equal(links.length, 9);
	for (const [, href] of links)
		assert.equal((await who.reviewer1.get(href)).status, 200, href);
}

/* An invoice to a mobile, issued. */
async function bill()
{
	({ body: invoice } = await who.applicant2.post(
		`/api/applications/${id}/invoice`,
		{ title_type: "individual", ...INVOICE }));
	const url = `/admin/invoices/${invoice.id}`;

	await submitForm(who.operator1, url, "/reveal", { why: "invoice" });
	const form = formsOf(await page(who.operator1, url))
		.find(({ action }) => action === `${url}/issue`);
	const { bytes, type } = await multipart({ ...ownFields(form),
		number: "26332000000000007777" }, pdf({ text: SCAN }));

	assert.equal((await who.operator1.post(form.action, bytes,
		{ "Content-Type": type })).status, 303);
}

/* How a text might stand somewhere. */
function spellings(text)
{
	const bytes = Buffer.from(text);

	return [bytes, Buffer.from(text, "utf16le"),
		Buffer.from(bytes.toString("hex")),
		Buffer.from(bytes.toString("hex").toUpperCase()),
		Buffer.from(encodeURIComponent(text)),
		Buffer.from(JSON.stringify(text).replace(/[^ -~]/g, (c) =>
			`\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
			.slice(1, -1)),
		/* Base64 of its middle, wherever it begins. */
		...[0, 1, 2].map((before) => Buffer.from(Buffer.concat(
			[Buffer.alloc(before), bytes]).toString("base64")
			.slice(4, -4)))];
}

const NEEDLES = SECRETS.flatMap((text) =>
	spellings(text).map((bytes) => ({ text, bytes })));

function found(bytes)
{
	return [...new Set(NEEDLES.filter((needle) =>
		bytes.includes(needle.bytes)).map(({ text }) => text))];
}

function assertClean(bytes, where)
{
	assert.ok(bytes.length > 0, `${where} is empty`);
	assert.deepEqual(found(bytes), [], where);
}

function filesBelow(dir)
{
	return fs.readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
		const name = path.join(dir, entry.name);

		if (entry.isDirectory())
			return filesBelow(name);
		return entry.isFile() ? [name] : [];
	});
}

test("the search finds what is there", async () => {
	const own = Buffer.from(JSON.stringify(await load(who.applicant2, id)));

	assert.deepEqual(found(own), Object.values(PRIVATE));
	for (const { text, bytes } of NEEDLES)
		assert.deepEqual(found(Buffer.concat([Buffer.from("before"), bytes])),
			[text]);
	assert.deepEqual(found((await who.reviewer1.get(casePath(
		`/attachments/${KINDS.new[0]}/` + (await load(who.applicant2, id))
			.attachments[0].id))).bytes), [SCAN]);
});

test("a dump of the database", () => {
	const dump = execFileSync("mariadb-dump", ["--no-defaults",
		`--socket=${stack.env.CALOCK_DB_SOCKET}`, "--user=root",
		"--skip-extended-insert", "--all-databases", "--flush-privileges"],
	{ maxBuffer: 1 << 28 });

	assert.ok(dump.includes(id) && dump.includes("reveal"));
	assertClean(dump, "the dump");
});

/* The store is but one: nginx's bodies, sockets' folder, logs and tables too. */
test("every file of an installation", async () => {
	/* Nothing comes and goes while they are read; its log stays till then. */
	await stack.kill("worker", "SIGTERM");
	const keys = new Set([stack.env.CALOCK_FIELD_KEY_FILE]);
	const files = filesBelow(stack.dir);
	const stored = files.filter((name) =>
		name.startsWith(stack.path("store") + path.sep));
	const rows = await stack.db("SELECT store_key FROM attachments");

	assert.equal(stored.length, rows.length + 1);
	for (const part of ["log/", "db/calock/", "nginx/", "anchors"])
		assert.ok(files.some((name) => name.startsWith(stack.path(part))),
			part);
	for (const name of files)
		if (!keys.has(name) && fs.statSync(name).size > 0)
			assertClean(fs.readFileSync(name), name);
});

test("what the programs and nginx have said", async () => {
	for (const name of [...stack.programs, "nginx"])
		assert.deepEqual(found(Buffer.from(stack.logs(name))), [], name);
	await stack.restart("worker");
});

test("lists, exports and packs", async () => {
	const { title, address, bank_account: account } = INVOICE;

	/* Whom an invoice is for its unit sees, and may ask for again. */
	for (const [url, own] of [["/api/applications", []], ["/api/payments", []],
		["/api/invoices", [title]], ["/api/invoice-titles",
			[title, account, address]],
		["/api/applications/export.csv", []]]) {
		const answer = await who.applicant2.get(url);

		assert.equal(answer.status, 200, url);
		assert.deepEqual(found(answer.bytes).sort(), own.sort(), url);
	}
	const rows = await readXlsx((await who.applicant2.get(
		"/api/applications/export.xlsx")).bytes);

	assertClean(Buffer.from(JSON.stringify(rows)), "XLSX");
	const pack = stack.path("pack.zip");

	fs.writeFileSync(pack,
		(await who.auditor1.get(casePath("/evidence.zip"))).bytes);
	for (const name of ["application.json", "audit/rows.tsv"])
		assertClean(execFileSync("unzip", ["-p", pack, name]), name);
	fs.rmSync(pack);
});

test("the administrators' pages", async () => {
	const urls = [casePath(), "/admin/?status=all", "/admin/work-orders",
		"/admin/invoices", `/admin/invoices/${invoice.id}`];

	for (const account of ["reviewer1", "operator1", "manager1", "auditor1"])
		for (const url of urls)
			assertClean((await who[account].get(url)).bytes,
				`${url} for ${account}`);
	for (const account of ["manager1", "auditor1"])
		assertClean((await who[account].get("/admin/audit")).bytes,
			`the trail for ${account}`);
});

test("refusals do not repeat what they refuse in the log", async () => {
	const changed = await who.applicant2.put(`/api/applications/${id}`,
		{ version: 1, ...PRIVATE });

	assert.equal(changed.status, 412);
	const { id: other } = await create(who.applicant2, { ...PRIVATE,
		handler_id_no: `${PRIVATE.handler_id_no}9` });

	assert.equal((await who.applicant2.post(
		`/api/applications/${other}/submit`)).status, 422);
	assert.equal((await submitForm(who.manager1, casePath(), "/reveal",
		{ why: "other", note: PRIVATE.recipient })).status, 422);
	for (const name of [...stack.programs, "nginx"])
		assert.deepEqual(found(Buffer.from(stack.logs(name))), [], name);
});
