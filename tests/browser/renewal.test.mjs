/* A renewal as it has to be: few pages, little to type, on every screen. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { KINDS, addApplicant, complete, create, draft, force, load }
	from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { pdf } from "../stack/pdf.mjs";
import { PHONE, applicant, enter, newPerson, stack, useBrowser }
	from "./kit.mjs";
import { FILES, agree, idOf, saved, uploadAll } from "./steps.mjs";

const PAGES_MOST = 4;
const TYPED_MOST = 10;

useBrowser();

let serial = 0;

/* An account whose unit has a lock that ends soon, and was here before. */
async function oldCustomer()
{
	const account = await addApplicant(stack,
		[[`TG2024${String(++serial).padStart(4, "0")}`, "main", 20]]);
	const client = await signIn(stack, account);
	const { id } = await complete(client);

	await force(stack, id, "completed");
	return { account, client };
}

/* Writes down each title, and each text field that is typed into. */
function watchWork()
{
	globalThis.pages = [];
	globalThis.typed = new Set();
	new MutationObserver(() => {
		if (document.title !== globalThis.pages.at(-1))
			globalThis.pages.push(document.title);
	}).observe(document, { subtree: true, childList: true });
	addEventListener("input", ({ target }) => {
		if (/^(text|tel|email)$/.test(target.type))
			globalThis.typed.add(target.name);
	}, true);
}

test("four pages and ten fields are enough", async () => {
	const { account, client } = await oldCustomer();
	const person = await newPerson();
	const { password } = stack.accounts.find((a) => a.account === account);

	await person.page.addInitScript(watchWork);
	await person.page.goto(stack.baseUrl);
	await enter(person, account, password);
	await person.arrives("CA申请");
	/* Their last case was about another lock: nobody is known for this. */
	await person.page.getByText("在这里办结一次后").waitFor();
	await person.look("20-list-with-lock");
	await person.click(/办理续期/);
	await person.page.getByText("续期后原锁继续使用").waitFor();
	await person.look("21-consent");
	await agree(person);

	/* Filled in from the last time; where the lock is collected is said. */
	const id = idOf(person);

	assert.ok(await person.role("radio", "现场取领").isChecked());
	assert.ok(await person.role("radio", "邮寄取领").isDisabled());
	await person.page.getByText("已为您选好“现场取领”").waitFor();
	await person.page.getByText(/到期，还有 20 天/).first().waitFor();
	await uploadAll(person, KINDS.renewal);
	await person.look("22-renewal-form");
	await person.click("提交信息");
	await person.arrives("核对申请");
	await person.click("确认提交");
	await person.page.getByText("请先勾选确认，再提交。").waitFor();
	await person.look("23-renewal-check");
	await person.page.getByLabel(/没有用原锁加密/).check();
	await person.click("确认提交");
	await person.arrives("已提交，等待审核");
	const { pages, typed } = await person.page.evaluate(() =>
		({ pages: globalThis.pages, typed: [...globalThis.typed] }));
	const after_ = pages.slice(pages.findIndex((t) => /^CA申请/.test(t)));
	const app = await load(client, id);

	console.log(`renewal: ${after_.length} pages (${after_.join("; ")}), ` +
		`${typed.length} fields typed`);
	assert.ok(after_.length <= PAGES_MOST, after_.join());
	assert.ok(typed.length <= TYPED_MOST, typed.join());
	assert.equal(app.state, "pending");
	assert.equal(app.handler_id_no, draft(client).handler_id_no);
	assert.equal(app.pickup, "onsite");

	/* A second one is not begun by mistake. */
	await person.follow("返回申请列表");
	await person.arrives("CA申请");
	await person.click(/办理续期/);
	await person.role("heading", "已有没办完的申请").waitFor();
	await person.look("26-unfinished");
	await person.role("button", "查看", { exact: true }).click();
	await person.arrives("已提交，等待审核");
	await person.leave();
});

/* Presses Tab until what it wants has the focus. */
async function tabTo(person, role, name)
{
	const wanted = await person.role(role, name).first().elementHandle();

	for (let i = 0; i < 120; i++) {
		await person.page.keyboard.press("Tab");
		if (await wanted.evaluate((node) =>
			node === document.activeElement))
			return;
	}
	assert.fail(`Tab does not reach ${role} ${name}`);
}

async function press(person, role, name, key = "Enter")
{
	await tabTo(person, role, name);
	await person.page.keyboard.press(key);
}

