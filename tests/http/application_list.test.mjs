/* The list: tabs, counts, filters, pages. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { addApplicant, create, force } from "../stack/cases.mjs";
import { startStack } from "../stack/stack.mjs";

const ROWS = 45;
const STATES = ["editing", "pending", "rejected", "approved", "paid",
	"processing", "completed", "cancelled", "refunded"];
const STATUS = { editing: "editing", pending: "pending",
	rejected: "rejected" };
const HANDLERS = ["李晓梅", "李小明", "王五", null];
/* On both sides of a midnight in Shanghai, as stored. */
const TIMES = ["2026-03-01 15:59:59.999999", "2026-03-01 16:00:00.000000",
	"2026-03-02 15:59:59.999999", "2026-03-02 16:00:00.000000"];

let stack;
let client;
let all; /* newest first */

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, await addApplicant(stack));
	const other = await signIn(stack, "applicant1");

	await create(other, { handler_name: "李晓梅" });
	for (let i = 0; i < ROWS; i++) {
		const { id } = await create(client, {
			handler_name: HANDLERS[i % 4],
			category: [null, "new", "renewal"][i % 3],
			second_reason: "还需要一把", lock_serial: `S${i}` });

		await stack.db(`UPDATE applications SET
			created_at = '${TIMES[i % 4]}' WHERE id = '${id}'`);
		await force(stack, id, STATES[i % STATES.length]);
	}
	const hidden = await create(client);

	await client.del(`/api/applications/${hidden.id}`);
	all = (await client.get("/api/applications?limit=100")).body.items;
});

after(() => stack?.stop());

async function list(query)
{
	const { status, body } = await client.get(
		`/api/applications?${new URLSearchParams(query)}`);

	assert.equal(status, 200, JSON.stringify(body));
	return body;
}

function ids(items)
{
	return items.map((item) => item.id);
}

test("all of the unit's, newest first, none discarded", () => {
	assert.equal(all.length, ROWS);
	assert.deepEqual(ids(all), [...ids(all)].sort().reverse());
	for (const item of all) {
		assert.equal(item.status, STATUS[item.state] ?? "approved");
		for (const hidden of ["handler_mobile", "handler_id_no",
			"mail_address"])
			assert.ok(!(hidden in item));
	}
});

test("tabs and their counts over the whole unit", async () => {
	const of = (status) => all.filter((item) => item.status === status);
	const counts = { editing: of("editing").length,
		pending: of("pending").length, approved: of("approved").length,
		rejected: of("rejected").length, all: ROWS };

	assert.equal(counts.editing, 5);
	for (const query of [{}, { status: "pending" }, { handler: "nobody" },
		{ limit: 1 }])
		assert.deepEqual((await list(query)).counts, counts);
	for (const status of ["editing", "pending", "approved", "rejected"])
		assert.deepEqual(ids((await list({ status, limit: 100 })).items),
			ids(of(status)));
});

/* What a filter must keep, said once more in another language. */
const KEEPS = {
	status: (item, value) => item.status === value,
	state: (item, value) => item.state === value,
	type: (item, value) => item.type === value,
	category: (item, value) => item.category === value,
	batch_no: (item, value) => item.batch_no === value,
	handler: (item, value) =>
		item.handler_name !== null && item.handler_name.startsWith(value),
	from: (item, value) => item.created_at >= shanghai(value),
	to: (item, value) => item.created_at < shanghai(value, 1),
};

function shanghai(day, plus = 0)
{
	return new Date(Date.parse(`${day}T00:00:00+08:00`) +
		plus * 86_400_000).toISOString();
}

async function checkFilter(query)
{
	const wanted = all.filter((item) => Object.entries(query)
		.every(([name, value]) => KEEPS[name](item, value)));
	const { items, next } = await list({ ...query, limit: 100 });

	assert.deepEqual(ids(items), ids(wanted), JSON.stringify(query));
	assert.equal(next, null);
	return wanted.length;
}

test("each filter alone", async () => {
	const some = { status: ["rejected"], state: STATES, type: ["enterprise"],
		category: ["new", "renewal"], handler: ["李", "李晓梅", "王五"],
		batch_no: [all[7].batch_no],
		from: ["2026-03-01", "2026-03-02", "2026-03-03"],
		to: ["2026-03-01", "2026-03-02", "2026-03-03"] };

	for (const [name, values] of Object.entries(some))
		for (const value of values)
			assert.ok(await checkFilter({ [name]: value }) > 0,
				`${name}=${value}`);
	const none = { type: ["individual"], handler: ["晓梅", "%", "_晓梅", "张"],
		batch_no: ["CA2026", all[7].batch_no.slice(0, -1)],
		from: ["2026-03-04"], to: ["2026-02-28"] };

	for (const [name, values] of Object.entries(none))
		for (const value of values)
			assert.equal(await checkFilter({ [name]: value }), 0,
				`${name}=${value}`);
});

