/*
 * PDF files to try the check with: good ones of every make, and each way of
 * being none. Small, and the same bytes each time:
 *   node tests/data/pdf.mjs      writes them to tests/fuzz/corpus/pdf
 * A name begins with the code of the refusal (lib/service/pdf_check.def), or
 * with "good".
 */
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { assemble, pdf } from "../stack/pdf.mjs";
import { encrypted } from "./pdf_encrypt.mjs";

const FOLDER = fileURLToPath(new URL("../fuzz/corpus/pdf/", import.meta.url));
const A4 = "/MediaBox [0 0 595 842]";

/* One page, and what more the catalog, the page and the file have. */
function one({ catalog = "", page = "", box = A4, more = [], ...rest } = {})
{
	return assemble([
		`<< /Type /Catalog /Pages 2 0 R ${catalog}>>`,
		"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
		`<< /Type /Page /Parent 2 0 R ${box} ${page}>>`, ...more], rest);
}

/* Objects from number 4 on that the page's annotation 4 may lead to. */
function annotated(annotation, more = [])
{
	return one({ page: "/Annots [4 0 R] ", more: [
		`<< /Type /Annot /Rect [0 0 9 9] ${annotation} >>`, ...more] });
}

function link(action)
{
	return annotated(`/Subtype /Link /A << ${action} >>`);
}

function opened(action)
{
	return one({ catalog: `/OpenAction << ${action} >> ` });
}

function stream(dict, bytes)
{
	return `<< ${dict} /Length ${bytes.length} >>\n` +
		`stream\n${bytes}\nendstream`;
}

/* Pages and actions in an object stream, found by a cross-reference stream;
 * neither is compressed, so that anybody can read them. */
function inObjectStream(catalog)
{
	const objects = [`<</Type/Catalog/Pages 2 0 R ${catalog}>>`,
		"<</Type/Pages/Count 1/Kids[3 0 R]>>",
		`<</Type/Page/Parent 2 0 R ${A4}>>`];
	const starts = objects.map((_, i) =>
		objects.slice(0, i).join(" ").length + (i > 0 ? 1 : 0));
	const index = starts.map((at, i) => `${i + 1} ${at}`).join(" ") + " ";
	const head = "%PDF-1.5\n%\xe2\xe3\xcf\xd3\n";
	const body = `${head}4 0 obj\n` + stream("/Type /ObjStm /N 3 " +
		`/First ${index.length}`, index + objects.join(" ")) + "\nendobj\n";
	const rows = [[0, 0, 255], [2, 4, 0], [2, 4, 1], [2, 4, 2],
		[1, head.length, 0], [1, body.length, 0]];
	const table = String.fromCharCode(...rows.flatMap(([kind, at, index_]) =>
		[kind, at >> 8, at & 255, index_]));

	return Buffer.from(`${body}5 0 obj\n` + stream("/Type /XRef /Size 6 " +
		"/Root 1 0 R /W [1 2 1]", table) +
		`\nendobj\nstartxref\n${body.length}\n%%EOF\n`, "latin1");
}

/* A second catalog behind the first file, and the way back to that. */
function updated(catalog)
{
	const before = one().toString("latin1");
	const [, previous] = /startxref\n(\d+)/.exec(before);
	const at = String(before.length).padStart(10, "0");
	const object = `1 0 obj\n<< /Type /Catalog /Pages 2 0 R ${catalog}>>\n` +
		"endobj\n";

	return Buffer.from(`${before}${object}xref\n1 1\n${at} 00000 n \n` +
		`trailer\n<< /Size 4 /Root 1 0 R /Prev ${previous} >>\n` +
		`startxref\n${before.length + object.length}\n%%EOF\n`, "latin1");
}

/* Every reference of a page tree doubles what is below it. */
function pagesBomb(levels)
{
	const nodes = Array.from({ length: levels }, (_, i) =>
		`<< /Type /Pages /Count ${2 ** (levels - i)} ` +
		`/Kids [${i + 3} 0 R ${i + 3} 0 R] >>`);

	return assemble(["<< /Type /Catalog /Pages 2 0 R >>", ...nodes,
		`<< /Type /Page /Parent 2 0 R ${A4} >>`]);
}

function replaced(bytes, from, to)
{
	const text = bytes.toString("latin1");
	const changed = text.replace(from, to);

	if (changed === text)
		throw new Error(`no ${from}`);
	return Buffer.from(changed, "latin1");
}

/* After the header, in a comment: every offset moves by its length. */
function withHead(bytes)
{
	const text = one().toString("latin1").split("\n");
	const moved = `${text[0]}\n%${bytes}\n`;
	const objects = text.slice(2).join("\n").split("xref\n")[0];

	return rebuilt(moved + objects);
}

