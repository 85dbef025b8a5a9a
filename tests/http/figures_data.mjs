/*
 * 600 cases of one applicant, from five months ago on, in every state, with
 * the steps that lead there, reasons, money and refunds, all of it before this
 * month; and what the tables say of them, worked out from the rows themselves.
 */
export const CASES = 600;

/* The months, earliest first, before the one that it is in Shanghai. */
export const MONTHS = [5, 4, 3, 2, 1].map((back) => {
	const now = new Date(Date.now() + 8 * 3_600_000);

	return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1))
		.toISOString().slice(0, 7);
});
const BEGAN = `${MONTHS[0]}-01 01:00:00`;

const id = (prefix, n) => `CONCAT('01k${prefix}', LPAD(${n}, ` +
	`${23 - prefix.length}, '0'))`;
const at = `'${BEGAN}' + INTERVAL seq * 4 HOUR`;
const state = `ELT(1 + seq MOD 10, 'completed', 'completed', 'completed',
	'editing', 'rejected', 'approved', 'paid', 'cancelled', 'refunded',
	'discarded')`;
const hasMoney = "state IN ('paid', 'completed', 'refunded')";
/* Steps: number, action, hours that it took, in which states. */
const STEPS = [
	[1, "create", 0, "TRUE"],
	[2, "submit", "seq MOD 5 + 1", "state NOT IN ('editing', 'discarded')"],
	/* Every third one is rejected first. */
	[3, "reject", "seq MOD 9 + 2", "state NOT IN ('editing', 'discarded') " +
		"AND (seq MOD 3 = 0 OR state = 'rejected')"],
	[4, "submit", 30, "state NOT IN ('editing', 'discarded', 'rejected') " +
		"AND seq MOD 3 = 0"],
	[5, "approve", "seq MOD 13 + 1",
		"state NOT IN ('editing', 'discarded', 'rejected')"],
	[6, "cancel", 700, "state = 'cancelled'"],
	[6, "pay", "seq MOD 50", hasMoney],
	[7, "dispatch", 20, "state = 'completed'"],
	[8, "complete", "seq MOD 31 + 3", "state = 'completed'"],
	[8, "refund_in_full", 90, "state = 'refunded'"],
	[2, "discard", 1, "state = 'discarded'"],
];

function history([version, action, hours, where])
{
	return `INSERT INTO history (id, application_id, version, action,
		actor_name, received_at, handled_at)
	SELECT ${id(`h${version}`, "seq")}, id, ${version}, '${action}', '张明',
		at + INTERVAL ${version * 40} HOUR,
		at + INTERVAL ${version * 40} HOUR + INTERVAL (${hours}) * 3600 +
			seq MOD 60 SECOND
	FROM made WHERE ${where}`;
}

export async function fill(stack)
{
	for (const sql of [
		`CREATE TABLE made (id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
			PRIMARY KEY, seq INT, state VARCHAR(12), at DATETIME(6))
		SELECT ${id("made", "seq")} AS id, seq, ${state} AS state, ${at} AS at
		FROM seq_1_to_${CASES}`,
		`INSERT INTO applications (id, batch_no, type, unit_id, account_id,
			state, consent_version, created_at, entered_at, category, business,
			years, pickup, second_reason)
		SELECT m.id, CONCAT('CA', DATE_FORMAT(at + INTERVAL 8 HOUR, '%Y%m%d'),
			LPAD(seq, 6, '0')), 'enterprise', c.unit_id, c.id, 'editing', 1,
			at, at, 'new', 'certificate', '1', 'onsite', '再办'
		FROM made m JOIN accounts c ON c.login = 'applicant2'`,
		`INSERT INTO orders (order_no, application_id, provider, state,
			amount_fen, created_by, expires_at)
		SELECT a.id, a.id, 'wechatpay', 'paid', 30000 + seq, a.account_id, at
		FROM applications a JOIN made m ON m.id = a.id WHERE m.${hasMoney}`,
		`INSERT INTO payments (id, order_no, application_id, provider,
			transaction_id, amount_fen, currency, paid_at, source)
		SELECT id, id, id, 'wechatpay', id, 30000 + seq, 'CNY',
			at + INTERVAL 9 DAY, 'notice' FROM made WHERE ${hasMoney}`,
		`INSERT INTO refunds (id, payment_id, application_id, amount_fen, state,
			reason, requested_by, done_at)
		SELECT m.id, m.id, m.id, 30000 + seq, IF(seq MOD 20 = 8, 'done', 'sent'),
			'x', a.account_id, IF(seq MOD 20 = 8, at + INTERVAL 12 DAY, NULL)
		FROM made m JOIN applications a ON a.id = m.id
		WHERE m.state = 'refunded'`,
		/* Money that was no income goes back as well. */
		`INSERT INTO notices (id, provider, event_id, event_type,
			transaction_id, outcome, reason, amount_fen, received_at)
		SELECT id, 'wechatpay', id, 'x', CONCAT('twice', id), 'unmatched',
			'paid_twice', 777, at + INTERVAL 10 DAY FROM made WHERE ${hasMoney}`,
		`INSERT INTO refunds (id, notice_id, application_id, amount_fen, state,
			reason, rule_name, done_at)
		SELECT CONCAT('twic', SUBSTR(id, 5)), id, id, 777, 'done', 'x',
			'paid_twice', at + INTERVAL 10 DAY FROM made WHERE ${hasMoney}`,
		`UPDATE applications a JOIN made m ON m.id = a.id
		SET a.fee_fen = 30000, a.state = m.state, a.valid_to = at,
			a.payment_id = IF(m.${hasMoney}, m.id, NULL)`,
		...STEPS.map(history),
		`INSERT INTO reviews (id, application_id, round, reviewer_id, decision,
			opinion, created_at)
		SELECT ${id("revi", "seq")}, m.id, 1, c.id, 'reject', 'x',
			at + INTERVAL 6 DAY FROM made m JOIN accounts c
			ON c.login = 'reviewer1'
		WHERE m.state NOT IN ('editing', 'discarded') AND seq MOD 3 = 0`,
		`INSERT INTO review_reasons (review_id, code, created_at)
		SELECT r.id, c.code, r.created_at FROM reviews r JOIN made m
			ON m.id = r.application_id JOIN reasons c
			ON m.seq MOD c.place = 0`,
	])
		await stack.db(sql);
}

