/* 启用 CA 锁: the steps, the official links, and saying that it is done. */
import { newKey, post } from "./api.mjs";
import { tellError } from "./dialogs.mjs";
import { announce, busy, h, link } from "./dom.mjs";
import { drawEntry, sayErrors } from "./entry.mjs";
import { show } from "./router.mjs";
import { minute } from "./words.mjs";

/* One intent, however often the button is pressed. */
async function confirm({ id, version }, fields, key)
{
	const typed = Object.fromEntries(fields
		.filter(({ input }) => input.value.trim() !== "")
		.map(({ name, input }) => [name, input.value.trim()]));

	try {
		await post(`/api/applications/${id}/activation`,
			{ version, ...typed }, { key });
		announce("已确认启用");
		await show();
	} catch (e) {
		if (sayErrors(fields, e.errors))
			return;
		await tellError(e);
		await show();
	}
}

function drawForm(application)
{
	const isNew = application.category === "new";
	const fields = [
		drawEntry("valid_to", "证书工具中显示的到期日（可不填）",
			`我们登记的是 ${application.activation.valid_to}，` +
			"不同的请照看到的填写，工作人员会核对。", { type: "date" }),
		isNew && drawEntry("serial", "锁的序列号（可不填）",
			"印在锁上，也可在证书工具中看到。",
			{ autocomplete: "off", spellcheck: "false" }),
	].filter((part) => part !== false);
	let key = newKey();

	return h("form", { noValidate: true, on: {
		input: () => {
			key = newKey();
		},
		submit: (event) => {
			event.preventDefault();
			busy(event.submitter ?? event.target, () =>
				confirm(application, fields, key));
		} } },
	h("h3", {}, "启用后请在这里确认"),
	h("p", { class: "quiet" }, "没有确认的，过几天会短信提醒经办人。"),
	fields.map(({ node }) => node),
	h("p", { class: "actions" }, h("button", { type: "submit",
		class: "primary" }, "确认已启用")));
}

function drawDone({ activation })
{
	return [
		h("p", {}, `已于 ${minute(activation.activated_at)} 确认启用。`),
		activation.differences.map(({ message }) =>
			h("p", { class: "note warning" }, message)),
	];
}

export function drawActivation(application)
{
	const { activation, actions, delivery } = application;
	const isHere = !["to_send", "returned"].includes(delivery?.state);

	return activation && h("section", { class: "card" },
		h("h2", {}, "启用 CA 锁"),
		h("ol", { class: "steps" }, activation.steps.map((step) =>
			h("li", {}, step))),
		h("p", {}, link("打开 e签宝 官网下载证书工具", activation.tool_url,
			{ rel: "noopener noreferrer", target: "_blank" })),
		h("p", { class: "quiet" }, `新的有效期：${activation.valid_from} 至 ${
			activation.valid_to}`),
		activation.activated_at !== null ? drawDone(application) :
			actions.includes("activate") && isHere &&
				drawForm(application));
}
