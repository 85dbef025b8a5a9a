/* How a new lock comes to its owner: where it is, and what to do about it. */
import { post, put } from "./api.mjs";
import { openDialog, tellError } from "./dialogs.mjs";
import { announce, busy, button, h, link } from "./dom.mjs";
import { drawEntry, sayErrors } from "./entry.mjs";
import { show } from "./router.mjs";
import { minute, tag } from "./words.mjs";

const ADDRESS = [["recipient", "收件人", "name"],
	["recipient_phone", "收件人电话", "tel"],
	["mail_address", "收件地址", "street-address"]];

async function receive({ id, version })
{
	try {
		await post(`/api/applications/${id}/delivery/received`, { version });
		announce("已确认收到");
	} catch (e) {
		await tellError(e);
	}
	await show();
}

const addressField = ([name, label, kind], value) =>
	drawEntry(name, label, "", { value: value ?? "", autocomplete: kind,
		required: true });

/* Sends what was typed; what is wrong stands at its field. */
async function changeAddress({ id, version }, fields, close)
{
	const typed = Object.fromEntries(fields.map(({ name, input }) =>
		[name, input.value]));

	try {
		await put(`/api/applications/${id}/delivery`,
			{ version, ...typed });
		announce("收件信息已更改");
		close();
		await show();
	} catch (e) {
		if (sayErrors(fields, e.errors))
			return;
		close();
		await tellError(e);
		await show();
	}
}

function askAddress(application)
{
	return openDialog("更改收件信息", (close) => {
		const fields = ADDRESS.map((row) =>
			addressField(row, application[row[0]]));

		return h("form", { noValidate: true, on: { submit: (event) => {
			event.preventDefault();
			busy(event.submitter ?? event.target, () =>
				changeAddress(application, fields, close));
		} } },
		h("p", { class: "quiet" }, "寄出前和退回后可以更改，寄出后请联系工作人员。"),
		fields.map(({ node }) => node),
		h("p", { class: "actions" },
			h("button", { type: "submit", class: "primary" }, "保存"),
			button("返回", () => close())));
	});
}

function drawNumber({ carrier_title: carrier, tracking_no: number,
	query_url: url })
{
	return h("p", {}, `${carrier}，单号 `, h("strong", {}, number), " ",
		link("到快递公司官网查询", url,
			{ rel: "noopener noreferrer", target: "_blank" }));
}

const help = ({ service_phone: phone }) => phone === null ?
	"请联系办理窗口" : `请致电 ${phone}`;

const drawAddress = (application) => h("p", {}, "收件信息：",
	h("strong", {}, application.recipient),
	` ${application.recipient_phone}，${application.mail_address}`);

/* What there is to say, by state. */
const TEXTS = {
	to_send: (application) => [drawAddress(application)],
	sent: ({ delivery }) => [
		h("p", {}, `CA 锁已于 ${minute(delivery.sent_at)} 寄出。`),
		drawNumber(delivery),
		h("details", {}, h("summary", {}, "没有收到？"),
			h("p", {}, "请先按单号查询，再看是否由门卫、前台或快递柜代收。" +
				`仍没有找到的，${help(delivery)}，并告知批次号和单号。`)),
	],
	received: ({ delivery }) => [h("p", {},
		`已于 ${minute(delivery.done_at)} 确认收到。`)],
	returned: (application) => [
		h("p", {}, `邮件于 ${minute(application.delivery.done_at)} 退回：${
			application.delivery.note}`),
		drawAddress(application),
		h("p", {}, "请核对收件信息，有误的现在就可以更改；工作人员会按这里的信息重新寄送。" +
			`需要尽快取锁的，${help(application.delivery)}。`),
	],
	ready: ({ delivery }) => [h("p", {}, "领取时核对领取人的身份证件原件。" +
		`有疑问${help(delivery)}。`)],
	collected: ({ delivery }) => [h("p", {}, `CA 锁已于 ${
		minute(delivery.done_at)} 领取（${delivery.relation_title}${
		delivery.collector === null ? "" : `：${delivery.collector}`}）。`)],
};

const KINDS = { to_send: "warn", ready: "warn", sent: "accent",
	returned: "bad", received: "good", collected: "good" };

function drawEarlier(earlier)
{
	return earlier.length > 0 && h("details", {},
		h("summary", {}, "以前的寄送"),
		h("ul", {}, earlier.map((a) => h("li", {}, `第 ${a.attempt} 次：${
			minute(a.sent_at)} 由${a.carrier_title}寄出，单号 ${
			a.tracking_no}，${minute(a.done_at)} 退回：${a.note}`))));
}

/* The card of a new lock; nothing for a renewal. */
export function drawDelivery(application)
{
	const { delivery } = application;

	if (delivery === null)
		return null;
	return h("section", { class: "card", "aria-label": "领取 CA 锁" },
		h("h2", {}, "领取 CA 锁 ",
			tag(delivery.state_title, KINDS[delivery.state])),
		TEXTS[delivery.state](application),
		h("p", { class: "actions" },
			delivery.actions.includes("receive") &&
				button("确认收到", (event) => busy(event.target, () =>
					receive(application)), { class: "primary" }),
			delivery.actions.includes("readdress") &&
				button("更改收件信息", (event) => busy(event.target,
					() => askAddress(application)))),
		drawEarlier(delivery.earlier));
}
