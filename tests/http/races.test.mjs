/*
 * What cannot both happen, asked for at once: one wins, the others are told,
 * and history and audit say the same as the application. (R7: each depends
 * on a row that it writes, compare-and-set.)
 */
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { addApplicant, complete, create, load, submit } from
	"../stack/cases.mjs";
import { formsOf, page } from "../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";

/* What each action makes of a state; from what, state.def says. */
const MOVES = {
	create: [[undefined], "editing"],
	save: [["editing", "rejected"], null],
	submit: [["editing", "rejected"], "pending"],
	withdraw: [["pending"], "editing"],
	approve: [["pending"], "approved"],
	reject: [["pending"], "rejected"],
	cancel: [["approved", "rejected"], "cancelled"],
	discard: [["editing"], "discarded"],
};
const LOST = ["wrong_state", "stale_version", "claimed"];

let stack;
let client;
let reviewers;
let touched = [];

before(async () => {
	stack = await startStack({});
	reviewers = [await signIn(stack, "reviewer1"),
		await signIn(stack, "reviewer2")];
});

after(() => stack?.stop());

afterEach(async () => {
	for (const id of touched)
		await checkTrail(id);
	touched = [];
});

/* A unit of its own, so that nothing else is live. */
async function unit()
{
	client = await signIn(stack, await addApplicant(stack));
	return client;
}

async function ready()
{
	await unit();
	const app = await complete(client);

	touched.push(app.id);
	return app;
}

async function pending()
{
	const { id } = await ready();

	await submit(client, id);
	return id;
}

const urlOf = (id) => `/api/applications/${id}`;
const move = (id, action) => client.post(`${urlOf(id)}/${action}`);

async function rowOf(id)
{
	const [row] = await stack.db("SELECT state, version, round, " +
		"attachments_version, claimed_by FROM applications " +
		`WHERE id = '${id}'`);

	return row;
}

/* The audit's row of a step: its version and what it did. */
function stepOf({ action, detail })
{
	const version = action === "create" ? 1 :
		Number(/version (\d+)$/.exec(detail)[1]);

	return { version, action };
}

/*
 * From what was written down the application as it is follows: a step for
 * every version, each from the state that the one before it led to; the
 * history has all of them but the saves.
 */
async function checkTrail(id)
{
	const row = await rowOf(id);
	const audit = await stack.db("SELECT action, detail FROM audit " +
		`WHERE subject = '${id}'`);
	const history = await stack.db("SELECT version, action FROM history " +
		`WHERE application_id = '${id}' ORDER BY version`);
	const steps = audit.filter(({ action }) => action in MOVES).map(stepOf)
		.sort((a, b) => a.version - b.version);
	const count = (action) => audit.filter((a) => a.action === action).length;
	let state;

	assert.deepEqual(steps.map((s) => s.version),
		Array.from({ length: Number(row.version) }, (_, i) => i + 1));
	for (const { action, version } of steps) {
		const [from, to] = MOVES[action];

		assert.ok(from.includes(state), `${version} ${action} in ${state}`);
		state = to ?? state;
	}
	assert.equal(row.state, state);
	assert.deepEqual(history.map((h) => [Number(h.version), h.action]),
		steps.filter((s) => s.action !== "save")
			.map((s) => [s.version, s.action]));
	assert.equal(Number(row.round), count("submit"));
	assert.equal(Number(row.attachments_version),
		1 + count("upload") + count("remove_file"));
	await checkReviews(id, count);
}

/* A decision has one review and one message, and no other. */
async function checkReviews(id, count)
{
	const decided = await stack.db("SELECT decision, COUNT(*) AS n FROM " +
		`reviews WHERE application_id = '${id}' GROUP BY decision`);
	const told = await stack.db("SELECT event, COUNT(*) AS n FROM messages " +
		`WHERE application_id = '${id}' GROUP BY event`);
	const expected = ["approve", "reject"].filter((a) => count(a) > 0)
		.map((a) => [a, count(a)]);

	assert.deepEqual(decided.map((r) => [r.decision, Number(r.n)]).sort(),
		expected);
	assert.deepEqual(told.map((r) => [r.event, Number(r.n)]).sort(),
		expected);
}

/* Who was refused was told one of the reasons that a lost race has. */
function checkLost(answers, reasons = LOST)
{
	for (const { status, body, bytes } of answers) {
		assert.ok([404, 409, 412].includes(status), String(bytes));
		assert.ok(reasons.includes(body.code), body.code);
	}
}

const won = (answers) => answers.filter((a) => a.status < 400);
const lost = (answers) => answers.filter((a) => a.status >= 400);

