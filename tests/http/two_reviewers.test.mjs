/*
 * Two reviewers work the same list at once, 1,000 random actions between
 * them, while the applicant hands in again what comes back. Whatever a page
 * showed is held against the history and the trail afterwards.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Random } from "../faults/random.mjs";
import { addApplicant, complete, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { formsOf, ownFields, textOf } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const CASES = 10, ACTIONS = 1000;
const REVIEWERS = ["reviewer1", "reviewer2"];
const NAMES = { reviewer1: "王审核", reviewer2: "赵审核" };

let stack;
/* Two: one alone would upload more in a moment than an account may. */
const applicants = [];
const ids = [];
const owner = new Map();
const seen = []; /* what pages showed: {who, id, from, to, state, holder} */
const answers = []; /* when a change was acknowledged: {id, to} */

const now = () => Date.now();
const pathOf = (id) => `/admin/applications/${id}`;

before(async () => {
	stack = await startStack({});
	for (let i = 0; i < 2; i++)
		applicants.push(await signIn(stack, await addApplicant(stack)));
	for (let i = 0; i < CASES; i++)
		await handIn();
});
after(() => stack?.stop());

async function handIn()
{
	const applicant = applicants[ids.length % applicants.length];
	const { id } = await complete(applicant, "new",
		{ second_reason: "另一个项目部使用" });

	await submit(applicant, id);
	owner.set(id, applicant);
	ids.push(id);
}

/* What a case's page says: its state, and who holds it. */
function readCase(html)
{
	const [, state] = /class="state (\w+)"/.exec(html);
	const isMine = html.includes("此申请由您领取");
	const other = /此申请由 (\S+) 领取/.exec(textOf(html));

	return { state, isMine, holder: other?.[1] ?? null };
}

class Reviewer {
	constructor(client, account, seed)
	{
		Object.assign(this, { client, account,
			random: new Random(seed), forms: [] });
	}

	async ask(path)
	{
		const from = now();
		const answer = await this.client.get(path);

		assert.equal(answer.status, 200, path);
		return { html: answer.bytes.toString(), from, to: now() };
	}

	/* A look at a case; its forms are kept, to be sent now or much later. */
	async look(id)
	{
		const { html, from, to } = await this.ask(pathOf(id));
		const facts = readCase(html);
		const forms = formsOf(html)
			.filter(({ action }) => action.startsWith(pathOf(id)) &&
				!action.endsWith("/reveal"));
		const names = forms.map(({ action }) => action.split("/").at(-1));

		seen.push({ who: this.account, id, from, to, ...facts });
		/* What is offered follows from what is shown. */
		assert.equal(names.includes("approve"), facts.isMine);
		assert.equal(names.includes("release"), facts.isMine);
		assert.equal(names.includes("claim"), facts.state === "pending" &&
			!facts.isMine && facts.holder === null);
		this.forms.push(...forms.map((form) => ({ id, form })));
		return forms;
	}

	async list()
	{
		const { html, from, to } = await this.ask("/admin/");

		for (const row of html.split("<tr>").slice(2)) {
			const [, id] = /applications\/(\w+)"/.exec(row);

			seen.push({ who: this.account, id, from, to,
				state: /class="state (\w+)"/.exec(row)[1],
				isMine: row.includes("由我领取"),
				holder: /(\S+) 审核中/.exec(textOf(row))?.[1] ?? null });
		}
	}

	/* Sends a form; it succeeds, or says why not, and nothing else. */
	async send(id, form)
	{
		const action = form.action.split("/").at(-1);
		const fields = { ...ownFields(form) };

		if (action === "reject")
			fields.opinion = "请补正";
		if (action === "reveal")
			fields.why = "compare";
		const answer = await this.client.form(form.action, fields);

		assert.ok([action === "reveal" ? 200 : 303, 409]
			.includes(answer.status),
			`${action}: ${answer.status}`);
		if (answer.status === 303 && ["approve", "reject"].includes(action)) {
			answers.push({ id, to: now() });
			await this.goOn(id, action);
		}
	}

	/* The applicant: corrects what was returned, or needs one more. */
	async goOn(id, action)
	{
		if (action === "approve")
			return handIn();
		/* Alone it needed no reason; by now there may be others. */
		const { version } = await load(owner.get(id), id);

		await owner.get(id).put(`/api/applications/${id}`,
			{ version, second_reason: "另一个项目部使用" });
		await submit(owner.get(id), id);
		answers.push({ id, to: now() });
	}

