/* Tables that leave the system, read as other programs read them. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/* RFC 4180: rows of cells; throws where it is none. */
export function readCsv(bytes)
{
	const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
		.decode(bytes);
	const rows = [[]];
	let at = 1;

	if (!text.startsWith("\ufeff"))
		throw new Error("no byte order mark");
	while (at < text.length) {
		const cell = /"((?:[^"]|"")*)"(,|\r\n)/y;

		cell.lastIndex = at;
		const found = cell.exec(text);

		if (found === null)
			throw new Error(`no cell at ${at}: ${text.slice(at, at + 40)}`);
		rows.at(-1).push(found[1].replaceAll("\"\"", "\""));
		if (found[2] !== ",")
			rows.push([]);
		at = cell.lastIndex;
	}
	if (rows.pop().length > 0)
		throw new Error("the last line does not end");
	return rows;
}

function unescape(xml)
{
	const names = { lt: "<", gt: ">", quot: "\"", amp: "&" };

	return xml.replaceAll(/&(\w+);/g, (_, name) => names[name]);
}

/* "AB12" as its column, from 0. */
function columnOf(reference)
{
	return [.../^[A-Z]+/.exec(reference)[0]]
		.reduce((n, c) => n * 26 + c.charCodeAt(0) - 64, 0) - 1;
}

function cellOf([, reference, style, type, inner])
{
	const text = /<t[^>]*>(.*?)<\/t>/s.exec(inner)?.[1];
	const number = /<v>(.*?)<\/v>/.exec(inner)?.[1];

	return { column: columnOf(reference), style: Number(style ?? 0),
		value: type === "inlineStr" ? unescape(text) : Number(number) };
}

/* The number format of each style, e.g. "yyyy-mm-dd". */
function formatsOf(styles)
{
	const names = new Map([...styles.matchAll(
		/<numFmt numFmtId="(\d+)" formatCode="(.*?)"/g)]
		.map(([, id, code]) => [id, code]));

	return [.../<cellXfs.*?<\/cellXfs>/s.exec(styles)[0]
		.matchAll(/<xf numFmtId="(\d+)"/g)]
		.map(([, id]) => names.get(id) ?? (id === "2" ? "0.00" : "General"));
}

/* The source of a long XLSX file's sheet, which is not read cell by cell. */
export function sheetOf(bytes)
{
	const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "calock-")),
		"in.xlsx");

	try {
		fs.writeFileSync(file, bytes);
		return execFileSync("unzip", ["-p", file, "xl/worksheets/sheet1.xml"],
			{ encoding: "utf8", maxBuffer: 1 << 28 });
	} finally {
		fs.rmSync(path.dirname(file), { recursive: true });
	}
}

/*
 * An XLSX file as unzip and xmllint see it: its parts, its first sheet's
 * source, and rows of {value, format}; undefined where there is nothing.
 */
export function readXlsx(bytes)
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	const file = path.join(dir, "in.xlsx");

	try {
		fs.writeFileSync(file, bytes);
		execFileSync("unzip", ["-q", file, "-d", dir]);
		const parts = fs.readdirSync(dir, { recursive: true })
			.filter((name) => /\.(xml|rels)$/.test(name));
		const read = (name) => fs.readFileSync(path.join(dir, name), "utf8");

		execFileSync("xmllint", ["--noout", "--huge", path.join(dir,
			"xl/worksheets/sheet1.xml"), path.join(dir, "xl/styles.xml"),
		path.join(dir, "xl/workbook.xml")]);
		const sheet = read("xl/worksheets/sheet1.xml");
		const formats = formatsOf(read("xl/styles.xml"));
		const rows = [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)]
			.map(([, inner]) => {
				const row = [];

				for (const found of inner.matchAll(
					/<c r="([A-Z]+\d+)"(?: s="(\d+)")?(?: t="(\w+)")?>(.*?)<\/c>/gs)) {
					const { column, style, value } = cellOf(found);

					row[column] = { value, format: formats[style] };
				}
				return row;
			});

		return { parts, sheet, rows };
	} finally {
		fs.rmSync(dir, { recursive: true });
	}
}

/* A spreadsheet's day number as "2026-11-24", or with its time. */
export function dateOf(number)
{
	const text = new Date(Math.round((number - 25569) * 86400) * 1000)
		.toISOString();

	return Number.isInteger(number) ? text.slice(0, 10) :
		text.slice(0, 19).replace("T", " ");
}
