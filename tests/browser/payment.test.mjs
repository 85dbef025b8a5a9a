/* The fee in a browser: a code that dies, another provider, a lost notice. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { addApplicant, complete, force } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { applicant, stack, useBrowser } from "./kit.mjs";

useBrowser();

/* Somebody who is to pay, before the page where one pays. */
async function atPayment(options = {})
{
	const account = await addApplicant(stack);
	const client = await signIn(stack, account);
	const { id } = await complete(client);

	await force(stack, id, "approved");
	const person = await applicant(account,
		{ at: `/applications/${id}/payment`, ...options });

	await person.arrives("支付办理费用");
	return { person, id };
}

const code = (person) => person.role("img", "微信支付付款码");

const orders = (id) => stack.db("SELECT order_no, state, code_url FROM orders " +
	`WHERE application_id = '${id}' ORDER BY created_at`);

test("a code that has died is replaced by another", async () => {
	const { person, id } = await atPayment();

	await person.click("使用微信支付");
	await code(person).waitFor();
	await stack.db("UPDATE orders SET expires_at = NOW(6) - INTERVAL 1 SECOND " +
		`WHERE application_id = '${id}'`);
	await person.role("heading", "二维码已过期").waitFor();
	await person.look("60-code-expired");
	await person.click("使用微信支付");
	await code(person).waitFor();
	assert.equal((await orders(id)).length, 2);

	/* Looked at again later, it is the same code. */
	const before_ = await code(person).getAttribute("src");

	await person.page.reload();
	await code(person).waitFor();
	assert.equal(await code(person).getAttribute("src"), before_);
	await person.leave();
});

test("the time runs out while one looks on", async () => {
	const { person } = await atPayment();

	await person.page.clock.install();
	await person.page.reload();
	await person.arrives("支付办理费用");
	await person.click("使用微信支付");
	await code(person).waitFor();
	await person.page.clock.fastForward("20:00");
	await person.page.getByText(/请在 1:09:\d\d 内支付/).waitFor();
	await person.page.clock.fastForward("01:10:00");
	await person.role("heading", "二维码已过期").first().waitFor();
	await person.leave();
});

/* Until the money has come. */
async function payFor(id, order)
{
	await fetch(`${stack.sandboxUrl}/sandbox/pay`, { method: "POST",
		body: JSON.stringify({ code_url: order.code_url }) });
	await until(async () => (await orders(id))[0].state === "paid",
		"the order's payment", 10_000);
}

test("another provider only when the payer says so", async () => {
	const { person, id } = await atPayment();

	person.expect("409");
	await person.click("使用微信支付");
	await code(person).waitFor();
	await stack.db("UPDATE orders SET provider = 'alipay' " +
		`WHERE application_id = '${id}'`);
	await person.page.reload();
	await person.arrives("支付办理费用");
	await person.click("改用微信支付");
	await person.role("heading", "更换支付方式").waitFor();
	await person.look("61-switch-provider");
	await person.click("返回");
	assert.equal((await orders(id)).length, 1);
	await person.click("改用微信支付");
	await person.click("确认更换");
	await code(person).waitFor();
	assert.equal((await orders(id)).length, 2);
	await person.leave();
});

test("an answer about the code before does not bring it back", async () => {
	const { person } = await atPayment();

	person.expect("409");
	await person.click("使用微信支付");
	await code(person).waitFor();
	const read = person.holdAnswer("GET", "**/payment");

	await read.done;
	await person.click("改用支付宝");
	await person.click("确认更换");
	const other = person.role("img", "支付宝付款码");

	await other.waitFor();
	await person.page.evaluate(() => {
		globalThis.seen = [];
		new MutationObserver(() => globalThis.seen.push(
			document.querySelector("img.qr")?.alt)).observe(
			document.querySelector(".pay"), { childList: true });
	});
	const asked = () => person.page.waitForResponse((r) =>
		r.url().endsWith("/payment"));
	const late = asked();

	read.letGo();
	await late;
	await asked();
	assert.deepEqual(await person.page.evaluate(() => globalThis.seen), []);
	await person.leave();
});

test("money that does not fit is said to be none of the fee's", async () => {
	const { person, id } = await atPayment();

	await person.click("使用微信支付");
	await code(person).waitFor();
	/* The notice alone, before the worker asks how much it was. */
	await stack.kill("worker", "SIGTERM");
	await fetch(`${stack.sandboxUrl}/sandbox/misbehave`, { method: "POST",
		body: JSON.stringify({ what: "notice_other_amount" }) });
	await payFor(id, (await orders(id))[0]);
	await person.role("heading", "收到的款项与应付的不符").waitFor();
	await person.look("62-other-amount");
	/* It stays, and the fee can be paid. */
	await person.page.reload();
	await person.role("heading", "收到的款项与应付的不符").waitFor();
	await person.click("使用微信支付");
	await code(person).waitFor();
	await stack.restart("worker");
	await fetch(`${stack.sandboxUrl}/sandbox/pay`, { method: "POST",
		body: JSON.stringify({ out_trade_no: (await orders(id))[1].order_no }) });
	await person.arrives("已缴费");
	await person.leave();
});

test("money that came while the page was away is found", async () => {
	const { person, id } = await atPayment();

	await person.click("使用微信支付");
	await code(person).waitFor();
	await person.page.goto("about:blank");
	const [order] = await orders(id);

	await payFor(id, order);
	await person.page.goBack();
	await person.arrives("已缴费");
	await person.tab("CA支付");
	await person.page.getByText("已支付").first().waitFor();
	await person.leave();
});

test("money that comes between the order and its code is seen", async () => {
	const { person, id } = await atPayment();

	person.expect("404");
	await person.click("使用微信支付");
	await code(person).waitFor();
	const [order] = await orders(id);

	await person.page.route("**/payment/qr.svg", async (route) => {
		await payFor(id, order);
		await route.continue();
	}, { times: 1 });
	await person.page.reload();
	await person.arrives("已缴费");
	await person.leave();
});

test("a provider that does not answer is told of, and asked again", async () => {
	const { person, id } = await atPayment();
	let answer;
	const held = new Promise((resolve) => {
		answer = resolve;
	});

	person.expect("504");
	await person.page.route("**/payment", async (route) => {
		await held;
		await route.fulfill({ status: 504, contentType:
			"application/problem+json", body: JSON.stringify({ status: 504,
			code: "provider_unknown", title: "支付平台没有答复" }) });
	}, { times: 1 });
	await person.click("使用微信支付");
	await person.page.locator("button.slow").waitFor();
	await person.look("62-provider-slow");
	answer();
	await person.role("heading", "支付平台没有答复").waitFor();
	await person.click("知道了");
	await person.click("使用微信支付");
	await code(person).waitFor();

	/* The order is there, its code is not: it has not run out. */
	await stack.db("UPDATE orders SET state = 'created', code_url = NULL " +
		`WHERE application_id = '${id}'`);
	await person.page.reload();
	await person.role("heading", "还没有拿到二维码").waitFor();
	await person.look("63-no-code-yet");
	await person.click("使用微信支付");
	await code(person).waitFor();
	assert.equal((await orders(id)).length, 1);
	await person.leave();
});
