/* What an applicant may do with an application in each of its states. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import path from "node:path";
import { after, before, test } from "node:test";

import { Client, signIn } from "../stack/client.mjs";
import { addApplicant, complete, consentVersion, create, draft, force, load,
	submit } from "../stack/cases.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

/* The whole table, written out once more: a row more or less in state.def
 * fails. */
const TABLE = `
start create editing applicant
editing save editing applicant
rejected save rejected applicant
editing submit pending applicant
rejected submit pending applicant
pending withdraw editing applicant
editing discard discarded applicant,worker
pending approve approved reviewer
pending reject rejected reviewer
approved pay paid worker,provider
approved cancel cancelled applicant,worker
rejected cancel cancelled applicant,worker
paid dispatch processing operator
processing complete completed operator
processing fail paid operator
completed readdress completed applicant
completed send completed operator
completed correct_sending completed operator
completed receive completed applicant,operator
completed return completed operator
completed send_again completed operator
completed hand_over completed operator
completed activate completed applicant
paid refund_in_full refunded worker
completed refund_in_full refunded worker
`.trim().split("\n");
/* What the delivery has: delivery.test.mjs. */
const OF_DELIVERY = ["readdress", "receive"];
const MOVES = TABLE.map((row) => row.split(" "))
	.filter(([from, action, , by]) => from !== "start" &&
		/applicant/.test(by) && !OF_DELIVERY.includes(action));
const STATES = ["editing", "pending", "rejected", "approved", "paid",
	"processing", "completed", "cancelled", "refunded", "discarded"];

/* Each action of an applicant as a request; uploading and removing a file
 * are ways to save. */
const ACTIONS = {
	save: ["save", (c, id) => c.put(`/api/applications/${id}`,
		{ handler_title: "经理" }, { "If-Match": "*" })],
	submit: ["submit", (c, id) => c.post(`/api/applications/${id}/submit`)],
	withdraw: ["withdraw",
		(c, id) => c.post(`/api/applications/${id}/withdraw`)],
	cancel: ["cancel", (c, id) => c.post(`/api/applications/${id}/cancel`)],
	activate: ["activate",
		(c, id) => c.post(`/api/applications/${id}/activation`)],
	discard: ["discard", (c, id) => c.del(`/api/applications/${id}`)],
	upload: ["save", (c, id) => c.upload(id, "business_licence", pdf())],
	remove: ["save", (c, id, file) => c.del(`/api/applications/${id}` +
		`/attachments/${file.kind}/${file.id}`)],
};
const DONE = { discard: 204, remove: 204, upload: 201 };

let stack;
let client;
let other;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
	other = await signIn(stack, "applicant2");
});

after(() => stack?.stop());

/* Without what the worker finds in files, whenever it comes to them. */
function withoutFindings(rows)
{
	return rows.map((row) => Object.fromEntries(Object.entries(row)
		.filter(([column]) => !column.startsWith("inspect"))));
}

/* Everything that a refused action must leave alone. */
async function traces(id)
{
	return [
		await stack.db(`SELECT * FROM applications WHERE id = '${id}'`),
		await stack.db("SELECT * FROM history " +
			`WHERE application_id = '${id}'`),
		withoutFindings(await stack.db("SELECT * FROM attachments " +
			`WHERE application_id = '${id}'`)),
		await stack.db(`SELECT * FROM audit WHERE subject = '${id}'`),
	];
}

