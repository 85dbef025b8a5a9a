/* 到期提醒: each step once, to whoever handled the lock's last application. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { addApplicant, complete, force, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { page, pagesFrom, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const WAIT_MS = 20_000;
/* Every hour is one to remind in, but where a test says otherwise. */
const ALL_DAY = { CALOCK_REMINDER_FROM: "0", CALOCK_REMINDER_TO: "24",
	/* All of them go to one number. */
	CALOCK_SMS_NOTICES_DAY: "1000" };
const STEPS = [[61, null], [60, 60], [31, 60], [30, 30], [16, 30], [15, 15],
	[8, 15], [7, 7], [4, 7], [3, 3], [2, 3], [1, 1], [0, 1], [-1, -1],
	[-7, -1], [-8, null]];

let stack;
let operator;
let n = 0;

before(async () => {
	stack = await startStack({ env: ALL_DAY });
	operator = await signIn(stack, "operator1");
	await stack.kill("worker", "SIGTERM");
});
/* Each test has locks of its own. */
beforeEach(async () => {
	await stack.db("DELETE FROM reminders; " +
		"UPDATE locks SET valid_to = '2099-01-01'");
});
after(() => stack?.stop());

const dayAfter = (days) => `DATE(NOW() + INTERVAL 8 HOUR) + INTERVAL ${days} DAY`;

async function setEnd(serial, days)
{
	await stack.db(`UPDATE locks SET valid_from = '2020-01-01', valid_to =
		${dayAfter(days)} WHERE serial = '${serial}'`);
}

/* A unit whose lock ends so many days from now; its handler is known. */
async function lockOf(days, { isKnown = true } = {})
{
	const serial = `R${++n}`;
	const login = await addApplicant(stack, [[serial, "main", 100]]);
	const client = await signIn(stack, login);

	if (isKnown) {
		const { id } = await complete(client, "new");

		await force(stack, id, "completed");
		await stack.db(`UPDATE applications SET lock_serial = '${serial}'
			WHERE id = '${id}'`);
	}
	await setEnd(serial, days);
	return { serial, client };
}

const remindersOf = ({ serial }) => stack.db(`SELECT r.days, m.event, m.state
	FROM reminders r JOIN locks l ON l.id = r.lock_id LEFT JOIN messages m
	ON m.id = r.message_id WHERE l.serial = '${serial}' ORDER BY r.created_at`);

/* The worker comes, does what is due and goes. */
async function work(isDone)
{
	await stack.restart("worker");
	await until(isDone, "the worker has done it", WAIT_MS);
	await stack.kill("worker", "SIGTERM");
}

/* A round that finds nothing more to do has seen all. */
async function workAll()
{
	const last = await lockOf(5);

	await work(async () => (await remindersOf(last)).length === 1);
}

test("each step has its days, and none is reminded of twice", async () => {
	const locks = [];

	for (const [days, step] of STEPS)
		locks.push({ ...await lockOf(days), days, step });
	await workAll();
	await workAll();
	for (const { serial, days, step } of locks) {
		const rows = await remindersOf({ serial });

		assert.deepEqual(rows.map((row) => Number(row.days)),
			step === null ? [] : [step], `${days} days left`);
		for (const { event } of rows)
			assert.equal(event, days < 0 ? "remind_over" : "remind");
	}
});

test("it is sent, and tells of the lock alone", async () => {
	const lock = await lockOf(29);

	await work(async () => (await remindersOf(lock))[0]?.state === "sent");
	assert.match(stack.logs("worker"), /ev=sms .*template=remind /);
	const [{ detail }] = await stack.db("SELECT detail FROM audit WHERE " +
		"action = 'remind' ORDER BY at DESC, id DESC LIMIT 1");

	assert.match(detail, /^\d{4}-\d\d-\d\d 30$/);
});