const month = (column) => `DATE_FORMAT(${column} + INTERVAL 8 HOUR, '%Y-%m')`;

/* {month: {item: n}} of a statement that gives month, item and n. */
async function byMonth(stack, sql)
{
	const found = {};

	for (const { m, item, n } of await stack.db(sql))
		(found[m] ??= {})[item] = Number(n);
	return found;
}

export function states(stack)
{
	return byMonth(stack, `SELECT ${month("created_at")} AS m, state AS item,
		COUNT(*) AS n FROM applications WHERE state <> 'discarded'
		GROUP BY 1, 2`);
}

/* The first decision of each case. */
export function firsts(stack)
{
	return byMonth(stack, `SELECT ${month("handled_at")} AS m, action AS item,
		COUNT(*) AS n FROM (SELECT action, handled_at, ROW_NUMBER() OVER
		(PARTITION BY application_id ORDER BY version) AS nth FROM history
		WHERE action IN ('approve', 'reject')) AS d WHERE nth = 1
		GROUP BY 1, 2`);
}

export function income(stack)
{
	return byMonth(stack, `SELECT ${month("paid_at")} AS m, 'paid' AS item,
		SUM(amount_fen) AS n FROM payments GROUP BY 1
		UNION ALL SELECT ${month("paid_at")}, 'count', COUNT(*) FROM payments
		GROUP BY 1
		UNION ALL SELECT ${month("done_at")}, 'refunded', SUM(amount_fen)
		FROM refunds WHERE state = 'done' AND payment_id IS NOT NULL
		GROUP BY 1`);
}

export async function reasons(stack)
{
	const rows = await stack.db(`SELECT r.text, COUNT(*) AS n
		FROM review_reasons c JOIN reasons r ON r.code = c.code
		GROUP BY c.code ORDER BY n DESC, c.code`);

	return rows.map(({ text, n }) => [text, n]);
}

const LEFT = { approve: "pending", pay: "approved",
	reject: "pending", dispatch: "paid", complete: "processing",
	refund_in_full: "paid" };

/* {state: [seconds, …]} in order; what cannot be told is left to the rest. */
export async function times(stack)
{
	const rows = await stack.db(`SELECT action, LAG(action) OVER
		(PARTITION BY application_id ORDER BY version) AS was,
		TIMESTAMPDIFF(SECOND, received_at, handled_at) AS s FROM history
		WHERE actor_id IS NULL`);
	const found = {};

	for (const { action, was, s } of rows) {
		const left = action === "cancel" ? "approved" :
			action === "submit" ?
				was === "reject" ? "rejected" : "editing" :
				action === "discard" ? "editing" : LEFT[action];

		if (left !== undefined && action !== "create")
			(found[left] ??= []).push(Number(s));
	}
	for (const list of Object.values(found))
		list.sort((a, b) => a - b);
	return found;
}
