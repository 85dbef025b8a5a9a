/* What was acknowledged, refused or left open, and what is there. */
import { groupBy } from "./trail.mjs";

/* An operation's kind and the audit's action that it leaves, once. */
const LEAVES = { create: "create", save: "save", submit: "submit",
	withdraw: "withdraw", cancel: "cancel", discard: "discard",
	upload: "upload", remove_file: "remove_file", approve: "approve",
	reject: "reject", dispatch: "dispatch", complete: "complete",
	fail: "fail", request_invoice: "request_invoice" };

/* What is acknowledged to everybody who asks for it once it is done. */
const SHARED = ["complete"];

const acknowledged = (o) => o.outcome === "ok";
const possible = (o) => o.outcome !== "refused";
const actorOf = ({ accountOf }, { who }) => accountOf.get(who)?.id;

/*
 * By application, action and actor: at least as many rows as successes were
 * answered, at most those and the ones whose answer was lost.
 */
export function* counts(view)
{
	const key = (...parts) => parts.join(" ");
	const asked = groupBy(view.operations.filter((o) => o.kind in LEAVES &&
		o.application !== undefined),
	(o) => key(o.application, LEAVES[o.kind], actorOf(view, o)));
	const there = groupBy(view.audit.filter((a) =>
		Object.values(LEAVES).includes(a.action)),
	(a) => key(a.subject, a.action, a.actor_id));
	/* A create that was not answered does not know its application. */
	const isBorn = (what) => what.includes(" create ");

	for (const [what, ops] of asked) {
		const n = there.get(what)?.length ?? 0;
		const told = ops.filter(acknowledged).length;
		const least = SHARED.includes(ops[0].kind) ? Math.min(told, 1) : told;

		if (n < least)
			yield `${what}: ${n} of ${least} that were acknowledged`;
	}
	for (const [what, rows] of there) {
		const most = (asked.get(what) ?? []).filter(possible).length;

		if (rows.length > most && !isBorn(what))
			yield `${what}: ${rows.length} where ${most} were possible`;
	}
}

/* An application carries the mark of the one operation that made it. */
export function* creations(view)
{
	const made = groupBy(view.applications, (a) => a.handler_title);
	const creates = view.operations.filter((o) => o.kind === "create");
	const known = new Map(creates.map((o) => [o.id, o]));

	for (const o of creates) {
		const rows = made.get(o.id) ?? [];
		const [row] = rows;

		if (rows.length > 1)
			yield `${o.id} made ${rows.length} applications`;
		if (acknowledged(o) && (row?.id !== o.application ||
		    row.batch_no !== o.batch_no ||
		    row.account_id !== actorOf(view, o)))
			yield `${o.id}: ${o.application} ${o.batch_no} is lost`;
		if (o.outcome === "refused" && row !== undefined)
			yield `${o.id} was refused and made ${row.id}`;
	}
	for (const [mark, [row]] of made)
		if (!known.has(mark))
			yield `nobody asked for ${row.id}`;
}

/* Of those that named a version at most one won, and its step is there. */
export function* winners(view)
{
	for (const { id, steps, operations } of view.cases.values()) {
		const named = groupBy(operations.filter((o) =>
			acknowledged(o) && o.named !== undefined), (o) => o.named);

		for (const [version, ops] of named) {
			if (ops.length > 1)
				yield `${id} version ${version} has winners ` +
					ops.map((o) => o.id).join(", ");
			for (const o of ops)
				if (!steps.some((s) => s.version === version + 1 &&
				    s.action === o.kind && s.actor === actorOf(view, o)))
					yield `${o.id}: ${o.kind} of ${id} version ` +
						`${version} is lost`;
		}
	}
}

/* Which operation may have made the text that a version has. */
function writersOf({ steps, operations }, version)
{
	const last = steps.filter((s) => s.version <= version &&
		["create", "save"].includes(s.action)).at(-1);
	const writers = operations.filter((o) => possible(o) &&
		o.kind === last?.action &&
		(o.kind === "create" || o.named === last.version - 1));
	const sure = writers.filter(acknowledged);

	return (sure.length > 0 ? sure : writers).map((o) => o.id);
}

