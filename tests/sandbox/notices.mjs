/*
 * Notices on their way to the merchant: sent, sent again up the vendor's
 * ladder until they are taken, and what the merchant answered.
 */
import { randomUUID } from "node:crypto";
import http from "node:http";
import https from "node:https";

import { buildNotice as buildAlipayNotice, fenOf, yuan }
	from "./alipay_protocol.mjs";
import {
	buildNotice, probeSignature, randomText, rfc3339, unixSeconds,
	wrongSignature,
} from "./wechatpay_protocol.mjs";

const M = 60;
const H = 3600;

/* Seconds from one try to the next; fifteen re-sends, then no more. */
export const LADDER = [15, 15, 30, 3 * M, 10 * M, 20 * M, 30 * M, 30 * M,
	30 * M, 60 * M, 3 * H, 3 * H, 3 * H, 6 * H, 6 * H];

const ANSWER_WITHIN = 5000;
const ANSWER_MAX = 64 << 10;
const STALE = 301;
const TIMER_MAX = 2 ** 31 - 1;

/* What is overridden in a notice that is wrong on purpose. */
const WRONGS = {
	notice_bad_signature: () => ({ signature: wrongSignature() }),
	notice_stale: () => ({ timestamp: unixSeconds() - STALE }),
	notice_wrong_key: () => ({ apiv3_key: randomText(32) }),
	notice_other_amount: ({ plain }) => ({
		plain: {
			...plain,
			amount: { ...plain.amount, total: plain.amount.total + 1 },
		},
	}),
};

/* Alipay's, from the first to the last of eight. */
const ALIPAY_LADDER = [4 * M, 10 * M, 10 * M, H, 2 * H, 6 * H, 15 * H];

const ALIPAY_WRONGS = {
	notice_bad_signature: () => ({ signature: wrongSignature() }),
	notice_wrong_key: ({ keys }) => ({ key: keys.platform.private_key }),
	notice_other_amount: ({ plain }) => ({ params: { ...plain,
		total_amount: yuan(fenOf(plain.total_amount) + 1) } }),
};

function formAlipayNotice({ plain }, keys, what)
{
	return buildAlipayNotice({ params: plain, key: keys.alipay.private_key,
		...ALIPAY_WRONGS[what]?.({ plain, keys }) });
}

/* The message for a notice, right or with one thing wrong. */
function formNotice(notice, keys, what, now = Date.now())
{
	if (notice.provider === "alipay")
		return formAlipayNotice(notice, keys, what);

	const message = buildNotice({
		keys, id: notice.id, event_type: notice.event_type,
		summary: notice.summary, original_type: notice.original_type,
		create_time: notice.create_time, plain: notice.plain,
		timestamp: unixSeconds(now),
		...WRONGS[what]?.(notice),
	});
	const { headers } = message;

	if (what === "notice_probe") {
		headers["Wechatpay-Signature"] =
			probeSignature(headers["Wechatpay-Signature"]);
	}
	return message;
}

async function readAnswer(res)
{
	const parts = [];
	let n = 0;

	for await (const part of res) {
		n += part.length;
		if (n > ANSWER_MAX)
			throw new Error("the answer is too long");
		parts.push(part);
	}
	return { status: res.statusCode, body: Buffer.concat(parts).toString() };
}

/* POSTs once, follows nothing: {status, body} or {error}. */
async function post(url, { headers, body })
{
	const signal = AbortSignal.timeout(ANSWER_WITHIN);
	const { request } = url.startsWith("https:") ? https : http;

	try {
		return await new Promise((resolve, reject) => {
			const req = request(url, {
				method: "POST", agent: false, signal,
				headers: { ...headers,
					"Content-Length": Buffer.byteLength(body) },
			}, (res) => readAnswer(res).then(resolve, reject));

			req.on("error", reject);
			req.end(body);
		});
	} catch (e) {
		return { error: signal.aborted ? "no answer in time" : e.message };
	}
}

const taken = ({ provider }, { status, body }) => provider === "alipay" ?
	status === 200 && body === "success" : status === 200 || status === 204;

export class Notifier {
	#timers = new Map();

	constructor({ store, keys, scale, misbehave })
	{
		Object.assign(this, { store, keys, scale, misbehave });
	}

	/*
	 * Notes an event to tell; schedule() it once it is saved. kind:
	 * {original_type, event_type, summary, out_trade_no, url, plain, due}.
	 */
	record(kind)
	{
		const { what, ms } = this.misbehave.take("event", kind.original_type);
		const notice = {
			id: randomUUID(), create_time: rfc3339(kind.due), ...kind,
			due: what === "late_notice" ? kind.due + ms : kind.due,
			twice: what === "notice_twice", rung: 0, attempts: [],
			state: what === "no_notice" ? "withheld" : "waiting",
		};

		this.store.notices.set(notice.id, notice);
		return notice;
	}

	schedule(notice)
	{
		const wait = Math.max(0, notice.due - Date.now());

		if (notice.state !== "waiting")
			return;
		this.#timers.set(notice.id, setTimeout(
			() => this.#deliver(notice), Math.min(wait, TIMER_MAX)));
	}

	/* What an earlier run left undelivered goes on. */
	resume()
	{
		for (const notice of this.store.notices.values())
			this.schedule(notice);
	}

	stop()
	{
		for (const timer of this.#timers.values())
			clearTimeout(timer);
		this.#timers.clear();
	}

	/* Sends once more, now: the merchant's {status, body} or {error}. */
	async send(notice,
		what = this.misbehave.take("attempt", notice.original_type).what)
	{
		const at = Date.now();
		const message = formNotice(notice, this.keys, what,
			this.misbehave.now());
		const answer = await post(notice.url, message);

		notice.attempts.push({
			at: new Date(at).toISOString(), took_ms: Date.now() - at,
			what: what ?? null, headers: message.headers, ...answer,
		});
		if (taken(notice, answer)) {
			notice.state = "delivered";
			clearTimeout(this.#timers.get(notice.id));
			this.#timers.delete(notice.id);
		}
		return answer;
	}

	async #deliver(notice)
	{
		const sends = [this.send(notice)];

		this.#timers.delete(notice.id);
		if (notice.twice)
			sends.push(this.send(notice));
		notice.twice = false;
		await Promise.all(sends);
		if (this.store.notices.get(notice.id) !== notice)
			return; /* reset meanwhile */
		if (notice.state === "waiting")
			this.#climb(notice);
		await this.store.save();
		this.schedule(notice);
	}

	#climb(notice)
	{
		const ladder = notice.provider === "alipay" ? ALIPAY_LADDER : LADDER;

		if (notice.rung === ladder.length) {
			notice.state = "given_up";
			return;
		}
		notice.due = Date.now() + ladder[notice.rung] * 1000 * this.scale;
		notice.rung += 1;
	}
}
