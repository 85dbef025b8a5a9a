/* 领取: a new lock on its way to its owner, by mail and on site. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";

import { load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { PARCEL, completedCase, deliveryOf, deliveryPath, messagesOf, send,
	stepsOf } from "../stack/locks.mjs";
import { act, fieldsOf, page, pagesFrom, submitForm, textOf } from
	"../stack/pages.mjs";
import { until } from "../stack/parts.mjs";
import { startStack } from "../stack/stack.mjs";

const NUMBER = "SF1234567890123";
const ONSITE = { pickup: "onsite", recipient: undefined,
	recipient_phone: undefined, mail_address: undefined };
const received = (client, id) =>
	client.post(`/api/applications/${id}/delivery/received`, {});

let stack;
let operator;
let manager;
let reviewer;

before(async () => {
	stack = await startStack({ env: { CALOCK_SERVICE_PHONE: "0570-3012345" } });
	operator = await signIn(stack, "operator1");
	manager = await signIn(stack, "manager1");
	reviewer = await signIn(stack, "reviewer1");
});
after(() => stack?.stop());

/* A form that is refused: the page's text. */
async function refused(path, action, fields, status)
{
	const { status: is, bytes } = await submitForm(operator, path, action,
		fields);
	const text = textOf(bytes.toString("utf8"));

	assert.equal(is, status, text);
	return text;
}

test("by mail: sent, told, received, each once and in the history",
	async () => {
		const { id, batchNo, client } = await completedCase(stack, operator);
		const begun = await deliveryOf(client, id);

		assert.deepEqual([begun.way, begun.state, begun.attempt,
			begun.service_phone], ["mail", "to_send", 1, "0570-3012345"]);
		assert.deepEqual(begun.actions, ["readdress"]);
		assert.equal((await received(client, id)).status, 409);
		await send(operator, id, " sf 1234-5678 90123 ");
		const sent = await deliveryOf(client, id);

		assert.deepEqual([sent.state, sent.carrier_title, sent.tracking_no,
			sent.actions], ["sent", "顺丰速运", NUMBER, ["receive"]]);
		await until(async () => (await messagesOf(stack, id)).every((m) =>
			m.state === "sent"), "the messages are sent");
		assert.deepEqual((await messagesOf(stack, id)).map((m) => m.event),
			["complete", "delivery_sent"]);
		assert.match(stack.logs("worker"), /template=delivery_sent/);
		const key = { "Idempotency-Key": "once" };
		const path = `/api/applications/${id}/delivery/received`;
		const first = await client.post(path, {}, key);

		assert.equal(first.status, 200, JSON.stringify(first.body));
		assert.equal(first.body.delivery.state, "received");
		assert.equal((await client.post(path, {}, key)).status, 200);
		assert.equal((await received(client, id)).status, 409);
		const { history } = await load(client, id);

		assert.deepEqual(history.slice(-3).map((h) =>
			[h.action, h.step, h.opinion]), [["complete", "制证办结", ""],
			["send", "寄出CA锁", `顺丰速运 ${NUMBER}`],
			["receive", "确认收到", ""]]);
		assert.equal(history.at(-1).actor, "张明");
		assert.match(textOf(await page(operator,
			"/admin/deliveries?state=received")), new RegExp(batchNo));
	});

test("a number that is none of the carrier's is not taken", async () => {
	const { id, client } = await completedCase(stack, operator);

	for (const [carrier, number, what] of [["", NUMBER, "请选择快递公司"],
		["SF", "SF123", "单号不像是顺丰速运的"],
		["JT", NUMBER, "单号不像是极兔速递的"]])
		assert.match(await refused(deliveryPath(id), "/sent",
			{ carrier, tracking_no: number }, 422), new RegExp(what));
	assert.equal((await deliveryOf(client, id)).state, "to_send");
	assert.deepEqual((await stepsOf(client, id)).at(-1), "complete");
});