	async step()
	{
		const id = this.random.pick(ids);
		const dice = this.random.below(10);

		if (dice === 0)
			return this.list();
		if (dice === 1 && this.forms.length > 0) {
			const { id: old, form } = this.random.pick(this.forms);

			return this.send(old, form);
		}
		if (dice === 2) {
			const [form] = formsOf((await this.ask("/admin/")).html)
				.filter(({ action }) => action === "/admin/next");

			return this.client.form(form.action, ownFields(form));
		}
		const forms = await this.look(id);

		if (forms.length > 0)
			await this.send(id, this.random.pick(forms));
	}
}

const ms = (text) => Date.parse(`${text.replace(" ", "T")}Z`);

/* The times in which a case was in a state, as its history has them. */
async function statesOf(id)
{
	const after = { create: "editing", submit: "pending",
		approve: "approved", reject: "rejected" };
	const rows = await stack.db(`SELECT action, version, handled_at FROM
		history WHERE application_id = '${id}' ORDER BY version`);

	return rows.map((row, i) => ({ state: after[row.action],
		version: Number(row.version), from: ms(row.handled_at),
		to: rows[i + 1] === undefined ? Infinity :
			answerAfter(id, ms(rows[i + 1].handled_at)) }));
}

/* A change is seen by all at the latest when its answer has come. */
function answerAfter(id, at)
{
	return Math.min(...answers.filter((a) => a.id === id && a.to >= at)
		.map(({ to }) => to), at + 5000);
}

/* Who held a case when, as the trail has it. */
async function holdersOf(id)
{
	const rows = await stack.db(`SELECT action, login, at FROM audit
		JOIN accounts ON accounts.id = actor_id WHERE subject = '${id}'
		AND action IN ('claim', 'release', 'approve', 'reject')
		ORDER BY at, audit.id`);

	return rows.map(({ action, login, at }) =>
		({ action, login, at: ms(at) }));
}

/* Whether one held it at some time between two moments. */
function hasHeld(rows, login, from, to)
{
	return rows.some((row, i) => row.action === "claim" &&
		row.login === login && row.at <= to + 1 &&
		!rows.slice(i + 1).some((later) => later.action !== "claim" &&
			later.login === login && later.at < from - 1000));
}

test("1,000 random actions of two", async () => {
	const people = await Promise.all(REVIEWERS.map(async (account, i) =>
		new Reviewer(await signIn(stack, account), account, i + 1)));

	await Promise.all(people.map(async (person) => {
		for (let i = 0; i < ACTIONS / people.length; i++)
			await person.step();
	}));
	assert.ok(seen.length > ACTIONS / 2);
	assert.ok(answers.length > 50, `${answers.length} decisions`);
});

test("no page showed what was not so", async () => {
	for (const id of ids) {
		const states = await statesOf(id);
		const holders = await holdersOf(id);

		for (const one of seen.filter((s) => s.id === id)) {
			assert.ok(states.some(({ state, from, to }) =>
				state === one.state && from <= one.to + 1 &&
				to >= one.from), JSON.stringify([one, states]));
			const holder = one.isMine ? one.who :
				REVIEWERS.find((who) => NAMES[who] === one.holder);

			if (holder !== undefined)
				assert.ok(hasHeld(holders, holder, one.from, one.to),
					JSON.stringify([one, holders]));
		}
	}
});

test("each round was decided once, by who held it", async () => {
	for (const id of ids) {
		const { history } = await load(owner.get(id), id);
		const rows = await holdersOf(id);
		let holder = null;

		for (const { action, login } of rows) {
			/* Who is there may take it again; another must wait. */
			assert.ok(action !== "claim" || holder === null ||
				holder === login, JSON.stringify(rows));
			if (action === "approve" || action === "reject")
				assert.equal(login, holder, JSON.stringify(rows));
			if (action === "claim")
				holder = login;
			else if (login === holder)
				holder = null;
		}
		const versions = (await statesOf(id)).map(({ version }) => version);

		assert.equal(versions.length, history.length);
		assert.deepEqual(versions, [...new Set(versions)]
			.sort((a, b) => a - b));
		const [{ reviews, rounds }] = await stack.db(`SELECT
			(SELECT COUNT(*) FROM reviews WHERE application_id = a.id)
				AS reviews,
			a.round - (a.state = 'pending') AS rounds
			FROM applications a WHERE id = '${id}'`);

		assert.equal(Number(reviews), Number(rounds));
	}
});
