/* Paid cases and work orders, as the tests about them need them. */
import { addApplicant, create, draft, force } from "./cases.mjs";
import { signIn } from "./client.mjs";
import { act } from "./pages.mjs";

/*
 * A case that was paid so many days ago, of a unit of its own: {id, batchNo,
 * client, account}. With a lock ([serial, days until it ends]) a renewal of it.
 */
export async function paidCase(stack, { days = 1, lock, ...fields } = {})
{
	const account = await addApplicant(stack,
		lock === undefined ? [] : [[lock[0], "main", lock[1]]]);
	const client = await signIn(stack, account);
	const { id, batch_no } = await create(client, draft(client, {
		...lock === undefined ? {} :
			{ category: "renewal", lock_serial: lock[0] }, ...fields }));

	await force(stack, id, "paid");
	await stack.db(`UPDATE applications SET paid_at =
		NOW(6) - INTERVAL ${days} DAY WHERE id = '${id}'`);
	return { id, batchNo: batch_no, client, account };
}

/* A work order of these cases: its path. */
export function dispatched(operator, cases)
{
	return act(operator, "/admin/work-orders", "/dispatch",
		{ application: cases.map(({ id }) => id) });
}

export async function stateOf(stack, id)
{
	const [row] = await stack.db(
		`SELECT state FROM applications WHERE id = '${id}'`);

	return row.state;
}

/* Today in Shanghai, and days from it. */
export function day(days = 0)
{
	return new Date(Date.now() + 8 * 3600_000 + days * 86_400_000)
		.toISOString().slice(0, 10);
}

export function yearsAfter(date, years)
{
	const [year, rest] = [Number(date.slice(0, 4)), date.slice(4)];
	const after = `${year + years}${rest}`;

	return new Date(`${after}T00:00:00Z`).toISOString().startsWith(after) ?
		after : `${year + years}-02-28`;
}