/* Why it is none any more: how many days are left, and what is done. */
const MEANWHILE = [
	["the lock was renewed", 2, ({ serial }) => setEnd(serial, 365)],
	["a renewal was handed in", 2, async ({ client, serial }) => {
		const { id } = await complete(client, "renewal",
			{ lock_serial: serial });

		await submit(client, id);
	}],
	["the unit wants to hear no more", 2, ({ serial }) =>
		stack.db("UPDATE locks SET is_muted = TRUE WHERE serial = " +
			`'${serial}'`)],
	["the lock has ended", 1, ({ serial }) => setEnd(serial, -1)],
	["the lock is no longer there", 1, ({ serial }) =>
		stack.db(`DELETE r FROM reminders r JOIN locks l ON
			l.id = r.lock_id WHERE l.serial = '${serial}'; DELETE FROM
			locks WHERE serial = '${serial}'`)],
];

for (const [what, days, change] of MEANWHILE)
	test(`one that waits is not sent when meanwhile ${what}`, async () => {
		const lock = await lockOf(days);

		await work(async () => (await remindersOf(lock)).length === 1);
		const [{ id }] = await stack.db("SELECT message_id AS id FROM " +
			"reminders ORDER BY created_at DESC LIMIT 1");

		await stack.db("UPDATE messages SET state = 'queued', error = '', " +
			`next_at = NOW(6) WHERE id = '${id}'`);
		await change(lock);
		await work(async () => (await stack.db("SELECT 1 FROM messages " +
			`WHERE id = '${id}' AND state <> 'queued'`)).length === 1);
		const [row] = await stack.db("SELECT state, error FROM messages " +
			`WHERE id = '${id}'`);

		assert.deepEqual(row, { state: "failed", error: "outdated" });
	});

test("a renewal that was handed in ends it; a new end begins it anew",
	async () => {
		const lock = await lockOf(20);
		const { id } = await complete(lock.client, "renewal",
			{ lock_serial: lock.serial });

		await submit(lock.client, id);
		await workAll();
		assert.deepEqual(await remindersOf(lock), []);
		await force(stack, id, "cancelled");
		await workAll();
		assert.deepEqual((await remindersOf(lock)).map((r) => r.days), ["30"]);
		await setEnd(lock.serial, 21);
		await workAll();
		assert.deepEqual((await remindersOf(lock)).map((r) => r.days),
			["30", "30"]);
	});

test("a unit that wants to hear no more hears no more", async () => {
	const lock = await lockOf(10);
	const { body: { items: [{ id, reminders }] } } =
		await lock.client.get("/api/locks");

	assert.equal(reminders, true);
	const off = await lock.client.put(`/api/locks/${id}/reminders`,
		{ on: false });

	assert.deepEqual([off.status, off.body.reminders], [200, false]);
	await workAll();
	assert.deepEqual(await remindersOf(lock), []);
	assert.match(textOf(await page(operator, "/admin/expiring?days=15")),
		new RegExp(`${lock.serial} .*? 单位已关闭提醒`));
	await lock.client.put(`/api/locks/${id}/reminders`, { on: true });
	await workAll();
	assert.equal((await remindersOf(lock)).length, 1);
	const other = await lockOf(10);

	assert.equal((await other.client.put(`/api/locks/${id}/reminders`,
		{ on: false })).status, 404);
});

test("the ends are there as a calendar file", async () => {
	const lock = await lockOf(40);
	const { status, headers, bytes } = await lock.client.get("/api/locks.ics");
	const [{ day, id }] = await stack.db("SELECT id, DATE_FORMAT(valid_to, " +
		`'%Y%m%d') AS day FROM locks WHERE serial = '${lock.serial}'`);

	assert.equal(status, 200);
	assert.match(headers["content-type"], /^text\/calendar; charset=utf-8$/);
	assert.match(headers["content-disposition"], /^attachment; .*\.ics/);
	const text = bytes.toString();

	assert.equal(text.match(/BEGIN:VEVENT/g).length, 1);
	assert.ok(text.includes(`DTSTART;VALUE=DATE:${day}\r\n`), text);
	const uid = `UID:${id}@calock\r\nSEQUENCE:`;

	assert.ok(text.includes(uid), text);
	await stack.db("UPDATE locks SET version = version + 1, valid_to = " +
		`valid_to + INTERVAL 1 YEAR WHERE id = '${id}'`);
	const later = (await lock.client.get("/api/locks.ics")).bytes.toString();
	const version = (file) => Number(file.split(uid)[1].split("\r\n")[0]);

	assert.equal(version(later), version(text) + 1,
		"a new end takes the old one's place");
	assert.ok(text.includes(`SUMMARY:CA 锁 ${lock.serial} 到期\r\n`), text);
});