/* What a reviewer's forms on a case carry, whichever of them is shown. */
async function fieldsOf(reviewer, id)
{
	const html = await page(reviewer, `/admin/applications/${id}`);
	const hidden = formsOf(html).flatMap((form) => form.inputs)
		.filter(({ type }) => type === "hidden");
	const value = (name) => hidden.find((i) => i.name === name)?.value;

	return { csrf: value("csrf"), version: value("version") };
}

function decide(reviewer, id, action, fields)
{
	return reviewer.form(`/admin/applications/${id}/${action}`, fields);
}

test("two reviewers claim one case at once, in several windows", async () => {
	for (let round = 0; round < 5; round++) {
		const id = await pending();
		const fields = await Promise.all(reviewers.map((r) =>
			fieldsOf(r, id)));
		const answers = await Promise.all(Array.from({ length: 8 },
			(_, i) => decide(reviewers[i % 2].copy(), id, "claim",
				{ csrf: fields[i % 2].csrf,
					version: fields[i % 2].version })));
		const winners = new Set(answers.map((a, i) =>
			a.status === 303 ? i % 2 : null).filter((i) => i !== null));

		assert.equal(winners.size, 1);
		assert.equal(won(answers).length, 4);
		for (const { status } of lost(answers))
			assert.equal(status, 409);
		const [{ login }] = await stack.db("SELECT login FROM accounts a " +
			"JOIN applications c ON c.claimed_by = a.id " +
			`WHERE c.id = '${id}'`);

		assert.equal(login, `reviewer${1 + [...winners][0]}`);
	}
});

test("two reviewers claim and approve at once", async () => {
	for (let round = 0; round < 5; round++) {
		const id = await pending();
		const fields = await Promise.all(reviewers.map((r) =>
			fieldsOf(r, id)));
		const answers = await Promise.all(reviewers.map(async (r, i) => {
			await decide(r, id, "claim", fields[i]);
			return decide(r, id, "approve", { ...fields[i], opinion: "" });
		}));

		assert.deepEqual(answers.map((a) => a.status).sort(), [303, 409]);
		assert.equal((await rowOf(id)).state, "approved");
	}
});

test("approved and rejected from two windows at once", async () => {
	const [reviewer] = reviewers;

	for (let round = 0; round < 5; round++) {
		const id = await pending();
		const fields = await fieldsOf(reviewer, id);

		await decide(reviewer, id, "claim", fields);
		const [approved, rejected] = await Promise.all([
			decide(reviewer.copy(), id, "approve",
				{ ...fields, opinion: "" }),
			decide(reviewer.copy(), id, "reject",
				{ ...fields, opinion: "请更新营业执照" })]);

		assert.deepEqual([approved.status, rejected.status].sort(),
			[303, 409]);
		assert.equal((await rowOf(id)).state,
			approved.status === 303 ? "approved" : "rejected");
	}
});

test("claimed and approved while it is withdrawn", async () => {
	const [reviewer] = reviewers;

	for (let round = 0; round < 10; round++) {
		const id = await pending();
		const fields = await fieldsOf(reviewer, id);
		let claimed;
		const review = async () => {
			claimed = await decide(reviewer, id, "claim", fields);
			return decide(reviewer, id, "approve",
				{ ...fields, opinion: "" });
		};
		const both = [review, () => move(id, "withdraw")];

		if (round % 2 === 1)
			both.reverse();
		const answers = await Promise.all(both.map((act) => act()));
		const [approved, withdrawn] = round % 2 === 1 ?
			answers.reverse() : answers;
		const row = await rowOf(id);

		/* A claim that was answered keeps it; a draft is no business of
		 * reviewers, so what was withdrawn may not be there at all. */
		assert.ok([303, 404, 409].includes(claimed.status));
		assert.equal(approved.status === 303, claimed.status === 303);
		assert.equal(withdrawn.status, claimed.status === 303 ? 409 : 200);
		assert.equal(row.state,
			withdrawn.status === 200 ? "editing" : "approved");
		assert.equal(row.claimed_by, null);
		checkLost(lost([withdrawn]));
	}
});

test("a claim that runs out lets the withdrawal win over the approval",
	async () => {
		const [reviewer] = reviewers;

		for (let round = 0; round < 5; round++) {
			const id = await pending();
			const fields = await fieldsOf(reviewer, id);

			await decide(reviewer, id, "claim", fields);
			const [approved, withdrawn] = await Promise.all([
				decide(reviewer, id, "approve",
					{ ...fields, opinion: "" }),
				move(id, "withdraw"),
				stack.db("UPDATE applications SET claimed_until = " +
					"NOW(6) - INTERVAL 1 SECOND WHERE claimed_until " +
					`IS NOT NULL AND id = '${id}'`)]);
			const { state, claimed_by } = await rowOf(id);

			/* Both may have come too early or too late: never both. */
			assert.ok(won([approved, withdrawn]).length <= 1);
			assert.equal(state, approved.status === 303 ? "approved" :
				withdrawn.status === 200 ? "editing" : "pending");
			if (state !== "pending")
				assert.equal(claimed_by, null);
		}
	});

