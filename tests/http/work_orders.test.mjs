/* 制证: the dry run before cases go to the CA, and the run after it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { force } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act, formsOf, ownFields, page, submitForm, textOf } from
	"../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";
import { day, dispatched, paidCase, stateOf } from "../stack/work_orders.mjs";

const LIST = "/admin/work-orders";
let stack;
let operator;
let other;

before(async () => {
	stack = await startStack({});
	operator = await signIn(stack, "operator1");
	/* Another operator. */
	await stack.db(`INSERT INTO accounts (id, login, password_hash, role, name,
		is_demo) SELECT '01j0demoaccountoperator002', 'operator2',
		password_hash, role, '周制证', TRUE FROM accounts
		WHERE login = 'operator1'`);
	stack.accounts.push({ role: "operator", account: "operator2",
		password: stack.accounts[0].password });
	other = await signIn(stack, "operator2");
});
after(() => stack?.stop());

async function refund(id, state = "requested")
{
	await stack.db("INSERT INTO refunds (id, payment_id, application_id, " +
		"amount_fen, reason, requested_by, state) SELECT id, id, id, 1, 'x', " +
		`account_id, '${state}' FROM applications WHERE id = '${id}'`);
}

/* The dry run over these cases: its HTML, text and form. */
async function plan(client, cases)
{
	const [form] = formsOf(await page(client, LIST))
		.filter((f) => f.action?.endsWith("/dispatch"));
	const answer = await client.form(`${LIST}/plan`, { ...ownFields(form),
		application: cases.map(({ id }) => id) });
	const html = answer.bytes.toString("utf8");

	assert.equal(answer.status, 200, textOf(html));
	return { html, text: textOf(html), form: ownFields(formsOf(html)
		.find((f) => f.action?.endsWith("/dispatch")) ?? { inputs: [] }) };
}

function run(client, form)
{
	return client.form(`${LIST}/dispatch`, form);
}

async function countOrders()
{
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM work_orders");

	return Number(n);
}

test("the dry run: how many, which not and why, totals; nothing is changed",
	async () => {
		const soon = await paidCase(stack, { lock: ["TG-1", 20] });
		const fresh = await paidCase(stack, { business: "certificate" });
		const today = await paidCase(stack, { days: 0 });
		const old = await paidCase(stack, { lock: ["TG-2", -400] });
		const refunded = await paidCase(stack);
		const left = await paidCase(stack);

		await refund(refunded.id);
		const html = await page(operator, LIST);
		const ticked = ownFields(formsOf(html).find((f) =>
			f.action?.endsWith("/dispatch"))).application;

		assert.deepEqual([soon, fresh, left].map((c) =>
			ticked.includes(c.id)), [true, true, true]);
		assert.deepEqual([today, old, refunded].map((c) =>
			ticked.includes(c.id)), [false, false, false]);
		assert.match(html, /formaction="\/admin\/work-orders\/plan"/);
		const before = await countOrders();
		const { text, form } = await plan(operator, [soon, fresh, old,
			refunded]);

		assert.match(text, /送交 3 件 不送交 3 件/);
		assert.match(text, /续期 数字证书与电子签章 1 年 2 /);
		assert.match(text, /新办 数字证书 1 年 1 /);
		assert.match(text, new RegExp(`${refunded.batchNo}.*有退款正在处理`));
		assert.match(text, new RegExp(`${today.batchNo}.*今天缴费`));
		assert.match(text, new RegExp(`${left.batchNo}.*没有勾选`));
		assert.match(text, /超过 365 天/);
		assert.deepEqual([...form.application].sort(),
			[soon, fresh, old].map((c) => c.id).sort());
		assert.equal(await countOrders(), before);
		assert.equal(await stateOf(stack, soon.id), "paid");
		const done = await run(operator, form);

		assert.equal(done.status, 303, textOf(done.bytes.toString()));
		assert.equal(done.headers.location, `${LIST}/${form.order[0]}`);
		for (const c of [soon, fresh, old])
			assert.equal(await stateOf(stack, c.id), "processing");
		/* Sent once more, it is the same run. */
		const again = await run(operator, form);

		assert.equal(again.status, 303);
		assert.equal(again.headers.location, done.headers.location);
		assert.equal(await countOrders(), before + 1);
	});

test("what has changed since the dry run is told, and nothing is sent",
	async () => {
		const [one, two] = [await paidCase(stack), await paidCase(stack)];
		const { form } = await plan(operator, [one, two]);
		const before = await countOrders();

		await dispatched(other, [two]);
		const answer = await run(operator, form);
		const html = answer.bytes.toString();

		assert.equal(answer.status, 409);
		assert.match(textOf(html), new RegExp(
			`${two.batchNo}：核对之后情况有变，现在是“制证中”`));
		assert.equal(await stateOf(stack, one.id), "paid");
		assert.equal(await countOrders(), before + 1);
		/* The page is the dry run as it is now. */
		const now = ownFields(formsOf(html).find((f) =>
			f.action?.endsWith("/dispatch")));

		assert.deepEqual(now.application, [one.id]);
		assert.equal((await run(operator, now)).status, 303);
		assert.equal(await stateOf(stack, one.id), "processing");
	});

