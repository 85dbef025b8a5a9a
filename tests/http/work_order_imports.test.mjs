/* 结果导入: the CA's answer, looked at, confirmed, and done row by row. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, submitForm, textOf } from
	"../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { Session } from "../stack/session.mjs";
import { startStack } from "../stack/stack.mjs";
import { day, dispatched, paidCase, stateOf, yearsAfter } from
	"../stack/work_orders.mjs";

let stack;
let operator;
let manager;

before(async () => {
	stack = await startStack({});
	operator = await signIn(stack, "operator1");
	manager = await signIn(stack, "manager1");
});
after(() => stack?.stop());

/* A browser's form with a file. */
async function upload(client, path, content, name = "ca.csv")
{
	const form = formsOf(await page(client, path)).find((f) =>
		f.action?.endsWith("/imports"));
	const data = new FormData();

	for (const [key, [value]] of Object.entries(ownFields(form)))
		data.set(key, value);
	data.set("file", new Blob([content]), name);
	const body = new Response(data);

	return client.request("POST", form.action,
		Buffer.from(await body.arrayBuffer()),
		{ "Content-Type": body.headers.get("content-type") });
}

function csv(...rows)
{
	return [["批次号", "结果", "锁序列号", "有效期自", "有效期至", "原因"],
		...rows].map((row) => row.join(",")).join("\r\n");
}

/* Uploaded: the page of the import. */
async function draft(path, content, name)
{
	const answer = await upload(operator, path, content, name);

	assert.equal(answer.status, 303, textOf(answer.bytes.toString()));
	return answer.headers.location;
}

/* And asked for: the page of the confirmation. */
async function asked(path, content)
{
	const imported = await draft(path, content);

	assert.equal(await act(operator, imported, "/ask",
		{ reason: "CA 回执" }), imported);
	const html = await page(operator, imported);

	return { imported, confirmation:
		/href="(\/admin\/confirmations\/\w+)"/.exec(html)[1] };
}

async function rowsOf(imported)
{
	return stack.db("SELECT * FROM work_order_import_rows WHERE import_id = " +
		`'${imported.split("/").at(-1)}' ORDER BY n`);
}

async function importState(imported)
{
	const [row] = await stack.db("SELECT state FROM work_order_imports " +
		`WHERE id = '${imported.split("/").at(-1)}'`);

	return row.state;
}

async function countHistory(id, action)
{
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM history WHERE " +
		`application_id = '${id}' AND action = '${action}'`);

	return Number(n);
}

const orderOf = (cases) => dispatched(operator, cases);