test("a batch number as people type and paste it", async () => {
	const [{ id, batch_no: number }] = all;
	const wide = number.replace(/./g, (c) =>
		String.fromCharCode(c.charCodeAt(0) + 0xfee0));

	for (const typed of [` ${number} `, number.toLowerCase(), wide,
		`${number.slice(0, 10)} ${number.slice(10)}`, `\u200b${number}`])
		assert.deepEqual(ids((await list({ batch_no: typed })).items), [id],
			JSON.stringify(typed));
	for (const typed of ["张三", "x".repeat(40), "😀", `${number}1`])
		assert.deepEqual((await list({ batch_no: typed })).items, [], typed);
});

test("filters together", async () => {
	let found = 0;

	for (const status of ["editing", "approved"])
		for (const category of ["new", "renewal"])
			for (const handler of ["李", "王五"])
				for (const [from, to] of [["2026-03-01", "2026-03-01"],
					["2026-03-02", "2026-03-03"]])
					found += await checkFilter(
						{ status, category, handler, from, to });
	assert.ok(found > 5, `${found} found`);
	assert.equal(await checkFilter({ from: "2026-03-02", to: "2026-03-01" }),
		0);
	assert.equal(await checkFilter({ status: "editing", state: "paid" }), 0);
});

async function pages(query)
{
	const seen = [];
	let cursor = null;

	do {
		const { items, next } = await list({ ...query,
			...(cursor === null ? {} : { cursor }) });

		assert.ok(items.length > 0 || seen.length === 0);
		assert.ok(items.length <= query.limit);
		seen.push(...items);
		cursor = next;
	} while (cursor !== null);
	return seen;
}

test("pages neither lose nor repeat a row", async () => {
	for (const limit of [1, 7, 9, 15, 44, 45, 46])
		assert.deepEqual(await pages({ limit }), all, `limit ${limit}`);
	assert.deepEqual(ids(await pages({ limit: 4, status: "approved" })),
		ids(all.filter((item) => item.status === "approved")));
	assert.equal((await list({})).items.length, 20);
});

test("a row that comes while one pages changes no later page", async () => {
	const first = await list({ limit: 20 });
	const { id } = await create(client);
	const second = await list({ limit: 100, cursor: first.next });

	await client.del(`/api/applications/${id}`);
	assert.deepEqual([...first.items, ...second.items], all);
});

test("what a query cannot be", async () => {
	const bad = { limit: ["0", "-1", "101", "1.5", "ten", "9".repeat(30)],
		cursor: ["x", "~", "../..", "A".repeat(26), "0".repeat(27)],
		status: ["paid", "all", "Editing", "x".repeat(17)],
		state: ["discarded", "nothing"], type: ["company"],
		category: ["change"], batch_no: ["x".repeat(65)],
		handler: ["长".repeat(51)],
		from: ["yesterday", "2026-2-1", "2026-02-30", "20260201"],
		to: ["2026-13-01", "2026-01-01x"] };

	for (const [name, values] of Object.entries(bad))
		for (const value of values) {
			const { status, body } = await client.get("/api/applications?" +
				new URLSearchParams({ [name]: value }));

			assert.equal(status, 422, `${name}=${value}`);
			assert.deepEqual(body.errors.map((e) => e.field), [name]);
		}
	const cases = [["page=2", 422, "unknown_member"],
		["limit=1&limit=2", 422, "unknown_member"],
		["limit=1&limit=1", 422, "unknown_member"],
		["handler=%00", 400, "malformed"],
		["handler=%ff", 400, "malformed"],
		["handler=%ed%a0%80", 400, "malformed"],
		["handler=%4", 400, "malformed"],
		["handler=%zz", 400, "malformed"],
		[`handler=${"&a".repeat(300)}`, 422, "unknown_member"]];

	for (const [query, status, code] of cases) {
		const answer = await client.get(`/api/applications?${query}`);

		assert.equal(answer.status, status, query);
		assert.equal(answer.body.code, code, query);
	}
});

test("a filter without a value is none", async () => {
	const query = ["status", "state", "type", "category", "batch_no",
		"handler", "from", "to", "limit", "cursor"]
		.map((name) => `${name}=`).join("&");
	const { body } = await client.get(`/api/applications?${query}`);

	assert.deepEqual(ids(body.items), ids(all.slice(0, 20)));
});
