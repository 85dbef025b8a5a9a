/* 04 处理历史 */
import { drawTable } from "./table.mjs";
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
	return drawTable("处理历史", COLUMNS, rows);
}