test("returned, sent again: the attempts stay, each with its number",
	async () => {
		const { id, client } = await completedCase(stack, operator);

		await send(operator, id);
		assert.match(await refused(deliveryPath(id), "/returned",
			{ note: " " }, 422), /请写明退回的原因/);
		await act(operator, deliveryPath(id), "/returned",
			{ note: "收件人电话不通" });
		const back = await deliveryOf(client, id);

		assert.deepEqual([back.state, back.note, back.actions],
			["returned", "收件人电话不通", ["readdress"]]);
		await act(operator, deliveryPath(id), "/again");
		assert.equal((await deliveryOf(client, id)).state, "to_send");
		await send(operator, id, "JT1234567890123", "JT");
		const again = await deliveryOf(client, id);

		assert.deepEqual([again.attempt, again.state, again.carrier],
			[2, "sent", "JT"]);
		assert.deepEqual(again.earlier.map((a) =>
			[a.attempt, a.state, a.tracking_no, a.note]),
		[[1, "resent", NUMBER, "收件人电话不通"]]);
		assert.deepEqual((await stepsOf(client, id)).slice(-4),
			["send", "return", "send_again", "send"]);
		assert.deepEqual((await messagesOf(stack, id)).map((m) => m.event),
			["complete", "delivery_sent", "delivery_returned",
				"delivery_sent"]);
	});

test("a wrong number is put right, and told again", async () => {
	const { id, client } = await completedCase(stack, operator);

	await send(operator, id);
	const { sent_at: at } = await deliveryOf(client, id);

	await act(operator, deliveryPath(id), "/correct",
		{ carrier: "EMS", tracking_no: "1234567890123" });
	const now = await deliveryOf(client, id);

	assert.deepEqual([now.state, now.carrier, now.sent_at],
		["sent", "EMS", at]);
	assert.equal((await messagesOf(stack, id)).length, 3);
});

test("the address can be put right until it is sent", async () => {
	const { id, client } = await completedCase(stack, operator);
	const path = `/api/applications/${id}/delivery`;
	const { version } = await load(client, id);
	const wrong = await client.put(path, { version, recipient_phone: "12" });

	assert.equal(wrong.status, 422);
	assert.deepEqual(wrong.body.errors.map((e) => e.field),
		["recipient_phone"]);
	assert.equal((await client.put(path, { recipient: "李四" })).status, 428);
	const done = await client.put(path, { version, recipient: "李四",
		mail_address: "浙江省衢州市柯城区新路9号" });

	assert.equal(done.status, 200, JSON.stringify(done.body));
	assert.deepEqual([done.body.recipient, done.body.recipient_phone,
		done.body.mail_address, done.body.version],
	["李四", PARCEL.recipient_phone, "浙江省衢州市柯城区新路9号", version + 1]);
	assert.equal((await client.put(path, { version, recipient: "王五" }))
		.status, 412);
	const same = await client.put(path, { version: version + 1,
		recipient: " 李四" });

	assert.deepEqual([same.status, same.body.version], [200, version + 1]);
	assert.deepEqual((await stepsOf(client, id)).slice(-2),
		["complete", "readdress"], "what is the same is no step");
	await send(operator, id);
	assert.equal((await client.put(path, { version: version + 2,
		recipient: "王五" })).status, 409);
	/* Whoever is only the recipient is found by the new number. */
	const [row] = await stack.db(`SELECT recipient_phone_index IS NOT NULL AS x
		FROM applications WHERE id = '${id}'`);

	assert.equal(row.x, "1");
});

test("what came back is sent again to the address that was put right since",
	async () => {
		const { id, client } = await completedCase(stack, operator);

		await send(operator, id);
		await act(operator, deliveryPath(id), "/returned",
			{ note: "查无此人" });
		const { version } = await load(client, id);
		const done = await client.put(`/api/applications/${id}/delivery`,
			{ version, recipient_phone: "13900139009" });

		assert.deepEqual([done.status, done.body.recipient_phone,
			done.body.delivery.state, done.body.delivery.actions],
		[200, "13900139009", "returned", ["readdress"]]);
		await act(operator, deliveryPath(id), "/again");
		await send(operator, id, "JT1234567890123", "JT");
		assert.deepEqual((await stepsOf(client, id)).slice(-5),
			["send", "return", "readdress", "send_again", "send"]);
		assert.match(textOf(await page(operator, deliveryPath(id))),
			/收件人电话 139\*\*\*\*9009/);
	});

