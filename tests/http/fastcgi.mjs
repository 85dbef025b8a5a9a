/*
 * A FastCGI responder for tests of what stands in front of a program: one
 * request a connection, as nginx does without keep_conn.
 */
import net from "node:net";

export const HEADER = 8;
const TYPE = { end: 3, params: 4, stdin: 5, stdout: 6 };
const CHUNK = 65528;

/* A record of the one request of a connection. */
export function record(type, content = Buffer.alloc(0))
{
	const header = Buffer.alloc(HEADER);

	header.writeUInt8(1, 0);
	header.writeUInt8(type, 1);
	header.writeUInt16BE(1, 2);
	header.writeUInt16BE(content.length, 4);
	return Buffer.concat([header, content]);
}

function readParams(data)
{
	const params = {};
	let at = 0;
	const length = () => {
		if (data[at] < 128)
			return data[at++];
		at += 4;
		return data.readUInt32BE(at - 4) & 0x7fffffff;
	};

	while (at < data.length) {
		const name = length();
		const value = length();
		const start = at + name;

		params[data.toString("utf8", at, start)] =
			data.toString("utf8", start, start + value);
		at = start + value;
	}
	return params;
}

/* The whole request, or null while the end of its body is not there. */
function readRequest(data)
{
	const streams = { [TYPE.params]: [], [TYPE.stdin]: [] };
	let at = 0;

	while (at + HEADER <= data.length) {
		const type = data[at + 1];
		const length = data.readUInt16BE(at + 4);
		const next = at + HEADER + length + data[at + 6];

		if (next > data.length)
			return null;
		if (type === TYPE.stdin && length === 0)
			return { params: readParams(Buffer.concat(streams[TYPE.params])),
				body: Buffer.concat(streams[TYPE.stdin]) };
		streams[type]?.push(data.subarray(at + HEADER, at + HEADER + length));
		at = next;
	}
	return null;
}

function encode(text)
{
	const data = Buffer.from(text);
	const records = [];

	for (let at = 0; at < data.length; at += CHUNK)
		records.push(record(TYPE.stdout, data.subarray(at, at + CHUNK)));
	return Buffer.concat([...records, record(TYPE.stdout),
		record(TYPE.end, Buffer.alloc(8))]);
}

/*
 * Listens on a Unix socket. respond({params, body}) gives headers and body as
 * a CGI program prints them, or null to hang up. Resolves with the server.
 */
export function listenFastcgi(socket, respond)
{
	const server = net.createServer((connection) => {
		let data = Buffer.alloc(0);

		connection.on("error", () => connection.destroy());
		connection.on("data", (chunk) => {
			data = Buffer.concat([data, chunk]);
			const request = readRequest(data);

			if (request === null)
				return;
			const text = respond(request);

			if (text === null)
				connection.destroy();
			else
				connection.end(encode(text));
		});
	});

	return new Promise((resolve, reject) => {
		server.on("error", reject);
		server.listen(socket, () => resolve(server));
	});
}
