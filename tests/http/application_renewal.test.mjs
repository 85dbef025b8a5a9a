/* Renewals and their locks, second new locks, and one live case of each. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { addApplicant, complete, create, draft, force, load, submit } from
	"../stack/cases.mjs";
import { startStack } from "../stack/stack.mjs";

let stack;

before(async () => {
	stack = await startStack({});
});

after(() => stack?.stop());

async function unitWith(...locks)
{
	return await signIn(stack, await addApplicant(stack, locks));
}

function day(plus)
{
	return new Date(Date.now() + (8 * 3600 + plus * 86_400) * 1000)
		.toISOString().slice(0, 10);
}

function problemsOf(list, field)
{
	return list.filter((item) => item.field === field)
		.map((item) => item.code);
}

/* The remark about the lock of a renewal, or null. */
async function lockError(client, fields = {})
{
	const { errors } = await create(client,
		draft(client, { category: "renewal", ...fields }));
	const found = errors.filter((e) => e.field === "lock_serial");

	assert.ok(found.length <= 1);
	return found[0] ?? null;
}

test("the unit's only main lock is taken by itself", async () => {
	const client = await unitWith(["MAIN1", "main", 20], ["SUB1", "sub", 20],
		["SUB2", "sub", 20]);
	const app = await create(client, { category: "renewal" });

	assert.equal(app.lock_serial, "MAIN1");
	assert.deepEqual(app.lock, { id: app.lock.id, serial: "MAIN1",
		kind: "main", valid_from: app.lock.valid_from, valid_to: day(20),
		days_left: 20, renewal_open: true, reminders: true,
		handler_known: false, activated_at: null, awaits_activation: null });
	const cleared = await client.put(`/api/applications/${app.id}`,
		{ version: 1, lock_serial: null });

	assert.equal(cleared.body.lock_serial, "MAIN1");
	const chosen = await client.put(`/api/applications/${app.id}`,
		{ version: 2, lock_serial: " ｓｕｂ２ " });

	assert.equal(chosen.body.lock_serial, "SUB2");
	assert.equal((await create(client, { category: "new" })).lock_serial,
		null);
});

test("with two main locks one has to choose", async () => {
	const client = await unitWith(["A1", "main", 20], ["A2", "main", 30]);
	const app = await create(client, { category: "renewal" });

	assert.equal(app.lock_serial, null);
	assert.deepEqual(problemsOf(app.errors, "lock_serial"), ["required"]);
	assert.equal(await lockError(client, { lock_serial: "A2" }), null);
});

test("another unit's lock is none of ours", async () => {
	const client = await unitWith(["B1", "main", 20]);

	for (const serial of ["TG20250001", "NOTHING"])
		assert.match((await lockError(client, { lock_serial: serial }))
			.message, /不在本单位名下/);
});

test("a unit whose locks we do not know types the serial", async () => {
	const client = await unitWith();

	assert.equal((await lockError(client)).code, "required");
	assert.equal(await lockError(client, { lock_serial: "ANY-123" }), null);
	const app = await complete(client, "renewal", { lock_serial: "ANY-123" });

	assert.equal((await submit(client, app.id)).state, "pending");
	assert.equal(app.lock, null);
});

test("a renewal opens 90 days before the end, until 365 after", async () => {
	const client = await unitWith(["C1", "main", 0]);
	const cases = [
		[91, `这把锁到 ${day(91)} 才到期，${day(1)} 起可以办理续期。`],
		[90, null], [1, null], [0, null], [-1, null], [-365, null],
		[-366, `这把锁已于 ${day(-366)} 到期，续期已于 ${day(-1)} 截止，` +
			"请办理新办。"],
	];

	for (const [days, message] of cases) {
		await stack.db(`UPDATE locks SET valid_to = DATE(NOW() +
			INTERVAL 8 HOUR) + INTERVAL ${days} DAY WHERE serial = 'C1'`);
		const error = await lockError(client);
		const { body } = await client.get("/api/locks");

		assert.equal(error?.message ?? null, message, `${days} days`);
		assert.equal(body.items[0].renewal_open, message === null);
		assert.equal(body.items[0].days_left, days);
	}
});

test("a refused renewal is refused at submit with the date", async () => {
	const client = await unitWith(["D1", "main", 200]);
	const { id } = await complete(client, "renewal");
	const { status, body } = await client.post(
		`/api/applications/${id}/submit`);

	assert.equal(status, 422);
	assert.deepEqual(problemsOf(body.errors, "lock_serial"), ["lock"]);
	assert.ok(body.errors[0].message.includes(day(110)));
	assert.equal((await load(client, id)).state, "editing");
});

