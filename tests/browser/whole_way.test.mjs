/*
 * The manual's steps 1 to 11 as people go them, with the phone in hand: a new
 * lock by mail, a new one that is collected, and a renewal.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { KINDS, addApplicant } from "../stack/cases.mjs";
import { until } from "../stack/parts.mjs";
import { messagesTo } from "../stack/phone.mjs";
import { pdf } from "../stack/pdf.mjs";
import { administrator, enter, newPerson, stack, start, stop }
	from "./kit.mjs";
import { ANSWERS, agree, field, fillIn, idOf, startNew, uploadAll }
	from "./steps.mjs";

const MESSAGE_MS = 20_000;
const SERIALS = 26_100_000;

before(() => start({ phone: true }));
after(stop);

const ADDRESS = { 收件人: "李晓梅", 收件人电话: "0570-3012345",
	收件地址: "浙江省衢州市柯城区示例路1号" };
const TAX_NO = "91330800PDY000204Y";
const mobiles = { next: 13900139000 };

const WAYS = {
	"a new lock, by mail": {
		category: "新办", pickup: "邮寄取领", kinds: KINDS.new,
		completed: /CA锁将按您填写的收件地址邮寄/,
		received: byMail, activated: /锁的序列号/ },
	"a new lock, collected": {
		category: "新办", pickup: "现场取领", kinds: KINDS.new,
		completed: /请经办人携带本人身份证到现场领取CA锁/,
		received: onSite, activated: /锁的序列号/ },
	"a renewal": {
		category: "续期", pickup: "现场取领", kinds: KINDS.renewal,
		completed: /续期已办结，请用原锁激活，无需到场领取/,
		received: nothingToCollect, activated: /到期日/ },
};

/* The phone shows a text that it did not show before. */
async function told(walk, text)
{
	const message = await until(async () =>
		(await messagesTo(stack, walk.mobile)).find((m) =>
			text.test(m.text) && !walk.read.has(m.key)),
	`${text} on the phone`, MESSAGE_MS);

	walk.read.add(message.key);
	return message.text;
}

async function reload(walk, title)
{
	await walk.person.page.reload();
	await walk.person.arrives(title);
}

/* 1 to 5: signs in, chooses, agrees, fills in. */
async function fill(walk)
{
	const { person, way } = walk;
	const { password } = stack.accounts.find((a) =>
		a.account === walk.account);

	await person.page.goto(stack.baseUrl);
	await enter(person, walk.account, password);
	await person.arrives("CA申请");
	for (const tab of ["CA支付", "打印电子发票", "流程说明", "CA申请"])
		await person.tab(tab);
	if (way.category === "续期") {
		await person.click(/办理续期/);
		await agree(person);
	} else {
		await startNew(person, way.category);
	}
	walk.id = idOf(person);
	await fillIn(person, { ...ANSWERS, 经办人手机号码: walk.mobile },
		way.pickup);
	if (way.pickup === "邮寄取领")
		for (const [label, text] of Object.entries(ADDRESS))
			await field(person, `${label} *`).fill(text);
}

/* 6 and 7: the template, the files, handing in. */
async function handIn(walk)
{
	const { person, way } = walk;
	const [download] = await Promise.all([
		person.page.waitForEvent("download"),
		person.page.getByRole("link", { name: /申请表/ }).first().click()]);

	assert.match(download.suggestedFilename(), /\.pdf$/);
	await uploadAll(person, way.kinds);
	await person.click("提交信息");
	await person.arrives("核对申请");
	if (way.category === "续期")
		await person.page.getByLabel(/没有用原锁加密/).check();
	await person.click("确认提交");
	await person.arrives("已提交，等待审核");
	[{ batch_no: walk.batchNo }] = await stack.db("SELECT batch_no FROM " +
		`applications WHERE id = '${walk.id}'`);
}

/* 8: reviewed, told, paid, told. */
async function review({ reviewer, batchNo })
{
	await reviewer.page.goto(`${stack.adminUrl}/admin/`);
	await reviewer.page.locator("tr", { hasText: batchNo })
		.getByRole("link").first().click();
	await reviewer.send(reviewer.role("button", "领取审核"));
	await reviewer.send(reviewer.page.locator(
		"form[action$='/approve'] button"));
}

async function pay(walk)
{
	const { person } = walk;

	assert.match(await told(walk, /已审核通过/), new RegExp(walk.batchNo));
	await reload(walk, "审核通过，请支付");
	await person.follow("去支付");
	await person.arrives("支付办理费用");
	await person.click("使用微信支付");
	await person.role("img", "微信支付付款码").waitFor();
	const payer = await person.open();
	const [order] = await stack.db("SELECT code_url FROM orders WHERE " +
		`application_id = '${walk.id}'`);

	await payer.page.goto(`${stack.sandboxUrl}/pay?code_url=${
		encodeURIComponent(order.code_url)}`);
	await payer.send(payer.page.getByRole("button"));
	await payer.page.close();
	await person.arrives("已缴费");
	await told(walk, /已收到缴费/);
}

