/* nginx's part of FastCGI: one request to a program's socket, also cut off. */
import net from "node:net";

import { HEADER, record } from "./fastcgi.mjs";

const TYPE = { begin: 1, params: 4, stdin: 5, stdout: 6 };
const CHUNK = 32768;

function length(n)
{
	const long = Buffer.alloc(4);

	if (n < 128)
		return Buffer.from([n]);
	long.writeUInt32BE((n | 0x80000000) >>> 0);
	return long;
}

function encode(params)
{
	return Buffer.concat(Object.entries(params).flatMap(([name, value]) => {
		const [n, v] = [Buffer.from(name), Buffer.from(value)];

		return [length(n.length), length(v.length), n, v];
	}));
}

function decode(data)
{
	const out = [];

	for (let at = 0; at + HEADER <= data.length;) {
		const size = data.readUInt16BE(at + 4);

		if (data[at + 1] === TYPE.stdout)
			out.push(data.subarray(at + HEADER, at + HEADER + size));
		at += HEADER + size + data[at + 6];
	}
	return Buffer.concat(out).toString("utf8");
}

/*
 * Sends params and body to the socket; the answer as the program printed it.
 * isCut: the connection is closed for writing without the end of the body.
 */
export function callFastcgi(socket, params, body, { isCut = false } = {})
{
	return new Promise((resolve, reject) => {
		const parts = [];
		const connection = net.connect({ path: socket,
			allowHalfOpen: true });

		connection.on("error", reject);
		connection.on("data", (data) => parts.push(data));
		connection.on("end", () => {
			connection.end();
			resolve(decode(Buffer.concat(parts)));
		});
		connection.write(record(TYPE.begin,
			Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])));
		connection.write(record(TYPE.params, encode(params)));
		connection.write(record(TYPE.params));
		for (let at = 0; at < body.length; at += CHUNK)
			connection.write(record(TYPE.stdin,
				body.subarray(at, at + CHUNK)));
		if (isCut)
			connection.end();
		else
			connection.write(record(TYPE.stdin));
	});
}
