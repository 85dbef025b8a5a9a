/* Small PDF files for tests: valid, the same bytes for the same wishes. */

/* A content stream: one line of text; comments fill it to a length. */
function content(text, bytes)
{
	const escaped = text.replace(/[\\()]/g, "\\$&");
	const drawn = `BT /F1 18 Tf 72 720 Td (${escaped}) Tj ET\n`;
	const lines = Math.max(0, Math.ceil((bytes - drawn.length) / 64));

	return drawn + `%${".".repeat(62)}\n`.repeat(lines);
}

/*
 * A file of these objects, numbered from 1 (each a string, one byte a
 * character); the first is the catalog. trailer: more of its entries.
 */
export function assemble(objects, { version = "1.4", trailer = "" } = {})
{
	const offsets = [];
	let out = `%PDF-${version}\n%\xe2\xe3\xcf\xd3\n`;

	objects.forEach((object, i) => {
		offsets.push(out.length);
		out += `${i + 1} 0 obj\n${object}\nendobj\n`;
	});
	const xref = out.length;

	out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n` +
		offsets.map((at) =>
			`${String(at).padStart(10, "0")} 00000 n \n`).join("") +
		`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ` +
		`${trailer}>>\nstartxref\n${xref}\n%%EOF\n`;
	return Buffer.from(out, "latin1");
}

/*
 * pages: how many; text: ASCII, drawn on each; bytes: at least so long.
 * Returns a Buffer.
 */
export function pdf({ pages = 1, text = "calock test", bytes = 0 } = {})
{
	const first = 4; /* 1 catalog, 2 page tree, 3 font; two a page follow */
	const kids = Array.from({ length: pages }, (_, i) => first + 2 * i);
	const objects = [
		"<< /Type /Catalog /Pages 2 0 R >>",
		`<< /Type /Pages /Count ${pages} ` +
			`/Kids [${kids.map((k) => `${k} 0 R`).join(" ")}] >>`,
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	];

	kids.forEach((kid, i) => {
		const stream = content(`${text} ${i + 1}/${pages}`,
			i === 0 ? bytes : 0);

		objects.push("<< /Type /Page /Parent 2 0 R " +
			"/MediaBox [0 0 595 842] /Resources " +
			`<< /Font << /F1 3 0 R >> >> /Contents ${kid + 1} 0 R >>`);
		objects.push(`<< /Length ${stream.length} >>\n` +
			`stream\n${stream}endstream`);
	});
	return assemble(objects);
}
