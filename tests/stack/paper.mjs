/* PDFs as people get them: their text and where it stands, what is inked,
 * fonts, codes. By poppler and zbar. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";

const DARK = 128;

/* Runs a tool on a file with these bytes; in its folder, which then goes. */
function run(bytes, tool, args, output = "utf8")
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));
	const file = path.join(dir, "in.pdf");

	try {
		fs.writeFileSync(file, bytes);
		return execFileSync(tool, args(file, dir),
			{ encoding: output, stdio: ["ignore", "pipe", "pipe"],
				maxBuffer: 1 << 28 });
	} finally {
		fs.rmSync(dir, { recursive: true });
	}
}

/* What pdfinfo says: { Title, Pages, Tagged, … }. */
export function infoOf(bytes)
{
	return Object.fromEntries(run(bytes, "pdfinfo", (file) =>
		["-enc", "UTF-8", "-isodates", file]).trimEnd().split("\n")
		.map((line) => [line.slice(0, line.indexOf(":")),
			line.slice(line.indexOf(":") + 1).trim()]));
}

/* The text of each page, in the order in which it was written. */
export function pagesOf(bytes)
{
	return run(bytes, "pdftotext", (file) =>
		["-raw", "-enc", "UTF-8", file, "-"])
		.split("\f").slice(0, -1);
}

/* All of it without blanks and line ends, as values are looked for. */
export function textOf(bytes)
{
	return pagesOf(bytes).join("").replaceAll(/\s+/g, "");
}

/* The structure as it is read aloud, indented. */
export function structureOf(bytes)
{
	return run(bytes, "pdfinfo", (file) => ["-struct-text", file]);
}

function unescape(text)
{
	const names = { lt: "<", gt: ">", quot: "\"", apos: "'", amp: "&" };

	return text.replaceAll(/&(\w+);/g, (_, name) => names[name]);
}

/* Every word: { page, text, box: [left, top, right, bottom] } in points. */
export function wordsOf(bytes)
{
	const xml = run(bytes, "pdftotext", (file) =>
		["-enc", "UTF-8", "-bbox", file, "-"]);
	const words = [];
	let page = 0;

	for (const [whole, l, t, r, b, text] of xml.matchAll(
		/<page |<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)<\/word>/gs))
		if (whole === "<page ")
			page++;
		else
			words.push({ page, text: unescape(text),
				box: [l, t, r, b].map(Number) });
	return words;
}

/* { name, type, embedded, subset, unicode } of each font. */
export function fontsOf(bytes)
{
	return run(bytes, "pdffonts", (file) => [file]).trimEnd().split("\n")
		.slice(2).map((line) => {
			const [, name, type, emb, sub, uni] = /^(\S+) +(.*?) +\S+ +(yes|no) +(yes|no) +(yes|no) /
				.exec(line);

			return { name, type, embedded: emb === "yes",
				subset: sub === "yes", unicode: uni === "yes" };
		});
}

/* A page as gray pixels, as a printer would have it. */
export function imageOf(bytes, page = 1, dpi = 200)
{
	const pgm = run(bytes, "pdftoppm", (file) => ["-gray", "-r", String(dpi),
		"-f", String(page), "-l", String(page), file], "buffer");
	const [head, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/
		.exec(pgm.subarray(0, 64).toString("latin1"));

	return { width: Number(width), height: Number(height), dpi,
		pixels: pgm.subarray(head.length) };
}

/* A part of an image, by a box in points. */
export function cut(image, box)
{
	const [l, t, r, b] = box.map((x) => Math.round(x * image.dpi / 72));
	const pixels = Buffer.alloc((r - l) * (b - t));

	for (let y = t; y < b; y++)
		image.pixels.copy(pixels, (y - t) * (r - l),
			y * image.width + l, y * image.width + r);
	return { width: r - l, height: b - t, dpi: image.dpi, pixels };
}

/* How much of it is dark, 0 to 1. */
export function ink({ pixels })
{
	return pixels.reduce((n, gray) => n + (gray < DARK), 0) / pixels.length;
}

/*
 * Whether it shows the box that stands for a character which the font does
 * not have: lines around it, nearly whole, on all four sides.
 */
export function isTofu({ width, height, pixels })
{
	const dark = (x, y) => pixels[y * width + x] < DARK;
	const share = (n, isDark) =>
		Array.from({ length: n }, (_, i) => isDark(i))
			.filter(Boolean).length / n;
	const rows = Array.from({ length: height }, (_, y) =>
		share(width, (x) => dark(x, y)) > 0.7);
	const columns = Array.from({ length: width }, (_, x) =>
		share(height, (y) => dark(x, y)) > 0.4);
	const both = (lines) => lines.slice(0, lines.length / 3).includes(true) &&
		lines.slice(-lines.length / 3).includes(true);

	return both(rows) && both(columns);
}

/* The codes that a scanner reads off the first page. */
export function codesOf(bytes, dpi = 100)
{
	return run(bytes, "sh", (file, dir) => ["-c",
		"pdftoppm -png -singlefile -r \"$1\" \"$2\" \"$3/page\" && " +
		"zbarimg -q --raw \"$3/page.png\"", "sh", String(dpi), file, dir])
		.trimEnd().split("\n");
}

/* The objects that are kept in streams, inflated, and what is outside. */
export function objectsOf(bytes)
{
	const text = bytes.toString("latin1");
	const parts = [text];

	for (const { index, 0: head, 1: n } of text.matchAll(
		/\/Type \/ObjStm \/Length (\d+) [^>]*>>\nstream\n/g)) {
		const from = index + head.length;

		parts.push(zlib.inflateSync(
			bytes.subarray(from, from + Number(n))).toString("latin1"));
	}
	return parts.join("\n");
}
