/* Invoices that WeChat Pay's API issues: cases that can have one, what the
 * sandbox knows of it, and a worker that works at once. */
import assert from "node:assert/strict";

import { create, draft } from "./cases.mjs";
import { fieldsOf, multipart, page, textOf } from "./pages.mjs";
import { until } from "./parts.mjs";
import { pdf } from "./pdf.mjs";

export const FEE = 45_000;
const WAIT_MS = 60_000;

/* A stack's settings. */
export const BY_API = { scale: 0.01,
	env: { CALOCK_INVOICE_PROVIDER: "wechatpay" } };

let numbers = 0;

/* What an operator has issued elsewhere, brought on the invoice's page: its
 * number. */
export async function bring(operator, { id })
{
	const path = `/admin/invoices/${id}`;
	const number = String(26339000000000000000n + BigInt(++numbers));
	const { bytes, type } = await multipart({
		...fieldsOf(await page(operator, path), "/issue"), number }, pdf());
	const answer = await operator.post(`${path}/issue`, bytes,
		{ "Content-Type": type });

	assert.equal(answer.status, 303, textOf(answer.bytes.toString()));
	return number;
}

export class Invoices {
	constructor(stack, applicant)
	{
		this.stack = stack;
		this.applicant = applicant;
	}

	/* The way from a draft to its end is another test's; here it was gone.
	 * Paid by Alipay: WeChat Pay knows nothing of the order. */
	async completed(fee = FEE, provider = "alipay")
	{
		const { id } = await create(this.applicant, draft(this.applicant));

		await this.stack.db(`
			INSERT INTO orders (order_no, application_id, provider, state,
				amount_fen, created_by, expires_at)
			SELECT CONCAT('o', SUBSTR(id, 2)), id, '${provider}', 'paid',
				${fee}, account_id, NOW(6) FROM applications
			WHERE id = '${id}';
			INSERT INTO payments (id, order_no, application_id, provider,
				transaction_id, amount_fen, currency, paid_at, source)
			SELECT CONCAT('p', SUBSTR(id, 2)), CONCAT('o', SUBSTR(id, 2)),
				id, '${provider}', id, ${fee}, 'CNY', NOW(6), 'notice'
			FROM applications WHERE id = '${id}';
			UPDATE applications SET state = 'completed', fee_fen = ${fee},
				version = version + 1, paid_at = NOW(6),
				payment_id = CONCAT('p', SUBSTR(id, 2)),
				valid_from = '2026-11-24', valid_to = '2027-11-24'
			WHERE id = '${id}'`);
		return id;
	}

	path(id, rest = "")
	{
		return `/api/applications/${id}/invoice${rest}`;
	}

	async ask(id, members = {})
	{
		const { status, body } = await this.applicant.post(this.path(id),
			{ title_type: "organisation", ...members });

		assert.equal(status, 202, JSON.stringify(body));
		return body;
	}

	async correct(id, members = {})
	{
		const { status, body } = await this.applicant.post(
			this.path(id, "/correction"), { title_type: "individual",
				title: "周敏", reason: "抬头写错了", ...members });

		assert.equal(status, 202, JSON.stringify(body));
		return body;
	}

	async load(id)
	{
		return (await this.applicant.get(this.path(id))).body;
	}

	async row(id)
	{
		const [row] = await this.stack.db(`SELECT * FROM invoices
			WHERE id = '${id}'`);

		return row;
	}

	/* Until it is so; what waits for its turn gets it when `hurry`. */
	async until(invoiceId, state, hurry = true)
	{
		await until(async () => {
			if (hurry)
				await this.due(invoiceId);
			return (await this.row(invoiceId)).state === state;
		}, `the invoice is ${state}`, WAIT_MS);
		return this.row(invoiceId);
	}

	/* As if the time had passed for which it waits. The worker may be at it. */
	async due(invoiceId)
	{
		try {
			await this.stack.db(`UPDATE invoices SET next_at = NOW(6)
				WHERE id = '${invoiceId}' AND next_at > NOW(6);
			UPDATE invoice_tries SET asked_at = asked_at - INTERVAL 10 MINUTE
				WHERE invoice_id = '${invoiceId}'
				AND asked_at < NOW(6) - INTERVAL 5 SECOND`);
		} catch (e) {
			if (!e.message.includes("1213"))
				throw e;
		}
	}

	/* As if the worker that had it were gone for a minute. */
	over(where)
	{
		return this.stack.db(`UPDATE invoices SET next_at = NOW(6),
			calling_until = NULL WHERE ${where}`);
	}

	tries(invoiceId)
	{
		return this.stack.db(`SELECT id, n, state, problem FROM invoice_tries
			WHERE invoice_id = '${invoiceId}' ORDER BY id`);
	}

	/* "send sent worker": each step, with who took it. */
	async life(invoiceId)
	{
		return (await this.stack.db(`SELECT event, state, role
			FROM invoice_history WHERE invoice_id = '${invoiceId}'
			ORDER BY version`)).map((step) => Object.values(step).join(" "));
	}

	async sandbox(what, body)
	{
		const res = await fetch(`${this.stack.sandboxUrl}/sandbox/${what}`,
			body === undefined ? {} :
				{ method: "POST", body: JSON.stringify(body) });

		assert.equal(res.status, 200, what);
		return res.json();
	}

	misbehave(what, more = {})
	{
		return this.sandbox("misbehave", { what, ...more });
	}

	/* What the provider knows of the tries of one. */
	async there(invoiceId)
	{
		const ids = (await this.tries(invoiceId)).map((t) => t.id);

		return (await this.sandbox("orders")).invoices
			.filter((f) => ids.includes(f.fapiao_id));
	}

	/* Issued once there, and with us as it is there. */
	async assertOnce(invoiceId)
	{
		const row = await this.row(invoiceId);
		const good = (await this.there(invoiceId)).filter((f) =>
			f.status !== "ISSUE_FAILED");
		const files = await this.stack.db(`SELECT format FROM invoice_files
			WHERE invoice_id = '${invoiceId}' ORDER BY format`);
		const { length: told } = await this.stack.db(`SELECT id FROM messages
			WHERE event = 'invoice' AND channel = 'sms'
			AND application_id = '${row.application_id}'`);

		assert.deepEqual(good.map((f) => f.number), [row.number]);
		assert.equal(good[0].info.total_amount, Number(row.amount_fen));
		assert.deepEqual(files.map((f) => f.format), ["ofd", "pdf", "xml"]);
		assert.equal(told, (await this.stack.db(`SELECT id FROM invoices
			WHERE application_id = '${row.application_id}'
			AND number IS NOT NULL`)).length);
		return row;
	}
}
