/*
 * Files as the providers make them, without a library: GBK text, a ZIP
 * archive with names in GBK and no flag for it.
 */
import { deflateRawSync } from "node:zlib";

/* Every character that GBK has two bytes for. */
const GBK = new Map();

function fillGbk()
{
	const decoder = new TextDecoder("gbk");

	for (let high = 0x81; high <= 0xfe; high++)
		for (let low = 0x40; low <= 0xfe; low++) {
			const bytes = Buffer.from([high, low]);
			const text = decoder.decode(bytes);

			if ([...text].length === 1 && text !== "\ufffd")
				GBK.set(text, bytes);
		}
}

export function gbk(text)
{
	if (GBK.size === 0)
		fillGbk();
	return Buffer.concat([...text].map((c) => c < "\x80" ?
		Buffer.from(c) : GBK.get(c) ?? Buffer.from("?")));
}

const CRC = Array.from({ length: 256 }, (_, n) => {
	for (let i = 0; i < 8; i++)
		n = n & 1 ? n >>> 1 ^ 0xedb88320 : n >>> 1;
	return n >>> 0;
});

const crc32 = (bytes) => (bytes.reduce((crc, byte) =>
	CRC[(crc ^ byte) & 255] ^ crc >>> 8, 0xffffffff) ^ 0xffffffff) >>> 0;

/* Little-endian numbers of so many bytes. */
function numbers(...pairs)
{
	return Buffer.concat(pairs.map(([bytes, n]) => {
		const out = Buffer.alloc(bytes);

		out.writeUIntLE(n, 0, bytes);
		return out;
	}));
}

const MADE = [[2, 0x6000], [2, 0x5c21]]; /* time and day */

/* files: [[name, bytes]]; names and bytes are buffers. */
export function zip(files)
{
	const parts = [], heads = [];
	let at = 0;

	for (const [name, bytes] of files) {
		const packed = deflateRawSync(bytes);
		const about = [[2, 20], [2, 0], [2, 8], ...MADE, [4, crc32(bytes)],
			[4, packed.length], [4, bytes.length], [2, name.length], [2, 0]];
		const local = Buffer.concat([numbers([4, 0x04034b50], ...about), name,
			packed]);

		heads.push(Buffer.concat([numbers([4, 0x02014b50], [2, 20], ...about,
			[2, 0], [2, 0], [2, 0], [4, 0], [4, at]), name]));
		parts.push(local);
		at += local.length;
	}
	const directory = Buffer.concat(heads);

	return Buffer.concat([...parts, directory, numbers([4, 0x06054b50], [2, 0],
		[2, 0], [2, files.length], [2, files.length], [4, directory.length],
		[4, at], [2, 0])]);
}
