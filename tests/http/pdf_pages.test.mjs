/* The pictures of pages that reviewers see, and who else may not. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { readPng } from "../data/png.mjs";
import { addApplicant, complete, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { startStack } from "../stack/stack.mjs";
import { memoryOf } from "./serve_kit.mjs";

const KIND = "business_licence";
let stack;
let client;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
});

after(() => stack?.stop());

async function waiting()
{
	const own = await signIn(stack, await addApplicant(stack));
	const { id, attachments } = await complete(own);

	await submit(own, id);
	return { id, file: attachments.find(({ kind }) => kind === KIND) };
}

function pageUrl(id, file, page)
{
	return `/admin/applications/${id}/attachments/${file.id}/pages/${page}.png`;
}

/* How dark it is on the whole: 0 white, 1 black. */
function inkOf({ pixels })
{
	return pixels.reduce((sum, value) => sum + 255 - value, 0) / 255 /
		pixels.length;
}

test("a reviewer sees the pages beside the fields", async () => {
	const { id, file } = await waiting();
	const reviewer = await signIn(stack, "reviewer1");
	const page = await reviewer.get(`/admin/applications/${id}`);
	const url = pageUrl(id, file, 1);

	assert.ok(page.bytes.toString().includes(`<img src="${url}" ` +
		"alt=\"企业营业执照扫描件第 1 页\""));
	const first = await reviewer.get(url);

	assert.equal(first.status, 200);
	assert.equal(first.headers["content-type"], "image/png");
	assert.equal(first.headers["cache-control"], "private, no-cache");
	const png = readPng(first.bytes);
	const ink = inkOf(png);

	assert.deepEqual([png.width, png.height], [1000, 1415]);
	assert.ok(ink > 0.0005 && ink < 0.1, `ink ${ink}`);
	const again = await reviewer.get(url,
		{ "If-None-Match": first.headers.etag });

	assert.equal(again.status, 304);
	assert.equal(again.bytes.length, 0);
	const [{ n }] = await stack.db(`SELECT COUNT(*) AS n FROM audit WHERE
		action = 'view_page' AND subject = '${id}'`);

	assert.equal(Number(n), 1);
});

test("who may see a page, and which there are", async () => {
	const { id, file } = await waiting();
	const other = await waiting();
	const reviewer = await signIn(stack, "reviewer1");

	for (const page of ["0", "2", "01", "x", "99999999999999999999"])
		assert.equal((await reviewer.get(pageUrl(id, file, page))).status, 404);
	assert.equal((await reviewer.get(pageUrl(other.id, file, 1))).status, 404);
	assert.equal((await client.get(pageUrl(id, file, 1))).status, 404);
});

test("drawing a page leaves nothing behind", async () => {
	const { id, file } = await waiting();
	const reviewer = await signIn(stack, "reviewer1");
	const pids = stack.workers("document");

	for (let i = 0; i < 4; i++)
		assert.equal((await reviewer.get(pageUrl(id, file, 1))).status, 200);
	const before = pids.map((pid) => memoryOf(pid).dirty);

	for (let i = 0; i < 20; i++)
		assert.equal((await reviewer.get(pageUrl(id, file, 1))).status, 200);
	assert.deepEqual(stack.workers("document"), pids);
	for (const [i, pid] of pids.entries())
		assert.ok(memoryOf(pid).dirty < before[i] + 512,
			`${before[i]} kB, then ${memoryOf(pid).dirty}`);
});