test("submits against withdrawals", async () => {
	const { id } = await ready();

	for (let round = 0; round < 25; round++) {
		const { state } = await rowOf(id);
		const answers = await Promise.all(Array.from({ length: 6 },
			(_, i) => move(id, i % 2 === 0 ? "submit" : "withdraw")));
		const count = (odd) =>
			won(answers.filter((_, i) => i % 2 === odd)).length;
		const ends = count(0) - count(1) + (state === "pending" ? 1 : 0);

		assert.ok(won(answers).length >= 1);
		checkLost(lost(answers));
		/* They took turns. */
		assert.equal((await rowOf(id)).state,
			["editing", "pending"][ends]);
	}
});

test("a save against the submit", async () => {
	for (let round = 0; round < 10; round++) {
		const { id, version } = await ready();
		const both = [
			() => client.put(urlOf(id), { version,
				handler_title: "经理" }),
			() => move(id, "submit")];
		const answers = await Promise.all(round % 2 === 0 ?
			both.map((act) => act()) :
			both.reverse().map((act) => act()));
		const [saved, submitted] =
			round % 2 === 0 ? answers : answers.reverse();
		const app = await load(client, id);

		assert.ok(won(answers).length >= 1);
		checkLost(lost(answers));
		assert.equal(app.handler_title,
			saved.status === 200 ? "经理" : "办公室主任");
		assert.equal(app.state,
			submitted.status === 200 ? "pending" : "editing");
		assert.equal(app.version, version + won(answers).length);
	}
});

test("of many saves without a version none is lost or half there", async () => {
	await unit();
	const { id } = await create(client);

	touched.push(id);
	for (let round = 0; round < 5; round++) {
		const answers = await Promise.all(Array.from({ length: 10 },
			(_, i) => client.put(urlOf(id), { project_name: `项目${i}`,
				address: `浙江省衢州市示例路${i}号` },
			{ "If-Match": "*" })));
		const app = await load(client, id);
		const last = /^项目(\d)$/.exec(app.project_name)[1];

		checkLost(lost(answers), ["stale_version"]);
		assert.equal(app.address, `浙江省衢州市示例路${last}号`);
		assert.equal(answers[last].status, 200);
		assert.equal(app.version, Math.max(...won(answers)
			.map((a) => a.body.version)));
	}
});

test("files come and go while it is discarded", async () => {
	for (let round = 0; round < 8; round++) {
		await unit();
		const { id } = await create(client);

		touched.push(id);
		const { body: file } = await client.upload(id, "risk_notice", pdf());
		const [discarded, removed, ...uploads] = await Promise.all([
			client.del(urlOf(id)),
			client.del(`${urlOf(id)}/attachments/risk_notice/${file.id}`),
			...Array.from({ length: 3 }, (_, i) => client.upload(id,
				"business_licence", pdf({ text: `file ${i}` })))]);
		const kept = await stack.db("SELECT id FROM attachments WHERE " +
			`application_id = '${id}' AND kind = 'business_licence'`);

		assert.equal(discarded.status, 204);
		checkLost(lost([removed, ...uploads]),
			["wrong_state", "not_found"]);
		/* An answer of success is a row, a refusal is none. */
		assert.deepEqual(kept.map((row) => row.id).sort(),
			won(uploads).map(({ body }) => body.id).sort());
		assert.equal((await client.get(urlOf(id))).status, 404);
	}
});

test("a submit, a discard and a save, all at once", async () => {
	for (let round = 0; round < 8; round++) {
		const { id, version } = await ready();
		const answers = await Promise.all([
			client.put(urlOf(id), { version, project_name: "项目" }),
			move(id, "submit"), client.del(urlOf(id))]);
		const [, submitted, discarded] = answers;

		assert.ok(won(answers).length >= 1);
		assert.ok(submitted.status !== 200 || discarded.status !== 204);
		checkLost(lost(answers), [...LOST, "not_found"]);
		assert.equal((await rowOf(id)).state,
			submitted.status === 200 ? "pending" :
				discarded.status === 204 ? "discarded" : "editing");
	}
});

test("an approved case is cancelled once, from many windows", async () => {
	const id = await pending();
	const fields = await fieldsOf(reviewers[0], id);

	await decide(reviewers[0], id, "claim", fields);
	await decide(reviewers[0], id, "approve", { ...fields, opinion: "" });
	const answers = await Promise.all(Array.from({ length: 10 },
		() => move(id, "cancel")));

	assert.equal(won(answers).length, 1);
	checkLost(lost(answers));
	assert.equal((await rowOf(id)).state, "cancelled");
});
