/* 电子发票 by an API, as people see it: in the portal from the request to another
 * one in its place, and each state on the office's pages. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { BY_API, Invoices } from "../stack/invoices.mjs";
import { pdf } from "../stack/pdf.mjs";
import { administrator, applicant, PHONE, stack, useBrowser } from "./kit.mjs";
import { field } from "./steps.mjs";

const TRIES = 4;
const SLOW = { ms: 600_000 };

let invoices;

useBrowser(async () => {
	invoices = new Invoices(stack, await signIn(stack, "applicant1"));
}, BY_API);

/* Requested; with what is to go wrong, until it is in that state. */
async function made(state, wrong, members)
{
	const application = await invoices.completed();

	if (wrong !== undefined)
		await invoices.misbehave(...wrong);
	const { id } = await invoices.ask(application, members);

	await invoices.until(id, state);
	await invoices.sandbox("behave", {});
	return { application, id };
}

test("asked for, issued, found wrong, and another in its place", async () => {
	const id = await invoices.completed();
	const path = `/applications/${id}/invoice`;
	const person = await applicant("applicant1", { at: path });
	const again = async () => {
		await person.page.goto(`${stack.baseUrl}/#/invoices`);
		await person.arrives("打印电子发票");
		await person.page.goto(`${stack.baseUrl}/#${path}`);
		await person.arrives("电子发票");
	};

	/* The provider takes its time, until what is seen meanwhile was seen. */
	const end = async (invoice, state) => {
		await invoices.until(invoice, state === "issued" ? "sent" :
			"reversing");
		await invoices.sandbox("age", {});
		await invoices.until(invoice, state);
	};

	await person.arrives("电子发票");
	await person.look("76-invoice-form");
	await invoices.misbehave("invoice_slow", SLOW);
	await person.click("申请开票");
	await person.page.getByText("发票等待开具").or(
		person.page.getByText("发票正在开具")).first().waitFor();
	const { id: first } = await invoices.load(id);

	await end(first, "issued");
	await again();
	for (const name of ["下载电子发票（PDF）", "下载 OFD", "下载 XML"])
		await person.role("link", name).waitFor();
	await person.look("77-invoice-issued");
	await person.page.getByText("发票开错了，申请红冲重开").click();
	assert.equal(await field(person, "发票抬头").inputValue(),
		invoices.applicant.session.unit_name);
	await person.look("78-invoice-correction");
	person.expect("422");
	await person.click("申请红冲重开");
	await person.page.locator(".summary a").first().waitFor();
	await field(person, "哪里开错了").fill("抬头应为个人");
	await person.role("radio", "个人").check();
	await field(person, "发票抬头").fill("周敏");
	await invoices.misbehave("invoice_slow", { ...SLOW, on: "reverse" });
	await person.click("申请红冲重开");
	await person.page.getByText("这张发票正在红冲").waitFor();
	await person.look("79-invoice-reversing");
	await end(first, "reversed");
	const [next] = await stack.db("SELECT id FROM invoices WHERE " +
		`corrects = '${first}'`);

	await invoices.until(next.id, "issued");
	await again();
	await person.page.getByText("周敏").first().waitFor();
	await person.page.getByText("还可以重开 1 次").waitFor({ state: "attached" });
	await person.role("heading", "这件申请的其他发票").waitFor();
	await person.page.getByText("由这一张代替").waitFor();
	await person.look("79-invoice-in-its-place");
	await person.leave();
});

test("a saved title is chosen, and removed", async () => {
	await made("issued", undefined,
		{ title_type: "individual", title: "郑保存" });
	const id = await invoices.completed();
	const person = await applicant("applicant1",
		{ at: `/applications/${id}/invoice`, viewport: PHONE });

	await person.role("button", "郑保存", { exact: true }).click();
	assert.equal(await field(person, "发票抬头").inputValue(), "郑保存");
	await person.look("80-invoice-titles-phone");
	await person.role("button", "不再列出抬头 郑保存").click();
	await person.role("button", "郑保存", { exact: true })
		.waitFor({ state: "detached" });
	await person.leave();
});

const FOUND = "26332000000000000801";

test("one that stays without an end: found out, confirmed, its file brought",
	async () => {
		const { id } = await made("sent", ["invoice_slow", SLOW]);
		const at = `${stack.adminUrl}/admin/invoices/${id}`;
		const operator = await administrator("operator1");
		const manager = await administrator("manager2");

		await operator.page.goto(at);
		await operator.page.getByText("最近一次查询开票平台").waitFor();
		await operator.look("admin-invoice-stuck");
		await field(operator, "查到的号码").fill(FOUND);
		await field(operator, "开具日期").fill("2026-01-05");
		await field(operator, "怎样查明的").fill("在税务系统中按批次号查到");
		/* No call is on its way just then. */
		await stack.kill("worker", "SIGTERM");
		await stack.db("UPDATE invoices SET calling_until = NULL WHERE " +
			`id = '${id}'`);
		const { version } = await invoices.row(id);

		await operator.page.locator("form[action$='/outcome'] [name=version]")
			.evaluate((input, now) => { input.value = now; }, version);
		await operator.click("提请确认");
		await operator.role("heading", "发票查明结果").waitFor();
		await manager.page.goto(operator.page.url());
		await manager.page.getByText(FOUND).first().waitFor();
		await manager.look("admin-invoice-found-out");
		await manager.click("确认");
		await manager.page.getByText("已确认").first().waitFor();
		await operator.page.goto(at);
		await operator.page.getByText("已查明开具").waitFor();
		await operator.look("admin-invoice-known");
		await field(operator, "发票号码").fill(FOUND);
		await operator.page.locator("input[type=file]").setInputFiles({
			name: "发票.pdf", mimeType: "application/pdf", buffer: pdf() });
		await operator.click("保存并交给申请单位");
		await operator.page.locator(".state.invoice-issued").first().waitFor();
		await stack.restart("worker");
		assert.equal((await invoices.row(id)).number, FOUND);
		await operator.leave();
		await manager.leave();
	});

test("each state on the office's pages", async () => {
	const fails = (on, times) => ["invoice_fails", { on, times }];
	const seen = {
		issued: await made("issued"),
		failed: await made("failed", fails("issue", TRIES)),
		sent: await made("sent", ["invoice_slow", SLOW]),
		red_failed: await made("issued"),
		reversing: await made("issued"),
	};

	await invoices.correct(seen.red_failed.application);
	await stack.db("UPDATE invoices SET state = 'red_failed', problem = " +
		"'TAX_BUREAU_REJECTED 税局返回：购买方已经用于申报抵扣' " +
		`WHERE id = '${seen.red_failed.id}'`);
	await stack.db("UPDATE invoices SET provider = 'manual' " +
		`WHERE id = '${seen.reversing.id}'`);
	await invoices.correct(seen.reversing.application);
	for (const [account, options] of [["operator1", {}],
		["manager1", { viewport: PHONE, hasTouch: true, isMobile: true }]]) {
		const person = await administrator(account, options);

		for (const at of ["", "?state=failed"]) {
			await person.page.goto(`${stack.adminUrl}/admin/invoices${at}`);
			await person.look(`admin-invoices-${account}${at.slice(1)}`);
		}
		for (const [state, { id }] of Object.entries(seen)) {
			await person.page.goto(`${stack.adminUrl}/admin/invoices/${id}`);
			await person.look(`admin-invoice-${state}-${account}`);
		}
		await person.leave();
	}
});
