/*
 * The merchant's calls under /v3: found, authenticated, carried out, saved,
 * and only then answered with the platform's signature.
 */
import { randomBytes } from "node:crypto";

import { authenticate } from "./auth.mjs";
import { makeBill, takeFile } from "./bill.mjs";
import { INVOICE_ROUTES } from "./fapiao.mjs";
import { CLOSE, ORDER, readBody, REFUND } from "./fields.mjs";
import { Refusal } from "./refusal.mjs";
import {
	findRefund, placeRefund, refundFact, refundView,
} from "./refund.mjs";
import {
	closeOrder, findOrder, placeOrder, transaction,
} from "./trade.mjs";
import {
	encrypt, rfc3339, signatureHeaders, unixSeconds, wrongSignature,
} from "./wechatpay_protocol.mjs";

const REQUESTS_KEPT = 500;

function checkMchid(mchid, merchant, location)
{
	if (mchid !== merchant.mchid) {
		throw new Refusal("PARAM_ERROR", location === "query" ?
			"http header中的mchid与query中的mchid不匹配" :
			"http header中的mchid与post payload中的mchid不匹配",
		{ detail: { location, value: mchid ?? "" } });
	}
}

function native({ store, keys }, { body, now })
{
	const params = readBody(body, ORDER);

	checkMchid(params.mchid, keys.merchant, "body");
	return { body: placeOrder(store, keys.merchant, params, now) };
}

function query({ store, keys }, { id, query: params, now })
{
	checkMchid(params.get("mchid"), keys.merchant, "query");
	return { body: transaction(findOrder(store, id), keys.merchant, now) };
}

function queryById({ store, keys }, { id, query: params, now })
{
	const order = store.orderByTransaction(id);

	checkMchid(params.get("mchid"), keys.merchant, "query");
	if (order === undefined)
		throw new Refusal("ORDER_NOT_EXIST", "订单不存在");
	return { body: transaction(order, keys.merchant, now) };
}

function close({ store, keys }, { id, body, now })
{
	checkMchid(readBody(body, CLOSE).mchid, keys.merchant, "body");
	closeOrder(findOrder(store, id), now);
	return { status: 204 };
}

const REFUND_TOLD = { SUCCESS: "退款成功", ABNORMAL: "退款异常",
	CLOSED: "退款关闭" };

function refund({ store, keys, scale, notifier, misbehave }, { body, now })
{
	const params = readBody(body, REFUND);
	const placed = placeRefund(store, params, now, { scale,
		takeFate: () => misbehave.take("refund", "refund") });

	if (placed.made && params.notify_url !== undefined) {
		const notice = notifier.record({
			original_type: "refund",
			event_type: `REFUND.${placed.refund.outcome}`,
			summary: REFUND_TOLD[placed.refund.outcome],
			url: params.notify_url,
			out_trade_no: placed.refund.out_trade_no,
			plain: refundFact(placed.refund, keys.merchant),
			due: placed.refund.done_at,
		});

		return {
			body: refundView(placed.refund, now),
			after: () => notifier.schedule(notice),
		};
	}
	return { body: refundView(placed.refund, now) };
}

function queryRefund({ store }, { id, now })
{
	return { body: refundView(findRefund(store, id), now) };
}