test("what was looked at has changed: it is not sent to the old address",
	async () => {
		const { id, client } = await completedCase(stack, operator);
		const html = await page(operator, deliveryPath(id));
		const { version } = await load(client, id);

		await client.put(`/api/applications/${id}/delivery`,
			{ version, recipient: "李四" });
		const [, old] = /name="version" value="(\d+)"/.exec(html);

		assert.match(await refused(deliveryPath(id), "/sent",
			{ carrier: "SF", tracking_no: NUMBER, version: old }, 412),
		/已被修改|刷新|变/);
		assert.equal((await deliveryOf(client, id)).state, "to_send");
	});

test("what the applicant does next is where the lock is", async () => {
	const { id, client } = await completedCase(stack, operator);
	const next = async () => (await load(client, id)).next;

	assert.match(await next(), /等待寄出/);
	await send(operator, id);
	assert.match(await next(), /收到后请在申请页面上确认/);
	assert.equal((await received(client, id)).status, 200);
	assert.match(await next(), /CA 锁已收到，请按.*步骤启用/);
	assert.equal((await client.post(`/api/applications/${id}/activation`, {}))
		.status, 200);
	assert.match(await next(), /CA 锁已启用/);
});

test("on site: who collected it is kept, and is sealed", async () => {
	const { id, client } = await completedCase(stack, operator, ONSITE);

	assert.deepEqual([(await deliveryOf(client, id)).way,
		(await deliveryOf(client, id)).state], ["onsite", "ready"]);
	assert.match(await refused(deliveryPath(id), "/collected",
		{ relation: "agent", id_checked: "1" }, 422), /代领的请填写领取人的姓名/);
	assert.match(await refused(deliveryPath(id), "/collected",
		{ relation: "agent", collector: "赵代领" }, 422), /请核对领取人的身份证件/);
	await act(operator, deliveryPath(id), "/collected", { relation: "agent",
		collector: "赵代领", id_checked: "1" });
	const done = await deliveryOf(client, id);

	assert.deepEqual([done.state, done.collector, done.relation_title],
		["collected", "赵代领", "代领"]);
	const { history } = await load(client, id);

	assert.deepEqual([history.at(-1).action, history.at(-1).opinion],
		["hand_over", "代领领取，已核对身份证件"]);
	const [row] = await stack.db(`SELECT HEX(collector) AS c FROM deliveries
		WHERE application_id = '${id}'`);

	assert.ok(!row.c.includes(Buffer.from("赵代领").toString("hex")
		.toUpperCase()));
	assert.match(textOf(await page(reviewer, deliveryPath(id))), /赵\*\*\*\*/);
	const { bytes } = await submitForm(manager, deliveryPath(id), "/reveal",
		{ why: "dispute", note: "单位来电核实" });

	assert.match(textOf(bytes.toString("utf8")), /赵代领/);
	assert.equal((await stack.db(`SELECT 1 FROM audit WHERE action = 'reveal'
		AND subject = '${id}' AND detail LIKE 'delivery%'`)).length, 1);
});

/* Handed to somebody else than the handler. */
async function handedOver()
{
	const one = await completedCase(stack, operator, ONSITE);

	await act(operator, deliveryPath(one.id), "/collected",
		{ relation: "agent", collector: "赵代领", id_checked: "1" });
	return one;
}

test("in the evidence it is masked", async () => {
	const { id } = await handedOver();
	const { status, bytes } = await manager.get(
		`/admin/applications/${id}/evidence.zip`);

	assert.equal(status, 200);
	const file = path.join(stack.path("."), "evidence.zip");

	fs.writeFileSync(file, bytes);
	const { delivery } = JSON.parse(execFileSync("unzip",
		["-p", file, "*application.json"], { encoding: "utf8" }));

	assert.deepEqual([delivery.state, delivery.collector],
		["collected", "赵****"]);
});

