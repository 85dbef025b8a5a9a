/* Reviewers and operators on their pages, as a script uses these. */
import { formsOf, multipart, ownFields } from "../stack/pages.mjs";
import { pdf } from "../stack/pdf.mjs";
import { Person } from "./person.mjs";

const TOGETHER = 5; /* cases that are dispatched at once */
const REASONS = ["seal_missing", "scan_unclear", "page_missing"];

const PAGES = ["/admin/", "/admin/?status=pending", "/admin/?state=paid",
	"/admin/work-orders", "/admin/invoices"];

/* The ids in a page's links below a path. */
function linked(html, path)
{
	return [...new Set([...html.matchAll(
		new RegExp(`href="${path}/([0-9a-z]{26})"`, "g"))].map((m) => m[1]))];
}

class Official extends Person {
	/* A page's HTML; "" when it is not to be had. */
	async page(path)
	{
		const { answer } = await this.call("page", { path },
			(client) => client.get(path));

		return answer === null ? "" : answer.bytes.toString("utf8");
	}

	look()
	{
		return this.page(this.random.pick(PAGES));
	}

	/* The form of a page whose action ends so, or undefined. */
	form(html, action)
	{
		return formsOf(html).find((f) => f.action?.endsWith(action));
	}
}

export class Reviewer extends Official {
	/* Sends a form that decides on the version it carries. */
	async #decide(id, html, kind, fields)
	{
		const form = this.form(html, `/${kind}`);

		if (form === undefined)
			return;
		const own = ownFields(form);
		const { op, answer } = await this.call(kind, { application: id,
			...(kind === "claim" || kind === "release" ? {} :
				{ named: Number(own.version) }) },
		(client) => client.form(form.action, { ...own, ...fields }),
		{ note: () => ({ application: id }) });

		return answer === null ? undefined : op;
	}

	async #review(id)
	{
		const path = `/admin/applications/${id}`;
		const { random } = this;

		await this.#decide(id, await this.page(path), "claim", {});
		const html = await this.page(path);

		if (random.chance(0.05))
			await this.#decide(id, html, "release", {});
		else if (random.chance(0.75))
			await this.#decide(id, html, "approve", { opinion: "" });
		else
			await this.#decide(id, html, "reject", { opinion: "请更正",
				reason: [random.pick(REASONS)],
				pin: ["business_licence", "address"] });
	}

	/* The oldest first, so that reviewers meet at the same case. */
	async step()
	{
		const waiting = linked(await this.page("/admin/?status=pending"),
			"/admin/applications");

		if (waiting.length === 0 || this.random.chance(0.1))
			return this.look();
		return this.#review(this.random.chance(0.3) ? waiting[0] :
			this.random.pick(waiting));
	}
}

/* No two are the same. */
let invoices = 0;
let serials = 0;

export class Operator extends Official {
	/* One form about many cases, each of which is an operation of its own:
	 * a refusal leaves open which of them it is about. */
	async #many(kind, form, ids, fields)
	{
		const { history } = this.soak;
		const ops = ids.map((id) => history.begin(kind, this.login,
			{ application: id }));
		const { op, answer } = await this.call("form", { kind },
			(client) => client.form(form.action,
				{ ...ownFields(form), ...fields, application: ids }));
		const outcome = op.outcome === "ok" ? "ok" : "unknown";

		for (const o of ops)
			history.end(o, outcome, { tries: op.tries });
		return answer?.headers.location;
	}

	#ticks(form)
	{
		return form.inputs.filter((i) => i.name === "application")
			.map((i) => i.value);
	}

	async #dispatch(html)
	{
		const form = this.form(html, "/dispatch");

		if (form === undefined)
			return undefined;
		const ids = this.random.shuffle(this.#ticks(form))
			.slice(0, 1 + this.random.below(TOGETHER));

		return this.#many("dispatch", form, ids, {});
	}

	/* A row each; those of new locks can be typed, and mostly are not yet. */
	#serials(form)
	{
		return form.inputs.filter((i) => i.name === "serial").map((i) =>
			i.type !== "hidden" && this.random.chance(0.3) ?
				`NEW${++serials}` : "");
	}

	async #finish(path)
	{
		const html = await this.page(path);
		const kind = this.random.chance(0.85) ? "complete" : "fail";
		const form = this.form(html, `/${kind}`);
		const ids = form === undefined ? [] : this.random.shuffle(
			this.#ticks(form)).slice(0, 1 + this.random.below(TOGETHER));

		if (ids.length > 0)
			await this.#many(kind, form, ids, kind === "fail" ?
				{ opinion: "CA 退回" } : { serial: this.#serials(form) });
	}

	async #issue(id)
	{
		const html = await this.page(`/admin/invoices/${id}`);
		const form = this.form(html, "/issue");

		if (form === undefined)
			return;
		const number = String(26332000000000000000n + BigInt(++invoices));
		const { bytes, type } = await multipart(
			{ ...ownFields(form), number }, pdf({ text: number }));

		await this.call("issue_invoice", { invoice: id, number },
			(client) => client.post(form.action, bytes,
				{ "Content-Type": type }));
	}

	/* Whoever comes first gets it, once. */
	async #handOver()
	{
		const [id] = this.random.shuffle(linked(
			await this.page("/admin/deliveries?state=ready"),
			"/admin/deliveries"));

		if (id === undefined)
			return;
		const form = this.form(await this.page(`/admin/deliveries/${id}`),
			"/collected");

		if (form !== undefined)
			await this.call("hand_over", { application: id }, (client) =>
				client.form(form.action, { ...ownFields(form),
					relation: "self", id_checked: "1" }));
	}

	async step()
	{
		const { random } = this;

		if (random.chance(0.15))
			return this.#handOver();
		if (random.chance(0.2)) {
			const [id] = random.shuffle(linked(
				await this.page("/admin/invoices"), "/admin/invoices"));

			return id === undefined ? undefined : this.#issue(id);
		}
		const html = await this.page("/admin/work-orders");
		const order = random.pick(linked(html, "/admin/work-orders"));
		const path = random.chance(0.6) ? await this.#dispatch(html) :
			order && `/admin/work-orders/${order}`;

		return path === undefined ? undefined : this.#finish(path);
	}
}
