/* Files in a browser: dropped, watched, stopped, tried again, refused. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { addApplicant, complete, create, draft, load } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { applicant, stack, useBrowser } from "./kit.mjs";
import { field, saved, upload } from "./steps.mjs";

const APPLICATION = "**/api/applications/*";
const KIND = "business_licence";
const SLOW = { offline: false, latency: 20, downloadThroughput: -1,
	uploadThroughput: 60 * 1024 };

useBrowser();

async function atForm()
{
	const account = await addApplicant(stack);
	const client = await signIn(stack, account);
	const { id } = await create(client, draft(client));
	const person = await applicant(account,
		{ at: `/applications/${id}` });

	await person.arrives("填写申请");
	return { person, client, id, files: async () => (await load(client, id))
		.attachments.map((file) => file.name) };
}

async function onSlowLine(person)
{
	const cdp = await person.context.newCDPSession(person.page);

	await cdp.send("Network.enable");
	await cdp.send("Network.emulateNetworkConditions", SLOW);
	return cdp;
}

test("a file's way is shown, and it can be stopped", async () => {
	const { person, files } = await atForm();
	const bar = person.role("progressbar", "上传进度：慢.pdf");

	await onSlowLine(person);
	await upload(person, KIND, "慢.pdf", pdf({ bytes: 1 << 20 }));
	await bar.waitFor();
	await person.page.waitForFunction(() =>
		document.querySelector("progress")?.value > 0.05);
	await person.look("50-uploading");

	/* Handing in waits for it. */
	await person.click("提交信息");
	await person.role("heading", "文件还在上传").waitFor();
	await person.click("知道了");
	await person.click("取消上传 慢.pdf");
	await bar.waitFor({ state: "detached" });
	assert.deepEqual(await files(), []);
	await person.leave();
});

test("a file that did not get through is tried again, once only", async () => {
	const { person, files } = await atForm();
	let isLost = true;

	person.expect("net::ERR_FAILED");
	await person.page.route("**/attachments/**", async (route) => {
		/* The server has it, but its answer is lost. */
		if (isLost && route.request().method() === "POST") {
			isLost = false;
			await route.fetch();
			await route.abort();
		} else {
			await route.continue();
		}
	});
	await upload(person, KIND, "执照.pdf");
	await person.role("button", "重试上传 执照.pdf").waitFor();

	/* It is not taken for one that is there. */
	await person.click("提交信息");
	await person.page.locator("dialog").getByText("执照.pdf").waitFor();
	await person.look("54-unsent");
	await person.click("知道了");
	await person.click("重试上传 执照.pdf");
	await person.role("link", "查看 执照.pdf").waitFor();
	assert.deepEqual(await files(), ["执照.pdf"]);
	await person.leave();
});

test("what is all there cannot be stopped", async () => {
	const { person } = await atForm();
	const cdp = await onSlowLine(person);

	await cdp.send("Network.emulateNetworkConditions",
		{ ...SLOW, latency: 2000, uploadThroughput: -1 });
	await upload(person, KIND, "执照.pdf");
	await person.page.locator(".file:not(:has(button))")
		.getByText("正在检查文件").waitFor();
	await person.role("link", "查看 执照.pdf").waitFor();
	await person.leave();
});

test("a file whose answer was lost is shown when its row is removed",
	async () => {
		const { person, files } = await atForm();

		person.expect("net::ERR_FAILED");
		await person.page.route("**/attachments/**", async (route) => {
			await route.fetch();
			await route.abort();
		}, { times: 1 });
		await upload(person, KIND, "执照.pdf");
		await person.click("移除 执照.pdf");
		await person.role("link", "查看 执照.pdf").waitFor();
		assert.deepEqual(await files(), ["执照.pdf"]);
		await person.leave();
	});

test("an answer that comes late does not take back what was saved", async () => {
	const { person, client, id } = await atForm();
	const title = field(person, "经办人职务");
	const read = person.holdAnswer("GET", APPLICATION);

	/* The list of files was read before the title was saved. */
	await upload(person, KIND, "执照.pdf");
	await read.done;
	await title.fill("总经理");
	await until(async () => (await load(client, id)).handler_title ===
		"总经理", "the title is saved", 20_000);
	await saved(person);
	await title.blur();
	read.letGo();
	await person.page.getByText("正在检查文件").waitFor({ state: "detached" });
	await person.role("link", "查看 执照.pdf").waitFor();
	assert.equal(await title.inputValue(), "总经理");
	await person.leave();
});

test("what one saved oneself is not taken for a colleague's", async () => {
	const { person, client, id } = await atForm();
	const title = field(person, "经办人职务");
	const save = person.holdAnswer("PUT", APPLICATION);

	await title.fill("经理");
	await save.done;
	await title.fill("总经理");
	await upload(person, KIND, "执照.pdf");
	await person.role("link", "查看 执照.pdf").waitFor();
	save.letGo();
	await until(async () => (await load(client, id)).handler_title ===
		"总经理", "the title is saved", 20_000);
	await saved(person);
	assert.equal(await person.page.locator("dialog").count(), 0);
	await person.leave();
});

