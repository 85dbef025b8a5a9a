/*
 * The phones of the demo: what the sandbox of short messages has taken, by
 * number, as the texts that people read.
 *
 * GET /sandbox/phone is a page of them, GET /sandbox/messages?mobile= the
 * same for scripts, newest first. POST /sandbox/templates registers what may
 * be sent: [{code, text}], with {name} where a value stands.
 */
import { answer, html, page } from "./html.mjs";
import { ACCOUNT, Sms, vendorOf } from "./sms.mjs";

const MINUTE = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai",
	dateStyle: "short", timeStyle: "medium" });

export class Phone {
	#sms = new Sms({});
	#texts = new Map();
	#messages = [];

	register(templates)
	{
		for (const { code, text } of templates) {
			this.#texts.set(code, text);
			this.#sms.templates[code] =
				[...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
		}
	}

	/* A request of a vendor's gateway: {status, headers, text}. */
	call(request)
	{
		const before = this.#sms.sent.length;
		const { status, body } = this.#sms.answer(request);

		for (const sent of this.#sms.sent.slice(before))
			this.#messages.unshift(this.#read(sent));
		return { status, headers: {}, text: JSON.stringify(body) };
	}

	#read({ mobile, template, values, key })
	{
		const left = [...values];
		const text = this.#texts.get(template)
			.replace(/\{\w+\}/g, () => left.shift());

		return { mobile, text: `【${ACCOUNT.sign_name}】${text}`, template,
			values, key, at: new Date().toISOString() };
	}

	/* Newest first; of one number, or of all. */
	messages(mobile)
	{
		return this.#messages.filter((message) =>
			mobile === null || message.mobile === mobile);
	}
}

/* Whether a request is for a vendor of short messages. */
export const isOfPhone = (headers) => vendorOf(headers) !== null;

const bubble = ({ text, at }) => html`<li>
<p>${text}</p>
<p><small>${MINUTE.format(new Date(at))}</small></p>
</li>
`;

export function phonePage({ phone })
{
	const all = phone.messages(null);
	const numbers = [...new Set(all.map(({ mobile }) => mobile))];

	return answer(200, page("手机短信", [
		html`<p><a href="/sandbox/phone">刷新</a></p>
`,
		numbers.length === 0 ? html`<p>还没有收到短信。</p>` :
			numbers.map((mobile) => html`<h2>${mobile}</h2>
<ul>
${phone.messages(mobile).map(bubble)}</ul>
`)]));
}
