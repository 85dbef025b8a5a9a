/*
 * Peers on a program's own socket that are slow without falling silent, as
 * many as it has workers: how long each holds its worker in all is bounded, so
 * that whoever comes next waits no longer than that. serve_peers has those
 * that fall silent.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";

import { complete } from "../stack/cases.mjs";
import { send, signIn } from "../stack/client.mjs";
import { until } from "../stack/parts.mjs";
import { pdf } from "../stack/pdf.mjs";
import { startStack } from "../stack/stack.mjs";
import { body, connect, cookieOf, END_OF_BODY, head, serving }
	from "./serve_kit.mjs";

/* What lib/web/patience.c allows, and more for a busy machine. */
const HEAD_MS = 250;
const FIRST_MS = 3000;
const BYTES_A_MS = 1000;
const SPARE_MS = 700;

const DRIP_MS = 50;
const FILE_BYTES = 1 << 20;
const WORKERS = 4;

let stack;
let client;
let file;
const drips = [];

before(async () => {
	stack = await startStack({});
	client = await signIn(stack, "applicant1");
	const { id } = await complete(client);
	const { body: added } = await client.upload(id, "application_form",
		pdf({ bytes: FILE_BYTES }));

	file = `/api/applications/${id}/attachments/application_form/${added.id}`;
	await until(() => stack.workers("attachment").length === WORKERS,
		"all workers", 5000);
});

afterEach(() => drips.splice(0).forEach(clearInterval));

after(() => stack?.stop());

function drip(peer, act)
{
	const timer = setInterval(() => peer.destroyed ?
		clearInterval(timer) : act(peer), DRIP_MS);

	drips.push(timer);
	return peer;
}

function dial(options)
{
	return connect(path.join(stack.runDir, "attachment.sock"), options);
}

function params(more)
{
	return { SURFACE: "portal", HTTP_COOKIE: cookieOf(client).Cookie,
		HTTP_ORIGIN: stack.baseUrl, ...more };
}

/* Its head comes byte by byte. */
function drippingHead()
{
	const bytes = head(params());
	let at = 0;

	return drip(dial(), (peer) => peer.write(bytes.subarray(at, ++at)));
}

/* Its body comes a little at a time, each a record. */
function drippingBody()
{
	const peer = dial();

	peer.write(head(params({ REQUEST_METHOD: "POST", CONTENT_LENGTH: "60000",
		CONTENT_TYPE: "application/pdf",
		DOCUMENT_URI: path.dirname(file) })));
	peer.write(body("%PDF-1.4"));
	return drip(peer, () => peer.write(body("%")));
}

function reader()
{
	const peer = dial();

	peer.write(Buffer.concat([head(params({ DOCUMENT_URI: file })),
		END_OF_BODY]));
	return peer.pause();
}

/* Takes a piece of the answer now and then: all in ten seconds and more. */
function drippingReader()
{
	const PIECE = 5000;

	return drip(reader(), (peer) => peer.read(PIECE));
}

/* Has its answer and is hung up on, and goes on and on sending. */
function flood()
{
	const peer = dial({ allowHalfOpen: true });

	peer.write(Buffer.concat([head(params()), END_OF_BODY]));
	return drip(peer, () => peer.write(END_OF_BODY));
}

for (const [what, one, most] of [
	["heads that drip", drippingHead, HEAD_MS],
	["bodies that drip", drippingBody, FIRST_MS + 60],
	["readers that stopped", reader, FIRST_MS + FILE_BYTES / BYTES_A_MS],
	["readers that drip", drippingReader, FIRST_MS + FILE_BYTES / BYTES_A_MS],
	["peers that never stop sending", flood, FIRST_MS],
])
	test(`${what}: the next one waits ${most.toFixed(0)} ms at most`,
		async (t) => {
			const socket = path.join(stack.runDir, "attachment.sock");
			const pids = stack.workers("attachment");
			const slow = Array.from({ length: WORKERS }, one);

			await until(() => serving(pids, socket).length === WORKERS,
				"every worker held", 5000);
			const began = performance.now();
			const { status } = await send(`${stack.baseUrl}${file}x`,
				{ headers: cookieOf(client) });
			const ms = performance.now() - began;

			slow.forEach((peer) => peer.destroy());
			t.diagnostic(`${ms.toFixed(0)} ms`);
			assert.equal(status, 404);
			assert.ok(ms < most + SPARE_MS, `${ms} ms`);
			assert.deepEqual(stack.workers("attachment"), pids);
		});
