/* What is kept of one person, taken out when that person asks for it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { addApplicant, complete, create, draft, force, load, submit } from
	"../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { formsOf, page, submitForm, textOf } from "../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const ID_NO = "330802198807159135";
const MOBILE = "13957043218";
const PATH = "/admin/privacy";
const NOTE = "本人持身份证到场申请";
const KIND = "application_form";

let stack;
let manager;
let ours; /* the person's cases, of two units */
let other;
let scan;

before(async () => {
	stack = await startStack({});
	manager = await signIn(stack, "manager1");
	scan = pdf({ text: "the person's scan", bytes: 200_000 });
	ours = [await made("completed"), await made("editing"),
		await made("cancelled")];
	other = await made("pending", { handler_id_no: "330802199003070009",
		handler_mobile: "13800138000" });
	const { client, id } = ours[0];

	assert.equal((await client.post(`/api/applications/${id}/invoice`,
		{ title_type: "individual", title: "欧阳明月", mobile: MOBILE }))
		.status, 202);
	/* An invoice of somebody else's case, sent to this mobile. */
	await force(stack, other.id, "completed");
	assert.equal((await other.client.post(
		`/api/applications/${other.id}/invoice`,
		{ title_type: "individual", title: "他人", mobile: MOBILE }))
		.status, 202);
});
after(() => stack?.stop());

async function made(state, who = { handler_id_no: ID_NO,
	handler_mobile: MOBILE })
{
	const client = await signIn(stack, await addApplicant(stack));
	const { id } = await complete(client, "new", who);

	await client.upload(id, KIND, scan);
	if (state !== "editing") {
		await submit(client, id);
		await force(stack, id, state);
	}
	const { batch_no: batchNo } = await load(client, id);

	return { client, id, batchNo };
}

const ask = (number, why = "subject", note = NOTE, client = manager) =>
	submitForm(client, PATH, "/person", { number, why, note });

/* {names, read} of the archive for a number. */
async function archive(number)
{
	const answer = await ask(number);
	const file = stack.path("person.zip");

	assert.equal(answer.status, 200, textOf(answer.bytes.toString()));
	assert.equal(answer.headers["content-type"], "application/zip");
	assert.match(answer.headers["cache-control"], /no-store/);
	fs.writeFileSync(file, answer.bytes);
	const read = (name) => execFileSync("unzip", ["-p", file, name],
		{ maxBuffer: 1 << 26 });
	const names = execFileSync("unzip", ["-Z1", file], { encoding: "utf8" })
		.trim().split("\n");

	return { names, read };
}

const trail = async (id) => (await stack.db("SELECT detail FROM audit " +
	`WHERE action = 'export_person' AND subject = '${id}'`))
	.map(({ detail }) => detail);

test("every case of the number, in the clear, with its files", async () => {
	const { names, read } = await archive(ID_NO);
	const folders = new Set(names.map((name) => name.split("/")[0]));

	assert.deepEqual([...folders].sort(),
		ours.map(({ batchNo }) => batchNo).sort());
	for (const { client, id, batchNo } of ours) {
		const facts = JSON.parse(read(`${batchNo}/application.json`));
		const own = await load(client, id);

		assert.equal(facts.handler_id_no, ID_NO);
		assert.equal(facts.handler_mobile, MOBILE);
		assert.equal(facts.handler_name, own.handler_name);
		assert.deepEqual(facts.history.map(({ action }) => action),
			own.history.map(({ action }) => action));
		assert.ok(facts.consents.length > 0);
		for (const file of own.attachments)
			assert.ok(names.includes(
				`${batchNo}/attachments/${file.kind}/${file.id}.pdf`));
		const last = own.attachments.filter(({ kind }) => kind === KIND)
			.at(-1);

		assert.deepEqual(read(
			`${batchNo}/attachments/${KIND}/${last.id}.pdf`), scan);
		assert.deepEqual(await trail(id),
			[`handler_id_no：本人要求查阅或更正；${NOTE}`]);
	}
	const [{ title, mobile }] = JSON.parse(read(
		`${ours[0].batchNo}/invoices.json`)).invoices;

	assert.deepEqual([title, mobile], ["欧阳明月", MOBILE]);
	assert.deepEqual(await trail(other.id), []);
});

