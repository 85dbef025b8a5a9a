/*
 * The pictures of the manual, made anew from the running portal:
 *   node tests/browser/manual.mjs   (make manual-pictures)
 * One a row of cgi-bin/document/pictures.def, as small as can be read.
 */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { complete, force, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act } from "../stack/pages.mjs";
import { enter, newPerson, stack, start, stop } from "./kit.mjs";

const FOLDER = fileURLToPath(new URL("../../cgi-bin/document",
	import.meta.url));
const WIDTH = 700;
const QUALITY = 34; /* the manual has to stay under 200 KB */
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
	return made;
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
	await shoot(person, "files", "#part-03", 366);
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

try {
	await start({ log: console.log });
	const person = await newPerson({ colorScheme: "light" });

	await walk(person, await prepare());
	await person.leave();
	for (const name of fs.readdirSync(FOLDER).filter((n) => /jpg$/.test(n)))
		console.log(name, fs.statSync(path.join(FOLDER, name)).size);
} finally {
	await stop();
}
