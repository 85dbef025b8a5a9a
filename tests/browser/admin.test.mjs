/* The administrators' pages, each in its states, held to WCAG 2.2 AA. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { complete, force, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { addFigures, addMessages } from "../stack/office.mjs";
import { act } from "../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { OWN, SECOND, codeOf, confirmLast, newAdministrator, wrongCode } from
	"../stack/second_factor.mjs";
import { startTls } from "../stack/tls.mjs";
import { DESKTOP, PHONE, administrator, enter, newPerson, stack,
	useBrowser } from "./kit.mjs";

let id;
let unit;

useBrowser(async () => {
	const client = await signIn(stack, "applicant1");
	const done = await complete(client);

	await force(stack, done.id, "completed");
	({ id } = await complete(client, "renewal"));
	/* A name without a place to break it at. */
	await client.upload(id, "business_licence", pdf({ text: "long" }),
		{ name: "a".repeat(200) });
	await submit(client, id);
	unit = (await stack.db("SELECT unit_id FROM applications WHERE id = " +
		`'${id}'`))[0].unit_id;
	await addMessages(stack, id);
	await addFigures(stack);
});

async function visit(person, paths, name)
{
	for (const path of paths) {
		await person.page.goto(stack.adminUrl + path);
		await person.look(`admin-${name}${path.replace(id, "x")
			.replace(unit, "x").replace(/[/?&=]+/g, "-")}`);
	}
}

test("signing in, refused and not", async () => {
	const person = await newPerson();

	person.expect("401");
	await person.page.goto(`${stack.adminUrl}/admin/sign-in`);
	await person.look("admin-sign-in");
	await person.page.getByLabel("账号").fill("reviewer1");
	await person.page.getByLabel("密码").fill("wrong");
	await person.click("登录");
	await person.page.getByText("账号或密码不正确").waitFor();
	await person.look("admin-sign-in-refused");
	await person.leave();
});

const SCREENS = { wide: {}, dark: { colorScheme: "dark" },
	phone: { viewport: PHONE, hasTouch: true, isMobile: true } };

for (const [screen, options] of Object.entries(SCREENS))
	test(`every role's pages, ${screen}`, async () => {
		const reviewer = await administrator("reviewer1", options);
		const operator = await administrator("operator1", options);
		const manager = await administrator("manager1", options);

		await visit(reviewer, ["/admin/", "/admin/?status=approved",
			`/admin/applications/${id}`, "/admin/reasons"], screen);
		await visit(operator, ["/admin/work-orders", "/admin/invoices",
			"/admin/units", "/admin/expiring", "/admin/messages",
			"/admin/messages/01j0message3"], screen);
		await visit(manager, ["/admin/", "/admin/money", "/admin/refunds", "/admin/ledger", "/admin/bills",
			 "/admin/audit",
			"/admin/accounts", "/admin/account", "/admin/confirmations",
			"/admin/figures", "/admin/reasons", "/admin/reasons/seal_missing", "/admin/consents",
			"/admin/consents/1", "/admin/message-texts",
			"/admin/message-texts/approve", "/admin/types", "/admin/fees", "/admin/holidays",
			"/admin/privacy", "/admin/find",
			`/admin/units/${unit}`,
			`/admin/units/${unit}/locks/01j0demolock00000000000000`],
		screen);
		for (const person of [reviewer, operator, manager])
			await person.leave();
	});

/* Where nothing can be opened: scans to be read, beside what they prove. */
async function onPaper({ page })
{
	const boxOf = (what) => page.locator(
		`.beside:has(table) ${what}`).first().boundingBox();

	await page.setViewportSize({ width: 720, height: 1000 });
	await page.emulateMedia({ media: "print" });
	const [table, scan] = [await boxOf("table"), await boxOf(".pages img")];

	assert.ok(scan.width > 300 && scan.x > table.x + table.width);
	assert.equal(await page.locator("button:visible").count(), 0);
	await page.emulateMedia({ media: null });
	await page.setViewportSize(DESKTOP);
}