test("looked at first, confirmed by a manager, done row by row", async () => {
	const renewal = await paidCase(stack, { lock: ["TG-1", 20], years: 2 });
	const fresh = await paidCase(stack);
	const failed = await paidCase(stack);
	const foreign = await paidCase(stack);
	const path = await orderOf([renewal, fresh, failed]);

	await orderOf([foreign]);
	const imported = await draft(path, csv(
		[renewal.batchNo, "成功"],
		[fresh.batchNo, "成功", "NEW-1", day(), yearsAfter(day(), 2)],
		[failed.batchNo, "失败", "", "", "", "公章不清"],
		[foreign.batchNo, "成功"],
		["CA20200101000001", "成功"]));
	const text = textOf(await page(operator, imported));

	assert.match(text, /可以办理 3 已办理 0 不能办理 2/);
	assert.match(text, new RegExp(`${renewal.batchNo} 成功 — ${day(21)} 至 ` +
		`${yearsAfter(day(20), 2)} — 可以办理 文件没有有效期，按规则填写`));
	assert.match(text, new RegExp(`NEW-1 ${day()} 至 ${yearsAfter(day(), 2)} ` +
		`— 可以办理 有效期与按规则推算的 ${yearsAfter(day(), 1)} 不同`));
	assert.match(text, new RegExp(`${foreign.batchNo}.*不在这个制证批次里`));
	assert.match(text, /CA20200101000001.*没有这个批次号/);
	assert.match(text, /提请确认/);
	assert.doesNotMatch(text, /继续办理/);
	assert.equal(await stateOf(stack, renewal.id), "processing");
	assert.equal((await submitForm(operator, imported, "/ask",
		{ reason: " " })).status, 422);
	await act(operator, imported, "/ask", { reason: "CA 回执 1129" });
	const html = await page(operator, imported);
	const confirmation = /href="(\/admin\/confirmations\/\w+)"/.exec(html)[1];

	assert.match(textOf(html), /等待第二人确认/);
	assert.match(textOf(await page(manager, confirmation)),
		/文件 ca\.csv .*办结 2 行 .*退回 1 行 .*不能办理 2 行/);
	assert.ok((await page(manager, confirmation)).includes(
		`href="${imported}"`));
	assert.equal(await stateOf(stack, renewal.id), "processing");
	await act(manager, confirmation, "/confirm");
	assert.equal(await stateOf(stack, renewal.id), "completed");
	assert.equal(await stateOf(stack, fresh.id), "completed");
	assert.equal(await stateOf(stack, failed.id), "paid");
	assert.deepEqual(await stack.db("SELECT event FROM messages WHERE " +
		`application_id = '${failed.id}' ORDER BY id DESC LIMIT 1`),
	[{ event: "fail" }]);
	assert.equal(await stateOf(stack, foreign.id), "processing");
	assert.equal(await importState(imported), "done");
	/* Locks: one renewed, one registered. */
	const seen = await load(renewal.client, renewal.id);

	assert.equal(seen.lock.valid_to, yearsAfter(day(20), 2));
	assert.equal((await load(fresh.client, fresh.id)).lock.serial, "NEW-1");
	assert.equal((await load(failed.client, failed.id)).history.at(-1).opinion,
		"公章不清");
	/* In the name of who asked. */
	assert.equal(seen.history.at(-1).actor,
		(await load(renewal.client, renewal.id)).history
			.find((h) => h.action === "complete").actor);
	const [{ name }] = await stack.db(
		"SELECT name FROM accounts WHERE login = 'operator1'");

	assert.equal(seen.history.at(-1).actor, name);
	const over = textOf(await page(operator, imported));

	assert.match(over, /可以办理 0 已办理 3 不能办理 2/);
	assert.doesNotMatch(over, /提请确认|继续办理/);
});

test("each form of the file is read", async () => {
	for (const [name, make] of [
		["bom.csv", (n) => Buffer.from(`\ufeffbatch_no,result,reason\n${n},failed,原因\n`)],
		["gb.csv", (n) => Buffer.concat([Buffer.from([0xc5, 0xfa, 0xb4, 0xce,
			0xba, 0xc5]), Buffer.from(","), Buffer.from([0xbd, 0xe1, 0xb9,
			0xfb]), Buffer.from(`,reason\r\n${n},`), Buffer.from([0xca, 0xa7,
			0xb0, 0xdc]), Buffer.from(",x\r\n")])],
		["ca.json", (n) => JSON.stringify({ results: [
			{ batch_no: n, result: "failed", reason: "原因" }] })],
	]) {
		const one = await paidCase(stack);
		const path = await orderOf([one]);
		const imported = await draft(path, make(one.batchNo), name);

		assert.match(textOf(await page(operator, imported)),
			/可以办理 1 已办理 0 不能办理 0/, name);
	}
});

test("what is no such file is refused, and nothing is kept", async () => {
	const path = await orderOf([await paidCase(stack)]);
	const count = async () => (await stack.db(
		"SELECT COUNT(*) AS n FROM work_order_imports"))[0].n;
	const before = await count();

	for (const [content, why] of [
		["", "请选择 CA 的结果文件"],
		["a,b\n1,2\n", "至少有“批次号”和“结果”"],
		[Buffer.from([0xff, 0xfe, 0x41, 0x00]), "UTF-8 或 GB18030"],
		["[1]", "第 1 项应是 JSON 对象"],
		["batch_no,result\n\"x", "引号没有结束"],
		["batch_no,result\n" + "x,y\n".repeat(1001), "超过 1000 行"],
	]) {
		const answer = await upload(operator, path, content);

		assert.equal(answer.status, 422, why);
		assert.match(textOf(answer.bytes.toString()), new RegExp(why));
	}
	const big = await upload(operator, path, Buffer.alloc(2 << 20, "x"));

	assert.equal(big.status, 413);
	assert.equal(await count(), before);
	assert.equal((await operator.get(`${path}/imports/${"0".repeat(26)}`))
		.status, 404);
});

