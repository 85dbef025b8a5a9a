/* The whole way in a browser: a new lock, returned once, and to its invoice. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { KINDS } from "../stack/cases.mjs";
import { pdf } from "../stack/pdf.mjs";
import { administrator, applicant, newPerson, stack, useBrowser }
	from "./kit.mjs";
import { fillIn, field, idOf, saved, startNew, upload, uploadAll }
	from "./steps.mjs";

useBrowser();

/* Opens the case in the worklist and claims it. */
async function claim(reviewer, batchNo)
{
	await reviewer.page.goto(`${stack.adminUrl}/admin/`);
	await reviewer.page.locator("tr", { hasText: batchNo })
		.getByRole("link").first().click();
	await reviewer.send(reviewer.role("button", "领取审核"));
}

async function leftOf(person, selector)
{
	return (await person.page.locator(selector).first().boundingBox()).x;
}

test("the sign-in page refuses and explains", async () => {
	const person = await newPerson();

	person.expect("401");
	await person.page.goto(stack.baseUrl);
	await person.arrives("登录");
	await person.look("01-sign-in");
	await person.click("登录");
	await person.page.getByText("请输入账号和密码。").waitFor();
	await person.page.getByLabel("账号").fill("applicant1");
	await person.page.getByLabel("密码").fill("wrong");
	await person.click("登录");
	await person.page.getByText("账号或密码不正确").waitFor();
	await person.look("01-sign-in-refused");

	/* How to apply is told to everybody; the rest begins with signing in. */
	await person.follow("流程说明");
	await person.arrives("流程说明");
	await person.look("01-guide-signed-out");
	await person.page.goto(`${stack.baseUrl}/#/payments`);
	await person.arrives("登录");
	assert.equal(await person.page.locator("dialog").count(), 0);
	await person.leave();
});

