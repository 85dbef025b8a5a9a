/* Money that goes back, on the office's pages and on the portal's. */
import { test } from "node:test";

import { addApplicant, complete, force } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { PHONE, administrator, applicant, stack, useBrowser } from "./kit.mjs";

const REFUNDS = [["requested", "", "NULL"], ["sent", "", "NULL"],
	["failed", "NOT_ENOUGH", "NULL"], ["failed", "ABNORMAL", "NULL"],
	["done", "", "NOW(6)"]];
const NOTICES = [["unknown_order", 45_000], ["other_amount", 45_001],
	["other_merchant", 1]];

let id, account;

const name = (word, n) => `01j0${word}${n}`;

/* One of each that there is to see. */
useBrowser(async () => {
	account = await addApplicant(stack);
	const client = await signIn(stack, account);

	({ id } = await complete(client));
	await force(stack, id, "paid");
	for (const [n, [state, problem, done]] of REFUNDS.entries()) {
		await stack.db("INSERT INTO refunds (id, payment_id, application_id, " +
			"amount_fen, state, reason, requested_by, problem, next_at, done_at) " +
			`SELECT '${name("refund", n)}', payment_id, id, ${100 + n}, ` +
			`'${state}', '申请人多缴了费用，要求退回', ` +
			"(SELECT id FROM accounts WHERE login = 'manager1'), " +
			`'${problem}', '9999-12-31', ${done} FROM applications ` +
			`WHERE id = '${id}'`);
		await stack.db("INSERT INTO refund_history (refund_id, version, event, " +
			`state, role) VALUES ('${name("refund", n)}', 1, 'request', ` +
			`'requested', 'manager')`);
	}
	for (const [n, [reason, fen]] of NOTICES.entries())
		await stack.db("INSERT INTO notices (id, provider, event_id, event_type, " +
			"order_no, transaction_id, outcome, reason, amount_fen) VALUES " +
			`('${name("notice", n)}', 'alipay', '${n}', 'TRADE_SUCCESS', ` +
			`'01kb000000000000000000000${n}', '20261129220014000010${n}', ` +
			`'unmatched', '${reason}', ${fen})`);
});

const PAGES = { money: "/admin/money", notice: "/admin/money/01j0notice0",
	foreign: "/admin/money/01j0notice2", list: "/admin/refunds",
	waiting: "/admin/refunds/01j0refund0", failed: "/admin/refunds/01j0refund2",
	stuck: "/admin/refunds/01j0refund3", done: "/admin/refunds/01j0refund4" };

for (const [screen, options] of Object.entries({ wide: {},
	dark: { colorScheme: "dark" },
	phone: { viewport: PHONE, hasTouch: true, isMobile: true } }))
	test(`the pages about refunds, ${screen}`, async () => {
		const manager = await administrator("manager1", options);
		const pages = { ...PAGES, case: `/admin/applications/${id}`,
			ask: `/admin/applications/${id}/refund` };

		for (const [page, path] of Object.entries(pages)) {
			await manager.page.goto(stack.adminUrl + path);
			await manager.look(`refund-${screen}-${page}`);
		}
		await manager.leave();
	});

test("what is wrong is said beside its field", async () => {
	const manager = await administrator("manager1");

	manager.expect("422");
	await manager.page.goto(
		`${stack.adminUrl}/admin/applications/${id}/refund`);
	await manager.page.getByLabel("退款金额（元）").fill("1000");
	await manager.page.getByLabel("原因").fill("多缴");
	await manager.click("提出退款");
	await manager.page.getByText(/最多 \S+ 元/).first().waitFor();
	await manager.look("refund-too-much");
	await manager.leave();
});

test("the applicant sees what comes back", async () => {
	const person = await applicant(account, { at: `/applications/${id}` });

	await person.page.getByText("1.01 元，退款中").waitFor();
	await person.page.getByText(/1\.04 元，已退款（/).waitFor();
	await person.look("refund-portal");
	await person.leave();
});