test("a case that is claimed, and one that is refused", async () => {
	const client = await signIn(stack, "reviewer1");
	const reviewer = await administrator("reviewer1");

	reviewer.expect("404", "422");
	await act(client, `/admin/applications/${id}`, "/claim");
	await visit(reviewer, [`/admin/applications/${id}`], "claimed");
	await onPaper(reviewer);
	await reviewer.send(reviewer.page.locator(
		"form[action$='/reveal'] button"));
	await reviewer.look("admin-revealed");
	await reviewer.send(reviewer.page.locator(
		"form[action$='/reject'] button"));
	await reviewer.look("admin-reject-without-opinion");
	await visit(reviewer, ["/admin/applications/nothing"], "missing");
	await reviewer.leave();
});

/* Sends the form with that action as a browser that checks nothing. */
async function sendUnchecked({ page }, action)
{
	await Promise.all([page.waitForEvent("load"),
		page.locator(`form[action$='${action}']`).evaluate((form) => {
			form.noValidate = true;
			form.requestSubmit();
		})]);
}

test("what is wrong is said where it is typed", async () => {
	const manager = await administrator("manager1");

	manager.expect("422");
	await manager.page.goto(`${stack.adminUrl}/admin/privacy`);
	await sendUnchecked(manager, "/person");
	await manager.page.locator("#number-error").waitFor();
	await manager.look("admin-privacy-refused");
	await manager.page.goto(`${stack.adminUrl}/admin/?batch_no=申请`);
	await manager.page.locator("#batch_no-error").waitFor();
	await manager.look("admin-worklist-no-number");
	await manager.page.goto(`${stack.adminUrl}/admin/accounts`);
	await sendUnchecked(manager, "/admin/accounts/new");
	await manager.page.locator("#login-error").waitFor();
	await manager.look("admin-accounts-refused");
	await manager.leave();
});

test("a new administrator: asked for, confirmed, the password handed on",
	async () => {
		const asker = await administrator("manager1");
		const other = await administrator("manager2");

		await asker.page.goto(`${stack.adminUrl}/admin/accounts`);
		await asker.page.getByLabel("账号", { exact: true }).fill("newcomer");
		await asker.page.getByLabel("姓名", { exact: true }).fill("何新");
		await asker.page.getByLabel("角色").selectOption("operator");
		await asker.page.getByLabel(/^原因/).fill("接替退休同事");
		await asker.click("建立账号");
		await asker.page.waitForURL("**/admin/confirmations/*");
		await asker.look("admin-confirmation-own");
		await other.page.goto(asker.page.url());
		await other.look("admin-confirmation-other");
		await other.click("确认");
		await other.page.getByText("请转交初始密码").waitFor();
		await other.look("admin-confirmation-password");
		for (const person of [asker, other])
			await person.leave();
	});

const CODE = /6 位验证码/;

async function secretOn({ page })
{
	return (await page.locator("code.large").textContent())
		.replaceAll(" ", "");
}

