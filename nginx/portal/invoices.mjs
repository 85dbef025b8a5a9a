/* 打印电子发票: one row a completed application. */
import * as api from "./api.mjs";
import { h, link } from "./dom.mjs";
import { pager, pageOf } from "./pager.mjs";
import { drawTable, drawTabs } from "./table.mjs";
import { CATEGORIES, dash, invoiceTag, minute, yuan } from "./words.mjs";

const LIMIT = 20;
const STATUSES = { none: "未申请", requested: "待开具", sent: "开具中",
	issued: "已开具", failed: "开具失败", reversing: "红冲中",
	red_failed: "红冲失败", reversed: "已红冲" };
const ASKED_FOR = ["none", "failed", "reversed"];

function drawAction({ application_id: id, status, batch_no: batchNo })
{
	const page = link(ASKED_FOR.includes(status) ? "申请开票" : "查看",
		`#/applications/${id}/invoice`,
		{ "aria-label": `电子发票 ${batchNo}` });

	return status !== "issued" ? page : [
		link("下载", `/api/applications/${id}/invoice.pdf`,
			{ download: "", "aria-label": `下载发票 ${batchNo}` }), " ", page];
}

const COLUMNS = [
	["批次号", (row) => link(row.batch_no,
		`#/applications/${row.application_id}`), "date"],
	["项目名称", (row) => dash(row.project_name)],
	["办理类别", (row) => CATEGORIES[row.category]],
	["金额（元）", (row) => yuan(row.fee_fen), "money"],
	["发票抬头", (row) => dash(row.title)],
	["发票状态", invoiceTag],
	["申请时间", (row) => minute(row.requested_at), "date"],
	["操作", drawAction],
];

const TABS = [["", "全部"], ...Object.entries(STATUSES)];

export async function invoicesView({ query, signal })
{
	const { cursor } = pageOf(query, LIMIT);
	const status = query.status ?? "";
	const list = await api.get(api.query("/api/invoices",
		{ status, limit: LIMIT, cursor }), { signal });

	return { title: "打印电子发票", lead: "办结后可以申请电子发票，" +
		"开好后短信通知，在这里下载。", content: [
		drawTabs("发票状态", TABS, status, (word) =>
			api.query("/invoices", { status: word })),
		list.items.length === 0 ? h("p", { class: "empty" },
			"这里没有可以开票的申请。申请办结后会出现在这里。") :
			drawTable("电子发票列表", COLUMNS, list.items),
		pager(api.query("/invoices", { status }), query, list.next),
	] };
}