test("rows that cannot be: each says why, and nothing of them is asked for",
	async () => {
		const renewal = await paidCase(stack, { lock: ["TG-9", 20] });
		const twice = await paidCase(stack);
		const path = await orderOf([renewal, twice]);
		const imported = await draft(path, csv(
			[renewal.batchNo, "成功", "TG-8", day(), yearsAfter(day(), 1)],
			[twice.batchNo, "成功", "N-1"], [twice.batchNo, "失败", "", "",
				"", "x"],
			["", "成功"]));
		const text = textOf(await page(operator, imported));

		assert.match(text, /锁序列号与申请的 TG-9 不同/);
		assert.match(text, /与第 4 行的批次号重复/);
		assert.match(text, /与第 3 行的批次号重复/);
		assert.match(text, /没有填写批次号/);
		assert.match(text, /可以办理 0 已办理 0 不能办理 4/);
		assert.doesNotMatch(text, /提请确认/);
		/* An end before the old one, and a past form that is sent again. */
		const early = await draft(path, csv([renewal.batchNo, "成功", "",
			day(-300), day(19)]));

		assert.match(textOf(await page(operator, early)),
			/早于原来的/);
		const csrf = formsOf(await page(operator, early))[0].inputs
			.find((i) => i.name === "csrf").value;
		const answer = await operator.form(`${early}/ask`, { csrf,
			reason: "x" });

		assert.equal(answer.status, 422);
		assert.match(textOf(answer.bytes.toString()), /没有一行可以办理/);
	});

test("one import of a work order waits at a time; declined, it can be asked " +
	"for again", async () => {
	const one = await paidCase(stack);
	const path = await orderOf([one]);
	const { imported, confirmation } = await asked(path,
		csv([one.batchNo, "成功", "N-7"]));
	const other = await draft(path, csv([one.batchNo, "成功", "N-8"]));

	assert.equal((await submitForm(operator, other, "/ask", { reason: "x" }))
		.status, 409);
	await act(manager, confirmation, "/decline", { opinion: "文件不对" });
	assert.equal(await stateOf(stack, one.id), "processing");
	await act(operator, imported, "/ask", { reason: "已核对" });
	/* Not confirmed: nothing to go on with. */
	const csrf = formsOf(await page(operator, imported))[0].inputs
		.find((i) => i.name === "csrf").value;

	assert.equal((await operator.form(`${imported}/run`, { csrf })).status,
		409);
	const again = /href="(\/admin\/confirmations\/\w+)"/.exec(
		await page(operator, imported))[1];

	await act(manager, again, "/confirm");
	assert.equal((await load(one.client, one.id)).lock.serial, "N-7");
});

test("what was done by hand meanwhile is not done again, and is told",
	async () => {
		const [one, two] = [await paidCase(stack), await paidCase(stack)];
		const path = await orderOf([one, two]);
		const { imported, confirmation } = await asked(path, csv(
			[one.batchNo, "成功", "N-1"], [two.batchNo, "成功", "N-2"]));

		await act(operator, path, "/complete", { application: one.id });
		await act(manager, confirmation, "/confirm");
		const rows = await rowsOf(imported);

		assert.deepEqual(rows.map((r) => r.state), ["refused", "done"]);
		assert.match(rows[0].outcome, /已经办结/);
		assert.equal(await countHistory(one.id, "complete"), 1);
		assert.equal(await stateOf(stack, two.id), "completed");
	});

/* Confirms and stops the run at the case that is locked, once those before
 * it are done. */
async function stopAt(locked, confirmation, done)
{
	const session = new Session(stack);
	const csrf = formsOf(await page(manager, confirmation)).find((f) =>
		f.action.endsWith("/confirm"));

	await session.run(`BEGIN; SELECT 1 FROM applications WHERE id = '${locked}' ` +
		"FOR UPDATE");
	const answer = manager.form(csrf.action, ownFields(csrf)).catch(() => null);

	await until(async () => {
		for (const id of done)
			if (await stateOf(stack, id) !== "completed")
				return false;
		return true;
	}, "rows before it");
	return { session, answer };
}

