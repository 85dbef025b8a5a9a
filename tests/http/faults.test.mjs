/*
 * The database fails in the middle: what was acknowledged is there, once,
 * nothing is half done, and the next request works.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { addApplicant, complete, consentVersion, create, load } from
	"../stack/cases.mjs";
import { CommitLoser } from "../stack/dbproxy.mjs";
import { until } from "../stack/parts.mjs";
import { endAll, holdAudit as held, waiting as waitingFor } from
	"../stack/session.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
let stack;
let client;

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
	await stack.db("CREATE TABLE weight (n INT) ENGINE=InnoDB");
});

/* A test that failed may have left its connection. */
after(async () => {
	await endAll();
	await stack?.stop();
});

const holdAudit = () => held(stack);

/* The connections of the program that wait to write audit. */
const waiting = () => waitingFor(stack, "application");

function untilWaiting(suits = () => true)
{
	return until(async () => (await waiting()).find(suits),
		"a transaction waits", WAIT_MS);
}

async function traces(id)
{
	const [rows, history, audit] = [
		await stack.db("SELECT state, version, project_name " +
			`FROM applications WHERE id = '${id}'`),
		await stack.db("SELECT action FROM history WHERE application_id = " +
			`'${id}' ORDER BY id`),
		await stack.db("SELECT action FROM audit WHERE subject = " +
			`'${id}' ORDER BY at, id`)];

	return { ...rows[0], history: history.map((row) => row.action),
		audit: audit.map((row) => row.action) };
}

test("a connection killed in a transaction is replaced, once", async () => {
	const owner = await signIn(stack, await addApplicant(stack));
	const { id } = await complete(owner);
	const hold = await holdAudit();
	const answer = owner.post(`/api/applications/${id}/submit`);
	const first = await untilWaiting();

	await stack.db(`KILL CONNECTION ${first.id}`);
	await untilWaiting((row) => row.id !== first.id);
	await hold.end();
	assert.equal((await answer).status, 200);
	const now = await traces(id);

	assert.equal(now.state, "pending");
	assert.equal(now.version, "2");
	assert.deepEqual(now.history, ["create", "submit"]);
	assert.deepEqual(now.audit.filter((a) => a === "submit"), ["submit"]);
});

test("a connection that is killed again and again is given up", async () => {
	const owner = await signIn(stack, await addApplicant(stack));
	const { id } = await complete(owner);
	const earlier = await traces(id);
	const hold = await holdAudit();
	let answer = null;
	const request = owner.post(`/api/applications/${id}/submit`)
		.then((a) => answer = a);

	await until(async () => {
		for (const row of await waiting())
			await stack.db(`KILL CONNECTION ${row.id}`).catch(() => {});
		return answer !== null;
	}, "an answer", WAIT_MS);
	await request;
	assert.equal(answer.status, 503);
	assert.equal(answer.body.code, "try_later");
	assert.equal(answer.headers["retry-after"], "1");
	await hold.end();
	assert.deepEqual(await traces(id), earlier);
	assert.equal((await owner.post(`/api/applications/${id}/submit`)).status,
		200);
});

async function deadlocks()
{
	const [row] = await stack.db("SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'");

	return Number(row.Value);
}

test("who loses a deadlock runs again", async () => {
	const { id } = await create(client);
	const earlier = await deadlocks();
	const hold = await holdAudit();

	/* The heavier transaction is not the one that is rolled back. */
	await hold.run("INSERT INTO weight SELECT seq FROM seq_1_to_2000");
	const answer = client.put(`/api/applications/${id}`,
		{ version: 1, project_name: "之后" });

	await untilWaiting();
	await hold.run("UPDATE applications SET touched_at = touched_at " +
		`WHERE id = '${id}'`);
	assert.equal(await deadlocks(), earlier + 1);
	await hold.end();
	assert.equal((await answer).status, 200);
	assert.deepEqual(await traces(id), { state: "editing", version: "2",
		project_name: "之后", history: ["create"],
		audit: ["create", "save"] });
});

test("who waits too long for a lock runs again", async () => {
	const { id } = await create(client);
	const hold = await holdAudit();
	const answer = client.put(`/api/applications/${id}`,
		{ version: 1, project_name: "之后" });
	const first = await untilWaiting();

	await untilWaiting((row) => row.query_id !== first.query_id);
	await hold.end();
	assert.equal((await answer).status, 200);
	const now = await traces(id);

	assert.equal(now.version, "2");
	assert.deepEqual(now.audit, ["create", "save"]);
});

