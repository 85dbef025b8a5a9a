/*
 * Alipay's gateway (OpenAPI 1.0) as both sides speak it: what is signed, and
 * how. RSA2 is RSASSA-PKCS1-v1_5 with SHA-256.
 */
import { createSign, createVerify, randomUUID } from "node:crypto";

const HOUR = 3600e3;

/* The time in China: "2026-11-29 15:30:08". */
export const chinaTime = (ms) => new Date(ms + 8 * HOUR).toISOString()
	.slice(0, 19).replace("T", " ");

/* Parameters in order, joined; a request leaves out those that are empty. */
export const messageOf = (params, { skipEmpty = false } = {}) =>
	Object.keys(params).filter((name) => !skipEmpty || params[name] !== "")
		.sort().map((name) => `${name}=${params[name]}`).join("&");

export const sign = (text, key) =>
	createSign("RSA-SHA256").update(text, "utf8").sign(key, "base64");

/* Whether a request's parameters are signed by that key. */
export function isSigned({ sign: signature, ...params }, key)
{
	return createVerify("RSA-SHA256")
		.update(messageOf(params, { skipEmpty: true }), "utf8")
		.verify(key, signature ?? "", "base64");
}

/* An answer: its inner object as it stands there is what is signed. */
export function answerText(method, inner, { key, signature } = {})
{
	const name = `${method.replaceAll(".", "_")}_response`;
	const text = JSON.stringify(inner).replaceAll("/", "\\/");
	const signed = signature === null ? "" :
		`,"sign":"${signature ?? sign(text, key)}"`;

	return `{"${name}":${text}${signed}}`;
}

/* A notice as it is posted: {headers, body}; params without sign. */
export function buildNotice({ params, key, signature })
{
	const body = new URLSearchParams({ ...params, sign_type: "RSA2",
		sign: signature ?? sign(messageOf(params), key) });

	return {
		headers: {
			"Content-Type":
				"application/x-www-form-urlencoded; charset=utf-8",
			"User-Agent": "Mozilla/4.0",
		},
		body: body.toString(),
	};
}

/* What a notice of a payment says; changes go over it. */
export function noticeParams({ merchant, order, now, ...changes })
{
	const total = yuan(order.params.amount.total);

	return {
		notify_time: chinaTime(now), notify_type: "trade_status_sync",
		notify_id: randomUUID().replaceAll("-", ""), charset: "utf-8",
		version: "1.0", app_id: merchant.appid, auth_app_id: merchant.appid,
		trade_no: order.transaction_id, out_trade_no: order.out_trade_no,
		buyer_id: order.openid, seller_id: merchant.seller_id,
		trade_status: "TRADE_SUCCESS", total_amount: total,
		receipt_amount: total, invoice_amount: total,
		buyer_pay_amount: total, point_amount: "0.00",
		subject: order.params.description,
		gmt_create: chinaTime(order.created_at),
		gmt_payment: chinaTime(order.paid_at),
		fund_bill_list: JSON.stringify([{ amount: total,
			fundChannel: "ALIPAYACCOUNT" }]),
		...changes,
	};
}

export const yuan = (fen) =>
	`${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;

/* "260.00" in fen; NaN when it is no such amount. */
export const fenOf = (text) => /^\d{1,9}\.\d\d$/.test(text ?? "") ?
	Number(text.replace(".", "")) : NaN;
