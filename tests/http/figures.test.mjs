/* 统计: what the worker has counted is what the rows say, whatever period is
 * asked for; and what changes is counted anew. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, page, textOf } from "../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";
import * as data from "./figures_data.mjs";

const PATH = "/admin/figures";
const { MONTHS } = data;
const PERIOD = `?from=${MONTHS[0]}&to=${MONTHS.at(-1)}`;
const OLD = `?from=${MONTHS[0]}&to=${MONTHS[0]}`;
const WAIT_MS = 60_000;
const STATES = ["编辑中", "待审核", "审核不通过", "审核通过", "已缴费", "制证中",
	"已办结", "已取消", "已退款"];
const WORDS = ["editing", "pending", "rejected", "approved", "paid",
	"processing", "completed", "cancelled", "refunded"];

let stack;
let manager;

before(async () => {
	stack = await startStack({ env: { CALOCK_FIGURES_SECONDS: "1" } });
	manager = await signIn(stack, "manager1");
	/* As if it had never counted: what is there is all found. */
	await stack.kill("worker", "SIGTERM");
	await data.fill(stack);
	await stack.db("DELETE FROM figure_days; DELETE FROM figures");
	await stack.restart("worker");
	await until(async () => {
		const [{ n, left }] = await stack.db("SELECT COUNT(*) AS n, " +
			"SUM(counted_at IS NULL) AS `left` FROM figure_days");

		return Number(n) > 100 && left === "0";
	}, "every day is counted", WAIT_MS);
});
after(() => stack?.stop());

/* Rows of cells, the titles first. */
async function csv(name, query = PERIOD, client = manager)
{
	const answer = await client.get(`${PATH}/${name}.csv${query}`);
	const text = answer.bytes.toString("utf8");

	assert.equal(answer.status, 200, text);
	assert.match(answer.headers["content-disposition"], /attachment/);
	assert.ok(text.startsWith("\ufeff"), "a byte order mark");
	return text.slice(1).trimEnd().split("\r\n").map((line) =>
		[...line.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell]) => cell));
}

const yuan = (fen) => (fen / 100).toFixed(2);

test("applications by month and by the state that they are in", async () => {
	const [titles, ...rows] = await csv("states");
	const expected = await data.states(stack);

	assert.deepEqual(titles, ["月份", ...STATES, "合计"]);
	const lines = MONTHS.map((m) => WORDS.map((w) => expected[m]?.[w] ?? 0));

	assert.deepEqual(rows.slice(0, -1), MONTHS.map((m, i) => [m,
		...lines[i].map(String),
		String(lines[i].reduce((a, b) => a + b))]));
	assert.deepEqual(rows.at(-1).slice(1, -1).map(Number),
		WORDS.map((_, w) => lines.reduce((sum, l) => sum + l[w], 0)));
	assert.equal(Number(rows.at(-1).at(-1)), data.CASES * 0.9);
});

test("of the first decisions, how many were approved", async () => {
	const [, ...rows] = await csv("yield");
	const expected = await data.firsts(stack);

	assert.deepEqual(rows.slice(0, -1), MONTHS.map((m) => {
		const { approve = 0, reject = 0 } = expected[m] ?? {};
		const n = approve + reject;

		return [m, String(n), String(approve),
			n === 0 ? "" : (100 * approve / n).toFixed(2)];
	}));
	assert.ok(Number(rows.at(-1)[1]) > 400);
});

test("the reasons that were given most often come first", async () => {
	const [, ...rows] = await csv("reasons");

	assert.deepEqual(rows, await data.reasons(stack));
	assert.equal(rows.length, 6);
});

test("income is what came less what went back", async () => {
	const [, ...rows] = await csv("income");
	const expected = await data.income(stack);

	assert.deepEqual(rows.slice(0, -1).map((row) => row.filter((_, i) =>
		i !== 3)), MONTHS.map((m) => {
		const { paid = 0, count = 0, refunded = 0 } = expected[m] ?? {};

		return [m, String(count), yuan(paid), yuan(refunded),
			yuan(paid - refunded)];
	}));
	assert.ok(Number(rows.at(-1)[4]) > 0, "some went back");
});

test("times: how many, the mean, and the median within 4 %", async () => {
	const [, ...rows] = await csv("times");
	const expected = await data.times(stack);

	assert.deepEqual(rows.map(([title]) => title), STATES.slice(0, 6));
	for (const [i, word] of WORDS.slice(0, 6).entries()) {
		const list = expected[word] ?? [];
		const [, n, median, mean] = rows[i];
		const middle = (list[Math.floor((list.length - 1) / 2)] +
			list[Math.floor(list.length / 2)]) / 2;

		assert.equal(Number(n), list.length, word);
		assert.ok(Math.abs(60 * median - middle) <= 0.04 * middle + 1,
			`${word}: ${60 * median} s, not ${middle} s`);
		assert.ok(Math.abs(60 * mean -
			list.reduce((a, b) => a + b, 0) / list.length) < 2, word);
	}
});