/* Saves one after the other, counting, until told to stop. */
async function keepSaving(c, id, progress)
{
	while (!progress.isOver) {
		const n = ++progress.tried;
		const { status } = await c.put(`/api/applications/${id}`,
			{ project_name: String(n) }, { "If-Match": "*" });

		assert.ok([200, 503].includes(status), `${status}`);
		if (status === 200) {
			progress.acknowledged++;
			progress.last = n;
		} else {
			progress.refused++;
		}
	}
}

test("MariaDB killed under saves loses none that was acknowledged",
	async () => {
		const writers = await Promise.all(Array.from({ length: 4 },
			async () => ({ id: (await create(client)).id, isOver: false,
				tried: 0, acknowledged: 0, refused: 0, last: 0 })));
		const done = writers.map((w) => keepSaving(client, w.id, w));
		const progress = (name, least) => until(() =>
			writers.every((w) => w[name] >= least), name, WAIT_MS);

		for (let round = 0; round < 3; round++) {
			const at = Math.max(...writers.map((w) => w.acknowledged));

			await progress("acknowledged", at + 5);
			await stack.killDatabase();
			await stack.startDatabase();
		}
		await progress("acknowledged",
			Math.max(...writers.map((w) => w.acknowledged)) + 5);
		writers.forEach((w) => w.isOver = true);
		await Promise.all(done);
		for (const w of writers) {
			const now = await traces(w.id);
			const saves = Number(now.version) - 1;

			assert.ok(Number(now.project_name) >= w.last);
			assert.ok(saves >= w.acknowledged && saves <= w.tried,
				`${saves} of ${w.acknowledged} to ${w.tried}`);
			assert.equal(now.audit.filter((a) => a === "save").length,
				saves);
		}
	});

test("an answer to COMMIT that is lost is settled by the audit row",
	async () => {
		const proxy = new CommitLoser(stack.path("run/p.sock"),
			stack.path("run/db.sock"));

		await proxy.listen();
		await stack.restart("application",
			{ CALOCK_DB_SOCKET: proxy.socket });
		for (const lose of ["answer", "commit"]) {
			const owner = await signIn(stack, await addApplicant(stack));
			const { id } = await complete(owner);
			const consent = await consentVersion(owner);
			const post = (action) => () =>
				owner.post(`/api/applications/${id}/${action}`);
			const steps = [
				[() => owner.put(`/api/applications/${id}`,
					{ version: 1, project_name: "一次" }), 200],
				[post("submit"), 200], [post("withdraw"), 200],
				[() => owner.post("/api/applications",
					{ type: "enterprise", consent_version: consent },
					{ "Idempotency-Key": lose }), 201],
				[() => owner.del(`/api/applications/${id}`), 204]];

			for (const [step, status] of steps) {
				const lost = proxy.lost;

				proxy.lose = lose;
				assert.equal((await step()).status, status, `${lose} ${step}`);
				assert.equal(proxy.lost, lost + 1);
			}
			const now = await traces(id);

			assert.deepEqual(now.history,
				["create", "submit", "withdraw", "discard"]);
			assert.deepEqual(now.audit.filter((a) => a !== "upload"),
				["create", "save", "submit", "withdraw", "discard"]);
			assert.equal(now.version, "5");
			const { body } = await owner.get("/api/applications");

			assert.equal(body.items.length, 1);
			assert.match(stack.logs("application"), new RegExp(
				`ev=commit_settled .*committed=${lose === "answer" ? 1 : 0}`));
		}
		await stack.restart("application",
			{ CALOCK_DB_SOCKET: stack.path("run/db.sock") });
		proxy.close();
	});

test("without the database requests are refused, and served after",
	async () => {
		const { id } = await create(client);

		await stack.killDatabase();
		for (const answer of [await client.get(`/api/applications/${id}`),
			await client.put(`/api/applications/${id}`, { version: 1 }),
			await client.post("/api/session",
				{ account: "applicant1", password: "x" })]) {
			assert.equal(answer.status, 503);
			assert.equal(answer.body.code, "try_later");
		}
		await stack.startDatabase();
		assert.equal((await load(client, id)).version, 1);
		assert.equal((await client.put(`/api/applications/${id}`,
			{ version: 1 })).status, 200);
	});
