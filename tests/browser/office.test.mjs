/* Two reviewers' windows over one list, the keyboard, and what scripts add. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { Random } from "../faults/random.mjs";
import { addApplicant, complete, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { administrator, enter, newPerson, stack, useBrowser } from
	"./kit.mjs";

const STEPS = 60, CASES = 3;

let applicant;

useBrowser(async () => {
	applicant = await signIn(stack, await addApplicant(stack));
});

async function handIn()
{
	const { id } = await complete(applicant, "new",
		{ second_reason: "另一个项目部使用" });

	await submit(applicant, id);
	return id;
}

/* What came back is handed in again, with the reason that it needs by now. */
async function correct(id)
{
	const { state, version } = await load(applicant, id);

	if (state !== "rejected")
		return;
	await applicant.put(`/api/applications/${id}`,
		{ version, second_reason: "另一个项目部使用" });
	await submit(applicant, id);
}

const urlOf = (id) => `${stack.adminUrl}/admin/applications/${id}`;

/* What is offered follows from what is shown, whatever the other just did. */
async function checkCase({ page })
{
	const isMine = await page.getByText("此申请由您领取").count() > 0;
	const isOthers = await page.getByText(/此申请由 \S+ 领取/).count() > 0;
	const isPending = await page.locator(".facts .state.pending").count() > 0;
	const has = async (action) =>
		await page.locator(`form[action$='/${action}']`).count() > 0;

	assert.ok(!(isMine && isOthers));
	assert.equal(await has("approve"), isMine);
	assert.equal(await has("claim"), isPending && !isMine && !isOthers);
	assert.ok(isPending || !isMine);
}

/* Clicks what is there, if anything is: the page may be an old one. */
async function act(person, random, ids)
{
	const choices = ["claim", "release", "approve", "reject"];
	const action = random.pick(choices);
	const button = person.page.locator(`form[action$='/${action}'] button`);

	if (random.chance(0.3))
		await person.page.goto(urlOf(random.pick(ids)));
	if (await button.count() === 0)
		return;
	if (action === "reject")
		await person.page.locator("#reject-opinion").fill("请补正");
	await person.send(button);
}

test("two windows on the same cases never contradict", async () => {
	const ids = [];
	const people = [await administrator("reviewer1"),
		await administrator("reviewer2")];
	const random = new Random(7);

	for (let i = 0; i < CASES; i++)
		ids.push(await handIn());
	for (const person of people) {
		person.expect("409", "404");
		await person.page.goto(urlOf(ids[0]));
	}
	for (let i = 0; i < STEPS; i++) {
		const person = random.pick(people);

		await act(person, random, ids);
		await checkCase(person);
		for (const id of ids)
			await correct(id);
	}
	/* A case is nobody's or one's: after a fresh look both say the same. */
	for (const id of ids) {
		for (const { page } of people)
			await page.goto(urlOf(id));
		const mine = await Promise.all(people.map(({ page }) =>
			page.getByText("此申请由您领取").count()));

		assert.ok(mine[0] + mine[1] <= 1);
	}
	for (const person of people)
		await person.leave();
});

test("the second to claim is told who was first", async () => {
	const id = await handIn();
	const first = await administrator("reviewer1");
	const second = await administrator("reviewer2");

	second.expect("409");
	for (const { page } of [first, second])
		await page.goto(urlOf(id));
	await first.click("领取审核");
	await first.page.getByText("此申请由您领取").waitFor();
	await second.click("领取审核");
	await second.page.getByText("已被他人领取").waitFor();
	await second.page.getByText("此申请由 王审核 领取").waitFor();
	await second.look("admin-claimed-by-other");
	await first.leave();
	await second.leave();
});

test("a case is handled by keys alone", async () => {
	const person = await administrator("reviewer1");
	const { page } = person;
	const key = async (letter) => page.locator(`[accesskey=${letter}]`)
		.first().press("Enter");

	for (let i = 0; i < 2; i++)
		await handIn();
	await page.goto(`${stack.adminUrl}/admin/?claimed=free`);
	const rows = page.locator("table.list tbody tr");
	const first = rows.nth(0).getByRole("link");

	await first.focus();
	await page.keyboard.press("ArrowDown");
	assert.ok(await rows.nth(1).getByRole("link")
		.evaluate((link) => link === document.activeElement));
	await page.keyboard.press("ArrowUp");
	await page.keyboard.press("Enter");
	await page.waitForURL(/applications/);
	await key("c");
	await page.getByText("此申请由您领取").waitFor();
	await key("y");
	await page.locator(".facts .state.approved").waitFor();
	await key("n");
	await page.getByText("此申请由您领取").waitFor();
	await person.leave();
});

