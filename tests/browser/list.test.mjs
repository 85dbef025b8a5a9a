/* The list and what it leads to: tabs, filters, pages, moves; other forms. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { addApplicant, complete, create, draft, force, load, submit }
	from "../stack/cases.mjs";
import { clientFrom, signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { applicant, enter, newPerson, stack, useBrowser } from "./kit.mjs";
import { field, saved } from "./steps.mjs";

const ROWS = 45;

useBrowser();

async function newcomer()
{
	const account = await addApplicant(stack);

	return { account, client: await signIn(stack, account) };
}

/* The list shows these, by number, once it has been fetched. */
async function lists(person, wanted)
{
	const shown = () => person.page.locator(
		"tbody td[data-label=批次号]").allTextContents();

	await until(async () => (await shown()).join() === wanted.join(),
		`the list shows ${wanted.length} rows`, 20_000)
		.catch(async () => assert.deepEqual(await shown(), wanted));
}

test("tabs, filters and pages, and back again", async () => {
	const { account, client } = await newcomer();
	const made = [];

	for (let i = 0; i < ROWS; i++)
		made.unshift((await create(client, { category: "new",
			handler_name: i % 2 ? "李晓梅" : "王五" })).batch_no);
	const person = await applicant(account);

	await lists(person, made.slice(0, 20));
	await person.follow("下一页");
	await lists(person, made.slice(20, 40));
	await person.follow("下一页");
	await lists(person, made.slice(40));
	assert.equal(await person.page.locator("tbody td").first()
		.textContent(), "41");
	await person.look("70-list-page");
	await person.follow("上一页");
	await person.page.getByText("第 2 页").waitFor();
	await person.page.goBack();
	await person.page.getByText("第 3 页").waitFor();
	await person.page.reload();
	await person.page.getByText("第 3 页").waitFor();

	/* Found by number and by name; the export asks for the same. */
	await field(person, "批次号").fill(made[30]);
	await person.click("查询");
	await lists(person, [made[30]]);
	await person.follow("重置");
	await lists(person, made.slice(0, 20));
	await field(person, "经办人").fill("李");
	await person.page.getByLabel("类型").selectOption("企业");
	await person.click("查询");
	await lists(person, made.filter((_, i) => i % 2).slice(0, 20));
	await person.click("导出");
	await person.look("71-export");
	for (const type of ["xlsx", "csv"])
		assert.equal(await person.page.locator(
			`dialog a[href*="export.${type}"]`).getAttribute("href"),
		`/api/applications/export.${type}?type=enterprise&handler=%E6%9D%8E`);
	await person.click("关闭");
	await person.page.getByLabel("类型").selectOption("个人");
	await person.click("查询");
	await person.page.getByText("没有符合条件的申请").waitFor();
	await person.leave();
});

test("taken back, thrown away, given up: each is asked about", async () => {
	const { account, client } = await newcomer();
	const { id, batch_no: batchNo } = await complete(client);

	await submit(client, id);
	const person = await applicant(account);

	await person.arrives("CA申请");
	await person.page.getByRole("link", { name: "待审核 1" }).click();
	await person.page.locator(".tabs [aria-current]").filter(
		{ hasText: "待审核" }).waitFor();
	await lists(person, [batchNo]);
	await person.click(/^撤回 CA/);
	await person.look("72-withdraw");
	await person.click("返回");
	assert.equal((await load(client, id)).state, "pending");
	await person.click(/^撤回 CA/);
	await person.click("确认撤回");
	await person.page.getByText("没有符合条件的申请").waitFor();
	assert.equal((await load(client, id)).state, "editing");
	await person.page.goto(`${stack.baseUrl}/#/applications/${id}`);
	await person.arrives("填写申请");
	await person.click("删除", { exact: true });
	await person.click("确认删除");
	await person.arrives("CA申请");
	assert.equal((await client.get(`/api/applications/${id}`)).status, 404);
	const other = await complete(client);

	await force(stack, other.id, "approved");
	await person.page.goto(`${stack.baseUrl}/#/applications/${other.id}`);
	await person.arrives("审核通过，请支付");
	await person.click("取消申请");
	await person.click("确认取消");
	await person.arrives("已取消");
	await person.look("73-cancelled");
	await person.leave();
});

