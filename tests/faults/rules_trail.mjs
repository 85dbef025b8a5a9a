/* What was written down about each application, and the row itself. */

/* What makes a version; a save is not told in 处理历史. */
const told = (steps) => steps.filter((s) => s.action !== "save");

/* Versions dense from 1, none twice, none skipped, the row's own the last. */
export function* versions({ cases })
{
	for (const { id, version, steps } of cases.values()) {
		const seen = steps.map((s) => s.version);

		for (const [i, v] of seen.entries()) {
			if (seen.indexOf(v) !== i)
				yield `${id} has version ${v} twice`;
			else if (i > 0 && v !== seen[i - 1] + 1)
				yield `${id} skips from version ${seen[i - 1]} to ${v}`;
		}
		if (seen[0] !== 1)
			yield `${id} begins with version ${seen[0]}`;
		if (seen.at(-1) !== version)
			yield `${id} is at version ${version}, its trail at ` +
				`${seen.at(-1)}`;
	}
}

/* Every step is a row of state.def, taken by whom it may be. */
export function* transitions({ cases, moves })
{
	for (const { id, state, steps } of cases.values()) {
		let at = null;

		for (const { action, from, to, role, version } of steps) {
			const move = moves.find((m) =>
				m.from === at && m.action === action);
			const next = action === "save" ? at : to;
			const isStart = at === null && action === "create" &&
				role === "applicant";

			if (!isStart && (move === undefined || move.to !== next ||
			    !move.by.includes(role) || (from ?? at) !== at))
				yield `${id} version ${version}: ${action} from ${at} ` +
					`to ${next} by ${role}`;
			at = next;
		}
		if (at !== state)
			yield `${id} is ${state}, its trail ends in ${at}`;
	}
}

/* History and audit tell the same. */
export function* twoTrails({ cases })
{
	const key = (version, action, actor) => `${version} ${action} ${actor}`;

	for (const { id, steps, history } of cases.values()) {
		const audit = told(steps).map((s) =>
			key(s.version, s.action, s.actor));
		const shown = history.map((h) =>
			key(h.version, h.action, h.actor_id));

		for (const row of shown)
			if (!audit.includes(row))
				yield `${id}: no audit row for history ${row}`;
		for (const row of audit)
			if (!shown.includes(row))
				yield `${id}: no history row for audit ${row}`;
		if (new Set(shown).size !== shown.length)
			yield `${id}: a history row twice`;
	}
}

/* Rows of applications that are not there. */
export function* strays({ cases, history, attachments, payments, orders })
{
	const tables = { history, attachments, payments, orders };

	for (const [table, rows] of Object.entries(tables))
		for (const row of rows)
			if (!cases.has(row.application_id))
				yield `${table}: a row of ${row.application_id}, ` +
					"which is not there";
}

function count(audit, ...actions)
{
	return audit.filter((a) => actions.includes(a.action)).length;
}

/* Counters that submits, uploads and removals move. */
export function* counters({ cases })
{
	for (const c of cases.values()) {
		const rounds = count(c.audit, "submit");
		const changes = 1 + count(c.audit, "upload", "remove_file");

		if (Number(c.round) !== rounds)
			yield `${c.id}: round ${c.round} after ${rounds} submits`;
		if (Number(c.attachments_version) !== changes)
			yield `${c.id}: attachments_version ` +
				`${c.attachments_version}, not ${changes}`;
	}
}

/* What a case's steps have to leave, of these actions: [id, action]. */
const stepsOf = (cases, actions) => [...cases.values()].flatMap(
	({ id, steps }) => steps.filter(({ action }) => actions.includes(action))
		.map(({ action }) => [id, action]));

/* What people are told of a step by a word of its own. */
const TOLD_AS = { send: "delivery_sent", correct_sending: "delivery_sent",
	return: "delivery_returned" };

/* Each decision has its review, each told step its message, and each refund
 * that left something of the payment, and each invoice; and no other. */
export function* companions({ cases, reviews, messages, refunds, invoices })
{
	const told = [...stepsOf(cases, ["approve", "reject", "pay", "fail",
		"complete", "refund_in_full"]), ...stepsOf(cases, Object.keys(TOLD_AS))
		.map(([id, action]) => [id, TOLD_AS[action]])];
	const lapsed = [...cases.values()].flatMap(({ id, steps }) =>
		steps.filter((s) => s.action === "cancel" && s.role === "worker")
			.map(() => [id, "cancel"]));
	const back = refunds.filter((r) => r.state === "done" &&
		r.application_id !== null).map((r) => [r.application_id, "refund"]);
	const whole = told.filter(([, action]) => action === "refund_in_full")
		.map(([id]) => [id, "refund"]);
	const issued = invoices.filter((i) => i.number !== null)
		.map((i) => [i.application_id, "invoice"]);
	const tables = { review: [reviews.map((r) =>
		[r.application_id, r.decision]),
	stepsOf(cases, ["approve", "reject"])],
	message: [[...messages.map((m) => [m.application_id, m.event]), ...whole],
		[...told, ...lapsed, ...back, ...issued]] };

	for (const [name, [rows, wanted]] of Object.entries(tables)) {
		const left = new Map();
		const add = (n) => ([id, action]) => left.set(`${id} ${action}`,
			(left.get(`${id} ${action}`) ?? 0) + n);

		rows.forEach(add(1));
		wanted.forEach(add(-1));
		for (const [what, n] of left)
			if (n !== 0)
				yield `${what}: ${Math.abs(n)} ${name} too ` +
					`${n > 0 ? "many" : "few"}`;
	}
}
