/* CA支付: what is to be paid and what was. */
import * as api from "./api.mjs";
import { h, link } from "./dom.mjs";
import { pager, pageOf } from "./pager.mjs";
import { drawTable, drawTabs } from "./table.mjs";
import { CATEGORIES, FEE_STATES, dash, minute, tag, yuan }
	from "./words.mjs";

const LIMIT = 20;
const KINDS = { unpaid: "warn", paid: "good", refunded: "plain" };

const COLUMNS = [
	["批次号", (row) => link(row.batch_no,
		`#/applications/${row.application_id}`), "date"],
	["项目名称", (row) => dash(row.project_name)],
	["办理类别", (row) => CATEGORIES[row.category]],
	["办理费用（元）", (row) => yuan(row.fee_fen), "money"],
	["支付状态", (row) => tag(FEE_STATES[row.status], KINDS[row.status])],
	["支付方式", (row, i, titles) => row.status === "unpaid" ? "—" :
		dash(titles[row.provider])],
	["缴费时间", (row) => minute(row.paid_at), "date"],
	["操作", (row) => row.status === "unpaid" ? link("支付",
		`#/applications/${row.application_id}/payment`,
		{ "aria-label": `支付 ${row.batch_no}` }) : "—"],
];

const TABS = [["", "全部"], ...Object.entries(FEE_STATES)];

function titlesOf(providers)
{
	return Object.fromEntries(providers.map(({ provider, title }) =>
		[provider, title]));
}

export async function paymentsView({ query, signal })
{
	const { cursor } = pageOf(query, LIMIT);
	const status = query.status ?? "";
	const list = await api.get(api.query("/api/payments",
		{ status, limit: LIMIT, cursor }), { signal });

	return { title: "CA支付", lead: "审核通过的申请在这里支付。" +
		"当天支付的申请次日统一送交制证。", content: [
		drawTabs("支付状态", TABS, status, (word) =>
			api.query("/payments", { status: word })),
		list.items.length === 0 ? h("p", { class: "empty" },
			"这里没有申请。审核通过后会出现在这里，并发短信通知经办人。") :
			drawTable("支付列表", COLUMNS, list.items,
				{ world: titlesOf(list.providers) }),
		pager(api.query("/payments", { status }), query, list.next),
	] };
}
