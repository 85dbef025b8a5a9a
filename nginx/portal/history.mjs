/* 04 处理历史 */
import { h } from "./dom.mjs";
import { dash, minute } from "./words.mjs";

const COLUMNS = [
	["步骤", (row) => row.step],
	["办理人员", (row) => row.actor],
	["收到时间", (row) => minute(row.received_at), "date"],
	["处理时间", (row) => minute(row.handled_at), "date"],
	["处理意见", (row) => dash(row.opinion), "text"],
];

export function drawHistory(rows)
{
	return h("table", { class: "rows" },
		h("caption", { class: "hidden" }, "处理历史"),
		h("thead", {}, h("tr", {}, COLUMNS.map(([title]) =>
			h("th", { scope: "col" }, title)))),
		h("tbody", {}, rows.map((row) => h("tr", {},
			COLUMNS.map(([title, draw, kind]) => h("td",
				{ "data-label": title, class: kind },
				draw(row)))))));
}