test("the keyboard alone, in forced colours", async () => {
	const { account } = await oldCustomer();
	const { password } = stack.accounts.find((a) => a.account === account);
	const person = await newPerson({ forcedColors: "active" });
	const { keyboard } = person.page;

	await person.page.goto(stack.baseUrl);
	await person.arrives("登录");
	await tabTo(person, "textbox", "账号");
	await keyboard.type(account);
	await keyboard.press("Tab");
	await keyboard.type(password);
	await keyboard.press("Enter");
	await person.arrives("CA申请");
	await press(person, "button", /办理续期/);
	await person.page.locator("dialog").waitFor();
	await person.look("24-forced-colours");
	await keyboard.press("Escape");
	await person.page.locator("dialog").waitFor({ state: "detached" });
	assert.match(await person.page.evaluate(() =>
		document.activeElement.textContent), /办理续期/);
	await keyboard.press("Enter");
	await tabTo(person, "region", "告知确认书全文");
	await keyboard.press("End");
	await person.page.waitForFunction(() => {
		const node = document.activeElement;

		return node.scrollTop + node.clientHeight >= node.scrollHeight - 1;
	});
	await press(person, "checkbox", /我已阅读并同意/, "Space");
	await press(person, "button", "同意并继续");
	await person.arrives("填写申请");
	assert.equal(await person.page.evaluate(() =>
		document.activeElement.tagName), "H1");
	/* While somebody listens, choosers are caught from the first on. */
	person.page.on("filechooser", () => {});
	for (const kind of KINDS.renewal) {
		const input = person.page.locator(`#field-${kind}`);

		while (!await input.evaluate((n) => n === document.activeElement))
			await keyboard.press("Tab");
		const [chooser] = await Promise.all([
			person.page.waitForEvent("filechooser"),
			keyboard.press("Space")]);

		await chooser.setFiles({ name: FILES[kind],
			mimeType: "application/pdf", buffer: pdf({ text: kind }) });
		await person.role("link", `查看 ${FILES[kind]}`).waitFor();
	}
	await press(person, "button", "提交信息");
	await person.arrives("核对申请");
	await press(person, "checkbox", /没有用原锁加密/, "Space");
	await press(person, "button", "确认提交");
	await person.arrives("已提交，等待审核");
	await person.look("25-forced-colours-pending");
	await person.leave();
});

const SCREENS = {
	phone: { viewport: PHONE, hasTouch: true, isMobile: true,
		colorScheme: "dark" },
	/* 1280 points at 200 %, and the narrowest of WCAG's reflow. */
	zoomed: { viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 },
	narrow: { viewport: { width: 320, height: 640 } },
};

for (const [screen, options] of Object.entries(SCREENS))
	test(`every page on a screen that is ${screen}`, async () => {
		const { account, client } = await oldCustomer();
		const person = await applicant(account, options);
		const { id } = await complete(client, "renewal");
		const paths = Object.entries({ "/": "CA申请",
			[`/applications/${id}`]: "填写申请",
			[`/applications/${id}/check`]: "核对申请",
			"/payments": "CA支付", "/invoices": "打印电子发票",
			"/guide": "流程说明", "/password": "修改密码" });

		for (const [i, [path, title]] of paths.entries()) {
			await person.page.goto(`${stack.baseUrl}/#${path}`);
			await person.arrives(title);
			await person.look(`3${i}-${screen}${path.replace(id, "x")
				.replaceAll("/", "-")}`);
		}
		await person.page.goto(`${stack.baseUrl}/#/`);
		await person.click("新增申请");
		await person.page.locator("dialog").waitFor();
		await person.look(`37-${screen}-kind`);
		await person.role("radio", "新办").check();
		await person.click("下一步");
		await person.click("同意并继续");
		await person.page.locator("dialog .error").filter(
			{ hasText: /请/ }).waitFor();
		await person.look(`38-${screen}-consent`);
		await agree(person);
		await saved(person);
		await person.leave();
	});

test("a unit that is new here begins with what its account knows", async () => {
	const account = await addApplicant(stack);
	const client = await signIn(stack, account);
	const begun = await create(client);
	const person = await applicant(account,
		{ at: `/applications/${begun.id}` });

	/* The address stood before signing in, and still holds. */
	await person.arrives("填写申请");
	await person.tab("CA申请");
	await person.page.goBack();
	await person.arrives("填写申请");
	await person.leave();
});
