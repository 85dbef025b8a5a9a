/*
 * How long an account has to wait after failures, which is a second at first:
 * less than a busy machine may take to the next request.
 */
import assert from "node:assert/strict";

const HELD = 3600;
const FAILED = "'sign_in_failed', 'second_factor_failed'";

/* The seconds that the last failure made it wait; from now on they are an hour
 * more. */
export async function holdWait(stack, login)
{
	const [{ wait }] = await stack.db(`SELECT ROUND(TIMESTAMPDIFF(MICROSECOND,
		(SELECT MAX(at) FROM audit WHERE subject = a.id AND
		action IN (${FAILED})), retry_at) / 1e6) AS wait
		FROM accounts a WHERE login = '${login}'`);

	await stack.db(`UPDATE accounts SET retry_at = retry_at +
		INTERVAL ${HELD} SECOND WHERE login = '${login}'`);
	return Number(wait);
}

/* The rest of what it was. */
export function letGo(stack, login)
{
	return stack.db(`UPDATE accounts SET retry_at = retry_at -
		INTERVAL ${HELD} SECOND WHERE login = '${login}'`);
}

/* Told to wait for what is left of it. */
export function assertHeld({ headers }, wait)
{
	const told = Number(headers["retry-after"]);

	assert.ok(told > HELD / 2 + wait && told <= HELD + wait, `${told} s`);
}
