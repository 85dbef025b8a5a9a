/*
 * Private fields on the administrators' pages: masked for everybody, shown in
 * full to whom the work needs them, once each time they ask, with who, what and
 * why in the audit trail.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, force, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, page, submitForm, textOf } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const HANDLER = { handler_mobile: "13800138000",
	handler_id_no: "330802199003070009" };
const PARCEL = { recipient: "欧阳明月", recipient_phone: "13900139000",
	mail_address: "浙江省衢州市柯城区荷花中路一百号三幢" };
const ALL = { ...HANDLER, ...PARCEL };

let stack;
const who = {};

before(async () => {
	stack = await startStack({});
	for (const account of ["applicant2", "reviewer1", "reviewer2",
		"operator1", "manager1", "auditor1"])
		who[account] = await signIn(stack, account);
});
after(() => stack?.stop());

const pathOf = (id) => `/admin/applications/${id}`;

/* Handed in, to be sent by mail. */
async function pending()
{
	const { id } = await complete(who.applicant2, "new",
		{ second_reason: "另一个项目部使用", pickup: "mail", ...ALL });

	await submit(who.applicant2, id);
	return id;
}

/* Which of the private values stand in a page, typed ones apart. */
function seenIn(html)
{
	const shown = html.replace(/<input[^>]*>/g, "");

	return Object.keys(ALL).filter((name) => shown.includes(ALL[name]))
		.sort();
}

const reveals = async (id) => (await stack.db("SELECT a.detail, a.role, " +
	"p.login FROM audit a JOIN accounts p ON p.id = a.actor_id WHERE " +
	`a.action = 'reveal' AND a.subject = '${id}' ORDER BY a.at, a.id`))
	.map((row) => [row.login, row.role, row.detail]);

const reveal = (client, id, why, note = "") =>
	submitForm(client, pathOf(id), "/reveal", { why, note });

/* What a reveal shows. */
async function shownTo(client, id, why, note)
{
	const answer = await reveal(client, id, why, note);

	assert.equal(answer.status, 200, textOf(answer.bytes.toString()));
	assert.match(answer.headers["cache-control"], /no-store/);
	return seenIn(answer.bytes.toString());
}

const hasForm = async (client, id) => formsOf(await page(client, pathOf(id)))
	.some(({ action }) => action === `${pathOf(id)}/reveal`);

/* Sends the form though the page has none. */
async function insist(client, id)
{
	const [{ inputs }] = formsOf(await page(client, pathOf(id)));

	return client.form(`${pathOf(id)}/reveal`, { why: "compare",
		csrf: inputs.find(({ name }) => name === "csrf").value });
}

test("to the reviewer who holds the case, what is compared with the scans",
	async () => {
		const id = await pending();

		assert.equal(await hasForm(who.reviewer1, id), false);
		assert.equal((await insist(who.reviewer1, id)).status, 409);
		await act(who.reviewer1, pathOf(id), "/claim");
		assert.deepEqual(seenIn(await page(who.reviewer1, pathOf(id))), []);
		assert.deepEqual(await shownTo(who.reviewer1, id, "compare"),
			Object.keys(HANDLER).sort());
		/* Not what was seen once, but each look. */
		assert.deepEqual(seenIn(await page(who.reviewer1, pathOf(id))), []);
		assert.equal(await hasForm(who.reviewer2, id), false);
		assert.equal((await insist(who.reviewer2, id)).status, 409);
		assert.deepEqual(await reveals(id), [["reviewer1", "reviewer",
			"handler_mobile handler_id_no：审核：与扫描件核对"]]);
		/* Deciding goes on from the page that shows them. */
		const html = (await reveal(who.reviewer1, id, "compare")).bytes
			.toString();
		const form = formsOf(html).find(({ id: name }) => name === "approve");
		const fields = Object.fromEntries(form.inputs.map((i) =>
			[i.name, i.value]));

		assert.equal((await who.reviewer1.form(form.action, fields)).status,
			303);
		assert.equal(await hasForm(who.reviewer1, id), false);
	});

test("to the operator, where a parcel of a paid case goes", async () => {
	const id = await pending();

	assert.equal(await hasForm(who.operator1, id), false);
	assert.equal((await insist(who.operator1, id)).status, 409);
	for (const state of ["paid", "processing", "completed"]) {
		await force(stack, id, state);
		assert.deepEqual(seenIn(await page(who.operator1, pathOf(id))), []);
		/* Until the lock works, the help desk calls the handler. */
		assert.deepEqual(await shownTo(who.operator1, id, "mail"),
			[...state === "completed" ? ["handler_mobile"] : [],
				...Object.keys(PARCEL)].sort(), state);
	}
	assert.deepEqual((await reveals(id)).map(([login]) => login),
		["operator1", "operator1", "operator1"]);
});

test("to a manager, whatever has to be cleared up; to an auditor, nothing",
	async () => {
		const id = await pending();

		assert.deepEqual(await shownTo(who.manager1, id, "subject",
			"本人来电核对"), Object.keys(ALL).sort());
		assert.deepEqual((await reveals(id)).at(-1), ["manager1", "manager",
			"handler_mobile handler_id_no recipient recipient_phone " +
			"mail_address：本人要求查阅或更正；本人来电核对"]);
		assert.equal(await hasForm(who.auditor1, id), false);
		assert.equal((await insist(who.auditor1, id)).status, 403);
	});

test("no look without a reason, and no private value in a reason",
	async () => {
		const id = await pending();
		const refused = [["", ""], ["nothing", ""], ["other", ""],
			["subject", "   "], ["other", "很".repeat(201)],
			["other", `核对 ${HANDLER.handler_id_no}`],
			["other", "号码 138 0013-8000"],
			["other", `寄给${PARCEL.recipient}`],
			["other", "１３８００１３８０００"]];

		for (const [why, note] of refused) {
			const answer = await reveal(who.manager1, id, why, note);
			const html = answer.bytes.toString();

			assert.equal(answer.status, 422, `${why} ${note}`);
			assert.deepEqual(seenIn(html), []);
			assert.match(html, /role="alert"/);
			assert.match(html, /aria-describedby="(why|note)-error"/);
		}
		assert.deepEqual(await reveals(id), []);
		assert.equal((await who.manager1.get(`${pathOf(id)}/reveal`)).status,
			405);
	});

test("what stands in forms for the owner is the owner's alone", async () => {
	const id = await pending();
	const own = await load(who.applicant2, id);

	for (const [name, value] of Object.entries(ALL))
		assert.equal(own[name], value);
});
