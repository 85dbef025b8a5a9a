/* The payer and the provider: codes are scanned, notices come, or do not. */

/* How the provider behaves at the next payment. */
const WAYS = { well: 6, notice_twice: 2, no_notice: 1 };
const REPEATS = 0.3; /* how often it sends a notice that was taken again */

export class Payer {
	constructor(soak)
	{
		this.soak = soak;
	}

	async #sandbox(what, body)
	{
		const res = await fetch(
			`${this.soak.stack.sandboxUrl}/sandbox/${what}`,
			/* A kept connection may just be closed when it is used. */
			{ method: "POST", headers: { Connection: "close" },
				body: JSON.stringify(body) });

		return { status: res.status, body: await res.json(),
			bytes: Buffer.from("") };
	}

	/* By the person's luck; the order is one that was acknowledged. */
	async scan(person, c, { order_no, amount_fen })
	{
		const way = person.random.weighted(WAYS);

		if (way !== "well")
			await this.#sandbox("misbehave", { what: way });
		const { answer } = await person.call("scan",
			{ application: c.id, order_no, amount_fen },
			() => this.#sandbox("pay", { out_trade_no: order_no }),
			{ note: ({ body }) => ({ transaction: body.transaction_id }) });

		if (answer !== null && person.random.chance(REPEATS))
			await Promise.all([0, 1].map(() => person.call("notice",
				{ application: c.id, order_no },
				() => this.#sandbox("notice", { out_trade_no: order_no }))));
	}
}
