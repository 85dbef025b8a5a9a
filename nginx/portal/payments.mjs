/* CA支付: what is to be paid and what was. */
import * as api from "./api.mjs";
import { h, link } from "./dom.mjs";
import { pager, pageOf } from "./pager.mjs";
import { CATEGORIES, FEE_STATES, dash, minute, tag, yuan }
	from "./words.mjs";

const LIMIT = 20;
const KINDS = { unpaid: "warn", paid: "good", refunded: "plain" };

const COLUMNS = [
	["批次号", (row) => link(row.batch_no,
		`#/applications/${row.application_id}`)],
	["项目名称", (row) => dash(row.project_name)],
	["办理类别", (row) => CATEGORIES[row.category]],
	["办理费用（元）", (row) => yuan(row.fee_fen), "money"],
	["支付状态", (row) => tag(FEE_STATES[row.status], KINDS[row.status])],
	["支付方式", (row, titles) => row.status === "unpaid" ? "—" :
		dash(titles[row.provider])],
	["缴费时间", (row) => minute(row.paid_at), "date"],
	["操作", (row) => row.status === "unpaid" ? link("支付",
		`#/applications/${row.application_id}/payment`,
		{ "aria-label": `支付 ${row.batch_no}` }) : "—"],
];

function drawTabs(now)
{
	const tabs = [["", "全部"], ...Object.entries(FEE_STATES)];

	return h("nav", { class: "tabs", "aria-label": "支付状态" },
		h("ul", {}, tabs.map(([status, title]) => h("li", {},
			link(title, `#${api.query("/payments", { status })}`,
				{ "aria-current": now === status && "page" })))));
}

function drawTable(items, titles)
{
	return h("table", { class: "rows" },
		h("caption", { class: "hidden" }, "支付列表"),
		h("thead", {}, h("tr", {}, COLUMNS.map(([title, , kind]) =>
			h("th", { scope: "col", class: kind }, title)))),
		h("tbody", {}, items.map((row) => h("tr", {},
			COLUMNS.map(([title, draw, kind]) => h("td",
				{ "data-label": title, class: kind },
				draw(row, titles)))))));
}

export async function paymentsView({ query, signal })
{
	const { cursor } = pageOf(query, LIMIT);
	const status = query.status ?? "";
	const list = await api.get(api.query("/api/payments",
		{ status, limit: LIMIT, cursor }), { signal });

	return { title: "CA支付", lead: "审核通过的申请在这里支付。" +
		"当天支付的申请次日统一送交制证。", content: [
		drawTabs(status),
		list.items.length === 0 ? h("p", { class: "empty" },
			"这里没有申请。审核通过后会出现在这里，并发短信通知经办人。") :
			drawTable(list.items, Object.fromEntries(
				list.providers.map((p) =>
					[p.provider, p.title]))),
		pager(api.query("/payments", { status }), query, list.next),
	] };
}