test("when the record's time is over, who it was is gone", async () => {
	const { id, client } = await handedOver();

	await act(operator, `/admin/applications/${id}`, "/contact",
		{ contact: "已电话指导" });
	await stack.db(`UPDATE applications SET valid_from = '2015-01-01',
		valid_to = '2016-01-01' WHERE id = '${id}'`);
	await stack.restart("worker");
	await until(async () => (await load(client, id)).erased_at !== null,
		"it is erased", 30_000);
	const { delivery } = await load(client, id);

	assert.deepEqual([delivery.state, delivery.collector],
		["collected", null]);
	assert.deepEqual(await stack.db(`SELECT note FROM activation_contacts
		WHERE application_id = '${id}'`), [{ note: "" }]);
});

test("a renewal has none", async () => {
	const { id, client } = await completedCase(stack, operator,
		{ lock: ["RENEW1", 20] });

	assert.equal(await deliveryOf(client, id), null);
	assert.equal((await operator.get(deliveryPath(id))).status, 404);
});

test("many at once: each row for itself, and twice has one effect",
	async () => {
		const [a, b, c] = [await completedCase(stack, operator),
			await completedCase(stack, operator),
			await completedCase(stack, operator)];
		const fields = { application: [a.id, b.id], row: [a.id, b.id, c.id],
			version: ["1", "1", "1"], carrier: ["SF", "SF", ""],
			tracking_no: [NUMBER, "falsch", ""] };
		const text = await refused("/admin/deliveries", "/send", fields, 422);

		assert.match(text, new RegExp(`${b.batchNo}：单号不像是顺丰速运的`));
		assert.match(text, /其余 1 件已经办理/);
		assert.equal((await deliveryOf(a.client, a.id)).state, "sent");
		assert.equal((await deliveryOf(b.client, b.id)).state, "to_send");
		assert.equal((await deliveryOf(c.client, c.id)).state, "to_send");
		const again = await submitForm(operator, "/admin/deliveries", "/send",
			{ ...fields, tracking_no: [NUMBER, "SF2234567890123", ""] });

		assert.equal(again.status, 303);
		assert.equal((await messagesOf(stack, a.id)).length, 2);
		assert.equal((await deliveryOf(b.client, b.id)).state, "sent");
	});

test("what is pasted is taken line by line, and each bad line is named",
	async () => {
		const [a, b] = [await completedCase(stack, operator),
			await completedCase(stack, operator)];
		const collected = await completedCase(stack, operator, ONSITE);
		const renewed = await completedCase(stack, operator,
			{ lock: ["PASTE1", 20] });
		const lines = ["批次号,快递公司,单号", `${a.batchNo},顺丰速运,${NUMBER}`, "",
			`${b.batchNo}\tEMS\t12`, "CA00000000000000,SF,1", "nonsense",
			`${a.batchNo}，SF，${NUMBER}`, `${collected.batchNo},顺丰,${NUMBER}`,
			`${renewed.batchNo},顺丰,${NUMBER}`].join("\r\n");
		const text = await refused("/admin/deliveries", "/paste",
			{ lines }, 409);

		assert.match(text, new RegExp(`第 4 行，${b.batchNo}：单号不像是邮政 EMS`));
		assert.match(text, /第 5 行：没有批次号为“CA00000000000000”的申请/);
		assert.match(text, /第 6 行：每行应是三项/);
		assert.match(text, /第 7 行：前面的一行已是同一件申请/);
		assert.match(text, /第 8 行，CA\d+：不是待寄出，现在是“待领取”/);
		assert.match(text, /第 9 行，CA\d+：没有要寄的 CA 锁：.*续期/);
		assert.equal((await deliveryOf(a.client, a.id)).state, "sent");
		assert.equal((await deliveryOf(b.client, b.id)).state, "to_send");
		assert.equal((await submitForm(operator, "/admin/deliveries", "/paste",
			{ lines: `${b.batchNo},顺丰,SF3234567890123` })).status, 303);
		assert.match(await refused("/admin/deliveries", "/paste",
			{ lines: `${b.batchNo},飞鸽,1` }, 409), /现在是“已寄出”/);
		assert.match(await refused("/admin/deliveries", "/paste",
			{ lines: " \n" }, 422), /请粘贴批次号、快递公司和单号/);
		assert.match(await refused("/admin/deliveries", "/paste",
			{ lines: Array(201).fill("x,y,z").join("\n") }, 422),
		/一次最多粘贴 200 行/);
	});

