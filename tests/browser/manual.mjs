/*
 * The pictures of the manual, made anew from the running portal:
 *   node tests/browser/manual.mjs   (make manual-pictures)
 * One a row of cgi-bin/document/pictures.def, as small as can be read.
 */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { complete, create, draft, force, load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { startStack } from "../stack/stack.mjs";

const FOLDER = fileURLToPath(new URL("../../cgi-bin/document",
	import.meta.url));
const VIEW = { width: 700, height: 330 };
const QUALITY = 22;

/* A unit in the middle of its work; the cases that pictures are of. */
async function prepare(stack)
{
	const client = await signIn(stack, "applicant1");
	const made = {};

	for (const [name, state, days] of [["completed", "completed", 3],
		["rejected", "rejected", 2], ["approved", "approved", 1],
		["editing", "editing", 0]]) {
		const { id } = name === "editing" ? await complete(client) :
			await create(client, draft(client));

		await force(stack, id, state);
		await stack.db(`UPDATE applications
			SET created_at = created_at - INTERVAL ${days} DAY
			WHERE id = '${id}'`);
		made[name] = await load(client, id);
	}
	return made;
}

async function settled(page)
{
	await page.waitForLoadState("networkidle");
	await page.evaluate(() => document.activeElement?.blur());
}

async function shoot(page, name, selector = null)
{
	await settled(page);
	if (selector !== null)
		await page.locator(selector).first().evaluate((element) =>
			element.scrollIntoView({ block: "start" }));
	await page.screenshot({ path: path.join(FOLDER, `${name}.jpg`),
		type: "jpeg", quality: QUALITY });
}

async function enter(page, stack)
{
	const { account, password } = stack.accounts[0];

	await page.goto(`${stack.baseUrl}/`);
	await page.getByLabel("账号").waitFor();
	await shoot(page, "sign_in");
	await page.getByLabel("账号").fill(account);
	await page.getByLabel("密码").fill(password);
	await page.getByRole("button", { name: "登录", exact: true }).click();
	await page.getByRole("button", { name: "退出登录" }).waitFor();
}

async function open(page, stack, hash)
{
	await page.goto(`${stack.baseUrl}/#${hash}`);
	await page.reload();
}

async function walk(page, stack, { editing, approved })
{
	await enter(page, stack);
	await page.getByText(editing.batch_no).waitFor();
	await shoot(page, "list");
	await open(page, stack, `/applications/${editing.id}`);
	await page.getByText("申请信息").first().waitFor();
	await shoot(page, "form", "h2:has-text(\"申请信息\")");
	await shoot(page, "files", "h2:has-text(\"附件信息\")");
	await open(page, stack, `/applications/${approved.id}/payment`);
	await page.getByRole("button", { name: "使用微信支付" }).click();
	await page.getByRole("img", { name: "付款码" }).waitFor();
	await shoot(page, "payment");
}

const stack = await startStack({ log: console.log });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--lang=zh-CN"] });

try {
	const context = await browser.newContext({ viewport: VIEW,
		locale: "zh-CN", timezoneId: "Asia/Shanghai", colorScheme: "light",
		reducedMotion: "reduce" });

	await walk(await context.newPage(), stack, await prepare(stack));
	for (const name of fs.readdirSync(FOLDER).filter((n) => /jpg$/.test(n)))
		console.log(name, fs.statSync(path.join(FOLDER, name)).size);
} finally {
	await browser.close();
	await stack.stop();
}
