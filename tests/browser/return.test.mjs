/* Save and return: lost sessions, lost networks, two windows, shared computers. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { addApplicant, complete, create, draft, load }
	from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { applicant, enter, stack, useBrowser } from "./kit.mjs";
import { field, saved } from "./steps.mjs";

useBrowser();

/* A person before the form of a draft of their own. */
async function atForm(fields = {}, options = {})
{
	const account = await addApplicant(stack);
	const client = await signIn(stack, account);
	const { id } = await create(client, draft(client, fields));
	const path = `/applications/${id}`;
	const person = await applicant(account, { at: path, ...options });

	await person.arrives("填写申请");
	return { person, client, id, account, password:
		stack.accounts.find((a) => a.account === account).password };
}

/* What the browser keeps of drafts, open and closed. */
function kept(person)
{
	return person.page.evaluate(() => [localStorage, sessionStorage]
		.map((storage) => Object.entries(storage)
			.filter(([key]) => key.startsWith("calock.draft."))
			.map(([, value]) => value).join()));
}

function endSessions(account)
{
	return stack.db("DELETE sessions FROM sessions JOIN accounts a " +
		`ON a.id = account_id WHERE login = '${account}'`);
}

test("a session that ends in mid-form is begun again on the spot", async () => {
	const { person, id, account, password } = await atForm();

	person.expect("401");
	await endSessions(account);
	await field(person, "单位地址").fill("浙江省衢州市柯城区新路 2 号");
	await person.role("heading", "请重新登录").waitFor();
	await person.look("40-signed-out-in-form");
	await enter(person, account, "wrong");
	await person.page.getByText("账号或密码不正确").waitFor();
	await enter(person, account, password);
	await saved(person);
	assert.equal(await field(person, "单位地址").inputValue(),
		"浙江省衢州市柯城区新路 2 号");
	const other = await signIn(stack, account);

	assert.equal((await load(other, id)).address,
		"浙江省衢州市柯城区新路 2 号");
	await person.leave();
});

test("without a network nothing is lost, and private fields stay in the tab",
	async () => {
		const { person, client, id } = await atForm();

		await person.context.setOffline(true);
		await field(person, "单位地址").fill("浙江省衢州市柯城区三号路 3 号");
		await field(person, "经办人手机号码").fill("13900139000");
		await person.page.getByText("没有网络，已暂存在本机").first().waitFor();
		await person.look("41-offline");
		const [open, closed] = await kept(person);

		assert.match(open, /三号路/);
		assert.doesNotMatch(open, /13900139000/);
		assert.match(closed, /13900139000/);
		await person.context.setOffline(false);
		await saved(person);
		assert.deepEqual(await kept(person), ["", ""]);
		const app = await load(client, id);

		assert.equal(app.address, "浙江省衢州市柯城区三号路 3 号");
		assert.equal(app.handler_mobile, "13900139000");
		await person.leave();
	});

test("what a closed window could not save is there in the next", async () => {
	const { person, client, id } = await atForm();
	const url = person.page.url();

	await person.context.setOffline(true);
	await field(person, "经办人职务").fill("总经理");
	await person.page.locator(".save-status").filter(
		{ hasText: "没有网络" }).waitFor();
	await person.page.close();
	assert.equal((await load(client, id)).handler_title, "办公室主任");
	await person.context.setOffline(false);
	const next = await person.open();

	await next.page.goto(url);
	await next.arrives("填写申请");
	await saved(next);
	assert.equal((await load(client, id)).handler_title, "总经理");
	await next.leave();
});

test("two windows: a person decides which words stay", async () => {
	const { person, client, id } = await atForm();
	const { version } = await load(client, id);

	person.expect("412");
	assert.equal((await client.put(`/api/applications/${id}`, { version,
		legal_representative: "王五", handler_title: "经理" })).status, 200);
	/* Both are typed before the first of them is saved. */
	await person.context.setOffline(true);
	await field(person, "法定代表人").fill("赵六");
	await field(person, "邮政编码").fill("324100");
	await person.context.setOffline(false);
	await person.role("heading", "内容在别处也改过").waitFor();
	await person.page.getByText("王五").waitFor();
	await person.look("42-conflict");
	await person.click("按选择保存");
	await saved(person);
	const app = await load(client, id);

	/* Mine where both changed, theirs where only they did. */
	assert.equal(app.legal_representative, "赵六");
	assert.equal(app.handler_title, "经理");
	assert.equal(app.postcode, "324100");
	assert.equal(await field(person, "经办人职务").inputValue(), "经理");
	await person.leave();
});

test("before the session ends one is asked, and can stay", async () => {
	const { person } = await atForm();

	await person.page.clock.install();
	await person.page.reload();
	await person.arrives("填写申请");
	await person.page.clock.fastForward("26:00");
	await person.role("heading", "即将自动退出").waitFor();
	await person.look("43-session-ends");
	await person.click("继续使用");
	await person.page.locator("dialog").waitFor({ state: "detached" });
	await person.leave();
});

test("signing out leaves nothing behind, in every window", async () => {
	const { person } = await atForm();
	const other = await person.open();

	person.expect("net::ERR_FAILED");
	await other.page.goto(`${stack.baseUrl}/#/`);
	await other.arrives("CA申请");
	await person.page.route("**/api/applications/*", (route) =>
		route.request().method() === "PUT" ? route.abort() :
			route.continue());
	await field(person, "经办人手机号码").fill("13700137000");
	await person.page.locator(".save-status").filter(
		{ hasText: "没有网络" }).waitFor();
	await person.click("退出登录");
	await person.click("确认退出");
	await person.arrives("登录");
	await other.arrives("登录");
	assert.deepEqual(await person.page.evaluate(() =>
		[localStorage.length, sessionStorage.length]), [0, 0]);
	assert.equal((await person.page.evaluate(async () =>
		(await fetch("/api/locks")).status)), 401);
	person.trouble = person.trouble.filter((text) => !/401/.test(text));
	await person.leave();
});

test("a consent that has a new text is agreed to before handing in", async () => {
	const account = await addApplicant(stack);
	const client = await signIn(stack, account);
	const { id } = await complete(client);
	const person = await applicant(account,
		{ at: `/applications/${id}/check` });

	person.expect("409");
	await person.arrives("核对申请");
	await stack.db("INSERT INTO consent_texts (version, title, body) VALUES " +
		"(2, '告知确认书（新）', '新的内容')");
	await person.click("确认提交");
	await person.role("heading", "告知确认书（新）").waitFor();
	await person.page.getByLabel("我已阅读并同意").check();
	await person.click("同意并继续");
	await person.arrives("已提交，等待审核");
	assert.equal((await load(client, id)).consent_version, 2);
	await person.leave();
});
