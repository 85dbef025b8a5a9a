/* Words and figures for people. What the API calls itself is not here. */
import { h } from "./dom.mjs";

export const TITLE = "企业 CA 锁在线办理";

export const TABS = [
	{ path: "/", title: "CA申请",
		views: /^\/(applications\/[\w-]+(\/check)?)?$/ },
	{ path: "/payments", title: "CA支付", views: /\/payments?$/ },
	{ path: "/invoices", title: "打印电子发票", views: /\/invoices?$/ },
	{ path: "/guide", title: "流程说明", views: /^\/guide$/ },
];

export const TYPES = { enterprise: "企业", individual: "个人" };
export const CATEGORIES = { new: "新办", renewal: "续期" };
export const FEE_STATES = { unpaid: "待支付", paid: "已支付",
	refunded: "已退款" };

const ZONE = "Asia/Shanghai";
const DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE,
	dateStyle: "short" });
const MINUTE = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE,
	dateStyle: "short", timeStyle: "short" });

export function day(time)
{
	return time === null ? "—" : DAY.format(new Date(time));
}

export function minute(time)
{
	return time === null ? "—" : MINUTE.format(new Date(time));
}

export function clock(time)
{
	return MINUTE.format(time).slice(-5);
}

export function yuan(fen)
{
	return fen === null || fen === undefined ? "—" :
		`${Math.trunc(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
}

export function bytes(n)
{
	return n < 1 << 20 ? `${Math.max(1, Math.round(n / 1024))} KB` :
		`${Number((n / (1 << 20)).toFixed(1))} MB`;
}

/* 1:05:09 or 4:59 */
export function span(ms)
{
	const seconds = Math.max(0, Math.ceil(ms / 1000));
	const two = (n) => String(n).padStart(2, "0");
	const hours = Math.floor(seconds / 3600);
	const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;

	return hours > 0 ? `${hours}:${rest}` : rest;
}

export function tag(text, kind = "plain")
{
	return h("span", { class: `tag ${kind}` }, text);
}

const STATE_KINDS = { editing: "plain", pending: "warn", rejected: "bad",
	approved: "accent", completed: "good" };

export function stateTag({ state, state_title: title })
{
	return tag(title, STATE_KINDS[state]);
}

const INVOICE_KINDS = { requested: "warn", sent: "warn", issued: "good",
	failed: "bad", reversing: "warn", red_failed: "warn" };

export function invoiceTag({ status, status_title: title })
{
	return tag(title, INVOICE_KINDS[status]);
}

/* What is wrong with what, where it does not stand beside its field. */
export function named(label, message)
{
	return message.includes(label) ? message : `${label}：${message}`;
}

export function dash(text)
{
	return text === null || text === undefined || text === "" ? "—" : text;
}