for (const [screen, options] of Object.entries(SCREENS))
	test(`the second step, set up and asked for without a script, ${screen}`,
		async () => {
			/* nginx counts sign-ins by address; all browsers have one. */
			await stack.restart("nginx");
			const { login, password } = await newAdministrator(stack);
			const person = await newPerson(
				{ ...options, javaScriptEnabled: screen !== "wide" });
			const look = (name) => screen === "wide" ? undefined :
				person.look(`admin-second-${name}-${screen}`);
			const answer = async (label, code, button) => {
				await person.page.getByLabel(label).fill(code);
				await person.click(button);
			};

			person.expect("401");
			await person.page.goto(`${stack.adminUrl}/admin/sign-in`);
			await enter(person, login, password);
			await person.page.waitForURL(`**${SECOND}`);
			await look("offered");
			const secret = await secretOn(person);

			await answer(CODE, wrongCode(secret), "完成设置");
			await person.page.getByText("或已经用过").last().waitFor();
			await look("wrong");
			await answer(CODE, codeOf(secret), "完成设置");
			await person.page.getByText("只在这里显示一次").waitFor();
			await look("recovery");
			const code = await person.page.locator("code.large").first()
				.textContent();

			await person.follow("已保存，继续");
			await person.page.getByLabel("管理员给的密码").fill(password);
			await person.page.getByLabel("新密码", { exact: true }).fill(OWN);
			await answer("再输入一次新密码", OWN, "保存新密码");
			await person.page.waitForURL("**/admin/");
			await person.page.goto(stack.adminUrl + SECOND);
			await look("set");
			await person.click("退出登录");
			await enter(person, login, OWN);
			await look("asked");
			await answer("恢复码", code, "用恢复码登录");
			await person.page.waitForURL("**/admin/");
			await person.leave();
		});

/* Whom the browser of somebody with a lock goes to, and with what. */
function withLock({ base }, { cert, key })
{
	return { ignoreHTTPSErrors: true, clientCertificates: [{ origin: base,
		cert: Buffer.from(cert), key: Buffer.from(key) }] };
}

async function bindTo(login, lock)
{
	const [{ id: account }] = await stack.db(
		`SELECT id FROM accounts WHERE login = '${login}'`);
	const at = `/admin/accounts/${account}`;

	const reason = login.startsWith("applicant") ? {} : { reason: "配发" };

	await act(await signIn(stack, "manager1"), at, "/certificates",
		{ pem: lock.cert, ...reason });
	if (reason.reason !== undefined)
		await confirmLast(stack, "certificate");
	return at;
}

test("signing in by CA lock, and the account that it is bound to", async () => {
	const front = await startTls(stack);
	const lock = front.ca.issue("王审核"), other = front.ca.issue("张明");
	const [admin, portal] = [front.client("admin"), front.client("portal")];

	try {
		await stack.restart("account", { CALOCK_CERTIFICATES: "1" });
		const at = await bindTo("reviewer1", lock);

		await bindTo("applicant1", other);
		const boss = await administrator("manager1");

		await boss.page.goto(stack.adminUrl + at);
		await boss.look("admin-account-with-certificate");
		await boss.leave();
		await stack.restart("account", { CALOCK_ADMIN_URL: admin.base,
			CALOCK_PUBLIC_URL: portal.base });
		const person = await newPerson(withLock(admin, lock));

		await person.page.goto(`${admin.base}/admin/sign-in`);
		await person.look("admin-sign-in-ways");
		await person.follow("用 CA 锁登录");
		await person.page.getByText("CN=王审核").waitFor();
		await person.look("admin-sign-in-certificate");
		await person.click("以此证书登录");
		await person.page.waitForURL(`${admin.base}/admin/`);
		await person.leave();
		const stranger = await newPerson({ ignoreHTTPSErrors: true });

		stranger.expect("401");
		await stranger.page.goto(`${admin.base}/admin/sign-in/certificate`);
		await stranger.look("admin-sign-in-no-certificate");
		await stranger.page.goto(`${portal.base}/`);
		await stranger.click("用 CA 锁登录");
		await stranger.page.getByText("没有收到可用的证书").waitFor();
		await stranger.look("sign-in-no-certificate");
		await stranger.leave();
		const applicant = await newPerson(withLock(portal, other));

		await applicant.page.goto(`${portal.base}/`);
		await applicant.click("用 CA 锁登录");
		await applicant.page.locator("#tabs").waitFor();
		await applicant.leave();
	} finally {
		await stack.restart("account", { CALOCK_CERTIFICATES: "0",
			CALOCK_ADMIN_URL: stack.adminUrl,
			CALOCK_PUBLIC_URL: stack.baseUrl });
		await front.stop();
	}
});
