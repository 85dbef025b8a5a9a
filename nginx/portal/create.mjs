/* 新增申请: which kind, the 告知确认书, then a draft with what is known. */
import * as api from "./api.mjs";
import { openDialog, tellError } from "./dialogs.mjs";
import { button, h, newId } from "./dom.mjs";
import { isNeeded } from "./needs.mjs";
import { CATEGORIES } from "./words.mjs";
import { go } from "./router.mjs";
import { currentSession } from "./session.mjs";

const END_SLACK = 8; /* px */

function drawRadio(name, value, label, note, attributes = {})
{
	const id = newId(name);

	return h("div", { class: "radio" },
		h("input", { type: "radio", id, name, value, ...attributes,
			"aria-describedby": note && `${id}-note` }),
		h("label", { for: id }, label),
		note && h("p", { id: `${id}-note`, class: "quiet" }, note));
}

/* Which kind, and new or renewal; null when given up. */
function chooseKind(form)
{
	const category = form.fields.find((f) => f.name === "category");

	return openDialog("新增申请", (close) => {
		const error = h("p", { class: "error", role: "alert" });
		const body = h("form", { class: "stack", noValidate: true, on: {
			submit: (event) => {
				const chosen = new FormData(body).get("category");

				event.preventDefault();
				if (chosen === null)
					error.textContent = "请选择新办或续期。";
				else
					close({ category: chosen });
			} } },
		h("fieldset", {}, h("legend", {}, "申请类型"),
			drawRadio("type", "enterprise", "企业 CA 锁", null,
				{ checked: true }),
			drawRadio("type", "individual", "个人 CA 锁（未开放）",
				"本地区目前只开放企业 CA 锁。",
				{ disabled: true })),
		h("fieldset", {}, h("legend", {}, category.label),
			h("p", { class: "quiet" }, category.help), error,
			category.options.map(({ value, label }) =>
				drawRadio("category", value, label))),
		h("p", { class: "actions" },
			h("button", { type: "submit", class: "primary" },
				"下一步"),
			button("返回", () => close())));

		return body;
	});
}

/* A text to read: its box, and whether its end has been in view. */
function drawText(text)
{
	let isRead = false;
	const look = () => {
		isRead ||= node.scrollTop + node.clientHeight >=
			node.scrollHeight - END_SLACK;
		return isRead;
	};
	const node = h("div", { class: "consent", tabindex: "0", role: "region",
		"aria-label": "告知确认书全文", on: { scroll: look } },
	text.split("\n").map((line) => h("p", {}, line)));

	return { node, isRead: look };
}

/* The 告知确认书: read to its end, ticked, agreed to; gives true then. */
export function askConsent(consent)
{
	const text = drawText(consent.text);
	const error = h("p", { class: "error", role: "alert" });
	const box = h("input", { type: "checkbox", id: newId("agree") });
	const agree = (close) => {
		if (!text.isRead())
			error.textContent = "请先把告知确认书读到最后，再勾选同意。";
		else if (!box.checked)
			error.textContent = "请勾选“我已阅读并同意”。";
		else
			close(true);
	};

	return openDialog(consent.title, (close) => [
		text.node, error,
		h("p", { class: "check" }, box,
			h("label", { for: box.id }, "我已阅读并同意以上内容")),
		h("p", { class: "actions" },
			button("同意并继续", () => agree(close),
				{ class: "primary" }),
			button("不同意", () => close())),
	]);
}

/* Those that come back to the applicant, or wait for somebody. */
const UNFINISHED = { editing: "接着填写", rejected: "去修改", pending: "查看",
	approved: "去查看并支付", paid: "查看", processing: "查看" };

/* One of the same category that is not done yet: gone on with, as a rule. */
async function findUnfinished(category)
{
	const { items } = await api.get(api.query("/api/applications",
		{ category, limit: 20 }));

	return items.find(({ state }) => state in UNFINISHED);
}

/* Whether another is to be made; else the page is that of the first. */
async function wantsAnother({ category })
{
	const first = await findUnfinished(category);

	if (first === undefined)
		return true;
	const answer = await openDialog("已有没办完的申请", (close) => [
		h("p", {}, `本单位的${CATEGORIES[category]}申请 ${first.batch_no} ` +
			`是“${first.state_title}”。接着办这一份，不用重新填写。`),
		h("p", { class: "actions" },
			button(UNFINISHED[first.state], () => close("first"),
				{ class: "primary" }),
			button("另外新增一份", () => close("another"))),
	]);

	if (answer === "first")
		go(`/applications/${first.id}`);
	return answer === "another";
}

/* What is known of the fields: the last completed application, the account. */
async function known(form, chosen)
{
	const last = form.last_completed === null ? {} :
		await api.get(`/api/applications/${form.last_completed}`);
	const values = { ...chosen };

	for (const { name, editable, carries_over: carries, required }
		of form.fields) {
		const value = (carries ? last[name] : null) ??
			currentSession()[name] ?? null;

		if (editable && value !== null && values[name] === undefined &&
		    isNeeded(required, values) !== false)
			values[name] = value;
	}
	return values;
}

/* Nobody has to come for a renewal: the lock stays in use. */
function defaults({ category, ...rest })
{
	return category === "renewal" ?
		{ category, pickup: "onsite", ...rest } : { category, ...rest };
}

/* From the button to the form. */
export async function startNew(given)
{
	try {
		const form = await api.form();
		const chosen = given.category ? given : await chooseKind(form);

		if (chosen === null || !await wantsAnother(chosen) ||
		    await askConsent(form.consent) !== true)
			return;
		const { id } = await api.post("/api/applications", {
			type: form.type, consent_version: form.consent.version,
			...await known(form, defaults(chosen)) });

		go(`/applications/${id}`);
	} catch (e) {
		if (e.code === "consent_outdated")
			api.forget();
		await tellError(e);
	}
}
