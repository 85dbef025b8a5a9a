/*
 * Chromium for the browser tests. Every page is watched: a console message,
 * an error of a script or an answer of 500 fails its test, unless the test
 * has said that it will come.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { startStack } from "../stack/stack.mjs";

const SHOTS = fileURLToPath(new URL("../../build/screenshots",
	import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/* Without the windows that nobody sees, half the work. */
const CHROMIUM = "/usr/bin/chromium-headless-shell";
const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic",
	"--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--lang=zh-CN"];

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 360, height: 740 };

let browser = null;
export let stack = null; /* that the tests of a file are held on */

async function startBrowser()
{
	fs.mkdirSync(SHOTS, { recursive: true });
	browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}

export async function start(options = {})
{
	[stack] = await Promise.all([startStack(options), startBrowser()]);
}

export async function stop()
{
	await browser?.close();
	await stack?.stop();
}

/* A stack (of these options) and a browser for all tests of a file; more: done
 * after. */
export function useBrowser(more = () => {}, options = {})
{
	before(async () => {
		await start(options);
		await more();
	});
	after(stop);
}

/* What the browser itself says of a request that was refused or lost. */
const NETWORK = /^Failed to load resource: .*?(\d{3}|net::\w+)/;

/* In the page, so that only what is wrong comes out of it. */
async function violations(tags)
{
	const found = await globalThis.axe.run({ runOnly: tags,
		resultTypes: ["violations"] });

	return found.violations.map(({ id, help, nodes }) => ({ id, help,
		nodes: nodes.map((n) => [n.html, n.failureSummary]) }));
}

/* A window of one person. */
export class Person {
	trouble = [];
	expected = new Set();

	constructor(context, page)
	{
		Object.assign(this, { context, page });
		page.on("console", (message) => this.#heard(message.text()));
		page.on("pageerror", (e) =>
			this.trouble.push(`${e.name} ${e.message} ${e.stack}`));
		page.on("response", (answer) => {
			if (answer.status() === 500)
				this.trouble.push(`500 ${answer.url()}`);
		});
	}

	#heard(text)
	{
		const found = NETWORK.exec(text);

		if (found === null || !this.expected.has(found[1]))
			this.trouble.push(text);
	}

	/* Another window of the same browser: same cookies, own watch. */
	async open()
	{
		return new Person(this.context, await this.context.newPage());
	}

	/* From now on the browser may say so of a request: "401", "net::…". */
	expect(...kinds)
	{
		for (const kind of kinds)
			this.expected.add(kind);
	}

	/* The next answer to this method there is late: {done, letGo}. done: the
	 * server has given it; letGo(): it arrives. */
	holdAnswer(method, url)
	{
		const hold = {};
		let isTaken = false;
		const held = new Promise((resolve) => {
			hold.letGo = resolve;
		});

		hold.done = new Promise((resolve) => {
			this.page.route(url, async (route) => {
				if (isTaken || route.request().method() !== method)
					return route.fallback();
				isTaken = true;
				const response = await route.fetch();

				resolve();
				await held;
				return route.fulfill({ response });
			});
		});
		return hold;
	}

	/* A button, link, heading, field: by role and name. */
	role(role, name, options = {})
	{
		return this.page.getByRole(role, { name, ...options });
	}

	click(name, options)
	{
		return this.role("button", name, options).click();
	}

	follow(name, options)
	{
		return this.role("link", name, options).click();
	}

	/* Sends a form of the office by its button: the page that answers is
	 * there. */
	async send(button)
	{
		await Promise.all([this.page.waitForEvent("load"),
			button.click()]);
	}

	/* One of the four tabs; its view has the same title. */
	async tab(name)
	{
		await this.page.locator("#tabs")
			.getByRole("link", { name }).click();
		await this.arrives(name);
	}

	/* The view is there: its heading, which has the focus. */
	async arrives(title)
	{
		const heading = this.page.locator("main h1");

		await heading.filter({ hasText: title }).waitFor();
		await this.page.waitForFunction(() =>
			!document.documentElement.hasAttribute("aria-busy"));
	}

	/* What is on the page, held to WCAG 2.2 AA, and a picture of it; nothing
	 * of it is beyond the right edge. */
	async look(name)
	{
		await this.page.waitForLoadState();
		assert.ok(await this.page.evaluate(() =>
			document.documentElement.scrollWidth <= screen.width),
		`${name} scrolls sideways`);
		await this.check(name);
		await this.shoot(name);
	}

	async check(name)
	{
		if (await this.page.evaluate(() => !("axe" in globalThis)))
			await this.page.evaluate(fs.readFileSync(AXE, "utf8"));
		assert.deepEqual(await this.page.evaluate(violations, RULES), [],
			name);
	}

	async shoot(name)
	{
		const size = this.page.viewportSize();
		const height = await this.page.evaluate(() =>
			document.documentElement.scrollHeight);

		/* As high as the page, so that what sticks stays at its end. */
		await this.page.setViewportSize({ ...size,
			height: Math.max(size.height, height) });
		await this.page.screenshot({ scale: "css",
			path: path.join(SHOTS, `${name}.png`) });
		await this.page.setViewportSize(size);
	}

	/* Nothing was said that was not expected. */
	isQuiet()
	{
		assert.deepEqual(this.trouble, []);
	}

	async leave()
	{
		await this.context.close();
		this.isQuiet();
	}
}

/* A window with nothing in it; options as of Playwright's newContext. */
export async function newPerson(options = {})
{
	const context = await browser.newContext({ viewport: DESKTOP,
		locale: "zh-CN", timezoneId: "Asia/Shanghai",
		reducedMotion: "reduce", ...options });

	context.setDefaultTimeout(20_000);
	return new Person(context, await context.newPage());
}

const PASSWORD_FIELD = "密码";

/* An applicant on the portal, signed in, at a path behind #. */
export async function applicant(account,
	{ at = "/", ...options } = {})
{
	const person = await newPerson(options);
	const { password } = stack.accounts.find((a) => a.account === account);

	await person.page.goto(`${stack.baseUrl}/#${at}`);
	await enter(person, account, password);
	await person.page.locator("#tabs").waitFor();
	return person;
}

/* Fills in a sign-in form, wherever it stands. */
export async function enter(person, account, password)
{
	await person.page.getByLabel("账号").last().fill(account);
	await person.page.getByLabel(PASSWORD_FIELD).last().fill(password);
	await person.role("button", "登录", { exact: true }).last().click();
}

/* Cookies of administrators, by account: one sign-in each is enough. */
const signedIn = new Map();

/* An administrator on the pages of their own. */
export async function administrator(account, options = {})
{
	const person = await newPerson({ ...options,
		storageState: signedIn.get(account) });
	const start = `${stack.adminUrl}/admin/`;

	if (signedIn.has(account)) {
		await person.page.goto(start);
		return person;
	}
	const { password } = stack.accounts.find((a) => a.account === account);

	await person.page.goto(`${start}sign-in`);
	await enter(person, account, password);
	await person.page.waitForURL(start);
	signedIn.set(account, await person.context.storageState());
	return person;
}
