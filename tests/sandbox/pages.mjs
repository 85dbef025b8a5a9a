/*
 * Plain pages for people: the list of orders, one order with the button that
 * pays it, the list of invoices, and the phone.
 */
import { invoiceState } from "./fapiao.mjs";
import { answer, html, page } from "./html.mjs";
import { lookUp, pay, whyNot } from "./payer.mjs";
import { phonePage } from "./phone.mjs";
import { expiresAt, stateOf } from "./trade.mjs";
import { rfc3339 } from "./wechatpay_protocol.mjs";

const STATES = {
	NOTPAY: "未支付", SUCCESS: "支付成功", CLOSED: "已关闭", REFUND: "有退款",
};
const INVOICE_STATES = {
	ISSUE_ACCEPTED: "开票中", ISSUED: "已开票", ISSUE_FAILED: "开票失败",
	REVERSE_ACCEPTED: "冲红中", REVERSED: "已冲红", REVERSE_FAILED: "冲红失败",
};
const NOTICE_STATES = {
	waiting: "发送中", delivered: "已送达", withheld: "不发送",
	given_up: "已放弃",
};

const yuan = (fen) =>
	`¥${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;

const payLink = (codeUrl) => `/pay?code_url=${encodeURIComponent(codeUrl)}`;

function listRow(order, now)
{
	return html`<tr>
<td><a href="${payLink(order.codes.at(-1).code_url)}">${order.out_trade_no}</a></td>
<td>${order.params.description}</td>
<td>${yuan(order.params.amount.total)}</td>
<td>${STATES[stateOf(order, now)]}</td>
<td>${rfc3339(order.created_at)}</td>
</tr>
`;
}

function list({ store })
{
	const now = Date.now();
	const rows = [...store.orders.values()].reverse()
		.map((order) => listRow(order, now));

	return answer(200, page("全部订单", rows.length === 0 ?
		html`<p>还没有订单。</p>` : html`<table>
<thead><tr><th>商户订单号</th><th>商品描述</th><th>金额</th><th>状态</th>
<th>下单时间</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`));
}

function invoiceRow(invoice, now)
{
	const { buyer, info, number } = invoice;
	const state = invoiceState(invoice, now);

	return html`<tr>
<td>${invoice.fapiao_id}</td>
<td>${buyer.name}</td>
<td>${yuan(info.total_amount)}</td>
<td>${INVOICE_STATES[state]}</td>
<td>${state.startsWith("ISSUE_") ? "" : number}</td>
</tr>
`;
}

function listInvoices({ store })
{
	const now = Date.now();
	const rows = [...store.invoices.values()].reverse()
		.map((invoice) => invoiceRow(invoice, now));

	return answer(200, page("全部发票", rows.length === 0 ?
		html`<p>还没有发票。</p>` : html`<table>
<thead><tr><th>商户发票单号</th><th>抬头</th><th>金额</th><th>状态</th>
<th>发票号码</th></tr></thead>
<tbody>
${rows}</tbody>
</table>`));
}

function noticeRows(store, order)
{
	return [...store.notices.values()]
		.filter((n) => n.out_trade_no === order.out_trade_no)
		.map((n) => html`<li>${n.summary}通知：${NOTICE_STATES[n.state]}，\
已发送 ${n.attempts.length} 次</li>
`);
}

function payForm(order, codeUrl, now)
{
	const why = whyNot(order, codeUrl, now);

	return why !== null ? html`<p>${why}。</p>` :
		html`<form method="post" action="/pay">
<input type="hidden" name="code_url" value="${codeUrl}">
<button type="submit">确认付款</button>
</form>`;
}

function show({ store }, wanted)
{
	const now = Date.now();
	const { order, codeUrl } = lookUp(store, wanted);

	if (order === undefined) {
		return answer(404, page("没有这个订单",
			html`<p>请检查付款码，或者<a href="/">查看全部订单</a>。</p>`));
	}
	return answer(200, page("确认付款", html`
<p>${order.params.description}</p>
<p class="amount">${yuan(order.params.amount.total)}</p>
<table>
<tr><th>商户订单号</th><td>${order.out_trade_no}</td></tr>
<tr><th>状态</th><td>${STATES[stateOf(order, now)]}</td></tr>
<tr><th>付款截止</th><td>${rfc3339(expiresAt(order))}</td></tr>
<tr><th>支付平台订单号</th><td>${order.transaction_id ?? "无"}</td></tr>
</table>
${payForm(order, codeUrl, now)}
<ul>
${noticeRows(store, order)}</ul>`));
}

/* Either way the page says afterwards how the order stands. */
async function submit(ctx, wanted)
{
	await pay(ctx, wanted);
	return {
		status: 303, text: "",
		headers: { Location: payLink(wanted.code_url ?? "") },
	};
}

const ROUTES = { "GET /": list, "GET /pay": show, "POST /pay": submit,
	"GET /invoices": listInvoices, "GET /sandbox/phone": phonePage };

/* req as for callApi; gives {status, headers, text}. */
export async function callPage(ctx, req)
{
	const run = ROUTES[`${req.method} ${req.url.pathname}`];
	const fields = req.method === "POST" ?
		new URLSearchParams(req.body.toString()) : req.url.searchParams;

	return run === undefined ?
		answer(404, page("没有这个页面", html`<p><a href="/">全部订单</a></p>`)) :
		run(ctx, Object.fromEntries(fields));
}
