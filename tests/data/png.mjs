/* Reads PNG files of 8 bits a channel without interlacing (RFC 2083). */
import assert from "node:assert/strict";
import zlib from "node:zlib";

const CHANNELS = { 0: 1, 2: 3, 6: 4 };

function paeth(left, up, corner)
{
	const guess = left + up - corner;
	const [a, b, c] = [left, up, corner].map((v) => Math.abs(guess - v));

	return a <= b && a <= c ? left : b <= c ? up : corner;
}

/* What each filter adds to a byte. */
const FILTERS = [() => 0, (left) => left, (left, up) => up,
	(left, up) => left + up >> 1, paeth];

function unfilter(data, stride, channels)
{
	const rows = data.length / (stride + 1);
	const out = Buffer.alloc(rows * stride);
	const at = (y, x) => y < 0 || x < 0 ? 0 : out[y * stride + x];

	for (let y = 0; y < rows; y++) {
		const filter = FILTERS[data[y * (stride + 1)]];

		for (let x = 0; x < stride; x++)
			out[y * stride + x] = data[y * (stride + 1) + 1 + x] +
				filter(at(y, x - channels), at(y - 1, x),
					at(y - 1, x - channels));
	}
	return out;
}

/* width, height, channels, and the pixels row by row. */
export function readPng(bytes)
{
	const parts = [];

	assert.equal(bytes.toString("latin1", 0, 8), "\x89PNG\r\n\x1a\n");
	const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
	const channels = CHANNELS[bytes[25]];

	assert.deepEqual([bytes[24], bytes[28]], [8, 0]);
	for (let at = 8, length; at < bytes.length; at += 12 + length) {
		length = bytes.readUInt32BE(at);
		if (bytes.toString("latin1", at + 4, at + 8) === "IDAT")
			parts.push(bytes.subarray(at + 8, at + 8 + length));
	}
	return { width, height, channels, pixels: unfilter(
		zlib.inflateSync(Buffer.concat(parts)), width * channels, channels) };
}