/* 9: those who paid the day before go to the CA together. */
async function make(walk)
{
	const { operator, way } = walk;

	await stack.db("UPDATE applications SET paid_at = paid_at - INTERVAL 1 " +
		`DAY WHERE id = '${walk.id}'`);
	await operator.page.goto(`${stack.adminUrl}/admin/work-orders`);
	await operator.send(operator.role("button", "核对并送交"));
	await operator.page.locator(
		"main form[action$='/dispatch'] button[type=submit]").click();
	await operator.page.getByText(walk.batchNo).first().waitFor();
	if (way.category === "新办")
		await operator.page.locator("[name^=serial]").fill(walk.serial);
	await operator.page.locator("form[action$='/complete'] button").click();
	await told(walk, way.completed);
	await reload(walk, "已办结");
}

/* The lock comes to its owner. */
async function byMail(walk)
{
	const { operator, person } = walk;
	const row = operator.page.locator("tr", { hasText: walk.batchNo });

	await person.page.getByText("待寄出").first().waitFor();
	await operator.page.goto(`${stack.adminUrl}/admin/deliveries`);
	await operator.look("admin-deliveries");
	await row.getByRole("checkbox").check();
	await row.getByRole("combobox").selectOption({ label: "顺丰速运" });
	await row.locator("[name=tracking_no]").fill("SF1234567890123");
	await operator.click("登记寄出勾选的");
	await told(walk, /SF1234567890123/);
	await reload(walk, "已办结");
	await person.page.getByText("SF1234567890123").first().waitFor();
	await person.look("70-sent");
	await person.click("确认收到");
	await person.page.getByText("CA 锁已收到").waitFor();
}

async function onSite(walk)
{
	const { operator, person } = walk;

	await person.page.getByText("待领取").first().waitFor();
	await operator.page.goto(`${stack.adminUrl}/admin/deliveries?state=ready`);
	await operator.page.getByRole("link", { name: walk.batchNo }).click();
	await operator.page.getByLabel("领取人", { exact: true })
		.selectOption({ label: "经办人本人" });
	await operator.page.getByLabel(/已核对领取人的身份证件/).check();
	await operator.look("admin-delivery");
	await operator.send(operator.role("button", "登记领取"));
	await reload(walk, "已办结");
	await person.page.getByText("已领取").first().waitFor();
}

async function nothingToCollect({ person })
{
	assert.equal(await person.role("heading", "领取 CA 锁").count(), 0);
}

/* 9, its end: the invoice. */
async function invoice(walk)
{
	const { person, operator } = walk;

	await person.follow("申请电子发票");
	await person.arrives("电子发票");
	await field(person, /税号/).fill(TAX_NO);
	await person.click("申请开票");
	await person.page.getByText("发票等待开具").waitFor();
	const [{ id }] = await stack.db("SELECT id FROM invoices WHERE " +
		`application_id = '${walk.id}'`);

	await operator.page.goto(`${stack.adminUrl}/admin/invoices/${id}`);
	await operator.page.locator("[name=number]").fill(
		`263320000000${walk.serial.slice(2)}`);
	await operator.page.locator("[name=pdf]").setInputFiles({
		name: "发票.pdf", mimeType: "application/pdf",
		buffer: pdf({ text: "fapiao" }) });
	await operator.page.locator("form[action$='/issue'] button").click();
	await told(walk, /发票/);
	await person.tab("打印电子发票");
	const [download] = await Promise.all([
		person.page.waitForEvent("download"),
		person.follow(`下载发票 ${walk.batchNo}`)]);

	assert.match(download.suggestedFilename(), /^电子发票_\d+\.pdf$/);
}

/* 10 and 11: the tool, the lock, and that it works. */
async function activate(walk)
{
	const { person } = walk;

	await person.page.goto(`${stack.baseUrl}/#/applications/${walk.id}`);
	await person.arrives("已办结");
	await person.role("link", /官网下载证书工具/).waitFor();
	await person.look(`71-activate-${walk.way.category}`);
	await person.page.getByText(walk.way.activated).first().waitFor();
	await person.click("确认已启用");
	await person.arrives("已办结，CA 锁已启用");
	await person.look(`72-activated-${walk.way.category}`);
}

/* And somebody who has no account at hand asks how it stands. */
async function inquire(walk)
{
	const visitor = await newPerson();

	await visitor.page.goto(stack.baseUrl);
	await visitor.follow("查询办理进度");
	await visitor.page.getByLabel("批次号").fill(walk.batchNo);
	await visitor.page.getByLabel("经办人手机号码").fill(walk.mobile);
	await visitor.click("获取验证码");
	const [, code] = /(?<!\d)(\d{6})(?!\d)/.exec(await told(walk, /验证码/));

	await visitor.page.getByLabel("验证码").fill(code);
	await visitor.click("查询");
	await visitor.page.getByText("已办结").first().waitFor();
	await visitor.leave();
}

for (const [i, [name, way]] of Object.entries(WAYS).entries())
	test(name, async () => {
		const walk = { way, read: new Set(), mobile: String(mobiles.next++),
			serial: `TG${SERIALS + i}`, person: await newPerson(),
			reviewer: await administrator("reviewer1"),
			operator: await administrator("operator1"),
			account: await addApplicant(stack,
				[[`TG${SERIALS + 100 + i}`, "main", 20]]) };

		await fill(walk);
		await handIn(walk);
		await review(walk);
		await pay(walk);
		await make(walk);
		await way.received(walk);
		await invoice(walk);
		await activate(walk);
		await inquire(walk);
		for (const who of [walk.person, walk.reviewer, walk.operator])
			await who.leave();
	});
