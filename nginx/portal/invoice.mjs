/* One invoice: the request, what became of it, and another in its place. */
import * as api from "./api.mjs";
import { tellError } from "./dialogs.mjs";
import { busy, button, h, link, newId } from "./dom.mjs";
import { show } from "./router.mjs";
import { currentSession } from "./session.mjs";
import { drawFacts, drawTable } from "./table.mjs";
import { dash, invoiceTag, minute, named, yuan } from "./words.mjs";

const REASON = ["reason", "哪里开错了", "例如：抬头写错了。由办理机构和开票平台红冲原发票时使用"];
/* Member, label, help; tax number only for an organisation. */
const MEMBERS = [
	["title", "发票抬头", "单位填营业执照上的名称，个人填姓名"],
	["tax_no", "税号", "18 位统一社会信用代码", "organisation"],
	["email", "接收邮箱", "可不填；开通邮件的，开好后也发到这里", null, "email"],
	["mobile", "接收手机号码", "可不填；开好后短信通知这个号码，不填的通知经办人",
		null, "tel"],
	["address", "地址、电话", "可不填", "organisation"],
	["bank_name", "开户银行", "可不填", "organisation"],
	["bank_account", "银行账号", "可不填", "organisation"],
];
const TYPES = [["organisation", "单位"], ["individual", "个人"]];

/* The form: of a first request, or (old) of one in place of an issued one. */
class Request {
	type = "organisation";

