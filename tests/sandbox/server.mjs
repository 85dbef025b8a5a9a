/*
 * The listening server: reads a request whole, gives it to the part that
 * owns its path, and writes the answer.
 */
import http from "node:http";

import { ALIPAY_FILE, callFile, callGateway } from "./alipay.mjs";
import { callApi } from "./api.mjs";
import { Nonces } from "./auth.mjs";
import { callControl } from "./control.mjs";
import { callInvoiceFile, INVOICE_FILE } from "./fapiao_file.mjs";
import { openKeys } from "./keys.mjs";
import { Misbehaviour } from "./misbehave.mjs";
import { Notifier } from "./notices.mjs";
import { callPage } from "./pages.mjs";
import { Phone, isOfPhone } from "./phone.mjs";
import { Store } from "./store.mjs";

const HOST = "127.0.0.1";
const PHONE = "/sandbox/phone"; /* a page, unlike its neighbours */
const BODY_MAX = 1 << 20;

const TOO_LARGE = {
	status: 413, headers: { Connection: "close" },
	text: '{"code":"BODY_TOO_LARGE","message":"请求体过大"}',
};
const BAD_TARGET = {
	status: 400, headers: {},
	text: '{"code":"PARAM_ERROR","message":"请求路径必须以 / 开头"}',
};

/* The body's bytes, or null when there are too many. */
async function readAll(stream)
{
	const parts = [];
	let n = 0;

	for await (const part of stream) {
		n += part.length;
		if (n > BODY_MAX)
			return null;
		parts.push(part);
	}
	return Buffer.concat(parts);
}

function owner({ pathname }, headers)
{
	if (isOfPhone(headers))
		return ({ phone }, request) => phone.call(request);
	if (pathname.startsWith("/v3/"))
		return callApi;
	if (pathname === "/gateway.do")
		return callGateway;
	if (pathname === ALIPAY_FILE)
		return callFile;
	if (pathname === INVOICE_FILE)
		return callInvoiceFile;
	return pathname.startsWith("/sandbox/") && pathname !== PHONE ?
		callControl : callPage;
}

async function dispatch(ctx, incoming)
{
	const body = await readAll(incoming);

	if (body === null)
		return TOO_LARGE;
	if (!incoming.url.startsWith("/"))
		return BAD_TARGET;

	const url = new URL(`http://${HOST}${incoming.url}`);

	return owner(url, incoming.headers)(ctx, {
		method: incoming.method, target: incoming.url, url,
		headers: incoming.headers, body,
	});
}

function reply(res, { status, headers, text, fate }, now)
{
	if (fate === "hang")
		return;
	if (fate === "drop") {
		res.destroy();
		return;
	}
	res.writeHead(status, {
		...(text !== "" && {
			"Content-Type": "application/json; charset=utf-8",
			"Content-Length": Buffer.byteLength(text),
		}),
		"Cache-Control": "no-store", "Date": new Date(now).toUTCString(),
		...headers,
	});
	res.end(text);
}

async function serve(ctx, incoming, res)
{
	try {
		reply(res, await dispatch(ctx, incoming), ctx.misbehave.now());
	} catch (e) {
		if (incoming.errored || res.destroyed)
			return; /* the caller went away */
		console.error(e);
		reply(res, {
			status: 500, headers: {},
			text: '{"code":"SYSTEM_ERROR","message":"沙箱内部错误"}',
		}, ctx.misbehave.now());
	}
}

/*
 * Starts a provider on its directory and gives its URL; port 0 takes a free
 * one. scale, when given, goes before the directory's own.
 */
export async function startSandbox({ dir, port = 0, scale })
{
	const keys = await openKeys(dir, scale ?? 1);
	const store = new Store(dir);
	const ctx = {
		store, keys, scale: scale ?? keys.scale, nonces: new Nonces(),
		misbehave: new Misbehaviour(), requests: [], calls: {},
		files: new Map(), phone: new Phone(),
	};
	const server = http.createServer((req, res) => serve(ctx, req, res));

	ctx.notifier = new Notifier(ctx);
	await new Promise((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, HOST, resolve);
	});
	ctx.notifier.resume();
	return `http://${HOST}:${server.address().port}`;
}
