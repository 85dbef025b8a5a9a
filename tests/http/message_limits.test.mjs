/* How many messages one number gets: more of them wait, and none is lost. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
const MOST = 3;
let stack;
let operator;
let cases;

before(async () => {
	stack = await startStack({ env: { CALOCK_SMS_NOTICES_DAY: `${MOST}` } });
	operator = await signIn(stack, "operator1");
	const applicant = await signIn(stack, "applicant1");
	const more = { second_reason: "另一个项目部使用" };

	cases = [await complete(applicant),
		await complete(applicant, "new", { ...more,
			handler_mobile: "13900139000" })];
	for (const { id } of cases)
		await submit(applicant, id);
});
after(() => stack?.stop());

const named = (n) => `01j0limt${String(n).padStart(18, "0")}`;

const add = (n, { id }) => stack.db("INSERT INTO messages SET id = " +
	`'${named(n)}', application_id = '${id}', event = 'approve', ` +
	`next_at = NOW(6) - INTERVAL ${60 - n} SECOND`);

async function rowOf(n)
{
	const [row] = await stack.db("SELECT state, attempts, error, " +
		"TIMESTAMPDIFF(MINUTE, NOW(6), next_at) AS minutes FROM messages " +
		`WHERE id = '${named(n)}'`);

	return row;
}

const sent = (n) => until(async () => (await rowOf(n)).state === "sent",
	`${n} is sent`, WAIT_MS);

test("several in one minute go out at once, as many as a day has", async () => {
	await stack.kill("worker", "SIGTERM");
	for (let n = 1; n <= MOST + 1; n++)
		await add(n, cases[0]);
	await stack.restart("worker");
	for (let n = 1; n <= MOST; n++)
		await sent(n);
	const row = await until(async () => {
		const found = await rowOf(MOST + 1);

		return found.error !== "" && found;
	}, "the last is judged", WAIT_MS);

	assert.deepEqual([row.state, row.attempts, row.error],
		["queued", "0", "number_limited"]);
	assert.ok(row.minutes > 24 * 60 - 5 && row.minutes <= 24 * 60,
		row.minutes);
	assert.match(textOf(await page(operator, "/admin/messages?state=queued")),
		/待发送 这个号码一天内的短信已满，稍后发送 0 /);
});

test("another number is not held up by it", async () => {
	await add(10, cases[1]);
	await sent(10);
});

test("it goes when the first of them is a day old", async () => {
	await stack.db("UPDATE message_takes SET taken_at = taken_at - " +
		"INTERVAL 1 DAY ORDER BY taken_at LIMIT 1");
	await stack.db("UPDATE messages SET next_at = NOW(6) " +
		`WHERE id = '${named(MOST + 1)}'`);
	await sent(MOST + 1);
	await add(5, cases[0]);
	await until(async () => (await rowOf(5)).error === "number_limited",
		"the next one waits", WAIT_MS);
});

test("no number stands in the tables that count", async () => {
	const rows = await stack.db("SELECT HEX(number_index) AS n FROM " +
		"message_takes UNION SELECT HEX(number_index) FROM message_numbers");

	assert.equal(rows.length, 2);
	for (const { n } of rows)
		assert.match(n, /^[0-9A-F]{32}$/);
});
