/* Objects of the store as lib/service/store_private.h and chunk.h lay them
 * out, opened by another implementation. */
import crypto from "node:crypto";

const MAGIC = "calock-1\n";
const PREFIX = 7;
const SLOT = 64;
const SLOTS = 2;
const HEAD = MAGIC.length + PREFIX + SLOTS * SLOT;
const NONCE = 12;
const KEY = 32;
const TAG = 16;
const CHUNK = 65536;

/* The plain bytes of sealed ones, their tag at the end; throws. */
function open(key, nonce, bound, sealed)
{
	const cipher = crypto.createDecipheriv("aes-256-gcm", key, nonce);

	cipher.setAAD(Buffer.from(bound));
	cipher.setAuthTag(sealed.subarray(-TAG));
	return Buffer.concat([cipher.update(sealed.subarray(0, -TAG)),
		cipher.final()]);
}

/* {number: key} of a key file. */
export function fieldKeys(text)
{
	return Object.fromEntries(text.trim().split("\n")
		.map((line) => line.split(" "))
		.map(([number, hex]) => [number, Buffer.from(hex, "hex")]));
}

function ownKey(keys, bound, bytes)
{
	for (let i = 0; i < SLOTS; i++) {
		const at = MAGIC.length + PREFIX + i * SLOT;
		const key = keys[bytes[at]];

		if (key !== undefined)
			return open(key, bytes.subarray(at + 1, at + 1 + NONCE), bound,
				bytes.subarray(at + 1 + NONCE, at + 1 + NONCE + KEY + TAG));
	}
	throw new Error(`${bound}: no key`);
}

/* What an object holds; name: its key in the store. Throws when it does not
 * open. */
export function openObject(keys, name, bytes)
{
	const bound = `store/${name}`;
	const prefix = bytes.subarray(MAGIC.length, MAGIC.length + PREFIX);
	const parts = [];

	if (bytes.subarray(0, MAGIC.length).toString() !== MAGIC)
		throw new Error(`${bound}: not sealed`);
	const key = ownKey(keys, bound, bytes);

	for (let at = HEAD, n = 0; at < bytes.length; at += CHUNK + TAG, n++) {
		const nonce = Buffer.alloc(NONCE);
		const end = Math.min(at + CHUNK + TAG, bytes.length);

		prefix.copy(nonce);
		nonce.writeUInt32BE(n, PREFIX);
		nonce[NONCE - 1] = end === bytes.length ? 1 : 0;
		parts.push(open(key, nonce, bound, bytes.subarray(at, end)));
	}
	return Buffer.concat(parts);
}
