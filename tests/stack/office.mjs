/* What the office's pages show, made without the steps that lead there. */

/* As the worker has counted them, for some months. */
export async function addFigures(stack)
{
	const day = "CURRENT_DATE - INTERVAL seq DAY";
	const rows = [["'state'", "'completed'", "0", "seq MOD 7", "0"],
		["'state'", "'pending'", "0", "seq MOD 3", "0"],
		["'state'", "'rejected'", "0", "1 + seq MOD 2", "0"],
		["'time'", "'pending'", "90", "2", "5000"],
		["'first'", "'approve'", "0", "3 + seq DIV 30", "0"],
		["'first'", "'reject'", "0", "3", "0"],
		["'reason'", "'seal_missing'", "0", "2", "0"],
		["'reason'", "'scan_unclear'", "0", "1", "0"],
		["'paid'", "'wechatpay'", "0", "3", "90000 - seq * 100"]];

	await stack.db(`INSERT IGNORE INTO figure_days (day, counted_at)
		SELECT ${day}, NOW(6) + INTERVAL 1 DAY FROM seq_1_to_250`);
	for (const row of rows)
		await stack.db("INSERT INTO figures (day, figure, item, bucket, n, " +
			`total) SELECT ${day}, ${row.join(", ")} FROM seq_1_to_250`);
}

/* One of a case in each state, of which people see what became of it. */
export async function addMessages(stack, id)
{
	for (const [n, state] of ["queued", "sent", "failed", "unknown"].entries())
		await stack.db(`INSERT INTO messages (id, application_id, event, state,
			attempts, next_at, error) VALUES ('01j0message${n}', '${id}',
			'approve', '${state}', ${n}, NOW(6) + INTERVAL 1 HOUR,
			'${n > 1 ? "provider_failed" : ""}')`);
}
