/* Steps 10 and 11: the lock comes, works, and the applicant says so. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { completedCase, deliveryOf, deliveryPath, send } from
	"../stack/locks.mjs";
import { act } from "../stack/pages.mjs";
import { PHONE, administrator, applicant, stack, useBrowser } from
	"./kit.mjs";

let operator;
/* The first by mail; one more to be sent, one to be collected, a renewal. */
let mailed;
let onsite;
let renewed;

useBrowser(async () => {
	operator = await signIn(stack, "operator1");
	mailed = await completedCase(stack, operator);
	await completedCase(stack, operator);
	onsite = await completedCase(stack, operator, { pickup: "onsite",
		recipient: undefined, recipient_phone: undefined,
		mail_address: undefined, serial: "NEW20260001" });
	renewed = await completedCase(stack, operator, { lock: ["OLD1", 20] });
}, { env: { CALOCK_SERVICE_PHONE: "0570-3012345" } });

const SCREENS = { wide: {}, dark: { colorScheme: "dark" },
	phone: { viewport: PHONE, hasTouch: true, isMobile: true } };

async function open(one, options = {})
{
	const person = await applicant(one.account,
		{ at: `/applications/${one.id}`, ...options });

	await person.arrives("已办结");
	return person;
}

test("by mail: the address put right, sent, received", async () => {
	const person = await open(mailed);

	person.expect("422");
	await person.look("50-to-send");
	await person.click("更改收件信息");
	await person.page.getByLabel("收件人电话").fill("12");
	await person.click("保存");
	await person.page.locator("dialog .error:visible").waitFor();
	await person.look("51-address-refused");
	await person.page.getByLabel("收件人电话").fill("13900139002");
	await person.page.getByLabel("收件地址").fill("浙江省衢州市柯城区改正路9号");
	await person.click("保存");
	await person.page.getByText("改正路9号").first().waitFor();

	const office = await administrator("operator1");

	await office.page.goto(`${stack.adminUrl}/admin/deliveries`);
	const row = office.page.locator("tr", { hasText: mailed.batchNo });

	await row.getByRole("checkbox").check();
	await row.getByRole("combobox").selectOption("SF");
	await row.getByRole("textbox").fill("sf1234567890123");
	await office.look("admin-deliveries-filled");
	await office.click("打印勾选的标签");
	await office.page.getByText("改正路9号").waitFor();
	await office.look("admin-delivery-labels");
	await office.page.goBack();
	await row.getByRole("checkbox").check();
	await row.getByRole("combobox").selectOption("SF");
	await row.getByRole("textbox").fill("sf1234567890123");
	await office.click("登记寄出勾选的");
	await office.page.waitForURL("**/admin/deliveries?state=sent");
	await office.look("admin-deliveries-sent");
	await office.follow(mailed.batchNo);
	await office.look("admin-delivery-sent");
	await office.leave();

	await person.page.reload();
	await person.arrives("已办结");
	await person.page.getByText("SF1234567890123").first().waitFor();
	await person.page.getByText("没有收到？").click();
	await person.page.getByText("请致电 0570-3012345").waitFor();
	await person.look("52-sent");
	await person.click("确认收到");
	await person.page.getByText("CA 锁已收到").waitFor();
	await person.look("53-received");
	assert.equal((await deliveryOf(mailed.client, mailed.id)).state,
		"received");
	await person.leave();
});

test("what came back: the address is put right before it is sent again",
	async () => {
		const one = await completedCase(stack, operator);

		await send(operator, one.id);
		await act(operator, deliveryPath(one.id), "/returned",
			{ note: "收件人电话不通" });
		const person = await open(one);

		await person.page.getByText("请核对收件信息，有误的现在就可以更改")
			.waitFor();
		await person.click("更改收件信息");
		await person.page.getByLabel("收件人电话").fill("13900139003");
		await person.look("57-returned-address");
		await person.click("保存");
		await person.page.getByText(/^收件信息：.*13900139003/).waitFor();
		await person.look("57-returned");
		await person.leave();
	});

test("on site: who collected it", async () => {
	const office = await administrator("operator1");

	await office.page.goto(`${stack.adminUrl}/admin/deliveries?state=ready`);
	await office.look("admin-deliveries-ready");
	await office.follow(onsite.batchNo);
	await office.look("admin-delivery-ready");
	await office.page.getByLabel("领取人", { exact: true })
		.selectOption("agent");
	await office.page.getByLabel("代领人姓名").fill("赵代领");
	await office.page.getByLabel("已核对领取人的身份证件").check();
	await office.click("登记领取");
	await office.page.getByText("代领领取").waitFor();
	await office.look("admin-delivery-collected");
	await office.leave();
});

test("activated, and what the applicant saw is another day", async () => {
	const person = await open(onsite);

	await person.look("54-to-activate");
	await person.page.getByLabel("证书工具中显示的到期日").fill("2031-02-03");
	await person.click("确认已启用");
	await person.arrives("CA 锁已启用");
	await person.page.getByText("2031-02-03 与登记的").waitFor();
	await person.look("55-activated");
	await person.tab("CA申请");
	await person.page.getByText("确认启用").first().waitFor();
	await person.leave();
	const { activation } = await load(onsite.client, onsite.id);

	assert.equal(activation.differences.length, 1);
});

test("a renewal has nothing to fetch; the list says what is left to do",
	async () => {
		const person = await applicant(renewed.account);

		await person.follow("CA 锁 OLD1 还没有确认启用，查看步骤");
		await person.arrives("已办结");
		assert.equal(await person.page.getByText("领取 CA 锁").count(), 0);
		await person.look("56-renewed");
		await person.leave();
	});

for (const [screen, options] of Object.entries(SCREENS))
	test(`the office's pages about locks, ${screen}`, async () => {
		const office = await administrator("operator1", options);
		const pages = { deliveries: "/admin/deliveries",
			"deliveries-none": "/admin/deliveries?batch_no=x",
			delivery: `/admin/deliveries/${mailed.id}`,
			"activations-waiting": "/admin/activations",
			"activations-different": "/admin/activations?which=different",
			"case-lock": `/admin/applications/${onsite.id}` };

		for (const [name, path] of Object.entries(pages)) {
			await office.page.goto(stack.adminUrl + path);
			await office.look(`admin-${screen}-${name}`);
		}
		await office.leave();
	});
