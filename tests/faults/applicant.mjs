/* An applicant at work on the cases of the unit, which others share. */
import crypto from "node:crypto";

import { KINDS, draft } from "../stack/cases.mjs";
import { pdf } from "../stack/pdf.mjs";
import { Person } from "./person.mjs";

const FILE_MOST = 40 << 10;
const OPEN_MOST = 12; /* cases of a unit that are not over */
const WITH_OFFICE = ["pending", "paid", "processing"];
const OVER = ["cancelled", "discarded", "refunded"];
/* What is done next with a case, by its state, and how often. */
const NEXT = {
	editing: { save: 3, upload: 6, submit: 8, removeFile: 0.3, discard: 0.3,
		race: 1.5 },
	pending: { withdraw: 0.5, race: 0.5, show: 2 },
	rejected: { save: 3, submit: 4, cancel: 1, removeFile: 0.5, upload: 1,
		race: 1 },
	approved: { pay: 9, cancel: 0.5, race: 0.5 },
	paid: { show: 1, invoice: 0.1 },
	processing: { show: 1 },
	completed: { invoice: 3, activate: 2 },
};
const READS = ["/api/session", "/api/applications?limit=20",
	"/api/applications?status=pending", "/api/form?type=enterprise",
	"/api/locks", "/api/payments", "/api/invoices", "/api/invoice-titles"];
/* Two of these at once on one version: at most one can win. */
const RACES = ["save", "save", "submit", "withdraw", "cancel", "discard"];

const pathOf = (c, rest = "") => `/api/applications/${c.id}${rest}`;
const sha256 = (bytes) =>
	crypto.createHash("sha256").update(bytes).digest("hex");

/* What an answer says about an application. */
function noteApplication({ body })
{
	return { application: body.id, version: body.version, state: body.state,
		mark: body.project_name };
}

/* The cases of one unit, as its people last heard of them. */
export class Unit {
	cases = new Map();

	constructor(locks)
	{
		this.locks = locks;
	}

	learn({ id, version, state, category, attachments })
	{
		const known = this.cases.get(id);

		if (known !== undefined && known.version > version)
			return known;
		const now = Object.assign(known ?? { id }, { version, state, category,
			files: attachments.map((a) => ({ id: a.id, kind: a.kind,
				sha256: a.sha256 })) });

		if (OVER.includes(state))
			this.cases.delete(id);
		else
			this.cases.set(id, now);
		return now;
	}

	forget(c)
	{
		this.cases.delete(c.id);
	}
}

export class Applicant extends Person {
	constructor(soak, login, random, unit)
	{
		super(soak, login, random);
		this.unit = unit;
	}

	/* -- one operation each -- */

	#learn({ op, answer })
	{
		if (answer?.body?.batch_no !== undefined)
			this.unit.learn(answer.body);
		return op;
	}