test("the page has each table with its drawing, for who may see it",
	async () => {
		const html = await page(manager, PATH + PERIOD);
		const text = textOf(html);

		assert.equal([...html.matchAll(/<svg[^>]* role="img"/g)].length, 5);
		assert.match(text, /首次通过率 按首次审核的月份/);
		assert.match(text, new RegExp(`${MONTHS[1]} [\\d ]+ ${MONTHS[2]} `));
		assert.match(text, /统计截至 \d{4}-\d\d-\d\d \d\d:\d\d。/);
		assert.doesNotMatch(html.slice(html.indexOf("<main")),
			/<script|style="/);
		for (const name of ["states", "times", "yield", "reasons", "income"])
			assert.ok(html.includes(
				`${PATH}/${name}.csv${PERIOD.replace("&", "&amp;")}`), name);
		const reviewer = await signIn(stack, "reviewer1");
		const theirs = await page(reviewer, PATH + PERIOD);

		assert.equal([...theirs.matchAll(/role="img"/g)].length, 4);
		assert.doesNotMatch(textOf(theirs), /收入|收款/);
		assert.equal((await reviewer.get(`${PATH}/income.csv`)).status, 403);
		await csv("states", "", reviewer);
	});

test("a column is as high as its number, its parts upon each other",
	async () => {
		const html = await page(manager, PATH + PERIOD);
		const [, svg] = /<section[^>]*aria-labelledby="states">([^]*?)<\/svg>/
			.exec(html);
		const bars = [...svg.matchAll(
			/<rect class="(\w+)" x="(\d+)" y="(\d+)" width="\d+" height="(\d+)"><title>(\S+) (\S+) (\d+)</g)]
			.map(([, style, x, y, height, month, , n]) => ({ style, x,
				month, y: Number(y), height: Number(height), n: Number(n) }));
		const unit = bars[0].height / bars[0].n;
		const one = bars.filter((b) => b.month === MONTHS[1]);

		assert.ok(one.length >= 5);
		assert.equal(new Set(one.map((b) => b.x)).size, 1);
		for (const [i, bar] of one.entries()) {
			assert.ok(Math.abs(bar.height - unit * bar.n) <= unit / 4 + 2);
			if (i > 0)
				assert.equal(bar.y + bar.height, one[i - 1].y);
		}
	});

test("a period without anything, and what is none", async () => {
	const empty = textOf(await page(manager, `${PATH}?from=2001-01&to=2001-02`));

	assert.equal([...empty.matchAll(/这段时间没有数据/g)].length, 5);
	for (const [query, message] of [
		["?from=2026-05&to=2026-04", /结束月份不能早于开始月份/],
		["?from=2022-01&to=2026-04", /一次最多统计 36 个月/],
		["?from=2026-13", /请选择月份/], ["?from=1000-01", /请选择月份/], ["?to=5月", /请选择月份/]]) {
		const answer = await manager.get(PATH + encodeURI(query));

		assert.equal(answer.status, 422, query);
		assert.match(textOf(answer.bytes.toString()), message);
		assert.match(answer.bytes.toString(), /aria-invalid="true"/);
		assert.equal((await manager.get(
			`${PATH}/states.csv${encodeURI(query)}`)).status, 422);
	}
});

/* The numbers of the month that it is, by title. */
async function now(name)
{
	const [titles, ...rows] = await csv(name, "");
	const row = rows.at(-2);

	return Object.fromEntries(titles.map((title, i) => [title, row[i]]));
}

test("what changes is counted anew, also of a month that is over",
	async () => {
		const applicant = await signIn(stack, "applicant1");
		const reviewer = await signIn(stack, "reviewer1");
		const { id } = await complete(applicant);
		const path = `/admin/applications/${id}`;

		await submit(applicant, id);
		await until(async () => (await now("states"))["待审核"] === "1",
			"it is counted as pending", WAIT_MS);
		await act(reviewer, path, "/claim");
		await act(reviewer, path, "/reject",
			{ opinion: "x", reason: "seal_missing" });
		await until(async () => (await now("states"))["审核不通过"] === "1" &&
			(await now("yield"))["首次审核"] === "1", "as rejected", WAIT_MS);
		assert.equal((await now("states"))["待审核"], "0");
		assert.equal((await now("yield"))["首次通过率（%）"], "0.00");
		const [{ text }] = await stack.db("SELECT text FROM reasons WHERE " +
			"code = 'seal_missing'");

		assert.deepEqual((await csv("reasons", `?from=${MONTHS.at(-1)}`)).slice(1)
			.find((row) => row[0] === text), [text, "1"]);
		/* An old case moves, and money of an old day comes to light. */
		const [, before_] = await csv("states", OLD);

		await stack.db(`UPDATE applications SET state = 'cancelled',
			entered_at = NOW(6) WHERE
			batch_no LIKE 'CA${MONTHS[0].replace("-", "")}%' AND
			state = 'approved' LIMIT 1;
			UPDATE payments SET created_at = NOW(6), amount_fen = amount_fen + 1
			WHERE id = (SELECT id FROM (SELECT id FROM payments
				ORDER BY paid_at LIMIT 1) AS p)`);
		await until(async () => {
			const [, row] = await csv("states", OLD);

			return Number(row[8]) === Number(before_[8]) + 1;
		}, "the old month", WAIT_MS);
		const expected = await data.income(stack);

		await until(async () => (await csv("income"))[1][2] ===
			yuan(expected[MONTHS[0]].paid), "the old money", WAIT_MS);
		/* And a refund of an old day, of which the provider tells today. */
		await stack.db(`INSERT INTO refund_history (refund_id, version, event,
			state, role) SELECT id, 2, 'succeed', 'done', 'worker' FROM refunds
			WHERE state = 'sent' ORDER BY id LIMIT 1;
			UPDATE refunds r JOIN refund_history h ON h.refund_id = r.id
			SET r.state = 'done', r.done_at = (SELECT MIN(paid_at) FROM payments)
			WHERE h.event = 'succeed'`);
		const late = await data.income(stack);

		await until(async () => (await csv("income"))[1][4] ===
			yuan(late[MONTHS[0]].refunded), "the old refund", WAIT_MS);
	});