test("killed in the middle it goes on where it was, one effect each",
	async () => {
		const cases = [];

		for (let i = 0; i < 4; i++)
			cases.push(await paidCase(stack));
		const path = await orderOf(cases);
		const { imported, confirmation } = await asked(path, csv(
			...cases.map((c, i) => [c.batchNo, "成功", `K-${i}`])));
		const { session, answer } = await stopAt(cases[2].id, confirmation,
			[cases[0].id, cases[1].id]);

		await stack.kill("review");
		session.end();
		await answer;
		await stack.restart("review");
		assert.equal(await importState(imported), "running");
		assert.deepEqual((await rowsOf(imported)).map((r) => r.state),
			["done", "done", "open", "open"]);
		const text = textOf(await page(operator, imported));

		assert.match(text, /还有 2 行没有办理/);
		await act(operator, imported, "/run");
		assert.equal(await importState(imported), "done");
		/* And once more, by another: nothing is left. */
		const csrf = formsOf(await page(manager, imported))[0].inputs
			.find((i) => i.name === "csrf").value;

		assert.equal((await manager.form(`${imported}/run`, { csrf })).status,
			303);
		for (const [i, c] of cases.entries()) {
			assert.equal(await countHistory(c.id, "complete"), 1);
			assert.equal((await load(c.client, c.id)).lock.serial, `K-${i}`);
			const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM " +
				`messages WHERE application_id = '${c.id}' ` +
				"AND event = 'complete'");

			assert.equal(Number(n), 1);
		}
	});

test("two go on with it at once, and one ticks rows: one effect each",
	async () => {
		const cases = [];

		for (let i = 0; i < 4; i++)
			cases.push(await paidCase(stack));
		const path = await orderOf(cases);
		const { imported, confirmation } = await asked(path, csv(
			...cases.map((c, i) => [c.batchNo, "成功", `T-${i}`])));
		const { session, answer } = await stopAt(cases[1].id, confirmation,
			[cases[0].id]);
		const csrf = formsOf(await page(operator, imported))[0].inputs
			.find((i) => i.name === "csrf").value;
		const others = [operator.copy().form(`${imported}/run`, { csrf }),
			operator.copy().form(`${imported}/run`, { csrf })];

		session.end();
		const ticked = await submitForm(operator, path, "/complete",
			{ application: cases.map((c) => c.id) });

		assert.ok([303, 409].includes(ticked.status));
		for (const one of [await answer, ...await Promise.all(others)])
			assert.equal(one.status, 303);
		for (const c of cases)
			assert.equal(await countHistory(c.id, "complete"), 1);
		assert.equal(await importState(imported), "done");
	});

test("what nobody asked for goes, with its rows, once it is old",
	async () => {
		const one = await paidCase(stack);
		const path = await dispatched(operator, [one]);
		const content = csv([one.batchNo, "成功", "P1", "", "", ""]);
		const ids = [];

		for (let i = 0; i < 3; i++)
			ids.push((await draft(path, content)).split("/").pop());
		const [old, young, waits] = ids;
		const rows = async () => (await stack.db("SELECT m.id, COUNT(*) AS n " +
			"FROM work_order_imports m JOIN work_order_import_rows r ON " +
			`r.import_id = m.id WHERE m.id IN ('${ids.join("','")}') ` +
			"GROUP BY m.id")).map(({ id }) => id).sort();

		await act(operator, `${path}/imports/${waits}`, "/ask",
			{ reason: "CA 回执" });
		for (const id of [old, waits])
			await stack.db("UPDATE work_order_imports SET uploaded_at = " +
				`NOW(6) - INTERVAL 181 DAY WHERE id = '${id}'`);
		await stack.restart("worker");
		await until(() => /ev=purge imports=1 rows=1/
			.test(stack.logs("worker")), "the purge", 20_000);
		assert.deepEqual(await rows(), [young, waits].sort());
		assert.equal((await operator.get(`${path}/imports/${old}`)).status, 404);
	});

test("without four eyes it is done at once", async () => {
	const alone = await startStack({ env: { CALOCK_FOUR_EYES: "0" } });
	const [before, own] = [stack, operator];

	try {
		stack = alone;
		operator = await signIn(alone, "operator1");
		const one = await paidCase(alone);
		const path = await orderOf([one]);
		const imported = await draft(path, csv([one.batchNo, "成功", "A-1"]));

		await act(operator, imported, "/ask", { reason: "一人值班" });
		assert.equal(await stateOf(alone, one.id), "completed");
		const [row] = await alone.db("SELECT * FROM confirmations");

		assert.equal(row.kind, "work_order_import");
		assert.equal(Number(row.is_alone), 1);
	} finally {
		[stack, operator] = [before, own];
		await alone.stop();
	}
});