/* The text is the last writer's, at the end and whenever it was read. */
export function* texts(view)
{
	for (const c of view.cases.values()) {
		const seen = [{ version: c.version, mark: c.project_name, id: "row" },
			...c.operations.filter((o) => acknowledged(o) &&
				o.mark !== undefined)];
		/* Also when its creator never heard of it. */
		const creator = view.operationOf.get(c.handler_title);
		const operations = c.operations.includes(creator) ||
			creator === undefined ? c.operations :
			[...c.operations, creator];

		for (const { version, mark, id } of seen) {
			const writers = writersOf({ steps: c.steps, operations },
				version);

			if (!writers.includes(mark))
				yield `${c.id} version ${version} as ${id} has ` +
					`${mark}, not ${writers.join(" or ")}`;
		}
	}
}

/* Who asks after an answer never sees an older application than it told. */
export function* order({ cases })
{
	for (const { id, operations } of cases.values()) {
		const told = operations.filter((o) => acknowledged(o) &&
			o.version !== undefined);
		const ended = [...told].sort((a, b) => a.ended - b.ended);
		let newest = 0;
		let i = 0;

		for (const o of [...told].sort((a, b) => a.begun - b.begun)) {
			for (; i < ended.length && ended[i].ended < o.begun; i++)
				newest = Math.max(newest, ended[i].version);
			if (o.version < newest)
				yield `${o.id} saw ${id} version ${o.version} ` +
					`after ${newest}`;
		}
	}
}

/* A file's bytes are one upload's; they come back as they were. */
export function* uploads(view)
{
	const rows = groupBy(view.attachments, (a) => a.sha256);
	const ids = new Map(view.attachments.map((a) => [a.id, a]));

	for (const o of view.operations.filter((op) => op.kind === "upload")) {
		const own = rows.get(o.sha256) ?? [];

		if (own.length > 1)
			yield `${o.id} was stored ${own.length} times`;
		if (acknowledged(o) && own[0]?.id !== o.attachment)
			yield `${o.id}: attachment ${o.attachment} is lost`;
		if (o.outcome === "refused" && own.length > 0)
			yield `${o.id} was refused and left ${own[0].id}`;
		if (acknowledged(o) && o.acknowledged_sha256 !== o.sha256)
			yield `${o.id} was acknowledged with other bytes`;
	}
	for (const o of view.operations) {
		if (o.kind === "download" && acknowledged(o) &&
		    o.acknowledged_sha256 !== o.sha256)
			yield `${o.id} got other bytes of ${o.attachment}`;
		if (o.kind === "remove_file" && acknowledged(o) &&
		    ids.get(o.attachment)?.removed_at === null)
			yield `${o.id}: ${o.attachment} is there again`;
	}
}

/* Orders as they were told, and paid ones in the books. */
export function* payments(view)
{
	const orderOf = new Map(view.orders.map((o) => [o.order_no, o]));
	const booked = new Map([...view.payments, ...view.notices
		.filter((n) => n.outcome === "unmatched")]
		.map((p) => [p.transaction_id, p]));

	for (const o of view.operations.filter(acknowledged)) {
		if (o.kind === "order") {
			const row = orderOf.get(o.order_no);

			if (row?.application_id !== o.application ||
			    Number(row.amount_fen) !== o.amount_fen)
				yield `${o.id}: order ${o.order_no} is lost`;
		}
		if (o.kind === "scan" &&
		    booked.get(o.transaction)?.order_no !== o.order_no)
			yield `${o.id}: the payment ${o.transaction} is lost`;
	}
}

export function* invoices(view)
{
	const known = new Map(view.invoices.map((i) => [i.id, i]));

	for (const o of view.operations.filter(acknowledged)) {
		if (o.kind === "request_invoice" &&
		    known.get(o.invoice)?.application_id !== o.application)
			yield `${o.id}: invoice ${o.invoice} is lost`;
		if (o.kind === "issue_invoice" &&
		    known.get(o.invoice)?.number !== o.number)
			yield `${o.id}: number ${o.number} is lost`;
	}
}

/* Sessions: a sign-in that is sent again may begin another one. */
export function* sessions(view)
{
	const asked = groupBy(view.operations.filter((o) =>
		["sign_in", "sign_out"].includes(o.kind)),
	(o) => `${actorOf(view, o)} ${o.kind}`);

	for (const [what, ops] of asked) {
		const [account, action] = what.split(" ");
		const n = (view.auditOf.get(account) ?? [])
			.filter((a) => a.action === action).length;
		const sum = (list, of) => list.reduce((all, o) => all + of(o), 0);
		const least = ops.filter(acknowledged).length;
		const most = sum(ops.filter(possible),
			action === "sign_in" ? (o) => o.tries : () => 1);

		if (n < least || n > most)
			yield `${what}: ${n}, not ${least} to ${most}`;
	}
}