test("of a lock that nobody is known for, the office is told", async () => {
	const lock = await lockOf(6, { isKnown: false });

	await workAll();
	assert.deepEqual(await remindersOf(lock),
		[{ days: "7", event: null, state: null }]);
	assert.match(textOf(await page(operator, "/admin/expiring?days=7")),
		new RegExp(`${lock.serial} \\S+ 6 天 未提交 没有可通知的经办人`));
});

/* Hours that it is not, nor when the next one begins. */
function otherHours()
{
	const hour = (new Date().getUTCHours() + 8) % 24;
	const [from, to] = hour < 12 ? [hour + 2, 24] : [2, hour - 1];

	return { CALOCK_REMINDER_FROM: `${from}`, CALOCK_REMINDER_TO: `${to}` };
}

test("what could not be sent in the hours is not sent outside them",
	async () => {
		const lock = await lockOf(14);
		const hours = otherHours();
		const rowOf = async () => (await stack.db(`SELECT m.state, m.error,
			m.attempts, DATE_FORMAT(m.next_at + INTERVAL 8 HOUR, '%k') AS
			hour, m.next_at BETWEEN NOW(6) AND NOW(6) + INTERVAL 1 DAY AS
			is_next FROM reminders r JOIN messages m ON m.id = r.message_id
			JOIN locks l ON l.id = r.lock_id WHERE l.serial = '${
			lock.serial}'`))[0];

		await work(async () => (await remindersOf(lock)).length === 1);
		await stack.db("UPDATE messages SET state = 'queued', attempts = 0, " +
			"error = 'provider_failed', next_at = NOW(6) WHERE id IN " +
			"(SELECT message_id FROM reminders)");
		await stack.restart("worker", hours);
		await until(async () => (await rowOf()).error !== "provider_failed",
			"it is judged", WAIT_MS);
		assert.deepEqual(await rowOf(), { state: "queued",
			error: "quiet_hours", attempts: "0",
			hour: hours.CALOCK_REMINDER_FROM, is_next: "1" });
		await stack.kill("worker", "SIGTERM");
		assert.match(textOf(await page(operator, "/admin/messages?state=queued")),
			/夜间不发提醒，早上发送/);
		await stack.db("UPDATE messages SET next_at = NOW(6) WHERE " +
			"error = 'quiet_hours'");
		await stack.restart("worker", ALL_DAY);
		await until(async () => (await rowOf()).state === "sent",
			"it is sent", WAIT_MS);
		await stack.kill("worker", "SIGTERM");
	});

test("outside the hours nobody is reminded", async () => {
	const lock = await lockOf(12);

	await stack.restart("worker", { ...ALL_DAY, ...otherHours() });
	await until(() => /ev=sweep/.test(stack.logs("worker")),
		"a whole round", WAIT_MS);
	assert.deepEqual(await remindersOf(lock), []);
	await stack.kill("worker", "SIGTERM");
});

test("the list is by end, over pages, within the days that are asked for",
	async () => {
		await stack.db(`INSERT INTO locks (id, unit_id, serial, kind,
			valid_from, valid_to) SELECT CONCAT('01j0page',
			LPAD(seq, 18, '0')), (SELECT id FROM units LIMIT 1),
			CONCAT('P', seq), 'sub', '2020-01-01',
			${dayAfter("seq DIV 3")} FROM seq_0_to_119`);
		const serials = (await pagesFrom(operator, "/admin/expiring?days=60"))
			.join("").matchAll(/<code>(P\d+)<\/code>/g);

		assert.deepEqual([...serials].map(([, serial]) => serial),
			Array.from({ length: 120 }, (_, i) => `P${i}`));
		const week = textOf(await page(operator, "/admin/expiring?days=7"));

		assert.match(week, /P23 /);
		assert.doesNotMatch(week, /P24 /);
		assert.equal((await operator.get("/admin/expiring?cursor=x")).status,
			400);
		await stack.db("DELETE FROM locks WHERE serial LIKE 'P%'");
	});