test("a run that was broken off goes on with its work order", async () => {
	const cases = [await paidCase(stack), await paidCase(stack)];
	const { form } = await plan(operator, cases);
	const [order] = form.order;

	/* As if the program had died after the first. */
	await stack.db(`INSERT INTO work_orders (id, created_by) SELECT '${order}',
		id FROM accounts WHERE login = 'operator1';
	INSERT INTO work_order_items (work_order_id, application_id)
		VALUES ('${order}', '${cases[0].id}');
	UPDATE applications SET state = 'processing', version = version + 1,
		work_order_id = '${order}' WHERE id = '${cases[0].id}'`);
	const done = await run(operator, form);

	assert.equal(done.status, 303, textOf(done.bytes.toString()));
	const rows = await stack.db("SELECT application_id FROM work_order_items " +
		`WHERE work_order_id = '${order}'`);

	assert.equal(rows.length, 2);
	assert.equal(await stateOf(stack, cases[1].id), "processing");
});

test("two operators send the same cases at once: each goes once", async () => {
	const cases = await Promise.all([1, 2, 3, 4].map(() => paidCase(stack)));
	const forms = await Promise.all([operator, other].map((client) =>
		plan(client, cases)));
	const answers = await Promise.all([operator, other].map((client, i) =>
		run(client, forms[i].form)));
	const rows = await stack.db("SELECT application_id FROM work_order_items " +
		`WHERE application_id IN (${cases.map(({ id }) => `'${id}'`)})`);

	assert.equal(rows.length, 4, "each in one work order");
	for (const { id } of cases)
		assert.equal(await stateOf(stack, id), "processing");
	assert.ok(answers.some((a) => a.status === 409));
});

test("nobody adds to another's work order", async () => {
	const [one, two] = [await paidCase(stack), await paidCase(stack)];
	const path = await dispatched(other, [one]);
	const { form } = await plan(operator, [two]);
	const answer = await run(operator, { ...form,
		order: path.slice(LIST.length + 1) });

	assert.equal(answer.status, 409);
	assert.equal(await stateOf(stack, two.id), "paid");
	assert.equal((await run(operator, { ...form, order: "x'" })).status, 400);
});

test("the dry run of nothing, of what is no case, of what is over",
	async () => {
		const over = await paidCase(stack);

		await force(stack, over.id, "refunded");
		const csrf = formsOf(await page(operator, LIST))[0].inputs
			.find((i) => i.name === "csrf").value;
		const nothing = await operator.form(`${LIST}/plan`, { csrf });

		assert.equal(nothing.status, 422);
		assert.match(textOf(nothing.bytes.toString()), /至少勾选一件/);
		const strange = await operator.form(`${LIST}/plan`, { csrf,
			application: [over.id, "nothing"] });
		const text = textOf(strange.bytes.toString());

		assert.equal(strange.status, 200);
		assert.match(text, /没有可以送交的申请/);
		assert.match(text, new RegExp(`${over.batchNo}.*现在是“已退款”`));
		assert.match(text, /nothing.*没有这件申请/);
	});

test("what should have gone on an earlier working day is marked",
	async () => {
		const late = await paidCase(stack, { days: 12 });
		const today = await paidCase(stack, { days: 0 });
		const rows = (await page(operator, LIST)).split("<tr>");
		const rowOf = ({ batchNo }) => textOf(rows.find((row) =>
			row.includes(batchNo)));

		assert.match(rowOf(late), /应于 \d{4}-\d\d-\d\d 送交/);
		assert.doesNotMatch(rowOf(today), /应于/);
		/* Holidays since then: nothing was to be done. */
		await stack.db(`REPLACE INTO holidays (day, is_work, title)
			SELECT DATE(NOW() + INTERVAL 8 HOUR) - INTERVAL seq DAY, FALSE,
			'长假' FROM seq_0_to_12`);
		assert.doesNotMatch(textOf((await page(operator, LIST)).split("<tr>")
			.find((row) => row.includes(late.batchNo))), /应于/);
		await act(operator, LIST, "/dispatch", { application: late.id });
	});

test("an end before the lock's own is refused, by hand too", async () => {
	const one = await paidCase(stack, { lock: ["TG-7", 20] });
	const path = await dispatched(operator, [one]);
	const early = await submitForm(operator, path, "/complete",
		{ valid_from: day(-300), valid_to: day(19) });

	assert.equal(early.status, 422);
	assert.match(textOf(early.bytes.toString()), new RegExp(
		`不能早于这把锁现在的 ${day(20)}`));
	assert.equal(await stateOf(stack, one.id), "processing");
	await act(operator, path, "/complete",
		{ valid_from: day(21), valid_to: day(20 + 365) });
	assert.equal(await stateOf(stack, one.id), "completed");
});
