/* 查询办理进度: without signing in, with the code from the sandbox's phone. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { complete, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { nextMessage } from "../stack/phone.mjs";
import { PHONE, newPerson, stack, useBrowser } from "./kit.mjs";
import { field } from "./steps.mjs";

let app;

useBrowser(async () => {
	const client = await signIn(stack, "applicant1");
	const { id } = await complete(client, "new",
		{ handler_mobile: "19900000001" });

	app = await submit(client, id);
}, { phone: true });

/* On the page, by the way that the sign-in page shows. */
async function atPage(options)
{
	const person = await newPerson(options);

	await person.page.goto(stack.baseUrl);
	await person.arrives("登录");
	await person.follow("查询办理进度");
	await person.arrives("查询办理进度");
	return person;
}

test("from the sign-in page to the state, on a phone", async () => {
	const person = await atPage({ viewport: PHONE });

	person.expect("422");
	await person.look("60-status");
	await person.click("获取验证码");
	await person.page.getByText("请填写批次号。").waitFor();
	await field(person, "批次号").fill("CA123");
	await field(person, "经办人手机号码").fill(app.handler_mobile);
	await person.click("获取验证码");
	await person.page.getByText(/批次号由 CA 和 14 位数字组成/).waitFor();
	await person.look("61-status-wrong");
	await field(person, "批次号").fill(app.batch_no);
	const { values: [code] } = await nextMessage(stack, app.handler_mobile,
		() => person.click("获取验证码"), "SMS_code");
	const typed = field(person, "验证码");

	assert.deepEqual([await typed.getAttribute("inputmode"),
		await typed.getAttribute("autocomplete")],
	["numeric", "one-time-code"]);
	assert.ok(await typed.evaluate((node) => node === document.activeElement));
	assert.ok(await person.role("button", /秒后可以重新获取/).isDisabled());
	await typed.fill(String((Number(code) + 1) % 1e6).padStart(6, "0"));
	await typed.press("Enter");
	await person.page.getByText(/验证码不正确，或者验证码已过期/).waitFor();
	await person.look("62-status-code");
	await typed.fill(code);
	await person.click("查询");
	await person.role("heading", `批次号 ${app.batch_no}`).waitFor();
	await person.page.getByText("衢＊＊＊司").waitFor();
	await person.page.getByText("审核员会在承诺的期限前审核").waitFor();
	await person.look("63-status-shown");
	await person.leave();
});

test("a page that was opened anew takes the code that came before",
	async () => {
		const person = await atPage();
		const fill = async () => {
			await field(person, "批次号").fill(app.batch_no);
			await field(person, "经办人手机号码").fill(app.handler_mobile);
		};

		person.expect("429");
		await stack.db("DELETE FROM status_codes");
		await fill();
		const { values: [code] } = await nextMessage(stack,
			app.handler_mobile, () => person.click("获取验证码"), "SMS_code");

		await person.page.reload();
		await person.arrives("查询办理进度");
		await fill();
		await person.click("获取验证码");
		await person.page.getByText("获取得太频繁").waitFor();
		await field(person, "验证码").fill(code);
		await person.click("查询");
		await person.role("heading", `批次号 ${app.batch_no}`).waitFor();
		await person.leave();
	});

test("流程说明 can be read there, too, on a phone", async () => {
	const person = await atPage({ viewport: PHONE });

	await person.page.goto(`${stack.baseUrl}/#/guide`);
	await person.arrives("流程说明");
	await person.page.getByText("审核通过（审核员）").waitFor();
	await person.page.getByText("450.00").first().waitFor();
	await person.look("64-guide-on-a-phone");
	await person.follow("查询办理进度");
	await person.arrives("查询办理进度");
	await person.leave();
});

test("the phone shows what came, newest first", async () => {
	const person = await newPerson();

	await person.page.goto(`${stack.sandboxUrl}/sandbox/phone`);
	await person.role("heading", app.handler_mobile).waitFor();
	await person.page.getByText(/【.+】验证码\d{6}，用于查询/).first().waitFor();
	await person.check("phone");
	await person.leave();
});
