/* One whole review without JavaScript: each page of the administrators does
 * its work as a plain page. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { complete, force, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { enter, newPerson, stack, useBrowser } from "./kit.mjs";

const NO_SCRIPT = { javaScriptEnabled: false };

useBrowser();

/* Signed in on the page itself; nothing of it runs a script. */
async function administrator(account)
{
	const person = await newPerson(NO_SCRIPT);
	const { password } = stack.accounts.find((a) => a.account === account);

	await person.page.goto(`${stack.adminUrl}/admin/sign-in`);
	await enter(person, account, password);
	await person.role("heading", "审核", { level: 1 }).waitFor();
	return person;
}

/* From the worklist to the case. */
async function open(person, batchNo)
{
	await person.page.goto(`${stack.adminUrl}/admin/?batch_no=${batchNo}`);
	await person.follow(batchNo);
	await person.page.locator("h1").filter({ hasText: batchNo }).waitFor();
}

const has = (person, text) =>
	person.page.getByText(text).first().waitFor();

async function reject(person, batchNo)
{
	await open(person, batchNo);
	await person.send(person.page.locator("form[action$='/claim'] button"));
	await person.page.locator("input[name='pin'][value='unit_name']").check();
	await person.page.getByLabel("申请表未加盖单位公章").check();
	await person.page.locator("#reject textarea").fill("请补正。");
	await person.send(person.page.locator("form[action$='/reject'] button"));
	await has(person, "审核不通过");
}

async function approve(person, batchNo)
{
	await open(person, batchNo);
	await person.send(person.page.locator("form[action$='/claim'] button"));
	await person.send(person.page.locator("form[action$='/approve'] button"));
	await has(person, "审核通过");
}

test("sign in, claim, reject, approve, dispatch, complete", async () => {
	const applicant = await signIn(stack, "applicant1");
	const { id, batch_no: batchNo } = await complete(applicant, "renewal");
	const reviewer = await administrator("reviewer1");

	await submit(applicant, id);
	await reject(reviewer, batchNo);
	const { review } = await load(applicant, id);

	assert.deepEqual(review.pins, ["unit_name"]);
	assert.match(review.opinion, /^申请表未加盖单位公章.*\n请补正。$/);
	await submit(applicant, id);
	await approve(reviewer, batchNo);
	await reviewer.click("退出登录");
	await reviewer.role("heading", "登录").first().waitFor();
	await reviewer.leave();
	await force(stack, id, "paid");

	const operator = await administrator("operator1");

	await operator.follow("制证", { exact: true });
	await operator.page.locator(`input[value='${id}']`).check();
	await operator.send(operator.role("button", "核对并送交"));
	await operator.page.locator(
		"main form[action$='/dispatch'] button[type=submit]").click();
	await operator.page.waitForURL("**/admin/work-orders/*");
	const form = operator.page.locator("form[action$='/complete']").first();

	await operator.page.locator(`input[name='application'][value='${id}']`)
		.first().check();
	await operator.send(form.getByRole("button").first());
	await operator.page.locator("td .state.completed").waitFor();
	await operator.leave();
	assert.equal((await load(applicant, id)).state, "completed");
});