	async create()
	{
		const { unit, random, client } = this;
		const isRenewal = unit.locks.length > 0 && random.chance(0.3);
		const { body: form } = (await this.read("/api/form?type=enterprise"))
			.answer ?? {};

		if (form === undefined)
			return;
		const fields = draft(client, isRenewal ?
			{ category: "renewal", lock_serial: random.pick(unit.locks) } :
			{ years: 1 + random.below(3), business: random.pick(
				["certificate", "certificate_and_seal"]),
			second_reason: random.chance(0.9) ? "再办一把" : null });

		this.#learn(await this.call("create", {}, (c, headers, op) =>
			c.post("/api/applications", { type: "enterprise",
				consent_version: form.consent.version, ...fields,
				project_name: op.id, handler_title: op.id }, headers),
		{ isKeyed: true, note: (answer) => ({ ...noteApplication(answer),
			batch_no: answer.body.batch_no }) }));
	}

	read(path)
	{
		return this.call("read", { path }, (client) => client.get(path));
	}

	async show(c)
	{
		const { op, answer } = await this.call("show", { application: c.id },
			(client) => client.get(pathOf(c)), { note: noteApplication });

		this.#learn({ op, answer });
		if (op.outcome === "refused")
			this.unit.forget(c);
	}

	async save(c)
	{
		const named = c.version;

		return this.#learn(await this.call("save",
			{ application: c.id, named }, (client, _, op) =>
				client.put(pathOf(c), { version: named,
					project_name: op.id }), { note: noteApplication }));
	}

	/* A move that names the version it was decided on. */
	async #move(kind, c)
	{
		const named = c.version;

		return this.#learn(await this.call(kind,
			{ application: c.id, named }, (client, headers) =>
				client.post(pathOf(c, `/${kind}`), { version: named },
					headers), { isKeyed: true, note: noteApplication }));
	}

	async submit(c)
	{
		const op = await this.#move("submit", c);

		/* A lock that cannot be renewed, or another case that is live. */
		if (op.code === "already_live" || (op.code === "invalid" &&
		    this.#missing(c).length === 0))
			await this.discard(c);
	}

	withdraw(c)
	{
		return this.#move("withdraw", c);
	}

	cancel(c)
	{
		return this.#move("cancel", c);
	}

	async discard(c)
	{
		const named = c.version;

		return (await this.call("discard", { application: c.id, named },
			(client) => client.del(pathOf(c),
				{ "If-Match": `"${named}"` }))).op;
	}

	#missing(c)
	{
		return KINDS[c.category].filter((kind) =>
			!c.files.some((f) => f.kind === kind));
	}

	/* What is missing, or one more. */
	async upload(c)
	{
		const kind = this.#missing(c)[0] ??
			this.random.pick(KINDS[c.category]);
		const extra = this.random.below(FILE_MOST);
		let bytes;

		const { op } = await this.call("upload", { application: c.id },
			(client, headers, o) => {
				bytes ??= pdf({ text: o.id, bytes: extra });
				o.sha256 = sha256(bytes);
				return client.upload(c.id, kind, bytes,
					{ name: `${o.id}.pdf`, headers });
			}, { isKeyed: true, note: ({ body }) =>
				({ attachment: body.id, size: body.size,
					acknowledged_sha256: body.sha256 }) });

		if (op.outcome === "ok")
			c.files.push({ id: op.attachment, kind, sha256: op.sha256 });
	}

	async removeFile(c)
	{
		const file = this.random.pick(c.files);

		if (file === undefined)
			return;
		c.files = c.files.filter((f) => f !== file);
		await this.call("remove_file",
			{ application: c.id, attachment: file.id }, (client) =>
				client.del(pathOf(c,
					`/attachments/${file.kind}/${file.id}`)));
	}

	/* The bytes must be those that were acknowledged. */
	async download(c)
	{
		const file = this.random.pick(c.files);

		if (file !== undefined)
			await this.call("download", { application: c.id,
				attachment: file.id, sha256: file.sha256 }, (client) =>
				client.get(pathOf(c,
					`/attachments/${file.kind}/${file.id}`)),
			{ note: ({ bytes }) => ({ acknowledged_sha256: sha256(bytes) }) });
	}

	/* Opens an order and scans its code. */
	async pay(c)
	{
		const { op, answer } = await this.call("order",
			{ application: c.id }, (client, headers) =>
				client.post(pathOf(c, "/payment"),
					{ provider: "wechatpay" }, headers),
			{ isKeyed: true, note: ({ body }) => ({ order_no: body.order_no,
				amount_fen: body.amount_fen }) });

		if (answer !== null && answer.body.status === "open" &&
		    !this.random.chance(0.1))
			await this.soak.payer.scan(this, c, op);
		await this.show(c);
	}

	async invoice(c)
	{
		const { op } = await this.call("request_invoice",
			{ application: c.id }, (client, headers) =>
				client.post(pathOf(c, "/invoice"), {
					title_type: "organisation",
					email: "caiwu@example.com" }, headers),
			{ isKeyed: true, note: ({ body }) => ({ invoice: body.id }) });

		if (op.outcome !== "unknown" && c.state === "completed")
			this.unit.forget(c);
	}

	/* Said again, by whomever, it is done already. */
	async activate(c)
	{
		return this.#learn(await this.call("activate", { application: c.id },
			(client, headers) => client.post(pathOf(c, "/activation"), {},
				headers), { isKeyed: true, note: noteApplication }));
	}

	/* Two windows, one version. */
	async race(c)
	{
		const kinds = [this.random.pick(RACES), this.random.pick(RACES)];
		const seen = { ...c };

		await Promise.all(kinds.map((kind) => this[kind](seen)));
		await this.show(c);
	}

	/* -- the day's work -- */

	async #session()
	{
		await this.signOut();
		await this.signIn();
	}

	#look(c)
	{
		if (c === undefined || this.random.chance(0.5))
			return this.read(this.random.pick(READS));
		return this.random.chance(0.8) ? this.show(c) : this.download(c);
	}

	/* Mostly one that waits for the unit, not for the office. */
	#pick(cases)
	{
		const { random } = this;
		const ours = cases.filter((c) => !WITH_OFFICE.includes(c.state));

		return random.pick(ours.length > 0 && random.chance(0.85) ?
			ours : cases);
	}

	async step()
	{
		const { random, unit } = this;
		const cases = [...unit.cases.values()];
		const c = this.#pick(cases);

		if (random.chance(0.005))
			return this.#session();
		if (random.chance(0.4))
			return this.#look(c);
		if (c === undefined || (cases.length < OPEN_MOST &&
		    random.chance(0.2)))
			return this.create();
		const next = random.weighted(NEXT[c.state] ?? { show: 1 });

		if (next === "submit" && this.#missing(c).length > 0)
			return this.upload(c);
		return this[next](c);
	}
}