test("a new lock: filled in, returned, corrected, paid, done", async () => {
	const person = await applicant("applicant2");
	const reviewer = await administrator("reviewer1");
	const operator = await administrator("operator1");

	/* Nothing there yet; begun, and all that is missing told at once. */
	await person.arrives("CA申请");
	await person.look("02-list-empty");
	await startNew(person, "新办");
	const id = idOf(person);
	const batchNo = /CA\d{14}/.exec(await person.page.locator(".lead")
		.textContent())[0];

	await person.click("提交信息");
	await person.role("heading", /还有 \d+ 处需要填写或修改/).waitFor();
	await person.look("03-form-errors");
	await person.role("link", "请选择办理业务。").waitFor();
	await person.follow("请填写法定代表人。");
	assert.equal(await person.page.evaluate(() =>
		document.activeElement.name), "legal_representative");

	/* Filled in and handed in. */
	await fillIn(person);
	await uploadAll(person, KINDS.new);
	await person.click("修改保存");
	await saved(person);
	await person.look("04-form-complete");
	await person.click("提交信息");
	await person.arrives("核对申请");
	await person.look("05-check");
	await person.click("确认提交");
	await person.arrives("已提交，等待审核");
	await person.look("06-pending");

	/* Returned with pins; only what is pinned is asked for again. */
	await reviewer.look("admin-worklist");
	await claim(reviewer, batchNo);
	await reviewer.look("admin-case");
	assert.equal(await reviewer.page.locator("[value=risk_notice]").count(),
		0, "of a new lock no risk notice is asked for");
	assert.ok(await leftOf(reviewer, ".files") >
		await leftOf(reviewer, ".proof table"), "the scans stand beside");
	await reviewer.page.locator("#reject-opinion").fill("法定代表人与营业执照不一致");
	await reviewer.page.locator(
		"[name=pin][value=legal_representative]").check();
	await reviewer.page.locator(
		"[name=pin][value=business_licence]").check();
	await reviewer.send(reviewer.page.locator(
		"form[action$='/reject'] button"));
	await person.page.reload();
	await person.arrives("修改申请");
	await person.look("07-returned");
	assert.equal(await person.page.locator(".pinned").count(), 2);
	assert.ok(await person.page.getByText("已审无误").count() > 15);

	/* As it is it would come back. */
	const warning = person.page.getByText("退回后还没有修改过");

	await person.click("提交信息");
	await warning.waitFor();
	await person.look("07-as-returned");
	await person.follow("返回修改");
	await person.arrives("修改申请");
	await field(person, "法定代表人").fill("陈建民");
	await person.click("删除 营业执照.pdf");
	await person.click("确认删除");
	await upload(person, "business_licence", "新的营业执照.pdf");
	await person.role("link", "查看 新的营业执照.pdf").waitFor();
	await person.click("提交信息");
	await person.arrives("核对申请");
	assert.equal(await warning.count(), 0);
	await person.click("确认提交");
	await person.arrives("已提交，等待审核");

	/* Passed, and paid by the code. */
	await claim(reviewer, batchNo);
	await reviewer.send(reviewer.page.locator(
		"form[action$='/approve'] button"));
	await person.page.reload();
	await person.arrives("审核通过，请支付");
	await person.look("08-approved");
	await person.follow("去支付");
	await person.arrives("支付办理费用");
	await person.look("09-payment-choice");
	await person.click("使用微信支付");
	await person.role("img", "微信支付付款码").evaluate((image) =>
		image.decode());
	await person.look("10-payment-code");
	await pay(id);
	await person.arrives("已缴费");
	await person.look("11-paid");

	/* The night passes; the CA makes the lock. */
	await stack.db("UPDATE applications SET paid_at = paid_at - INTERVAL 1 " +
		`DAY WHERE id = '${id}'`);
	await dispatch(operator, batchNo);
	await person.page.reload();
	await person.arrives("已办结");
	await person.look("12-completed");
	await person.role("link", "打开 e签宝 官网下载证书工具").waitFor();

	/* The invoice. */
	await person.follow("申请电子发票");
	await person.arrives("电子发票");
	await person.look("13-invoice-request");
	await person.click("申请开票");
	await person.page.getByText("发票等待开具").waitFor();
	await person.look("14-invoice-requested");
	await issue(operator, id);
	await person.tab("打印电子发票");
	await person.look("15-invoices");
	const [download] = await Promise.all([
		person.page.waitForEvent("download"),
		person.follow(`下载发票 ${batchNo}`)]);

	assert.match(download.suggestedFilename(), /^电子发票_\d+\.pdf$/);
	await person.tab("CA支付");
	await person.look("16-payments");
	await person.tab("流程说明");
	await person.look("17-guide");
	await person.tab("CA申请");
	await person.look("18-list");
	for (const who of [person, reviewer, operator])
		await who.leave();
});

async function pay(id)
{
	const [order] = await stack.db("SELECT code_url FROM orders " +
		`WHERE application_id = '${id}'`);
	const paid = await fetch(`${stack.sandboxUrl}/sandbox/pay`,
		{ method: "POST", body: JSON.stringify(order) });

	assert.equal(paid.status, 200);
}

async function dispatch(operator, batchNo)
{
	await operator.page.goto(`${stack.adminUrl}/admin/work-orders`);
	await operator.look("admin-work-orders");
	await operator.send(operator.role("button", "核对并送交"));
	await operator.look("admin-work-order-plan");
	await operator.page.locator(
		"main form[action$='/dispatch'] button[type=submit]").click();
	await operator.page.getByText(batchNo).first().waitFor();
	await operator.page.locator("[name^=serial]").fill("TG20269998");
	await operator.look("admin-work-order");
	await operator.send(operator.page.locator(
		"form[action$='/complete'] button"));
}

async function issue(operator, id)
{
	const [{ id: invoice }] = await stack.db("SELECT id FROM invoices WHERE " +
		`application_id = '${id}'`);

	await operator.page.goto(`${stack.adminUrl}/admin/invoices`);
	await operator.look("admin-invoices");
	await operator.page.goto(`${stack.adminUrl}/admin/invoices/${invoice}`);
	await operator.look("admin-invoice");
	await operator.page.locator("[name=number]").fill("26332000000000000001");
	await operator.page.locator("[name=pdf]").setInputFiles({
		name: "发票.pdf", mimeType: "application/pdf",
		buffer: pdf({ text: "fapiao" }) });
	await operator.send(operator.page.locator(
		"form[action$='/issue'] button"));
}