test("however many cases there are, all of them", async () => {
	const client = await signIn(stack, await addApplicant(stack));
	const mobile = "13957043219";
	const batchNos = [];

	for (let i = 0; i < 105; i++)
		batchNos.push((await create(client, draft(client,
			{ handler_mobile: mobile }))).batch_no);
	const { names } = await archive(mobile);

	assert.deepEqual([...new Set(names.map((name) => name.split("/")[0]))]
		.sort(), batchNos.sort());
});

test("by the mobile, invoices that were sent to it as well", async () => {
	const { names, read } = await archive(MOBILE);
	const sent = names.filter((name) => name.startsWith("invoices/"))
		.map((name) => JSON.parse(read(name)));

	assert.deepEqual(sent.map(({ title }) => title).sort(),
		["他人", "欧阳明月"].sort());
	assert.ok(!names.some((name) => name.startsWith(other.batchNo)));
	assert.equal((await trail(other.id)).length, 1);
});

test("who is only the recipient gets what the parcel has, and is found",
	async () => {
		const parcel = { recipient: "司徒收件", recipient_phone: "15868027341",
			mail_address: "衢州市示例路 9 号" };
		const it = await made("paid", { handler_mobile: "13800138000",
			pickup: "mail", ...parcel });
		const both = await made("paid", { handler_mobile:
			parcel.recipient_phone, pickup: "mail", ...parcel });
		const { names, read } = await archive(parcel.recipient_phone);

		assert.deepEqual(names.filter((name) => name.startsWith(it.batchNo)),
			[`${it.batchNo}/parcel.json`]);
		assert.deepEqual(JSON.parse(read(`${it.batchNo}/parcel.json`)),
			{ batch_no: it.batchNo, ...parcel });
		assert.ok(names.includes(`${both.batchNo}/application.json`));
		assert.ok(!names.includes(`${both.batchNo}/parcel.json`));
		assert.equal((await trail(it.id)).length, 1);
		const found = await submitForm(manager, "/admin/find", "/admin/find",
			{ number: parcel.recipient_phone });
		const text = textOf(found.bytes.toString());

		assert.match(text, new RegExp(`${it.batchNo} 收件人`));
		assert.match(text, new RegExp(`${both.batchNo} (?!收件人)`));
		assert.equal(text.split(both.batchNo).length, 2, "listed once");
	});

test("nothing without a person's number and a reason", async () => {
	for (const [number, why, note] of [["", "subject", NOTE],
		["139", "subject", NOTE], ["13911112222", "subject", NOTE],
		[ID_NO, "", NOTE], [ID_NO, "subject", ""],
		[ID_NO, "subject", `为 ${ID_NO} 导出`]]) {
		const earlier = await trail(ours[0].id);
		const answer = await ask(number, why, note);

		assert.equal(answer.status, 422, `${number} ${why} ${note}`);
		assert.match(answer.bytes.toString(),
			/aria-describedby="(number|why|note)-error"/);
		assert.deepEqual(await trail(ours[0].id), earlier);
	}
	assert.equal((await manager.get(`${PATH}/person`)).status, 405);
});

test("by a manager alone", async () => {
	const auditor = await signIn(stack, "auditor1");
	const forms = formsOf(await page(auditor, PATH));

	assert.ok(!forms.some(({ action }) => action?.endsWith("/person")));
	const [{ inputs }] = forms;

	assert.equal((await auditor.form(`${PATH}/person`, { number: ID_NO,
		why: "subject", note: NOTE, csrf: inputs.find(({ name }) =>
			name === "csrf").value })).status, 403);
});

test("a number in a log, a URL or the trail there is none", async () => {
	const client = ours[1].client;

	await create(client, draft(client, { handler_id_no: ID_NO }));
	const rows = await stack.db("SELECT GROUP_CONCAT(detail) AS d FROM audit");

	for (const text of [rows[0].d, stack.logs("review"),
		fs.readFileSync(path.join(stack.path("log"), "access.log"), "utf8")])
		for (const number of [ID_NO, MOBILE])
			assert.ok(!text.includes(number));
});
