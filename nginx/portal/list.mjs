/* CA申请: the unit's applications, by tab, filter and page. */
import * as api from "./api.mjs";
import { rowActions } from "./actions.mjs";
import { startNew } from "./create.mjs";
import { busy, button, h, link, newId } from "./dom.mjs";
import { openDialog } from "./dialogs.mjs";
import { drawLocks } from "./locks.mjs";
import { pager, pageOf } from "./pager.mjs";
import { go } from "./router.mjs";
import { drawTable, drawTabs } from "./table.mjs";
import { CATEGORIES, TYPES, dash, day, stateTag, yuan } from "./words.mjs";

const LIMIT = 20;
const STATUS_TABS = [
	["", "all", "所有"],
	["editing", "editing", "编辑中"],
	["pending", "pending", "待审核"],
	["approved", "approved", "审核通过"],
	["rejected", "rejected", "审核不通过"],
];
const FILTERS = ["status", "type", "batch_no", "handler"];

/* Of a row: heading, how it is shown, and the class of its cell. */
const COLUMNS = [
	["序", (row, i) => i, "number"],
	["批次号", (row) => link(row.batch_no, `#/applications/${row.id}`),
		"date"],
	["申请日期", (row) => day(row.created_at), "date"],
	["项目名称", (row) => dash(row.project_name)],
	["申请单位", (row) => dash(row.applicant_unit)],
	["经办人", (row) => dash(row.handler_name)],
	["办理类别", (row) => dash(CATEGORIES[row.category])],
	["办理费用（元）", (row) => yuan(row.fee_fen), "money"],
	["审核状态", stateTag],
	["操作", rowActions, "row-actions"],
];

/* The filters of the address. */
function filtersOf(query)
{
	return Object.fromEntries(FILTERS.map((name) => [name, query[name]]));
}

/* An address with them, and what changes in them. */
function address(query, change = {})
{
	return api.query("/", { ...filtersOf(query), ...change });
}

/* With how many there are of each. */
function statusTabs(counts)
{
	return STATUS_TABS.map(([status, count, title]) => [status, [title, " ",
		h("span", { class: "count" }, counts[count])]]);
}

function drawField(label, node)
{
	const id = newId("filter");

	node.id = id;
	return h("div", { class: "field" }, h("label", { for: id }, label), node);
}

function drawFilter(query)
{
	const type = h("select", { name: "type" },
		h("option", { value: "" }, "全部"),
		["individual", "enterprise"].map((word) => h("option",
			{ value: word, selected: query.type === word },
			TYPES[word])));
	const batchNo = h("input", { name: "batch_no", maxlength: 64,
		value: query.batch_no ?? "", autocomplete: "off" });
	const handler = h("input", { name: "handler", maxlength: 50,
		value: query.handler ?? "", autocomplete: "off" });

	return h("form", { class: "filter", role: "search", on: {
		submit: (event) => {
			event.preventDefault();
			go(address(query, { type: type.value,
				batch_no: batchNo.value.trim(),
				handler: handler.value.trim() }));
		} } },
	drawField("类型", type), drawField("批次号", batchNo),
	drawField("经办人", handler),
	h("p", { class: "actions" }, h("button", { type: "submit" }, "查询"),
		link("重置", `#${api.query("/", { status: query.status })}`)));
}

/* 导出: the same rows as the list, all pages of them. */
function openExport(query)
{
	const files = [["xlsx", "Excel 表格（XLSX）"],
		["csv", "文本表格（CSV）"]];

	return openDialog("导出", (close) => [
		h("p", {}, "按列表当前的状态和查询条件导出，包含所有页。"),
		h("ul", { class: "plain-list" }, files.map(([type, title]) =>
			h("li", {}, link(title, api.query(
				`/api/applications/export.${type}`,
				filtersOf(query)),
			{ download: "", on: { click: () => close() } })))),
	]);
}

function drawNothing(query)
{
	const isFiltered = FILTERS.some((name) => query[name]);

	return h("p", { class: "empty" }, isFiltered ?
		"没有符合条件的申请，可以换个条件再查。" :
		"还没有申请。点“新增申请”开始办理，新办和续期都从这里开始。");
}

function drawToolbar(query)
{
	return h("p", { class: "actions" },
		button("新增申请", (event) => busy(event.target,
			() => startNew({})), { class: "primary" }),
		button("导出", () => openExport(query)),
		link("操作手册", "/api/manual.pdf", { download: "" }));
}

export async function listView({ query, signal })
{
	const { first, cursor } = pageOf(query, LIMIT);
	const [list, locks] = await Promise.all([
		api.get(api.query("/api/applications",
			{ ...filtersOf(query), limit: LIMIT, cursor }),
		{ signal }),
		api.get("/api/locks", { signal }),
	]);

	return { title: "CA申请", content: [
		drawLocks(locks.items),
		drawToolbar(query),
		drawTabs("审核状态", statusTabs(list.counts), query.status ?? "",
			(status) => address(query, { status })),
		drawFilter(query),
		list.items.length === 0 ? drawNothing(query) :
			drawTable("申请列表", COLUMNS, list.items, { first }),
		pager(address(query), query, list.next),
	] };
}
