/* What people type and paste: nothing of it is cut or dropped in silence. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { addApplicant, complete, load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { applicant, stack, useBrowser } from "./kit.mjs";
import { field, saved } from "./steps.mjs";

useBrowser();

async function withComplete()
{
	const account = await addApplicant(stack);
	const client = await signIn(stack, account);
	const { id, batch_no: batchNo } = await complete(client);

	return { account, client, id, batchNo };
}

test("what is too long is said, kept, and not handed in without", async () => {
	const { account, client, id } = await withComplete();
	const person = await applicant(account, { at: `/applications/${id}` });
	const name = field(person, "项目名称");
	const message = "项目名称最多 100 个字，现在是 120 个字，请缩短。";
	const typed = "长".repeat(120);

	await person.arrives("填写申请");
	person.expect("422");
	await name.fill(typed);
	await field(person, "法定代表人").fill("赵国强");
	await person.click("提交信息");
	const summary = person.page.locator(".summary");

	await summary.getByText(message).waitFor();
	await summary.getByText("还有 1 处需要填写或修改").waitFor();
	await person.look("80-too-long");
	assert.equal(await name.inputValue(), typed);
	assert.equal((await load(client, id)).legal_representative, "赵国强");

	/* It is there still when the page is opened anew. */
	await person.page.reload();
	await person.arrives("填写申请");
	assert.equal(await name.inputValue(), typed);
	await name.fill("𠮷".repeat(100));
	await person.click("提交信息");
	await person.arrives("核对申请");
	assert.equal((await load(client, id)).project_name, "𠮷".repeat(100));
	await person.leave();
});

test("what is said of older words does not stop newer ones", async () => {
	const { account, client, id } = await withComplete();
	const person = await applicant(account, { at: `/applications/${id}` });
	const name = field(person, "项目名称");

	await person.arrives("填写申请");
	person.expect("422");
	const late = person.holdAnswer("PUT", "**/api/applications/*");

	await name.fill("长".repeat(120));
	await late.done;
	await name.fill("长".repeat(100));
	late.letGo();
	await saved(person);
	assert.equal((await load(client, id)).project_name, "长".repeat(100));
	await person.click("提交信息");
	await person.arrives("核对申请");
	await person.leave();
});

test("a number that was pasted finds its application", async () => {
	const { account, batchNo } = await withComplete();
	const person = await applicant(account);
	const row = person.role("link", batchNo, { exact: true });

	await person.arrives("CA申请");
	for (const typed of [` ${batchNo} `, batchNo.toLowerCase()]) {
		await field(person, "批次号").fill(typed);
		await person.click("查询");
		await person.page.waitForURL(/batch_no=/);
		await row.waitFor();
		await person.follow("重置");
		await until(async () => await field(person, "批次号").inputValue()
			=== "", "the list is there anew", 20_000);
	}
	await field(person, "批次号").fill("张三");
	await person.click("查询");
	await person.page.getByText("没有符合条件的申请").waitFor();
	await field(person, "批次号").waitFor();
	await person.leave();
});