test("a save that ends late does not take away a file", async () => {
	const { person } = await atForm();
	const save = person.holdAnswer("PUT", APPLICATION);
	const file = person.role("link", "查看 执照.pdf");

	await field(person, "经办人职务").fill("经理");
	await save.done;
	await upload(person, KIND, "执照.pdf");
	await file.waitFor();
	await person.page.evaluate(() => {
		globalThis.isGone = false;
		new MutationObserver(() => {
			globalThis.isGone ||=
				document.querySelector(".files a") === null;
		}).observe(document.querySelector(".files:has(a)"),
			{ childList: true });
	});
	save.letGo();
	await saved(person);
	await file.waitFor();
	assert.equal(await person.page.evaluate(() => globalThis.isGone), false);
	await person.leave();
});

test("several files are dropped at once; what is no PDF stays out", async () => {
	const { person, files } = await atForm();
	const content = pdf({ text: "dropped" }).toString("latin1");
	const names = ["一.pdf", "二.pdf", "三.pdf"];
	const transfer = await person.page.evaluateHandle(([text, all]) => {
		const data = new DataTransfer();
		const bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));

		for (const name of all)
			data.items.add(new File([bytes], name));
		data.items.add(new File(["hello"], "信.docx"));
		return data;
	}, [content, names]);
	const zone = person.page.locator(".drop", {
		has: person.page.locator(`#field-${KIND}`) });

	await zone.dispatchEvent("dragover", { dataTransfer: transfer });
	await zone.dispatchEvent("drop", { dataTransfer: transfer });
	await person.page.getByText("这不是 PDF 文件").first().waitFor();
	for (const name of names)
		await person.role("link", `查看 ${name}`).waitFor();
	await person.look("51-dropped");
	await person.click("移除 信.docx");
	assert.deepEqual((await files()).sort(), names.toSorted?.() ??
		[...names].sort());

	/* No more than five of a kind. */
	await person.page.locator(`#field-${KIND}`).setInputFiles(
		["四", "五", "六"].map((name) => ({ name: `${name}.pdf`,
			mimeType: "application/pdf", buffer: pdf() })));
	await person.role("link", "查看 五.pdf").waitFor();
	await person.page.getByText("最多 5 个文件，没有上传：六.pdf。").waitFor();
	assert.equal((await files()).length, 5);

	/* Seen, and taken away. */
	const [download] = await Promise.all([
		person.page.waitForEvent("download"),
		person.follow("查看 一.pdf")]);

	assert.equal(download.suggestedFilename(), "一.pdf");
	await person.click("删除 一.pdf");
	await person.look("52-delete-file");
	await person.click("确认删除");
	await person.role("link", "查看 一.pdf").waitFor({ state: "detached" });
	assert.equal((await files()).length, 4);
	await person.leave();
});

test("what was refused takes no place", async () => {
	const { person, files } = await atForm();
	const input = person.page.locator(`#field-${KIND}`);
	const file = (name, bytes) => ({ name, mimeType: "application/pdf",
		buffer: bytes });
	const bad = (n) => file(`坏${n}.pdf`, Buffer.from("no PDF"));

	await input.setInputFiles([1, 2, 3, 4, 5].map(bad));
	await person.page.locator(".file .error").nth(4).waitFor();
	await input.setInputFiles([6, 7, 8, 9].map(bad).concat(
		file("好.pdf", pdf())));
	await person.role("link", "查看 好.pdf").waitFor();
	assert.deepEqual(await person.page.locator(".file .error").count(), 4);
	const more = ["二", "三", "四", "五"];

	await input.setInputFiles(more.map((n) =>
		file(`${n}.pdf`, pdf({ text: n }))));
	for (const n of more)
		await person.role("link", `查看 ${n}.pdf`).waitFor();
	assert.equal(await person.page.locator(".file .error").count(), 0);
	assert.equal((await files()).length, 5);
	await person.leave();
});

test("what the server refuses is said beside the file", async () => {
	const { person, client, id, files } = await atForm();

	/* A colleague was faster: the server has five, this page knows none. */
	person.expect("409", "422");
	await upload(person, "handler_id_card", "长.pdf", pdf({ pages: 51 }));
	await person.page.locator(".file .error")
		.filter({ hasText: "每个文件最多 50 页" }).waitFor();
	await person.click("移除 长.pdf");
	for (let i = 0; i < 5; i++)
		assert.equal((await client.upload(id, KIND, pdf({ text: `${i}` })))
			.status, 201);
	await upload(person, KIND, "第六.pdf");
	await person.page.locator(".file .error")
		.filter({ hasText: "最多上传 5 个文件" }).waitFor();
	await person.role("link", /^查看 /).nth(4).waitFor();
	await person.look("53-refused");
	await person.click("移除 第六.pdf");
	assert.equal((await files()).length, 5);
	await person.leave();
});

test("what was found in a file is told before it is handed in", async () => {
	const account = await addApplicant(stack);
	const client = await signIn(stack, account);
	const { id } = await complete(client);

	assert.equal((await client.upload(id, KIND, pdf({ text: "twice" })))
		.status, 201);
	assert.equal((await client.upload(id, KIND, pdf({ text: "twice" })))
		.status, 201);
	await until(async () => (await load(client, id)).warnings.some((w) =>
		w.code === "same_file"), "the same file is seen", 20_000);
	const person = await applicant(account,
		{ at: `/applications/${id}/check` });

	await person.arrives("核对申请");
	await person.role("heading", "请再看一眼").waitFor();
	await person.page.getByText("是同一个文件").waitFor();
	await person.look("55-warned");
	await person.leave();
});
