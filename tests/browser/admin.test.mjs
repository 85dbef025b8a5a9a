/* The administrators' pages, each in its states, held to WCAG 2.2 AA. */
import { test } from "node:test";

import { complete, force, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act } from "../stack/pages.mjs";
import { PHONE, administrator, newPerson, stack, useBrowser } from "./kit.mjs";

let id;

useBrowser(async () => {
	const client = await signIn(stack, "applicant1");
	const done = await complete(client);

	await force(stack, done.id, "completed");
	({ id } = await complete(client, "renewal"));
	await submit(client, id);
});

async function visit(person, paths, name)
{
	for (const path of paths) {
		await person.page.goto(stack.adminUrl + path);
		await person.look(`admin-${name}${path.replace(id, "x")
			.replace(/[/?&=]+/g, "-")}`);
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
			`/admin/applications/${id}`], screen);
		await visit(operator, ["/admin/work-orders", "/admin/invoices"],
			screen);
		await visit(manager, ["/admin/", "/admin/money", "/admin/audit",
			"/admin/accounts", "/admin/account", "/admin/holidays"],
		screen);
		for (const person of [reviewer, operator, manager])
			await person.leave();
	});

test("a case that is claimed, and one that is refused", async () => {
	const client = await signIn(stack, "reviewer1");
	const reviewer = await administrator("reviewer1");

	reviewer.expect("404", "422");
	await act(client, `/admin/applications/${id}`, "/claim");
	await visit(reviewer, [`/admin/applications/${id}`], "claimed");
	await reviewer.page.locator("form[action$='/reveal'] button").click();
	await reviewer.look("admin-revealed");
	await reviewer.page.locator("form[action$='/reject'] button").click();
	await reviewer.look("admin-reject-without-opinion");
	await visit(reviewer, ["/admin/applications/nothing"], "missing");
	await reviewer.leave();
});
