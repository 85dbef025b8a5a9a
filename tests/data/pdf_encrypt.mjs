/* A PDF encrypted as of old (RC4, 40 bits; ISO 32000-1, 7.6): a reader needs
 * the password to open it, even when that is empty. */
import crypto from "node:crypto";

import { assemble } from "../stack/pdf.mjs";

const PADDING = Buffer.from("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e" +
	"802f0ca9fe6453697a", "hex");
const ID = Buffer.alloc(16, "calock");
const RIGHTS = -4;

function rc4(key, data)
{
	const s = Array.from({ length: 256 }, (_, i) => i);
	const out = Buffer.alloc(data.length);

	for (let i = 0, j = 0; i < 256; i++) {
		j = j + s[i] + key[i % key.length] & 255;
		[s[i], s[j]] = [s[j], s[i]];
	}
	for (let n = 0, i = 0, j = 0; n < data.length; n++) {
		i = i + 1 & 255;
		j = j + s[i] & 255;
		[s[i], s[j]] = [s[j], s[i]];
		out[n] = data[n] ^ s[s[i] + s[j] & 255];
	}
	return out;
}

function digest(...parts)
{
	return crypto.createHash("md5").update(Buffer.concat(parts)).digest()
		.subarray(0, 5);
}

function padded(password)
{
	return Buffer.concat([Buffer.from(password, "latin1"), PADDING])
		.subarray(0, 32);
}

/* One page behind a password; the owner's is "owner". */
export function encrypted(password)
{
	const rights = Buffer.alloc(4);

	rights.writeInt32LE(RIGHTS);
	const owner = rc4(digest(padded("owner")), padded(password));
	const key = digest(padded(password), owner, rights, ID);
	const user = rc4(key, PADDING);

	return assemble(["<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
		`<< /Filter /Standard /V 1 /R 2 /P ${RIGHTS} ` +
			`/O <${owner.toString("hex")}> /U <${user.toString("hex")}> >>`],
	{ trailer: `/Encrypt 4 0 R /ID [<${ID.toString("hex")}> ` +
		`<${ID.toString("hex")}>] ` });
}
