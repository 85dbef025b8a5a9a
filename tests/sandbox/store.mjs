/*
 * What the provider knows: orders, refunds, invoices and notices, in memory
 * and in DIR/orders.json. Plain data only; what it means is decided in
 * trade.mjs and its like.
 */
import fs from "node:fs";
import path from "node:path";

const FILE = "orders.json";

export class Store {
	#file;
	#writing = null; /* the write under way */
	#next = null;	 /* the one after it, shared by all who wait */
	invoice_config = {}; /* the merchant's settings, which are no record */

	constructor(dir)
	{
		this.#file = path.join(dir, FILE);
		this.clear();
		if (fs.existsSync(this.#file))
			this.#load(JSON.parse(fs.readFileSync(this.#file, "utf8")));
	}

	clear()
	{
		this.orders = new Map();  /* by out_trade_no */
		this.refunds = new Map(); /* by out_refund_no */
		this.notices = new Map(); /* by event id */
		this.invoices = new Map(); /* by fapiao_id */
	}

	#load({ orders, refunds, notices, invoices = [], invoice_config = {} })
	{
		this.invoices = new Map(invoices.map((f) => [f.fapiao_id, f]));
		this.invoice_config = invoice_config;
		this.orders = new Map(orders.map((o) => [o.out_trade_no, o]));
		this.refunds = new Map(refunds.map((r) => [r.out_refund_no, r]));
		this.notices = new Map(notices.map((n) => [n.id, n]));
	}

	toJSON()
	{
		return {
			orders: [...this.orders.values()],
			refunds: [...this.refunds.values()],
			notices: [...this.notices.values()],
			invoices: [...this.invoices.values()],
			invoice_config: this.invoice_config,
		};
	}

	/* By the code that is scanned, also one that no longer works. */
	orderByCode(codeUrl)
	{
		return [...this.orders.values()]
			.find((o) => o.codes.some((c) => c.code_url === codeUrl));
	}

	orderByTransaction(id)
	{
		return [...this.orders.values()]
			.find((o) => o.transaction_id === id);
	}

	refundsOf(order)
	{
		return [...this.refunds.values()]
			.filter((r) => r.out_trade_no === order.out_trade_no);
	}

	invoicesOf(applyId)
	{
		return [...this.invoices.values()]
			.filter((f) => f.fapiao_apply_id === applyId);
	}

	/*
	 * Resolves when everything up to now is in the file. Calls during a
	 * write share the next one.
	 */
	save()
	{
		if (this.#next !== null)
			return this.#next;
		if (this.#writing === null)
			return this.#start();
		this.#next = this.#writing
			.catch(() => {}) /* its own caller hears of it */
			.then(() => this.#start());
		return this.#next;
	}

	#start()
	{
		this.#next = null;
		this.#writing = this.#write().finally(() => {
			this.#writing = null;
		});
		return this.#writing;
	}

	async #write()
	{
		const aside = `${this.#file}.${process.pid}.new`;

		await fs.promises.writeFile(aside, JSON.stringify(this),
			{ mode: 0o600 });
		await fs.promises.rename(aside, this.#file);
	}
}
