/* The sandbox's own pages: their frame, and HTML whose values are escaped. */
const ESCAPES = {
	"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;",
};

class Html {
	constructor(text)
	{
		this.text = text;
	}
}

function escape(value)
{
	if (value instanceof Html)
		return value.text;
	if (Array.isArray(value))
		return value.map(escape).join("");
	return String(value).replace(/[&<>"']/g, (c) => ESCAPES[c]);
}

/* A template whose values are escaped, unless they are html themselves. */
export const html = (parts, ...values) => new Html(parts.reduce(
	(all, part, i) => all + escape(values[i - 1]) + part));

export const page = (title, content) => html`<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
body { font: 16px/1.6 sans-serif; max-width: 60rem; margin: 2rem auto;
	padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #ddd; padding: .4rem; text-align: left }
button { font: inherit; padding: .6rem 2rem; border: 0; border-radius: 4px;
	background: #07804a; color: #fff }
.amount { font-size: 2rem }
</style>
</head>
<body>
<p>沙箱（微信支付、支付宝、短信）：只用于测试，不发生真实付款，不开真实发票，
不发送真实短信。</p>
<p><a href="/">订单</a> <a href="/invoices">发票</a>
<a href="/sandbox/phone">短信</a></p>
<h1>${title}</h1>
${content}
</body>
</html>
`;

export const answer = (status, body) => ({
	status, text: body.text,
	headers: { "Content-Type": "text/html; charset=utf-8" },
});