	constructor(application, titles, old = null)
	{
		this.isCorrection = old !== null;
		this.path = `/api/applications/${application.id}/invoice` +
			(this.isCorrection ? "/correction" : "");
		this.key = api.newKey();
		this.summary = h("div", { class: "summary", role: "alert",
			tabindex: "-1", hidden: true });
		this.inputs = new Map((this.isCorrection ? [REASON, ...MEMBERS] :
			MEMBERS).map((member) => [member[0], this.#drawInput(member)]));
		this.types = TYPES.map(([value, label]) =>
			this.#drawType(value, label));
		this.#fill(old ?? { title_type: "organisation",
			title: currentSession().unit_name,
			tax_no: currentSession().org_code,
			email: application.handler_email });
		this.titles = titles;
	}

	#drawInput([name, label, help, only = null, type = "text"])
	{
		const id = newId(name);
		const note = h("p", { class: "note", id: `${id}-note` }, help);
		const input = h("input", { id, name, type, autocomplete: "off",
			"aria-describedby": note.id,
			on: { input: () => this.#changed() } });
		const node = h("div", { class: "field" },
			h("label", { for: id }, label), input, note);

		return { node, input, note, help, only, label };
	}

	#drawType(value, label)
	{
		const input = h("input", { type: "radio", name: "title_type", value,
			id: newId("type"), checked: value === this.type,
			on: { change: () => {
				this.#changed();
				this.#choose(value);
			} } });

		return { input, node: h("div", { class: "radio" }, input,
			h("label", { for: input.id }, label)) };
	}

	/* Another body is another intent. */
	#changed()
	{
		this.key = api.newKey();
	}

	#choose(type)
	{
		this.type = type;
		for (const { input } of this.types)
			input.checked = input.value === type;
		for (const { node, only } of this.inputs.values())
			node.hidden = only !== null && only !== type;
	}

	#fill(values)
	{
		this.#changed();
		for (const [name, { input }] of this.inputs)
			if (values[name] !== undefined)
				input.value = values[name] ?? "";
		this.#choose(values.title_type);
	}

	#body()
	{
		const shown = [...this.inputs].filter(([, { node, input }]) =>
			!node.hidden && input.value.trim() !== "");

		return { title_type: this.type, ...Object.fromEntries(shown.map(
			([name, { input }]) => [name, input.value.trim()])) };
	}

	#showErrors(errors)
	{
		for (const [name, { input, note, help }] of this.inputs) {
			const error = errors.find((e) => e.field === name);

			note.textContent = error?.message ?? help;
			note.className = error ? "note error" : "note";
			input.toggleAttribute("aria-invalid", false);
			if (error)
				input.setAttribute("aria-invalid", "true");
		}
	}

	#refused(e)
	{
		const link_ = (error) => h("a", { href: location.hash, on: {
			click: (event) => {
				event.preventDefault();
				this.inputs.get(error.field)?.input.focus();
			} } }, named(this.inputs.get(error.field)?.label ?? "",
			error.message));

		this.#showErrors(e.errors);
		this.summary.hidden = false;
		this.summary.replaceChildren(h("h2", {}, e.title),
			e.errors.length === 0 ? h("p", {}, e.message) :
				h("ul", {}, e.errors.map((error) =>
					h("li", {}, link_(error)))));
		this.summary.focus();
	}

	async send()
	{
		try {
			await api.post(this.path, this.#body(), { key: this.key });
			await show();
		} catch (e) {
			this.#refused(e);
		}
	}

	/* What was used stays in the invoices; it is not offered any more. */
	async #forget(title, row)
	{
		try {
			await api.del(`/api/invoice-titles/${title.id}`);
			row.remove();
		} catch (e) {
			await tellError(e);
		}
	}

	#drawTitle(title)
	{
		const row = h("li", { class: "actions" },
			button(title.title, () => this.#fill(title)),
			button("移除", () => this.#forget(title, row), { class: "plain",
				"aria-label": `不再列出抬头 ${title.title}` }));

		return row;
	}

	#drawTitles()
	{
		return this.titles.length === 0 ? null : h("div", { class: "field" },
			h("p", {}, "用过的抬头，点一下就填好："),
			h("ul", { class: "plain-list" },
				this.titles.map((title) => this.#drawTitle(title))));
	}

	draw()
	{
		const submit = h("button", { type: "submit", class: "primary" },
			this.isCorrection ? "申请红冲重开" : "申请开票");

		return h("form", { class: "card stack", noValidate: true, on: {
			submit: (event) => {
				event.preventDefault();
				busy(submit, () => this.send());
			} } },
		this.summary, this.#drawTitles(),
		h("fieldset", { class: "field" }, h("legend", {}, "抬头类型"),
			h("div", { class: "radios" },
				this.types.map(({ node }) => node))),
		[...this.inputs.values()].map(({ node }) => node),
		h("p", { class: "actions" }, submit));
	}
}

const STATUS_TEXTS = {
	requested: "发票等待开具，开好后会短信通知，可以在这里下载。",
	sent: "发票正在开具，一般几分钟开好，开好后会短信通知，可以在这里下载；" +
		"开票平台一直没有结果的，办理机构会查明后办理，不用再申请。",
	issued: "发票已开好，可以下载。",
	failed: "发票没有开成，请核对抬头和税号后重新申请；还是不成的，请联系办理机构。",
	reversing: "这张发票正在红冲，请不要再用来报销；申请了重开的，红冲后自动按新的信息开具，不用再申请。",
	red_failed: "这张发票的红冲没有成功，办理机构正在处理，不用再申请。",
	reversed: "这张发票已红冲，需要时可以重新申请。",
};
/* Of a case that was refunded, so that there is no other. */
const ENDED_TEXTS = { failed: "发票没有开具。", reversed: "这张发票已红冲。" };
const FORMATS = { pdf: "下载电子发票（PDF）", ofd: "下载 OFD", xml: "下载 XML" };

function drawDownloads(id, invoice)
{
	return invoice.files.map((format) => link(FORMATS[format],
		`/api/applications/${id}/invoice.${format}`, { download: "",
			class: format === "pdf" ? "button primary" : "button" }));
}

const RELATIONS = { replaces: "代替这一张", replaced: "由这一张代替", other: "—" };
const OTHERS = [
	["申请时间", (other) => minute(other.requested_at), "date"],
	["状态", invoiceTag],
	["与这一张", (other) => RELATIONS[other.relation]],
	["发票号码", (other) => dash(other.number)],
	["红字发票号码", (other) => dash(other.red_number)],
];

/* What was reversed for another one, and what is to take its place. */
function drawOthers({ others })
{
	return others.length === 0 ? null : h("section", {},
		h("h2", {}, "这件申请的其他发票"),
		drawTable("这件申请的其他发票", OTHERS, others));
}

function drawInvoice({ id, state }, invoice)
{
	const text = (state !== "completed" && ENDED_TEXTS[invoice.status]) ||
		STATUS_TEXTS[invoice.status];
	const facts = [["状态", invoiceTag(invoice)],
		["发票抬头", invoice.title], ["税号", dash(invoice.tax_no)],
		["金额", `${yuan(invoice.amount_fen)} 元`],
		["发票号码", dash(invoice.number)],
		["申请时间", minute(invoice.requested_at)],
		["开具时间", minute(invoice.issued_at)],
		...invoice.red_number === null ? [] :
			[["红字发票号码", invoice.red_number]]];

	return [h("p", {}, text),
		drawFacts(facts),
		invoice.files.length > 0 &&
			h("p", { class: "actions" }, drawDownloads(id, invoice)),
		drawOthers(invoice)];
}

function drawCorrection(application, titles, invoice)
{
	const refused = invoice.correction_refused !== null && h("p", {},
		`上次申请的红冲重开没有办理：${invoice.correction_refused}`);

	if (invoice.corrections_left === 0)
		return [refused, h("p", { class: "note" },
			"发票开错了？红冲重开的次数已经用完，请联系办理机构。")];
	return [refused, h("details", {},
		h("summary", {}, "发票开错了，申请红冲重开"),
		h("p", {}, "原发票会全额红冲，然后按下面的信息开一张新的；金额和项目不变。",
			`还可以重开 ${invoice.corrections_left} 次。`),
		new Request(application, titles, invoice).draw())];
}

const AGAIN = ["failed", "reversed"];

export async function invoiceView({ params: [id], signal })
{
	const application = await api.get(`/api/applications/${id}`, { signal });
	const [titles, invoice] = await Promise.all([
		api.get("/api/invoice-titles", { signal }),
		application.invoice &&
			api.get(`/api/applications/${id}/invoice`, { signal })]);
	const canAsk = application.state === "completed" &&
		(invoice === null || AGAIN.includes(invoice.status));

	return { title: "电子发票", lead: `批次号 ${application.batch_no}，金额 ${
		yuan(application.fee_fen)} 元。`, wide: false, content: [
		invoice && drawInvoice(application, invoice),
		invoice?.status === "issued" && application.state === "completed" &&
			drawCorrection(application, titles.items, invoice),
		canAsk ? new Request(application, titles.items).draw() :
			invoice === null && h("p", {}, "办结后才能申请发票。"),
		h("p", {}, link("返回电子发票列表", "#/invoices")),
	] };
}
