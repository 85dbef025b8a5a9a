/*
 * Which statements a request runs: the limit of a figure has to run the same.
 */
import { statements } from "../stack/statements.mjs";

function escape(text)
{
	return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/* pattern: what the server's log shows of it, values filled in. A longer one
 * goes before what it begins with. */
const TABLE = statements().map(({ name, sql }) => ({ name, sql,
	pattern: new RegExp("^" + sql.split("?").map(escape).join("[^]*?") +
		"$") })).sort((a, b) => b.sql.length - a.sql.length);

/* What a worker asks once a second, whatever it serves. */
const OF_A_WORKER = ["AUDIT_SEALED_TO", "AUDIT_OVERDUE"];

export function textOf(name)
{
	return TABLE.find((s) => s.name === name).sql;
}

function nameOf(type, argument)
{
	if (type === "Query")
		return /^START TRANSACTION/i.test(argument) ? "BEGIN" :
			/^COMMIT/i.test(argument) ? "COMMIT" : argument;
	return TABLE.find((s) => s.pattern.test(argument))?.name ?? argument;
}

/* The names of what a program runs while send() is under way. */
async function traceOf(stack, program, send)
{
	await stack.db("SET GLOBAL log_output = 'TABLE'; " +
		"TRUNCATE mysql.general_log; SET GLOBAL general_log = 1");
	try {
		await send();
	} finally {
		await stack.db("SET GLOBAL general_log = 0");
	}
	const rows = await stack.db("SELECT command_type AS type, argument " +
		"FROM mysql.general_log WHERE command_type IN ('Execute', 'Query') " +
		`AND user_host LIKE 'calock\\_${program}%' ORDER BY event_time`);

	return rows.map(({ type, argument }) => nameOf(type, argument))
		.filter((name) => !/^(SET|set) /.test(name) &&
			!OF_A_WORKER.includes(name));
}

/*
 * Throws when the limit would run other statements than the product does for
 * the same work; repeats apart, which are the product's own doing.
 */
export async function checkSame(stack, program, group, send)
{
	const ours = await traceOf(stack, program, send);
	const limit = group.map(([name]) => name);
	const only = (a, b) => a.filter((name) => !b.includes(name));
	const more = only(ours, limit);
	const fewer = only(limit, ours);

	if (more.length + fewer.length > 0)
		throw new Error("the limit is not the product's own statements: " +
			`only ours ${more.join(" ") || "-"}, ` +
			`only the limit's ${fewer.join(" ") || "-"}`);
	return { ours: ours.length, limit: limit.length };
}
