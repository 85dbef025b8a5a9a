/* Idempotency-Key: the same request again has one effect and one answer. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { addApplicant, complete, create, draft, force, load, submit } from
	"../stack/cases.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

const PASSWORD = "Calock-demo-2026";
let stack;
let client;
let keys = 0;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
});

after(() => stack?.stop());

function newKey()
{
	return { "Idempotency-Key": `key-${++keys}` };
}

async function count(table, where = "TRUE")
{
	const [row] = await stack.db(
		`SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`);

	return Number(row.n);
}

/* The worker has work of its own meanwhile. */
const OURS = "program <> 'worker'";

function creation(fields = {})
{
	return { type: "enterprise", consent_version: 1, ...fields };
}

/* Each POST: what it needs first, the request, another body, what grows. */
const POSTS = {
	create: {
		prepare: () => ({ path: "/api/applications" }),
		body: creation({ handler_name: "李晓梅" }),
		other: creation({ handler_name: "李小梅" }),
		status: 201, table: "applications",
	},
	submit: {
		async prepare(c)
		{
			const { id } = await complete(c);

			return { id, path: `/api/applications/${id}/submit` };
		},
		body: {}, other: { version: 1 }, status: 200, table: "history",
	},
	withdraw: {
		async prepare(c)
		{
			const { id } = await complete(c);

			await submit(c, id);
			return { id, path: `/api/applications/${id}/withdraw` };
		},
		body: { version: 2 }, other: {}, status: 200, table: "history",
	},
	cancel: {
		async prepare(c)
		{
			const { id } = await complete(c);

			await force(stack, id, "approved");
			return { id, path: `/api/applications/${id}/cancel` };
		},
		body: {}, other: { version: 1 }, status: 200, table: "history",
	},
	upload: {
		async prepare(c)
		{
			const { id } = await create(c);

			return { id, path: `/api/applications/${id}` +
				"/attachments/business_licence?name=a.pdf" };
		},
		body: pdf({ text: "one" }), other: pdf({ text: "two" }),
		headers: { "Content-Type": "application/pdf" },
		status: 201, table: "attachments",
	},
};

/* An answer, without what the worker finds out of its files meanwhile. */
const uninspected = (body) => JSON.parse(JSON.stringify(body, (name, value) =>
	["inspection", "warnings"].includes(name) ? undefined : value));

for (const [name, post] of Object.entries(POSTS)) {
	const send = (c, path, body, headers) => c.post(path, body,
		{ ...post.headers, ...headers });

	test(`${name}: a repeat answers the same and does nothing`, async () => {
		const c = await signIn(stack, await addApplicant(stack));
		const { path } = await post.prepare(c);
		const key = newKey();
		const first = await send(c, path, post.body, key);
		const rows = await count(post.table);
		const audit = await count("audit", OURS);

		assert.equal(first.status, post.status, `${first.bytes}`);
		for (let i = 0; i < 3; i++) {
			const again = await send(c, path, post.body, key);

			assert.equal(again.status, first.status, `${again.bytes}`);
			assert.deepEqual(uninspected(again.body),
				uninspected(first.body));
			assert.equal(again.headers.location, first.headers.location);
		}
		assert.equal(await count(post.table), rows);
		assert.equal(await count("audit", OURS), audit);
		const refused = await send(c, path, post.other, key);

		assert.equal(refused.status, 409, `${refused.bytes}`);
		assert.equal(refused.body.code, "idempotency_key_reused");
		assert.equal(await count(post.table), rows);
	});

	/* R4: the UNIQUE key tells the losers, and they read what was done. */
	test(`${name}: ten at once have one effect`, async () => {
		const c = await signIn(stack, await addApplicant(stack));
		const { path } = await post.prepare(c);
		const key = newKey();
		const earlier = await count(post.table);
		const answers = await Promise.all(Array.from({ length: 10 }, () =>
			send(c, path, post.body, key)));

		assert.deepEqual(answers.map((a) => a.status),
			Array(10).fill(post.status));
		for (const { body } of answers)
			assert.equal(body.id, answers[0].body.id);
		assert.equal(await count(post.table), earlier + 1);
	});
}