/* The cross-reference table of what has none. */
function rebuilt(body)
{
	const offsets = [...body.matchAll(/^\d+ 0 obj$/gm)]
		.map(({ index }) => String(index).padStart(10, "0"));

	return Buffer.from(`${body}xref\n0 ${offsets.length + 1}\n` +
		"0000000000 65535 f \n" +
		offsets.map((at) => `${at} 00000 n \n`).join("") +
		`trailer\n<< /Size ${offsets.length + 1} /Root 1 0 R >>\n` +
		`startxref\n${body.length}\n%%EOF\n`, "latin1");
}

/* The same bytes at a fixed place of the file. */
function withMarkAt(at, mark)
{
	const head = "%PDF-1.4\n%";

	return withHead("x".repeat(at - head.length) + mark);
}

function withTail(bytes)
{
	return Buffer.concat([one(), Buffer.from(bytes, "latin1")]);
}

const ZIP_END = "PK\x05\x06" + "\0".repeat(18);
const JS = "/S /JavaScript /JS (app.alert\\(1\\))";

/* name: bytes */
export const SAMPLES = {
	good_plain: pdf(),
	good_50_pages: pdf({ pages: 50 }),
	good_version_2: one({ version: "2.0" }),
	good_objects_in_stream: inObjectStream(""),
	good_update: updated("/Lang (zh-CN) "),
	good_https: link("/S /URI /URI (https://example.org/)"),
	good_mailto: link("/S /URI /URI (MAILTO:ca@example.org)"),
	good_www: link("/S /URI /URI (www.example.org)"),
	good_open_at_page: one({ catalog: "/OpenAction [3 0 R /Fit] " }),
	good_open_goto: opened("/S /GoTo /D [3 0 R /Fit]"),
	good_named_action: link("/S /Named /N /NextPage"),
	good_form: one({ catalog: "/AcroForm << /Fields [4 0 R] >> ",
		page: "/Annots [4 0 R] ", more: ["<< /Type /Annot /Subtype " +
			"/Widget /FT /Tx /T (name) /Rect [0 0 9 9] >>"] }),
	good_null_script: one({ catalog: "/Names << /JavaScript null >> " }),
	good_box_of_parent: assemble(["<< /Type /Catalog /Pages 2 0 R >>",
		`<< /Type /Pages /Count 1 /Kids [3 0 R] ${A4} >>`,
		"<< /Type /Page /Parent 2 0 R >>"]),
	good_spaces_at_end: withTail(" \r\n\t\0\x1a"),
	good_font_matrix: one({ more: ["<< /Type /Font /Subtype /Type3 " +
		"/FontMatrix [0.001 0 0 0.001 0 0] >>"] }),

	too_small: Buffer.from("%PDF-1.4\n%%EOF\n"),
	bad_version_9: one({ version: "1.9" }),
	bad_version_3: one({ version: "3.0" }),
	bad_version_line: one({ version: "1.4x" }),
	no_end: replaced(one(), "%%EOF", "%%EO"),
	no_end_far: withTail(" ".repeat(2100)),
	no_startxref: replaced(one(), "startxref", "startxre "),
	trailing_data: withTail("MZ\x90\0"),
	trailing_data_script: withTail("<script>alert(1)</script>"),
	html: withHead("<HTML><ScRiPt>alert(1)</ScRiPt>"),
	html_php: withHead("<?php system('id'); ?>"),
	archive_zip_head: withHead("PK\x03\x04"),
	archive_rar: withHead("Rar!\x1a\x07"),
	archive_7z: withHead("7z\xbc\xaf\x27\x1c"),
	archive_elf: withHead("\x7fELF"),
	archive_zip_end: withHead(ZIP_END),
	archive_zip_64: withHead(ZIP_END.replace("\0\0\0\0", "\xff\xff\xff\xff")),
	archive_zip_comment: replaced(withTail(""), "startxref",
		`%${ZIP_END}\nstartxref`),
	archive_tar: withMarkAt(257, "ustar"),
	other_format_dicom: withMarkAt(128, "DICM"),

	encrypted_user: encrypted("secret"),
	encrypted_owner: encrypted(""),

	damaged_startxref: replaced(one(), /startxref\n\d+/, "startxref\n7"),
	damaged_offset: replaced(one(), "0000000015 00000 n",
		"0000000020 00000 n"),
	damaged_half: Buffer.concat([one().subarray(0, 150),
		Buffer.from("\nstartxref\n9\n%%EOF\n")]),
	damaged_no_root: replaced(one(), "/Root 1 0 R", "/Toor 1 0 R"),
	damaged_pages_loop: assemble(["<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Count 1 /Kids [2 0 R] >>"]),
	damaged_pages_bomb: pagesBomb(30),
	not_clean_nested: one({ more: ["[".repeat(6000) + "]".repeat(6000)] }),
	not_clean_dictionary: one({ more: ["<< /A (x) /B >>"] }),
	no_pages: assemble(["<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Count 0 /Kids [] >>"]),
	too_many_pages: pdf({ pages: 51 }),
	page_size_small: one({ box: "/MediaBox [0 0 9 9]" }),
	page_size_large: one({ box: "/MediaBox [0 0 595 14401]" }),
	page_size_missing: one({ box: "" }),
	page_size_words: one({ box: "/MediaBox [/a /b /c /d]" }),

	script_open: opened(JS),
	script_names: one({ catalog: "/Names << /JavaScript << /Names " +
		`[(x) << ${JS} >>] >> >> ` }),
	script_hex_name: link("/S /J#61vaScript"),
	script_hex_key: link("/S /URI /#4aS (x)"),
	script_in_object_stream: inObjectStream(`/OpenAction<<${JS}>>`),
	script_unreferenced: one({ more: [`<< ${JS} >>`] }),
	script_updated: updated(`/OpenAction << ${JS} >> `),
	script_next: link(`/S /GoTo /D [3 0 R /Fit] /Next [<< ${JS} >>]`),
	script_rendition: link("/S /Rendition2 /JS (x)"),
	script_postscript: one({ more: [stream("/Type /XObject /Subtype /PS",
		"showpage")] }),
	action_launch: link("/S /Launch /F (calc.exe)"),
	action_submit: link("/S /SubmitForm /F (https://example.org/)"),
	action_reset: link("/S /ResetForm"),
	action_page_open: one({ page: "/AA << /O << /S /GoTo >> >> " }),
	action_open_uri: opened("/S /URI /URI (https://example.org/)"),
	embedded_file_names: one({ catalog: "/Names << /EmbeddedFiles << " +
		"/Names [(a) 4 0 R] >> >> ",
	more: ["<< /Type /Filespec /F (a) /EF << /F 5 0 R >> >>",
		stream("/Type /EmbeddedFile", "MZ")] }),
	embedded_file_annotation: annotated("/Subtype /FileAttachment"),
	embedded_file_stream: one({ more: [stream("/Type /EmbeddedFile", "MZ")] }),
	embedded_file_associated: one({ catalog: "/AF [4 0 R] ",
		more: ["<< /Type /Filespec /F (a) >>"] }),
	embedded_file_portfolio: one({ catalog: "/Collection << >> " }),
	embedded_file_goto: link("/S /GoToE /D [0 /Fit]"),
	xfa: one({ catalog: "/AcroForm << /Fields [] /XFA 4 0 R >> ",
		more: [stream("", "<xdp:xdp></xdp:xdp>")] }),
	media_rich: annotated("/Subtype /RichMedia"),
	media_screen: annotated("/Subtype /Screen"),
	media_movie: link("/S /Movie"),
	media_sound: link("/S /Sound"),
	media_3d: annotated("/Subtype /3D"),
	external_data_stream: one({ more: [stream("/F (http://x/y)", "")] }),
	external_data_goto: link("/S /GoToR /F (\\\\\\\\host\\\\share)"),
	external_data_import: link("/S /ImportData /F (a.fdf)"),
	external_data_url: one({ more: ["<< /Type /Filespec /FS /URL /F (x) >>"] }),
	external_data_reference: one({ more: [stream("/Type /XObject " +
		"/Subtype /Form /BBox [0 0 1 1] /Ref << /F (x) /Page 0 >>", "")] }),
	link_script: link("/S /URI /URI (JavaScript:alert\\(1\\))"),
	link_file: link("/S /URI /URI (file:///etc/passwd)"),
	link_base: one({ catalog: "/URI << /Base (javascript:) >> " }),
	font_text: one({ more: ["<< /Type /Font /Subtype /Type1 /FontMatrix " +
		"[1 2 3 4 5 (1\\); alert\\('x')] >>"] }),
	font_short: one({ more: ["<< /Type /Font /FontMatrix [1 0 0 1 0] >>"] }),
	too_complex_objects: replaced(one(), "/Size 4", "/Size 999999"),
};

/* The code that a sample is refused with; null when it is taken. */
export function codeOf(name, codes)
{
	return codes.filter((code) => name === code ||
		name.startsWith(`${code}_`)).sort((a, b) => b.length - a.length)[0] ??
		null;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	fs.mkdirSync(FOLDER, { recursive: true });
	for (const [name, bytes] of Object.entries(SAMPLES))
		fs.writeFileSync(path.join(FOLDER, name), bytes);
}
