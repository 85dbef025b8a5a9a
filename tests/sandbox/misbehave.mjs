/*
 * What a script can ask to go wrong next. Each kind belongs to a moment:
 *   event    a notice comes up      attempt  a notice is formed and sent
 *   request  before a call is done  answer   after it was done
 *   refund   a refund is taken: how it ends
 *   bill     a bill is asked for; `on` is the provider
 *   invoice  an invoice is taken, or its red one: how it ends; `on` is
 *            issue or reverse
 *   file     an invoice's files are listed
 */
export const MOMENTS = {
	late_notice: "event",
	no_notice: "event",
	notice_twice: "event",
	notice_bad_signature: "attempt",
	notice_probe: "attempt",
	notice_stale: "attempt",
	notice_other_amount: "attempt",
	notice_wrong_key: "attempt",
	hang: "request",
	error_500: "request",
	rate_limited: "request",
	not_enough: "request",
	not_granted: "request",
	refund_slow: "refund",
	refund_abnormal: "refund",
	refund_closed: "refund",
	answer_bad_signature: "answer",
	answer_unsigned: "answer",
	applied_then_drop: "answer",
	bill_creating: "bill",
	bill_none: "bill",
	bill_wrong_hash: "bill",
	bill_truncated: "bill",
	bill_garbage: "bill",
	bill_bomb: "bill",
	bill_missing_line: "bill",
	bill_extra_line: "bill",
	bill_amount: "bill",
	bill_fee: "bill",
	bill_state: "bill",
	invoice_slow: "invoice",
	invoice_fails: "invoice",
	file_expired: "file",
	file_not_pdf: "file",
	file_wrong_digest: "file",
	file_pdf_alone: "file",
};

const LATE_MS = 3000;

export class Misbehaviour {
	#armed = [];
	clockMs = 0; /* that the provider's clock is ahead, for good */

	/*
	 * The next `times` interactions do `what`. `on` narrows them to one
	 * call (native, query, close, refund, …) or notice (transaction,
	 * refund). Says what is wrong with the order, or null.
	 */
	arm({ what, times = 1, ms = LATE_MS, on = null })
	{
		if (!Object.hasOwn(MOMENTS, what))
			return `what: one of ${Object.keys(MOMENTS).join(", ")}`;
		if (!Number.isSafeInteger(times) || times < 1)
			return "times: a whole number from 1";
		if (!Number.isSafeInteger(ms) || ms < 0)
			return "ms: a whole number from 0";
		if (on !== null && typeof on !== "string")
			return "on: the name of a call or notice";
		this.#armed.push({ what, times, ms, on });
		return null;
	}

	/* What goes wrong at this moment with this subject: {what, ms}. */
	take(moment, subject)
	{
		const found = this.#armed.find((a) => MOMENTS[a.what] === moment &&
			(a.on === null || a.on === subject));

		if (found === undefined)
			return {};
		found.times -= 1;
		if (found.times === 0)
			this.#armed.splice(this.#armed.indexOf(found), 1);
		return { what: found.what, ms: found.ms };
	}

	/* What the provider's clock shows. */
	now()
	{
		return Date.now() + this.clockMs;
	}

	clear()
	{
		this.clockMs = 0;
		this.#armed = [];
	}

	toJSON()
	{
		return this.#armed;
	}
}
