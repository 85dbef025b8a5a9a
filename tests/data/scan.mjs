/*
 * Scans as scanners make them: pages that are one image each, drawn here as a
 * JPEG (by poppler's pdftoppm), packed grey values, or CCITT group 4.
 */
import { execFileSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";

import { assemble, pdf } from "../stack/pdf.mjs";

const A4 = { width: 595, height: 842 }; /* points */

/* One image a page: { dict, bytes } as a string of one byte a character. */
function scanOf(images, { width, height } = A4)
{
	const kids = images.map((_, i) => 3 + 3 * i);
	const objects = ["<< /Type /Catalog /Pages 2 0 R >>",
		`<< /Type /Pages /Count ${kids.length} ` +
			`/Kids [${kids.map((kid) => `${kid} 0 R`).join(" ")}] >>`];

	for (const [i, { dict, bytes }] of images.entries()) {
		const draw = `q ${width} 0 0 ${height} 0 0 cm /I Do Q\n`;

		objects.push("<< /Type /Page /Parent 2 0 R " +
			`/MediaBox [0 0 ${width} ${height}] /Resources << /XObject ` +
			`<< /I ${kids[i] + 1} 0 R >> >> /Contents ${kids[i] + 2} 0 R >>`,
		`<< /Type /XObject /Subtype /Image ${dict} ` +
			`/Length ${bytes.length} >>\nstream\n${bytes}\nendstream`,
		`<< /Length ${draw.length} >>\nstream\n${draw}endstream`);
	}
	return assemble(objects);
}

function image(width, height, bits, filter, more = "", colours = 1)
{
	const space = colours === 3 ? "/DeviceRGB" : "/DeviceGray";

	return `/Width ${width} /Height ${height} /ColorSpace ${space} ` +
		`/BitsPerComponent ${bits} /Filter /${filter} ${more}`;
}

/* The pages of a PDF as JPEG files. */
function jpegs(bytes, dpi)
{
	const dir = fs.mkdtempSync(path.join(os.tmpdir(), "calock-"));

	try {
		const file = path.join(dir, "in.pdf");

		fs.writeFileSync(file, bytes);
		execFileSync("pdftoppm", ["-r", String(dpi), "-jpeg", file,
			path.join(dir, "page")]);
		return fs.readdirSync(dir).filter((name) => name.endsWith(".jpg"))
			.sort().map((name) =>
				fs.readFileSync(path.join(dir, name), "latin1"));
	} finally {
		fs.rmSync(dir, { recursive: true });
	}
}

/* A JPEG as an image: its size and colours are in the frame header. */
function jpegImage(jpeg)
{
	const data = Buffer.from(jpeg, "latin1");

	for (let at = 2; at < data.length; at += 2 + data.readUInt16BE(at + 2))
		if (data[at + 1] >= 0xc0 && data[at + 1] <= 0xc2)
			return { bytes: jpeg, dict: image(data.readUInt16BE(at + 7),
				data.readUInt16BE(at + 5), 8, "DCTDecode", "",
				data[at + 9]) };
	throw new Error("no frame in the JPEG");
}

/* The pages of a PDF, scanned. */
export function scanned(bytes, { dpi = 200 } = {})
{
	return scanOf(jpegs(bytes, dpi).map(jpegImage));
}

/*
 * A stamped form, scanned askew by `degrees`: a QR code of a text in the upper
 * right corner, and lines.
 */
export function scanForm(text, { dpi = 200, degrees = 0 } = {})
{
	const rows = execFileSync("qrencode", ["-t", "ASCII", "-m", "0", text],
		{ encoding: "latin1" }).trimEnd().split("\n");
	const side = 62 / rows.length; /* 22 mm in all */
	const dark = rows.flatMap((row, y) => [...row.matchAll(/##/g)]
		.filter(({ index }) => index % 2 === 0)
		.map(({ index }) => `${460 + index / 2 * side} ${760 - y * side} ` +
			`${side} ${side} re`));
	const lines = Array.from({ length: 20 }, (_, i) =>
		`60 ${650 - 25 * i} 470 1.5 re`);
	const turn = degrees * Math.PI / 180;
	const draw = `${Math.cos(turn)} ${Math.sin(turn)} ${-Math.sin(turn)} ` +
		`${Math.cos(turn)} 0 0 cm\n${[...dark, ...lines].join("\n")}\nf\n`;

	return scanned(assemble(["<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] " +
			"/Contents 4 0 R >>",
		`<< /Length ${draw.length} >>\nstream\n${draw}endstream`]), { dpi });
}

export function scanJpeg({ pages = 1, dpi = 200, text } = {})
{
	return scanned(pdf({ pages, text }), { dpi });
}

/* Grey values: a dark bar across the upper half, or nothing at all. */
export function scanGrey({ dpi = 200, isBlank = false } = {})
{
	const [width, height] = [A4.width, A4.height]
		.map((points) => Math.round(points * dpi / 72));
	const rows = Buffer.alloc(width * height, 250);

	if (!isBlank)
		rows.fill(30, width * (height >> 3), width * (height >> 2));
	return scanOf([{ bytes: zlib.deflateSync(rows).toString("latin1"),
		dict: image(width, height, 8, "FlateDecode") }]);
}

/* Grey values that are all grain, of about so many bytes in all. */
export function scanGrain({ pages = 1, bytes })
{
	const width = Math.round(Math.sqrt(bytes / pages *
		A4.width / A4.height));
	const height = Math.round(width * A4.height / A4.width);
	const grain = crypto.createCipheriv("aes-128-ctr", Buffer.alloc(16),
		Buffer.alloc(16));

	return scanOf(Array.from({ length: pages }, () => ({
		bytes: zlib.deflateSync(grain.update(
			Buffer.alloc(width * height))).toString("latin1"),
		dict: image(width, height, 8, "FlateDecode") })));
}

/* White: every line is like the one above it, one bit each. */
export function scanCcitt({ dpi = 200 } = {})
{
	const [width, height] = [A4.width, A4.height]
		.map((points) => Math.round(points * dpi / 72));
	const END = "000000000001000000000001";
	const bits = "1".repeat(height) + END;
	const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0")
		.match(/.{8}/g).map((octet) =>
			String.fromCharCode(parseInt(octet, 2))).join("");

	return scanOf([{ bytes, dict: image(width, height, 1, "CCITTFaxDecode",
		`/DecodeParms << /K -1 /Columns ${width} /Rows ${height} >>`) }]);
}
