/* A work order from its dry run to the CA's answer, and the second person,
 * each page held to WCAG 2.2 AA. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { day, paidCase, stateOf, yearsAfter } from "../stack/work_orders.mjs";
import { PHONE, administrator, stack, useBrowser } from "./kit.mjs";

const SCREENS = { wide: {}, dark: { colorScheme: "dark" },
	phone: { viewport: PHONE, hasTouch: true, isMobile: true } };

useBrowser();

async function send(operator, screen)
{
	await operator.page.goto(`${stack.adminUrl}/admin/work-orders`);
	await operator.look(`admin-work-orders-paid-${screen}`);
	await operator.click("核对并送交");
	await operator.role("heading", "核对送交").waitFor();
	await operator.look(`admin-work-order-plan-${screen}`);
	await operator.click("送交制证");
	await operator.role("heading", /^制证批次/).waitFor();
	await operator.look(`admin-work-order-${screen}`);
}

async function bring(operator, content)
{
	await operator.page.getByLabel("CA 的结果文件").setInputFiles({
		name: "ca.csv", mimeType: "text/csv", buffer: Buffer.from(content) });
	await operator.click("上传并核对");
}

for (const [screen, options] of Object.entries(SCREENS))
	test(`from the dry run to the second person, ${screen}`, async () => {
		const [one, two] = [await paidCase(stack, { lock: ["TG-1", 20] }),
			await paidCase(stack)];
		const operator = await administrator("operator1", options);
		const manager = await administrator("manager1", options);

		operator.expect("422");
		await send(operator, screen);
		await bring(operator, "批次号,说明\n1,2\n");
		await operator.page.getByText("至少有“批次号”和“结果”").last().waitFor();
		await operator.look(`admin-work-order-file-refused-${screen}`);
		await bring(operator, "批次号,结果,锁序列号,有效期至,原因\n" +
			`${one.batchNo},成功,,${yearsAfter(day(20), 1)},\n` +
			`${two.batchNo},失败,,,照片不清\nCA1,成功,,,\n`);
		await operator.page.getByText("没有这个批次号").waitFor();
		await operator.look(`admin-import-${screen}`);
		await operator.page.getByLabel("说明").fill("CA 回执");
		await operator.click("提请确认");
		await operator.page.getByText("等待第二人确认").waitFor();
		await operator.look(`admin-import-asked-${screen}`);
		await manager.page.goto(`${stack.adminUrl}/admin/confirmations`);
		await manager.look(`admin-confirmations-${screen}`);
		await manager.page.locator("td, th").getByRole("link").first().click();
		await manager.role("heading", "不同意").waitFor();
		await manager.look(`admin-confirmation-${screen}`);
		await manager.click("确认", { exact: true });
		await manager.page.getByText("已确认").waitFor();
		await manager.look(`admin-confirmed-${screen}`);
		assert.equal(await stateOf(stack, one.id), "completed");
		assert.equal(await stateOf(stack, two.id), "paid");
		await operator.page.reload();
		await operator.look(`admin-import-done-${screen}`);
		await stack.db("UPDATE applications SET paid_at = NOW(6) " +
			`WHERE id = '${two.id}'`);
		await operator.leave();
		await manager.leave();
	});
