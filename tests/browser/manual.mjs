/*
 * The pictures of the manual, made anew from the running portal:
 *   node tests/browser/manual.mjs   (make manual-pictures)
 * One a row of cgi-bin/document/pictures.def, as small as can be read.
 */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { complete, force, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { completedCase, send } from "../stack/locks.mjs";
import { act } from "../stack/pages.mjs";
import { nextMessage } from "../stack/phone.mjs";
import { applicant, enter, newPerson, stack, start, stop } from "./kit.mjs";

const FOLDER = fileURLToPath(new URL("../../cgi-bin/document",
	import.meta.url));
const WIDTH = 700;
const QUALITY = 32; /* the manual has to stay under 250 KB */
const ACCOUNT = "applicant1";
const OPINION = "法定代表人与营业执照不一致，请核对后修改。";

/* A unit in the middle of its work; the cases that pictures are of. */
async function prepare()
{
	const client = await signIn(stack, ACCOUNT);
	const reviewer = await signIn(stack, "reviewer1");
	const made = {};

	for (const name of ["completed", "rejected", "approved", "editing"])
		made[name] = (await complete(client)).id;
	await submit(client, made.rejected);
	const path = `/admin/applications/${made.rejected}`;

	await act(reviewer, path, "/claim");
	await act(reviewer, path, "/reject", { opinion: OPINION,
		pin: ["legal_representative", "business_licence"] });
	for (const state of ["completed", "approved"])
		await force(stack, made[state], state);
	return { ...made, sent: await prepareSent() };
}

/* Of another unit: completed, and on its way. */
async function prepareSent()
{
	const operator = await signIn(stack, "operator1");
	const sent = await completedCase(stack, operator);

	await send(operator, sent.id);
	return { account: stack.accounts.at(-1).account, ...sent };
}

/* From what the selector finds downwards, cut off where nothing is cut. */
async function shoot({ page }, name, selector, height)
{
	await page.setViewportSize({ width: WIDTH, height });
	await page.waitForLoadState("networkidle");
	await page.locator(selector).first().evaluate((element) => {
		document.activeElement?.blur();
		element.scrollIntoView({ block: "start" });
	});
	await page.screenshot({ path: path.join(FOLDER, `${name}.jpg`),
		type: "jpeg", quality: QUALITY });
}

async function walk(person, { editing, rejected, approved, completed })
{
	const { password } = stack.accounts.find((a) => a.account === ACCOUNT);
	const open = (hash) => person.page.goto(`${stack.baseUrl}/#${hash}`);

	await open("/");
	await person.arrives("登录");
	await shoot(person, "sign_in", "main h1", 402);
	await enter(person, ACCOUNT, password);
	await person.arrives("CA申请");
	await shoot(person, "list", "main h1", 325);
	await open(`/applications/${editing}`);
	await person.arrives("填写申请");
	await shoot(person, "form", "#part-01", 335);
	await shoot(person, "files", "#part-03", 330);
	await open(`/applications/${rejected}`);
	await person.arrives("修改申请");
	await shoot(person, "returned", ".notice.bad", 165);
	await open(`/applications/${completed}`);
	await person.arrives("已办结");
	await shoot(person, "completed", "section.card", 270);
	await open(`/applications/${approved}/payment`);
	await person.arrives("支付办理费用");
	await person.click("使用微信支付");
	await person.role("img", "微信支付付款码").waitFor();
	await shoot(person, "payment", ".pay", 366);
}

async function followLock({ account, id })
{
	const person = await applicant(account, { at: `/applications/${id}`,
		colorScheme: "light" });

	await person.arrives("已办结");
	await shoot(person, "delivery", "section[aria-label=\"领取 CA 锁\"]", 200);
	await person.leave();
}

/* How it stands, by the code on the handler's phone. */
async function ask(person, { client, id })
{
	const { batch_no: number, handler_mobile: mobile } =
		await load(client, id);

	await person.page.goto(`${stack.baseUrl}/#/status`);
	await person.arrives("查询办理进度");
	await person.page.getByLabel("批次号").fill(number);
	await person.page.getByLabel("经办人手机号码").fill(mobile);
	const { values: [code] } = await nextMessage(stack, mobile,
		() => person.click("获取验证码"), "SMS_code");

	await person.page.getByLabel("验证码").fill(code);
	await person.click("查询");
	await person.page.getByText("办理经过").waitFor();
	await shoot(person, "status", "section.card", 230);
}

try {
	await start({ log: console.log, phone: true });
	const person = await newPerson({ colorScheme: "light" });

	const made = await prepare();

	await walk(person, made);
	await followLock(made.sent);
	await ask(person, made.sent);
	await person.leave();
	for (const name of fs.readdirSync(FOLDER).filter((n) => /jpg$/.test(n)))
		console.log(name, fs.statSync(path.join(FOLDER, name)).size);
} finally {
	await stop();
}
