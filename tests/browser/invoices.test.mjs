/* 电子发票 by an API, as people see it: in the portal from the request to another
 * one in its place, and each state on the office's pages. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { signIn } from "../stack/client.mjs";
import { BY_API, Invoices } from "../stack/invoices.mjs";
import { administrator, applicant, PHONE, stack, useBrowser } from "./kit.mjs";
import { field } from "./steps.mjs";

const TRIES = 4;

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

	await person.arrives("电子发票");
	await person.look("76-invoice-form");
	await person.click("申请开票");
	await person.page.getByText("发票等待开具").or(
		person.page.getByText("发票正在开具")).first().waitFor();
	const { id: first } = await invoices.load(id);

	await invoices.until(first, "issued");
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
	await person.click("申请红冲重开");
	await person.page.getByText("这张发票正在红冲").waitFor();
	await person.look("79-invoice-reversing");
	await invoices.until(first, "reversed");
	const [next] = await stack.db("SELECT id FROM invoices WHERE " +
		`corrects = '${first}'`);

	await invoices.until(next.id, "issued");
	await again();
	await person.page.getByText("周敏").first().waitFor();
	await person.page.getByText("还可以重开 1 次").waitFor({ state: "attached" });
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

test("each state on the office's pages", async () => {
	const fails = (on, times) => ["invoice_fails", { on, times }];
	const seen = {
		issued: await made("issued"),
		failed: await made("failed", fails("issue", TRIES)),
		sent: await made("sent", ["invoice_slow", { ms: 600_000 }]),
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