test("the table of states is the one that this test knows", () => {
	const dot = execFileSync(path.join(stack.bin, "application"),
		["--states"], { encoding: "utf8" });
	const edges = [...dot.matchAll(
		/^\t(\w+) -> (\w+) \[label="(\w+)\\n([^"]*)"\];$/gm)]
		.map(([, from, to, action, by]) =>
			`${from} ${action} ${to} ${by.replaceAll(" ", "")}`);
	const states = [...dot.matchAll(/^\t(\w+) \[label="\w+\\n/gm)]
		.map(([, state]) => state);

	assert.deepEqual(edges, TABLE);
	assert.deepEqual([...states].sort(), [...STATES].sort());
});

for (const state of STATES)
	test(`what can be done with one that is ${state}`, async () => {
		for (const [name, [action, act]] of Object.entries(ACTIONS)) {
			const applicant = await signIn(stack,
				await addApplicant(stack));
			const { id, attachments, version } =
				await complete(applicant);

			await force(stack, id, state);
			const earlier = await traces(id);
			const move = MOVES.find(([from, a]) =>
				from === state && a === action);
			const answer = await act(applicant, id, attachments[0]);
			const what = `${name} ${JSON.stringify(answer.body)}`;

			if (move === undefined) {
				const status = state === "discarded" ? 404 : 409;

				assert.equal(answer.status, status, what);
				assert.equal(answer.body.code, state === "discarded" ?
					"not_found" : "wrong_state", what);
				assert.deepEqual(await traces(id), earlier, what);
				continue;
			}
			assert.equal(answer.status, DONE[name] ?? 200, what);
			const [[row], history, , audit] = await traces(id);
			const isFile = name === "upload" || name === "remove";

			assert.equal(row.state, move[2], what);
			assert.equal(Number(row.version),
				version + (isFile ? 0 : 1), what);
			assert.equal(Number(row.attachments_version),
				Number(earlier[0][0].attachments_version) +
					(isFile ? 1 : 0), what);
			assert.equal(history.length, earlier[1].length +
				(action === "save" ? 0 : 1), what);
			assert.equal(audit.length, earlier[3].length + 1, what);
		}
	});

test("the actions answered are those that are possible", async () => {
	const { id } = await complete(client);

	for (const state of STATES.filter((s) => s !== "discarded")) {
		await force(stack, id, state);
		const app = await load(client, id);

		assert.deepEqual(app.actions, MOVES.filter(([from]) =>
			from === state).map(([, action]) => action));
		assert.equal(app.state, state);
	}
	await force(stack, id, "cancelled");
});

test("the history tells who did what and when", async () => {
	const { id } = await complete(client);

	await submit(client, id);
	await client.post(`/api/applications/${id}/withdraw`);
	const { history } = await load(client, id);

	assert.deepEqual(history.map((h) => [h.action, h.step, h.actor]), [
		["create", "新增申请", "张明"], ["submit", "提交审核", "张明"],
		["withdraw", "撤回申请", "张明"]]);
	for (const h of history)
		assert.ok(Date.parse(h.received_at) <= Date.parse(h.handled_at));
	assert.equal((await client.del(`/api/applications/${id}`)).status, 204);
});

test("nobody withdraws what a reviewer is at work on", async () => {
	const { id } = await complete(client);

	await submit(client, id);
	await stack.db(`UPDATE applications SET
		claimed_by = '01j0demoaccount0000000000c',
		claimed_until = NOW(6) + INTERVAL 10 MINUTE WHERE id = '${id}'`);
	const refused = await client.post(`/api/applications/${id}/withdraw`);

	assert.equal(refused.status, 409);
	assert.equal(refused.body.code, "claimed");
	await stack.db(`UPDATE applications SET
		claimed_until = NOW(6) - INTERVAL 1 SECOND WHERE id = '${id}'`);
	const done = await client.post(`/api/applications/${id}/withdraw`);

	assert.equal(done.status, 200);
	assert.equal(done.body.state, "editing");
});

test("another unit's application is not there, on any URL", async () => {
	const app = await complete(client);
	const bodies = { "/payment": { provider: "wechatpay" }, "/invoice": {
		title_type: "individual", title: "张三", email: "a@example.com" } };
	const routes = stack.routes.filter(([, route, roles, , , surface]) =>
		route.startsWith("/api/applications/{id}") && surface === "portal" &&
		roles.includes("applicant"));

	assert.ok(routes.length >= 9);
	const earlier = await traces(app.id);

	for (const [method, route] of routes) {
		const url = route.replace("{id}", app.id)
			.replace("{kind}", app.attachments[0].kind)
			.replace("{attachment}", app.attachments[0].id);
		const isUpload = method === "POST" && /\{kind\}$/.test(route);
		const body = isUpload ? pdf() :
			bodies[route.slice(route.lastIndexOf("/"))] ?? {};
		const answer = await other.request(method, url,
			method === "POST" || method === "PUT" ? body : undefined,
			isUpload ? { "Content-Type": "application/pdf" } : {});

		assert.equal(answer.status, 404, `${method} ${route}`);
		assert.equal(answer.body.code, "not_found");
		const stranger = await new Client(stack).request(method, url,
			method === "POST" || method === "PUT" ? body : undefined,
			isUpload ? { "Content-Type": "application/pdf" } : {});

		assert.equal(stranger.status, 401, `${method} ${route}`);
	}
	assert.deepEqual(await traces(app.id), earlier);
	const [refusals] = await stack.db("SELECT SUM(times) AS n FROM refusals " +
		"WHERE subject = '01j0demoaccount0000000000b' " +
		"AND code = 'not_yours'");

	assert.ok(Number(refusals.n) >= routes.length);
	const { body } = await other.get("/api/applications");

	assert.deepEqual(body.items, []);
});

test("an individual's application is not open yet", async () => {
	const send = (type) => other.post("/api/applications",
		{ type, consent_version: 1 });
	const closed = await send("individual");

	assert.equal(closed.status, 409);
	assert.equal(closed.body.code, "type_not_open");
	assert.equal((await other.get("/api/form?type=individual")).body.code,
		"type_not_open");
	const unknown = await send("company");

	assert.equal(unknown.status, 422);
	assert.equal(unknown.body.errors[0].field, "type");
	assert.equal((await other.get("/api/form?type=company")).status, 404);
});

test("the fee is ours, and stays what it was when handed in", async () => {
	const { id, fee_fen: first } = await complete(client, "renewal",
		{ years: 1 });
	const refused = await client.put(`/api/applications/${id}`,
		{ version: 1, fee_fen: 1 });

	assert.equal(refused.body.code, "unknown_member");
	assert.equal(first, 30000);
	const saved = await client.put(`/api/applications/${id}`,
		{ version: 1, years: 3 });

	assert.equal(saved.body.fee_fen, 80000);
	assert.equal((await submit(client, id)).fee_fen, 80000);
	await stack.db("INSERT INTO fees VALUES ('enterprise', 'renewal', " +
		"'certificate_and_seal', 3, CURRENT_DATE - INTERVAL 1 DAY, 81234)");
	assert.equal((await load(client, id)).fee_fen, 80000);
	await force(stack, id, "rejected");
	assert.equal((await submit(client, id)).fee_fen, 81234);
	await force(stack, id, "cancelled");
});

test("a fee of tomorrow is not today's", async () => {
	await stack.db("INSERT INTO fees VALUES ('enterprise', 'new', " +
		"'certificate', 1, DATE(NOW() + INTERVAL 8 HOUR) + INTERVAL 1 DAY, " +
		"99999)");
	const { fee_fen: fee } = await create(client,
		draft(client, { business: "certificate" }));

	assert.equal(fee, 30000);
});

test("a choice without a fee is an error, and its fee is none", async () => {
	const { fee_fen: fee, errors } = await create(client,
		draft(client, { years: 5 }));

	assert.equal(fee, null);
	assert.deepEqual(errors.filter((e) => e.field === "years")
		.map((e) => e.code), ["no_fee"]);
});

/* Last: from here on the first consent is not current any more. */
test("a new text has to be agreed to again", async () => {
	const app = await complete(client);

	await stack.db("INSERT INTO consent_texts (version, title, body) " +
		"VALUES (2, '新告知书', '内容')");
	const tries = [
		() => client.post("/api/applications",
			{ type: "enterprise", consent_version: 1 }),
		() => client.post(`/api/applications/${app.id}/submit`),
		() => client.put(`/api/applications/${app.id}`,
			{ version: app.version, consent_version: 1 }),
		() => client.put(`/api/applications/${app.id}`,
			{ version: app.version, consent_version: 3 }),
	];

	for (const attempt of tries) {
		const { status, body } = await attempt();

		assert.equal(status, 409);
		assert.equal(body.code, "consent_outdated");
	}
	assert.equal(await consentVersion(client), 2);
	const renewed = await client.put(`/api/applications/${app.id}`,
		{ version: app.version, consent_version: 2 });

	assert.equal(renewed.status, 200);
	assert.equal(renewed.body.consent_version, 2);
	assert.equal((await submit(client, app.id)).state, "pending");
	assert.deepEqual(await stack.db("SELECT version, account_id, ip " +
		`FROM consents WHERE application_id = '${app.id}' ORDER BY id`),
	["1", "2"].map((version) => ({ version, ip: client.address,
		account_id: "01j0demoaccount0000000000a" })));
});
