/* The history and what is there, arranged by what it is about. */

const MOVING = /^(\w+) -> (\w+) version (\d+)$/;
const SAVING = /^version (\d+)$/;

export function groupBy(list, keyOf)
{
	const groups = new Map();

	for (const item of list) {
		const key = keyOf(item);

		if (!groups.has(key))
			groups.set(key, []);
		groups.get(key).push(item);
	}
	return groups;
}

/* An audit row that made a version: {version, action, from, to, …}; null of
 * one that made none. */
function stepOf(row)
{
	const { action, detail, actor_id, role } = row;
	const moving = MOVING.exec(detail);
	const saving = action === "save" ? SAVING.exec(detail) : null;
	const step = { action, actor: actor_id, role };

	if (action === "create")
		return { ...step, version: 1, to: "editing" };
	if (saving !== null)
		return { ...step, version: Number(saving[1]) };
	if (moving !== null)
		return { ...step, version: Number(moving[3]), from: moving[1],
			to: moving[2] };
	return null;
}

/* Everything about one application. */
function caseOf(row, { audit, history, operations, attachments })
{
	const of = (groups) => groups.get(row.id) ?? [];

	return { ...row, version: Number(row.version),
		audit: of(audit), history: of(history),
		operations: of(operations), attachments: of(attachments),
		steps: of(audit).map(stepOf).filter((s) => s !== null)
			.sort((a, b) => a.version - b.version) };
}

/* facts and the history's operations as the rules look at them. */
export function arrange(operations, facts)
{
	const groups = {
		audit: groupBy(facts.audit, (a) => a.subject),
		history: groupBy(facts.history, (h) => h.application_id),
		attachments: groupBy(facts.attachments, (a) => a.application_id),
		operations: groupBy(operations, (o) => o.application),
	};

	return { ...facts, operations,
		operationOf: new Map(operations.map((o) => [o.id, o])),
		accountOf: new Map(facts.accounts.map((a) => [a.login, a])),
		auditOf: groups.audit,
		cases: new Map(facts.applications.map((row) =>
			[row.id, caseOf(row, groups)])) };
}