test("a key belongs to an account and a path", async () => {
	const key = newKey();
	const other = await signIn(stack, "applicant2");
	const [mine, theirs] = [
		await client.post("/api/applications", creation(), key),
		await other.post("/api/applications", creation(), key)];

	assert.equal(mine.status, 201);
	assert.equal(theirs.status, 201);
	assert.notEqual(mine.body.id, theirs.body.id);
	assert.equal((await client.upload(mine.body.id, "risk_notice", pdf(),
		{ headers: key })).status, 201);
	assert.equal((await client.upload(mine.body.id, "application_form", pdf(),
		{ headers: key })).status, 201);
});

test("failures are not kept", async () => {
	const { id } = await create(client, draft(client,
		{ category: "renewal" }));
	const key = newKey();
	const path = `/api/applications/${id}/submit`;
	const incomplete = await client.post(path, {}, key);

	assert.equal(incomplete.status, 422);
	for (const kind of ["risk_notice", "application_form",
		"business_licence", "handler_id_card"])
		await client.upload(id, kind, pdf());
	assert.equal((await client.post(path, {}, key)).status, 200);
	await force(stack, id, "cancelled");
});

test("the key is looked up after ownership, before version and state",
	async () => {
		const app = await complete(client);
		const path = `/api/applications/${app.id}/submit`;
		const key = newKey();
		const other = await signIn(stack, "applicant2");
		const first = await client.post(path, { version: app.version }, key);

		assert.equal(first.status, 200);
		/* Its version has moved on and its state as well. */
		const again = await client.post(path, { version: app.version }, key);

		assert.equal(again.status, 200);
		assert.equal(again.body.version, first.body.version);
		assert.equal((await client.post(path, { version: app.version }))
			.status, 412);
		assert.equal((await client.post(path, {})).status, 409);
		assert.equal((await other.post(path, { version: app.version }, key))
			.status, 404);
		await force(stack, app.id, "cancelled");
	});

test("a key that is none", async () => {
	for (const key of ["", " ", "a b", "é", "k".repeat(129)]) {
		const answer = await client.post("/api/applications", creation(),
			{ "Idempotency-Key": Buffer.from(key).toString("latin1") });

		assert.equal(answer.status, 400,
			JSON.stringify(key));
		assert.equal(answer.body.code, "malformed");
	}
	assert.equal((await client.post("/api/applications", creation(),
		{ "Idempotency-Key": "k".repeat(128) })).status, 201);
});

test("a new password is set once", async () => {
	const c = await signIn(stack, await addApplicant(stack));
	const key = newKey();
	const body = { old: PASSWORD, new: "another password" };
	const send = (b) => c.post("/api/session/password", b, key);

	assert.equal((await send(body)).status, 204);
	assert.equal((await send(body)).status, 204);
	assert.equal((await send({ ...body, new: "a third password" })).body.code,
		"idempotency_key_reused");
});

test("what is kept helps nobody to guess what was sent", async () => {
	const key = newKey();
	const text = JSON.stringify(creation({ handler_mobile: "13800138000" }));

	await client.post("/api/applications", text,
		{ ...key, "Content-Type": "application/json" });
	const [row] = await stack.db("SELECT *, SHA2(" +
		`'${text}', 256) AS plain FROM idempotency ` +
		"ORDER BY created_at DESC LIMIT 1");

	assert.match(row.body_hash, /^[0-9a-f]{64}$/);
	assert.notEqual(row.body_hash, row.plain);
	assert.ok(!JSON.stringify(row).includes(key["Idempotency-Key"]));
});

test("a file that was removed is not answered again", async () => {
	const { id } = await create(client);
	const key = newKey();
	const send = () => client.upload(id, "risk_notice", pdf(),
		{ headers: key });
	const { body } = await send();

	await client.del(`/api/applications/${id}/attachments/risk_notice/` +
		body.id);
	assert.equal((await send()).status, 404);
	assert.deepEqual((await load(client, id)).attachments, []);
});

test("the last file that there is room for, sent at once, is one", async () => {
	for (let round = 0; round < 5; round++) {
		const { id } = await create(client);
		const key = newKey();
		const upload = (text, headers) => client.upload(id,
			"business_licence", pdf({ text }), { headers });

		for (let i = 1; i < 5; i++)
			assert.equal((await upload(`file ${i}`)).status, 201);
		const answers = await Promise.all(Array.from({ length: 4 },
			() => upload("the fifth", key)));

		assert.deepEqual(answers.map((a) => a.status), [201, 201, 201, 201]);
		assert.equal(new Set(answers.map((a) => a.body.id)).size, 1);
		assert.equal((await upload("a sixth")).body.code, "too_many_files");
	}
});