test("a field that depends on another comes and goes with it", async () => {
	const { account, client } = await newcomer();
	const live = await complete(client);

	await submit(client, live.id);
	const { id } = await create(client, draft(client));
	const person = await applicant(account,
		{ at: `/applications/${id}` });

	/* A second new one has to be explained. */
	await person.arrives("填写申请");
	await field(person, "再次新办原因").fill("分公司另用一把");
	assert.ok(await field(person, "收件人 *").isHidden());
	await person.role("radio", "邮寄取领").check();
	await field(person, "收件人 *").fill("李晓梅");
	await field(person, "收件人电话").fill("12");
	await field(person, "收件地址").click();
	await person.page.locator("#note-recipient_phone.error").waitFor();
	await person.look("74-mail-fields");
	await person.role("radio", "现场取领").check();
	await field(person, "收件人 *").waitFor({ state: "hidden" });

	/* What is not asked for any more is in nobody's way, and not kept. */
	await person.click("提交信息");
	await person.role("link", /^请上传/).first().waitFor();
	assert.equal(await person.page.locator(".summary")
		.getByText("收件人").count(), 0);
	assert.equal((await load(client, id)).recipient_phone, null);
	await person.page.getByLabel("办理年限").selectOption({ label:
		"3 年（950.00 元）" });
	await person.page.locator("#field-fee_fen").filter(
		{ hasText: "950.00" }).waitFor();
	await person.click("修改保存");
	await saved(person);
	assert.equal((await load(client, id)).fee_fen, 95000);
	await person.leave();
});

test("an invoice: what is wrong is said, what was right is kept", async () => {
	const { account, client } = await newcomer();
	const [first, second] = [await complete(client), await complete(client)];

	for (const { id } of [first, second])
		await force(stack, id, "completed");
	const person = await applicant(account,
		{ at: `/applications/${first.id}/invoice` });

	person.expect("422");
	await person.arrives("电子发票");
	await field(person, "税号").fill("123");
	await person.click("申请开票");
	await person.page.locator(".summary").waitFor();
	await person.look("75-invoice-errors");
	assert.match(await person.page.locator(".summary a").first()
		.textContent(), /^税号：应为/);
	await person.page.locator(".summary a").first().click();
	assert.equal(await person.page.evaluate(() =>
		document.activeElement.name), "tax_no");
	await field(person, "税号").fill("91330800PDY0000282");
	await person.click("申请开票");
	await person.page.getByText("发票等待开具").waitFor();
	await person.page.goto(`${stack.baseUrl}/#/applications/${
		second.id}/invoice`);
	await person.arrives("电子发票");
	await field(person, "发票抬头").fill("别的单位");
	await person.role("button", first.applicant_unit, { exact: true }).click();
	assert.equal(await field(person, "发票抬头").inputValue(),
		first.applicant_unit);
	assert.equal(await field(person, "税号").inputValue(),
		"91330800PDY0000282");
	await person.leave();
});

test("the password is changed, and is the one from then on", async () => {
	const { account } = await newcomer();
	const person = await applicant(account);
	const { password } = stack.accounts.find((a) => a.account === account);
	const inputs = person.page.locator("input[type=password]");
	const type = async (...texts) => {
		for (const [i, text] of texts.entries())
			await inputs.nth(i).fill(text);
		await person.click("修改密码");
	};

	person.expect("401", "422");
	await person.follow("修改密码");
	await person.arrives("修改密码");
	await type(password, "New-password-1", "New-password-2");
	await person.page.getByText("两次输入的新密码不一样").waitFor();
	await type("wrong", "New-password-1", "New-password-1");
	await person.page.locator(".error").filter({ hasText: /./ }).waitFor();
	await person.look("76-password-refused");
	await type(password, "New-password-1", "New-password-1");
	await person.role("heading", "密码已修改").waitFor();
	await person.click("知道了");
	await person.arrives("CA申请");
	assert.equal((await clientFrom(stack).post("/api/session",
		{ account, password: "New-password-1" })).status, 200);
	await person.leave();
});

test("who comes with a manager's password sets one first", async () => {
	const { account } = await newcomer();
	const { password } = stack.accounts.find((a) => a.account === account);

	await stack.db("UPDATE accounts SET must_change = 1 WHERE login = " +
		`'${account}'`);
	const person = await newPerson();
	const inputs = person.page.locator("input[type=password]");

	await person.page.goto(`${stack.baseUrl}/`);
	await enter(person, account, password);
	await person.page.getByText("只能使用一次").waitFor();
	await person.look("76-password-first");
	await inputs.nth(0).fill("New-password-1");
	await inputs.nth(1).fill("New-password-1");
	await person.click("保存并进入");
	await person.arrives("CA申请");
	await person.leave();
});

test("a page that is not there, and an application of somebody else",
	async () => {
		const { account } = await newcomer();
		const other = await newcomer();
		const { id } = await create(other.client);
		const person = await applicant(account, { at: "/nowhere" });

		person.expect("404");
		await person.arrives("没有找到");
		await person.look("77-not-found");
		await person.page.goto(`${stack.baseUrl}/#/applications/${id}`);
		await person.page.getByText("请求编号").waitFor();
		await person.look("78-not-yours");
		await person.follow("返回申请列表");
		await person.arrives("CA申请");
		await person.leave();
	});
