/* What the worker finds out about files after their upload. */
import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";

import { scanForm, scanGrey, scanJpeg } from "../data/scan.mjs";
import { addApplicant, create, load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const KIND = "business_licence";
const PATIENCE_MS = 60_000;
let stack;
let client;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, await addApplicant(stack));
});

after(() => stack?.stop());

async function upload(id, bytes, kind = KIND, name = "扫描.pdf")
{
	const { status, body } = await client.upload(id, kind, bytes, { name });

	assert.equal(status, 201, JSON.stringify(body));
	return body;
}

/* A file of an application as it is when the worker has looked at it. */
function inspected(id, file, state = "done")
{
	return until(async () => {
		const app = await load(client, id);
		const found = app.attachments.find((one) => one.id === file.id);

		return found.inspection === state && found;
	}, `${file.id} is ${state}`, PATIENCE_MS);
}

async function codes(bytes, kind = KIND)
{
	const { id } = await create(client);
	const found = await inspected(id, await upload(id, bytes, kind));

	return found.warnings.map(({ code }) => code);
}

test("a good scan has no warning", async () => {
	assert.deepEqual(await codes(scanJpeg({ dpi: 300, text: "good" })), []);
	assert.deepEqual(await codes(scanGrey({ dpi: 200 })), []);
	/* A page of text has no resolution. */
	assert.deepEqual(await codes(pdf({ text: "no scan" })), []);
});

test("a scan that is too coarse", async () => {
	const { id } = await create(client);
	const file = await upload(id, scanJpeg({ pages: 3, dpi: 150 }));
	const { warnings } = await inspected(id, file);

	assert.deepEqual(warnings.map((w) => [w.field, w.code]),
		[[KIND, "low_resolution"]]);
	assert.match(warnings[0].message, /^“扫描\.pdf”第 1、2、3 页的分辨率低于/);
	/* The application says so too, whatever its state. */
	assert.ok((await load(client, id)).warnings.some((w) =>
		w.message === warnings[0].message));
});

test("a page with nothing on it", async () => {
	assert.deepEqual(await codes(scanGrey({ isBlank: true })), ["blank_page"]);
	assert.deepEqual(await codes(pdf({ pages: 2, text: " " })), []);
});

test("the same file twice", async () => {
	const bytes = scanJpeg({ dpi: 200, text: "twice" });
	const [one, two] = [await create(client), await create(client)];
	const first = await upload(one.id, bytes);
	const second = await upload(one.id, bytes, "handler_id_card");
	const third = await upload(two.id, bytes);

	assert.deepEqual((await inspected(one.id, first)).warnings, []);
	const [same] = (await inspected(one.id, second)).warnings;

	assert.deepEqual([same.field, same.code],
		["handler_id_card", "same_file"]);
	assert.match(same.message, /与本申请的“企业营业执照扫描件”是同一个文件/);
	const [other] = (await inspected(two.id, third)).warnings;

	assert.match(other.message, new RegExp(`与申请 ${one.batch_no} 的“`));
	/* Taken away, it is no longer one of two. */
	assert.equal((await client.del(`/api/applications/${one.id}/attachments/` +
		`${KIND}/${first.id}`)).status, 204);
	assert.deepEqual((await inspected(one.id, second)).warnings, []);
	/* And what another unit has is nobody's business. */
	const stranger = await signIn(stack, await addApplicant(stack));
	const three = await create(stranger);
	const { body } = await stranger.upload(three.id, KIND, bytes);
	const { attachments } = await until(async () => {
		const app = await load(stranger, three.id);

		return app.attachments[0].inspection === "done" && app;
	}, "inspected", PATIENCE_MS);

	assert.deepEqual([attachments[0].id, attachments[0].warnings],
		[body.id, []]);
});

test("the form of another application", async () => {
	const { id, batch_no: ours } = await create(client);
	const other = ours.replace(/\d$/, (d) => String((Number(d) + 1) % 10));
	const cases = [[scanForm(ours), []], [scanForm(ours, { degrees: 3 }), []],
		[scanForm(other, { degrees: -2 }), ["other_batch_no"]],
		[scanForm("https://example.org/"), []]];

	for (const [bytes, expected] of cases) {
		const file = await upload(id, bytes, "application_form");
		const { warnings } = await inspected(id, file);

		assert.deepEqual(warnings.map(({ code }) => code), expected);
	}
	/* On another kind it is no form. */
	const file = await upload(id, scanForm(other));

	assert.deepEqual((await inspected(id, file)).warnings
		.map(({ code }) => code), []);
});

test("many pages are looked at in parts", async () => {
	const { id } = await create(client);

	await stack.restart("worker", { CALOCK_PDF_SECONDS: "1" });
	const file = await upload(id, scanJpeg({ pages: 12, dpi: 150 }));
	const { warnings } = await inspected(id, file);
	const [row] = await stack.db(`SELECT COUNT(*) AS n,
		MAX(page) AS last FROM attachment_findings
		WHERE attachment_id = '${file.id}'`);

	assert.match(warnings[0].message, /第 1、2、3、4、5、6、7、8、9、10 等 页/);
	assert.deepEqual([row.n, row.last], ["12", "12"]);
	await stack.restart("worker", { CALOCK_PDF_SECONDS: "5" });
});

test("what cannot be looked at is left alone after some tries", async () => {
	const { id } = await create(client);
	const file = await upload(id, pdf({ text: "gone" }));
	const [{ store_key: key }] = await stack.db(`SELECT store_key FROM
		attachments WHERE id = '${file.id}'`);

	await inspected(id, file);
	fs.renameSync(stack.path("store", key), stack.path("kept"));
	await stack.db(`UPDATE attachments SET inspection = 'queued',
		inspected_pages = 0, inspection_tries = 2 WHERE id = '${file.id}'`);
	await inspected(id, file, "failed");
	fs.renameSync(stack.path("kept"), stack.path("store", key));
});