test("labels show the parcel in full, with a reason, on record", async () => {
	const { id, batchNo } = await completedCase(stack, operator);
	const list = textOf(await page(operator, "/admin/deliveries"));

	assert.match(list, new RegExp(batchNo));
	assert.doesNotMatch(list, new RegExp(PARCEL.recipient_phone));
	/* A button of its own in the form that sends. */
	const ask = async (why) => operator.form("/admin/deliveries/labels",
		{ ...fieldsOf(await page(operator, "/admin/deliveries"), "/send"),
			carrier: [], tracking_no: [], application: id, why });
	const refusal = await ask("");

	assert.equal(refusal.status, 422);
	assert.match(textOf(refusal.bytes.toString("utf8")),
		/请选择查看完整信息的原因/);
	const { status, bytes } = await ask("mail");
	const text = textOf(bytes.toString("utf8"));

	assert.equal(status, 200, text);
	for (const value of Object.values(PARCEL))
		assert.match(text, new RegExp(value));
	assert.equal((await stack.db(`SELECT 1 FROM audit WHERE subject = '${id}'
		AND action = 'reveal'`)).length, 1);
});

test("what is paid back is not sent any more", async () => {
	const { id, client } = await completedCase(stack, operator);

	await stack.db(`UPDATE applications SET state = 'refunded'
		WHERE id = '${id}'`);
	assert.equal((await load(client, id)).delivery, null);
	assert.match(await refused("/admin/deliveries", "/send",
		{ application: id, row: id, version: "1", carrier: "SF",
			tracking_no: NUMBER }, 409), new RegExp("没有办理"));
	assert.deepEqual(await stack.db("SELECT state FROM deliveries WHERE " +
		`application_id = '${id}'`), [{ state: "to_send" }]);
});

test("the lists are by waiting, over pages, and one is found by its number",
	async () => {
		const { batchNo } = await completedCase(stack, operator);

		await stack.db(`INSERT INTO applications (id, batch_no, type, unit_id,
			account_id, state, consent_version, applicant_unit, pickup, category,
			payment_id) SELECT CONCAT('01j0d5vr', LPAD(seq, 18, '0')),
			CONCAT('CA2020', LPAD(seq, 10, '0')), 'enterprise', unit_id,
			account_id, 'editing', 1, '单位', 'onsite', 'new', NULL
			FROM seq_1_to_120, (SELECT unit_id, account_id FROM applications
				LIMIT 1) AS one;
		INSERT INTO orders (order_no, application_id, provider, state,
			amount_fen, created_by, expires_at) SELECT id, id, 'wechatpay',
			'paid', 1, account_id, NOW(6) FROM applications
			WHERE id LIKE '01j0d5vr%';
		INSERT INTO payments (id, order_no, application_id, provider,
			transaction_id, amount_fen, currency, paid_at, source)
			SELECT id, id, id, 'wechatpay', id, 1, 'CNY', NOW(6), 'notice'
			FROM applications WHERE id LIKE '01j0d5vr%';
		UPDATE applications SET state = 'completed', fee_fen = 1, payment_id = id,
			valid_from = CURRENT_DATE, valid_to = CURRENT_DATE,
			paid_at = NOW(6) WHERE id LIKE '01j0d5vr%';
		INSERT INTO deliveries (id, application_id, attempt, way, state,
			entered_at) SELECT id, id, 1, 'onsite', 'ready',
			NOW(6) - INTERVAL RIGHT(id, 3) DAY FROM applications
			WHERE id LIKE '01j0d5vr%'`);
		const numbers = [...(await pagesFrom(operator,
			"/admin/deliveries?state=ready")).join("")
			.matchAll(/>(CA2020\d+)</g)].map(([, n]) => Number(n.slice(-3)));

		assert.deepEqual(numbers, Array.from({ length: 120 },
			(_, i) => 120 - i));
		const found = textOf(await page(operator,
			`/admin/deliveries?batch_no=${batchNo}`));

		assert.match(found, new RegExp(batchNo));
		assert.doesNotMatch(found, /CA2020/);
		assert.match(textOf(await page(operator,
			"/admin/deliveries?batch_no=x")), /没有这个批次号/);
		assert.equal((await operator.get("/admin/deliveries?cursor=x"))
			.status, 400);
	});