test("the span is a setting", async () => {
	const client = await unitWith(["E1", "main", 100]);

	assert.ok(await lockError(client) !== null);
	await stack.restart("application", { CALOCK_RENEWAL_OPENS_DAYS: "100" });
	const error = await lockError(client);

	await stack.restart("application", { CALOCK_RENEWAL_OPENS_DAYS: "90" });
	assert.equal(error, null);
});

test("nobody has to come for a renewal, nor is it mailed", async () => {
	const client = await unitWith(["F1", "main", 20]);
	const mailed = { pickup: "mail", recipient: "张三",
		recipient_phone: "13800138000", mail_address: "衢州市示例路1号" };
	const renewal = await create(client,
		draft(client, { category: "renewal", ...mailed }));
	const fresh = await create(client, draft(client, mailed));

	assert.deepEqual(problemsOf(renewal.errors, "pickup"),
		["renewal_onsite"]);
	assert.deepEqual(problemsOf(fresh.errors, "pickup"), []);
	const bare = await create(client, draft(client, { pickup: "mail" }));

	for (const field of ["recipient", "recipient_phone", "mail_address"])
		assert.deepEqual(problemsOf(bare.errors, field), ["required"]);
});

test("one live renewal a lock, in every live state", async () => {
	const client = await unitWith(["G1", "main", 20], ["G2", "sub", 20]);
	const [first, second] = [await complete(client, "renewal"),
		await complete(client, "renewal")];

	await submit(client, first.id);
	const again = () => client.post(`/api/applications/${second.id}/submit`);

	for (const state of ["pending", "approved", "paid", "processing"]) {
		await force(stack, first.id, state);
		const { status, body } = await again();

		assert.equal(status, 409, state);
		assert.equal(body.code, "already_live", state);
		assert.equal((await load(client, second.id)).state, "editing");
	}
	/* The other lock may be renewed all the same. */
	const third = await complete(client, "renewal", { lock_serial: "G2" });

	assert.equal((await submit(client, third.id)).state, "pending");
	await force(stack, first.id, "completed");
	assert.equal((await again()).status, 200);
});

test("a second new lock needs a reason", async () => {
	const client = await unitWith();
	const first = await complete(client);
	const second = await complete(client);

	await submit(client, first.id);
	const { status, body } = await client.post(
		`/api/applications/${second.id}/submit`);

	assert.equal(status, 422);
	assert.deepEqual(problemsOf(body.errors, "second_reason"), ["required"]);
	const saved = await client.put(`/api/applications/${second.id}`,
		{ version: second.version, second_reason: "分公司另需一把" });

	assert.deepEqual(saved.body.errors, []);
	assert.equal((await submit(client, second.id)).second_reason,
		"分公司另需一把");
	/* The first is live still: a third needs its reason, too. */
	const third = await complete(client);

	assert.deepEqual(problemsOf(third.errors, "second_reason"),
		["required"]);
	await force(stack, first.id, "cancelled");
	assert.deepEqual(problemsOf((await load(client, third.id)).errors,
		"second_reason"), ["required"]);
	await force(stack, second.id, "cancelled");
	assert.deepEqual((await load(client, third.id)).errors, []);
});

/* R8: a UNIQUE key decides, and who loses is told why. */
for (const category of ["renewal", "new"])
	test(`ten submits at once of two for one lock: ${category}`, async () => {
		for (let round = 0; round < 5; round++) {
			const client = await unitWith(["H1", "main", 20]);
			const apps = [await complete(client, category),
				await complete(client, category)];
			const answers = await Promise.all(
				Array.from({ length: 10 }, (_, i) => client.post(
					`/api/applications/${apps[i % 2].id}/submit`)));
			const won = answers.filter((a) => a.status === 200);
			const states = await stack.db("SELECT state, version, round " +
				"FROM applications WHERE id IN " +
				`('${apps[0].id}', '${apps[1].id}') ORDER BY state`);

			assert.equal(won.length, 1);
			assert.deepEqual(states, [
				{ state: "editing", version: "1", round: "0" },
				{ state: "pending", version: "2", round: "1" }]);
			for (const { status, body } of answers)
				if (status === 422)
					assert.deepEqual(body.errors.map((e) => e.field),
						["second_reason"]);
				else if (status !== 200)
					assert.ok(["already_live", "wrong_state",
						"stale_version"].includes(body.code), body.code);
		}
	});
