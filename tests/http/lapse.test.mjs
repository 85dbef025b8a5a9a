/*
 * Cases that nobody goes on with: told some days before, once for each time
 * that they lie still, then cancelled, and told of that.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { decided as decidedCase } from "../stack/messages.mjs";
import { page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const DAYS = 30;
const WARN = 5;
let stack;
let applicant;
let reviewer;

before(async () => {
	stack = await startStack({ env: { CALOCK_REMINDER_FROM: "0",
		CALOCK_REMINDER_TO: "24", CALOCK_CANCEL_DAYS: `${DAYS}`,
		CALOCK_CANCEL_WARN_DAYS: `${WARN}` } });
	applicant = await signIn(stack, "applicant1");
	reviewer = await signIn(stack, "reviewer1");
	await stack.kill("worker", "SIGTERM");
});
after(() => stack?.stop());

const decided = async (...how) =>
	(await decidedCase(applicant, reviewer, ...how)).id;

/* Nobody has touched it for so many days. */
const lay = (id, days) => stack.db("UPDATE applications SET entered_at = " +
	`NOW(6) - INTERVAL ${days * 24 + 1} HOUR, touched_at = entered_at ` +
	`WHERE id = '${id}'`);

const eventsOf = async (id) => (await stack.db("SELECT event, state FROM " +
	`messages WHERE application_id = '${id}' ORDER BY id`)).slice(1);

/* Once round all that the worker has to do: its own last job says so. */
async function work(id, seen)
{
	await stack.restart("worker");
	await until(seen ?? (async () => (await stack.db("SELECT 1 FROM messages " +
		`WHERE application_id = '${id}' AND state <> 'sent'`)).length === 0 &&
		stack.logs("worker").includes("ev=sweep")), "the worker's round",
	WAIT_MS);
	await stack.kill("worker", "SIGTERM");
}

test("who has to pay or to correct is told days before, and once", async () => {
	const unpaid = await decided("approve");
	const wrong = await decided("reject", { opinion: "请补正" });
	const fresh = await decided("approve");

	await lay(unpaid, DAYS - WARN);
	await lay(wrong, DAYS - 1);
	await lay(fresh, DAYS - WARN - 1);
	await work(wrong);
	await work(wrong);
	assert.deepEqual(await eventsOf(unpaid),
		[{ event: "lapse_pay", state: "sent" }]);
	assert.deepEqual(await eventsOf(wrong),
		[{ event: "lapse_correct", state: "sent" }]);
	assert.deepEqual(await eventsOf(fresh), []);
	assert.match(textOf(await page(reviewer, "/admin/messages")),
		/即将取消：尚未修改 短信/);
	const [{ detail, day }] = await stack.db("SELECT detail, DATE_FORMAT(" +
		`entered_at + INTERVAL ${DAYS} DAY + INTERVAL 8 HOUR, '%Y-%m-%d') ` +
		"AS day FROM audit JOIN applications a ON a.id = subject " +
		`WHERE action = 'lapse_warned' AND subject = '${unpaid}'`);

	assert.equal(detail, day);
});

test("touched and left again, it is told again", async () => {
	const id = await decided("approve");

	await lay(id, DAYS - 1);
	await work(id);
	await stack.db("UPDATE messages SET created_at = NOW(6) - INTERVAL 40 DAY " +
		`WHERE application_id = '${id}'`);
	await work(id);
	assert.deepEqual((await eventsOf(id)).map(({ event }) => event),
		["lapse_pay", "lapse_pay"]);
});

test("paid or corrected before it is sent, it is not said any more",
	async () => {
		const id = await decided("approve");

		await lay(id, DAYS - 1);
		await stack.restart("worker", { CALOCK_SMS_NOTICES_DAY: "1" });
		await until(async () => (await eventsOf(id)).some((m) =>
			m.event === "lapse_pay"), "it is queued", WAIT_MS);
		await stack.kill("worker", "SIGTERM");
		await stack.db("UPDATE applications SET state = 'cancelled' " +
			`WHERE id = '${id}'; UPDATE messages SET state = 'queued', ` +
			`next_at = NOW(6) WHERE application_id = '${id}' AND event = ` +
			"'lapse_pay'");
		await stack.restart("worker", { CALOCK_SMS_NOTICES_DAY: "1000" });
		await until(async () => (await eventsOf(id))[0].state === "failed",
			"it is outdated", WAIT_MS);
		const [{ error }] = await stack.db("SELECT error FROM messages WHERE " +
			`application_id = '${id}' AND event = 'lapse_pay'`);

		assert.equal(error, "outdated");
		await stack.kill("worker", "SIGTERM");
	});

test("cancelled by the worker, the applicant is told; by oneself not",
	async () => {
		const idle = await decided("approve");
		const own = await decided("approve");
		const { status } = await applicant.post(
			`/api/applications/${own}/cancel`, {});

		assert.equal(status, 200);
		await lay(idle, DAYS);
		await work(idle, async () => (await eventsOf(idle)).some((m) =>
			m.event === "cancel" && m.state === "sent"));
		assert.deepEqual(await eventsOf(own), []);
	});