test("a page image opens over the page, typed text is not lost", async () => {
	const id = await handIn();
	const person = await administrator("reviewer1");
	const { page } = person;

	await page.goto(urlOf(id));
	await person.send(person.role("button", "领取审核"));
	await page.locator("#reject-opinion").fill("营业执照已过期");
	await page.locator(".pages a").first().click();
	await page.locator("dialog.large img").waitFor();
	await person.check("large image");
	await page.keyboard.press("Escape");
	await page.locator("dialog").waitFor({ state: "detached" });
	const asked = page.waitForEvent("dialog");
	const left = page.locator("[accesskey=b]").click({ noWaitAfter: true });
	const dialog = await asked;

	assert.equal(dialog.type(), "beforeunload");
	await dialog.dismiss();
	await left;
	assert.equal(await page.locator("#reject-opinion").inputValue(),
		"营业执照已过期");
	await page.locator("form[action$='/reject'] button").click();
	await page.locator(".facts .state.rejected").waitFor();
	await person.leave();
});

test("an opinion outlives the session that it was sent in", async () => {
	const id = await handIn();
	const opinion = "法定代表人与营业执照不一致，请改正。";
	const { password } = stack.accounts.find((a) => a.account === "reviewer1");
	const person = await newPerson();
	const { page } = person;
	const signInAgain = async () => {
		await page.goto(`${stack.adminUrl}/admin/sign-in`);
		await enter(person, "reviewer1", password);
		await page.waitForURL(`${stack.adminUrl}/admin/`);
		await page.goto(urlOf(id));
	};
	const box = page.locator("#reject-opinion");
	const pin = page.locator("[name=pin]").first();
	const send = () => page.locator("form[action$='/reject'] button").click();

	person.expect("401", "net::ERR_FAILED");
	await signInAgain();
	await person.send(person.role("button", "领取审核"));
	await box.fill(opinion);
	await pin.check();
	await person.context.clearCookies();
	await send();
	await person.role("heading", "尚未登录").waitFor();
	await signInAgain();
	await page.getByText("上次没有提交成功").waitFor();
	assert.equal(await box.inputValue(), opinion);
	assert.ok(await pin.isChecked());
	await person.look("admin-given-back");

	/* Neither is it lost with the line. */
	await page.route("**/reject", (route) => route.abort(), { times: 1 });
	await send();
	await page.waitForURL(/chrome-error:/);
	await page.goBack();
	await page.getByText("上次没有提交成功").waitFor();
	assert.equal(await box.inputValue(), opinion);
	await send();
	await page.locator(".facts .state.rejected").waitFor();

	/* What got through is kept no longer, once the page's script has run. */
	await page.waitForFunction(() => sessionStorage.length === 0);
	await person.leave();
});

test("all that were looked at are ticked and approved at once", async () => {
	const person = await administrator("reviewer2");
	const { page } = person;
	const ids = [await handIn(), await handIn()];

	for (const id of ids) {
		await page.goto(urlOf(id));
		await person.send(person.role("button", "领取审核"));
		await page.getByText("此申请由您领取").waitFor();
	}
	await page.goto(`${stack.adminUrl}/admin/?claimed=mine`);
	await page.getByLabel("全选").check();
	await person.look("admin-worklist-ticked");
	await person.send(person.role("button", "审核通过勾选的申请"));
	assert.match(page.url(), /claimed=mine/);
	for (const id of ids)
		assert.equal((await load(applicant, id)).state, "approved");
	await person.leave();
});

test("a case on paper has the facts and nothing to click", async () => {
	const id = await handIn();
	const person = await administrator("reviewer1");
	const { page } = person;

	await page.goto(urlOf(id));
	await person.send(person.role("button", "领取审核"));
	await page.getByText("此申请由您领取").waitFor();
	await page.emulateMedia({ media: "print" });
	for (const hidden of ["nav", ".reveal", "button", "footer", "[name=pin]",
		"#reject-opinion"])
		for (const one of await page.locator(hidden).all())
			assert.ok(!await one.isVisible(), hidden);
	for (const shown of ["单位名称", "处理历史"])
		assert.ok(await page.getByText(shown).first().isVisible(), shown);
	assert.ok(await page.locator(".pages img").first().isVisible());
	await person.shoot("admin-case-print");
	await person.leave();
});