function certificates({ keys })
{
	const { serial, pem, valid_from, valid_to } = keys.certificate;

	return {
		body: {
			data: [{
				serial_no: serial,
				effective_time: rfc3339(valid_from),
				expire_time: rfc3339(valid_to),
				encrypt_certificate: encrypt(pem, keys.apiv3_key,
					{ associated_data: "certificate" }),
			}],
		},
	};
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const FILE = "/v3/billdownload/file";

function tradeBill(ctx, { query: params, host })
{
	const day = params.get("bill_date") ?? "";

	if (!DAY.test(day) || (params.get("bill_type") ?? "ALL") !== "ALL" ||
	    params.get("tar_type") !== "GZIP")
		throw new Refusal("PARAM_ERROR", "账单日期或类型不正确");
	const made = makeBill(ctx, "wechatpay", day);

	if (made.what === "creating")
		throw new Refusal("STATEMENT_CREATING", "账单生成中，请稍后再试");
	if (made.what === "none")
		throw new Refusal("NO_STATEMENT_EXIST", "账单文件不存在");
	return { body: { hash_type: "SHA1", hash_value: made.hash,
		download_url: `http://${host}${FILE}?token=${made.token}` } };
}

function download(ctx, { query: params })
{
	const bytes = takeFile(ctx, params.get("token"));

	if (bytes === undefined)
		throw new Refusal("INVALID_REQUEST", "账单下载地址已失效");
	return { bytes };
}

const OUT_TRADE_NO = "/v3/pay/transactions/out-trade-no/([^/]+)";
const REFUNDS = "/v3/refund/domestic/refunds";

const ROUTES = [
	["native", "POST", "/v3/pay/transactions/native", native],
	["query", "GET", OUT_TRADE_NO, query],
	["query_id", "GET", "/v3/pay/transactions/id/([^/]+)", queryById],
	["close", "POST", `${OUT_TRADE_NO}/close`, close],
	["refund", "POST", REFUNDS, refund],
	["query_refund", "GET", `${REFUNDS}/([^/]+)`, queryRefund],
	["certificates", "GET", "/v3/certificates", certificates],
	["tradebill", "GET", "/v3/bill/tradebill", tradeBill],
	["download", "GET", FILE, download],
	...INVOICE_ROUTES,
].map(([name, method, path, run]) =>
	({ name, method, path: new RegExp(`^${path}$`), run }));

function findRoute({ method, url })
{
	const there = ROUTES.filter((r) => r.path.test(url.pathname));
	const route = there.find((r) => r.method === method);

	if (there.length === 0)
		throw new Refusal("RESOURCE_NOT_EXISTS", "请求的接口不存在");
	if (route === undefined)
		throw new Refusal("METHOD_NOT_ALLOWED", "请求方法不被支持");
	return route;
}

function pathId(route, { url })
{
	try {
		return decodeURIComponent(route.path.exec(url.pathname)[1] ?? "");
	} catch {
		throw new Refusal("PARAM_ERROR", "请求路径编码错误");
	}
}

const TROUBLES = {
	error_500: ["SYSTEM_ERROR", "系统异常，请稍后重试"],
	rate_limited: ["FREQUENCY_LIMITED", "请求频率超限，请降低频率后重试"],
	not_enough: ["NOT_ENOUGH", "基本账户余额不足，请充值后重新发起"],
	not_granted: ["NO_AUTH", "用户未填写抬头，不能开具非微信支付场景的发票"],
};

const requestId = (errno) =>
	`${randomBytes(20).toString("hex").toUpperCase()}-${errno}`;

function signedAnswer({ status = 200, body, bytes }, key, what, now)
{
	/* Files are not signed. */
	if (bytes !== undefined)
		return { status, text: bytes,
			headers: { "Content-Type": "application/octet-stream" } };
	const text = body === undefined ? "" : JSON.stringify(body);
	const signing = { timestamp: unixSeconds(now),
		...(what === "answer_bad_signature" &&
			{ signature: wrongSignature() }) };

	return {
		status, text,
		headers: {
			"Request-ID": requestId(0),
			...(what !== "answer_unsigned" &&
				signatureHeaders(text, key, signing)),
		},
	};
}

function refusedAnswer(refusal)
{
	return {
		status: refusal.status, text: JSON.stringify(refusal.body),
		headers: { "Request-ID": requestId(refusal.errno) },
	};
}

async function carryOut(ctx, req, note)
{
	const route = findRoute(req);
	const now = ctx.misbehave.now();
	const key = authenticate(req, ctx.keys, ctx.nonces, unixSeconds(now));
	const before = ctx.misbehave.take("request", route.name);

	note.call = route.name;
	ctx.calls[route.name] = (ctx.calls[route.name] ?? 0) + 1;
	note.what = before.what;
	if (before.what === "hang")
		return { fate: "hang" };
	if (before.what !== undefined)
		throw new Refusal(...TROUBLES[before.what]);

	const done = route.run(ctx, {
		id: pathId(route, req), query: req.url.searchParams,
		body: req.body, now: Date.now(), host: req.headers.host,
		serial: req.headers["wechatpay-serial"],
	});

	if (req.method !== "GET")
		await ctx.store.save();
	done.after?.();
	note.what = ctx.misbehave.take("answer", route.name).what;
	return note.what === "applied_then_drop" ? { fate: "drop" } :
		signedAnswer(done, key, note.what, now);
}

/*
 * Answers a call. req is {method, target, url, headers, body}. Gives
 * {status, headers, text}, or {fate: "hang" | "drop"}.
 */
export async function callApi(ctx, req)
{
	const note = { at: new Date().toISOString(), method: req.method,
		target: req.target };
	let answer;

	try {
		answer = await carryOut(ctx, req, note);
	} catch (e) {
		if (!(e instanceof Refusal))
			throw e;
		note.code = e.code;
		answer = refusedAnswer(e);
	}
	ctx.requests.push({ ...note, status: answer.status ?? answer.fate });
	ctx.requests.splice(0, ctx.requests.length - REQUESTS_KEPT);
	return answer;
}
