/* What people do on the portal, as the browser tests do it: by what they see. */
import { pdf } from "../stack/pdf.mjs";

/* Label and text of every field that a new application needs typed. */
export const ANSWERS = {
	申请人: "张明",
	法定代表人: "陈建国",
	单位座机: "0570-3012345",
	经办人职务: "办公室主任",
	经办人手机号码: "13800138000",
	经办人邮箱: "li.xiaomei@example.com",
	单位地址: "浙江省衢州市柯城区示例路1号",
	邮政编码: "324000",
	经办人身份证号码: "330802199003070009",
};
export const FILES = {
	risk_notice: "风险告知函.pdf",
	application_form: "申请表.pdf",
	business_licence: "营业执照.pdf",
	handler_id_card: "身份证.pdf",
};

/* The 告知确认书, read to its end and agreed to. */
export async function agree(person)
{
	const text = person.role("region", "告知确认书全文");

	await text.press("End");
	await person.page.waitForFunction((node) => node.scrollTop +
		node.clientHeight >= node.scrollHeight - 1,
	await text.elementHandle());
	await person.page.getByLabel("我已阅读并同意").check();
	await person.click("同意并继续");
	await person.arrives("填写申请");
}

export async function startNew(person, category)
{
	await person.click("新增申请");
	await person.role("radio", category).check();
	await person.click("下一步");
	await agree(person);
}

export function field(person, label)
{
	return person.page.getByRole("textbox", { name: label });
}

export async function fillIn(person, answers = ANSWERS, pickup = "现场取领")
{
	await field(person, "经办人 *").fill("李晓梅");
	for (const [label, text] of Object.entries(answers))
		await field(person, label).fill(text);
	for (const label of ["数字证书与电子签章", pickup])
		await person.role("radio", label, { exact: true }).check();
	await person.page.getByLabel("办理年限").selectOption({ index: 1 });
}

export const upload = (person, kind, name = FILES[kind], bytes = undefined) =>
	person.page.locator(`#field-${kind}`).setInputFiles({ name,
		mimeType: "application/pdf", buffer: bytes ?? pdf({ text: kind }) });

export async function uploadAll(person, kinds)
{
	for (const kind of kinds) {
		await upload(person, kind);
		await person.role("link", `查看 ${FILES[kind]}`).waitFor();
	}
}

export async function saved(person)
{
	await person.page.locator(".save-status")
		.filter({ hasText: /^(已保存|内容已保存)/ }).waitFor();
}

/* The id of the application that the page is about. */
export function idOf(person)
{
	return /#\/applications\/([\w-]+)/.exec(person.page.url())[1];
}
