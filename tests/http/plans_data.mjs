/*
 * Rows enough for an optimiser to care: 20,000 applications of three years
 * of 500 units, with all that belongs to them. The newest 1,000 are under
 * way, the others are over, as in a real installation.
 */
export const APPLICATIONS = 20_000;
const UNITS = 500;
const LIVE = 1000;
const MINUTES_APART = 80;

const id = (prefix, n) => `CONCAT('01k${prefix}', LPAD(${n}, ` +
	`${23 - prefix.length}, '0'))`;
const unit = (n) => id("unit", `${n} MOD ${UNITS}`);
const account = (n) => id("acco", `${n} MOD ${UNITS}`);
const when = `NOW(6) - INTERVAL (${APPLICATIONS} - seq) * ${MINUTES_APART} MINUTE`;
const isLive = `seq > ${APPLICATIONS - LIVE}`;

/* By place among the live, respectively among those that are over. */
const state = `IF(${isLive},
	ELT(1 + seq MOD 10, 'editing', 'editing', 'editing', 'pending', 'pending',
		'rejected', 'approved', 'paid', 'processing', 'processing'),
	ELT(1 + seq MOD 20, 'cancelled', 'discarded', 'refunded', 'completed',
		'completed', 'completed', 'completed', 'completed', 'completed',
		'completed', 'completed', 'completed', 'completed', 'completed',
		'completed', 'completed', 'completed', 'completed', 'completed',
		'completed'))`;
const hasMoney = "state IN ('paid', 'processing', 'completed', 'refunded')";

const from = (n) => `FROM seq_1_to_${n}`;
const fromApplications = "FROM applications a JOIN places p ON p.id = a.id";

/* One a table, in the order that foreign keys ask for. */
const STEPS = [
	`INSERT INTO units (id, name, org_code)
	SELECT ${unit("seq")}, CONCAT('单位', seq), CONCAT('U', seq) ${from(UNITS)}`,

	`INSERT INTO accounts (id, login, password_hash, role, unit_id, name)
	SELECT ${account("seq")}, CONCAT('user', seq), 'x', 'applicant',
		${unit("seq")}, '张明' ${from(UNITS)}`,

	`INSERT INTO locks (id, unit_id, serial, kind, valid_from, valid_to)
	SELECT ${id("lock", "seq")}, ${unit("seq")}, CONCAT('S', seq), 'main',
		CURRENT_DATE - INTERVAL 2 YEAR,
		CURRENT_DATE - INTERVAL seq MOD 700 DAY ${from(2000)}`,

	`INSERT INTO work_orders (id, created_by)
	SELECT ${id("work", "seq")}, ${account("seq")} ${from(400)}`,

	/* Their numbers, for what hangs on them. */
	`CREATE TABLE places (id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin
		PRIMARY KEY, seq INT, state VARCHAR(12), at DATETIME(6))
	SELECT ${id("appl", "seq")} AS id, seq, ${state} AS state, ${when} AS at
	${from(APPLICATIONS)}`,

	`INSERT INTO applications (id, batch_no, type, unit_id, account_id, state,
		consent_version, created_at, entered_at, touched_at, submitted_at,
		category, business, years, pickup, applicant_unit, handler_name,
		second_reason, version, round)
	SELECT id, CONCAT('CA', LPAD(seq, 14, '0')), 'enterprise', ${unit("seq")},
		${account("seq")}, 'editing', 1, at, at, at, at,
		IF(${isLive} OR seq MOD 2 = 0, 'new', 'renewal'), 'certificate', '1',
		'onsite', '单位', '李晓梅', '再办', 4, 1 FROM places`,

	`INSERT INTO orders (order_no, application_id, provider, state, amount_fen,
		created_by, expires_at, created_at, queried_at)
	SELECT ${id("orde", "p.seq")}, a.id, 'wechatpay',
		IF(p.${hasMoney}, 'paid', IF(p.seq MOD 2, 'open', 'created')), 30000,
		a.account_id, at, at, at ${fromApplications}
	WHERE p.${hasMoney} OR p.state = 'approved'`,

	/* Given up for another one. */
	`INSERT INTO orders (order_no, application_id, provider, state, amount_fen,
		created_by, expires_at, created_at, queried_at, closed_at, watch_ended_at)
	SELECT ${id("olds", "p.seq")}, a.id, 'wechatpay', 'closed', 30000,
		a.account_id, at, at, at, at, at ${fromApplications} WHERE p.seq MOD 4 = 0`,

	`INSERT INTO payments (id, order_no, application_id, provider,
		transaction_id, amount_fen, currency, paid_at, source)
	SELECT ${id("paym", "p.seq")}, ${id("orde", "p.seq")}, a.id, 'wechatpay',
		CONCAT('T', p.seq), 30000, 'CNY', at, 'notice' ${fromApplications}
	WHERE p.${hasMoney}`,

	`UPDATE applications a JOIN places p ON p.id = a.id
	SET a.fee_fen = 30000, a.state = p.state,
		a.payment_id = IF(p.${hasMoney}, ${id("paym", "p.seq")}, NULL),
		a.paid_at = IF(p.${hasMoney}, at, NULL), a.valid_from = at,
		a.valid_to = at + INTERVAL 1 YEAR, a.activated_at =
		IF(p.state = 'completed' AND p.seq MOD 20 <> 9, at, NULL), a.work_order_id =
		IF(p.state IN ('processing', 'completed'),
			${id("work", "1 + p.seq MOD 400")}, NULL)`,

	`INSERT INTO work_order_items (work_order_id, application_id, outcome)
	SELECT work_order_id, id, IF(state = 'completed', 'completed', NULL)
	FROM applications WHERE work_order_id IS NOT NULL`,

	/* Some under way, some that nobody has activated. */
	`INSERT INTO deliveries (id, application_id, attempt, way, state, carrier,
		tracking_no, sent_at, done_at, entered_at)
	SELECT ${id("dlvr", "p.seq")}, a.id, 1, 'mail',
		IF(p.seq MOD 20 = 9, 'sent', 'received'), 'SF', p.seq, at,
		IF(p.seq MOD 20 = 9, NULL, at), at ${fromApplications}
	WHERE p.state = 'completed'`,

	`INSERT INTO activations (application_id, account_id, is_open)
	SELECT a.id, a.account_id, p.seq MOD 100 = 10 ${fromApplications}
	WHERE a.activated_at IS NOT NULL`,

	`INSERT INTO activation_contacts (id, application_id, account_id, note)
	SELECT ${id("cont", "p.seq")}, a.id, a.account_id, 'x' ${fromApplications}
	WHERE p.state = 'completed'`,

	`INSERT INTO activation_reminders (application_id, days)
	SELECT a.id, k.seq ${fromApplications} JOIN seq_3_to_4 k
	WHERE p.state = 'completed'`,

	`INSERT INTO work_order_imports (id, work_order_id, name, sha256, ignored,
		rows_n, state, uploaded_by)
	SELECT ${id("impo", "seq")}, ${id("work", "1 + seq MOD 400")}, 'ca.csv', '',
		'', 10, 'draft', ${account("3")} ${from(2000)}`,

	`INSERT INTO work_order_import_rows (import_id, n, line, batch_no, result,
		serial, valid_from, valid_to, reason)
	SELECT ${id("impo", "1 + seq DIV 10")}, seq MOD 10, 1, seq, 'completed', '',
		'', '', '' ${from(19000)}`,

	`INSERT INTO notices (id, provider, event_id, event_type, order_no,
		transaction_id, outcome, amount_fen)
	SELECT ${id("noti", "p.seq")}, 'wechatpay', CONCAT('E', p.seq), 'paid',
		${id("orde", "p.seq")}, CONCAT('T', p.seq),
		IF(p.seq MOD 100 = 0, 'unmatched', 'credited'), 30000
	${fromApplications} WHERE p.${hasMoney}`,

	`INSERT INTO postings (event, reference, debit, credit, provider,
		amount_fen, application_id, posted_at)
	SELECT e.event, p.id, e.debit, e.credit, p.provider, p.amount_fen,
		p.application_id, p.paid_at FROM payments p JOIN
		(SELECT 'fee_due' AS event, 'receivable' AS debit, 'fee' AS credit
		UNION ALL SELECT 'credited', 'provider', 'receivable') AS e`,

	`INSERT INTO refunds (id, payment_id, application_id, amount_fen, state,
		reason, requested_by, created_at)
	SELECT ${id("refu", "p.seq")}, ${id("paym", "p.seq")}, a.id, 30000, 'done',
		'x', a.account_id, at ${fromApplications} WHERE p.state = 'refunded'`,

	`INSERT INTO invoices (id, application_id, unit_id, payment_id, state,
		amount_fen, title_type, title, number, requested_by)
	SELECT ${id("invo", "p.seq")}, a.id, a.unit_id, a.payment_id,
		IF(p.seq MOD 50 = 0, 'requested', 'issued'), 30000, 'individual', '张明',
		p.seq, a.account_id ${fromApplications}
	WHERE a.state = 'completed' AND p.seq MOD 5 <> 0
		OR a.state = 'completed' AND p.seq MOD 50 = 0`,

	`INSERT INTO invoice_files (invoice_id, format, store_key)
	SELECT id, 'pdf', CONCAT('ab/i', number) FROM invoices`,

	`INSERT INTO invoice_tries (id, invoice_id, apply_id, n, state, watch_at)
	SELECT CONCAT('tr', SUBSTR(id, 3)), id, CONCAT('T', number), 1,
		IF(number MOD 100 = 1, 'closed', 'issued'),
		IF(number MOD 100 = 1, NOW(6) + INTERVAL 1 HOUR, NULL)
	FROM invoices`,

	`INSERT INTO invoice_history (invoice_id, version, event, state, role)
	SELECT id, 1, 'request', 'requested', 'applicant' FROM invoices`,

	`INSERT INTO attachments (id, application_id, kind, name, size, sha256,
		store_key, uploaded_by, uploaded_at)
	SELECT ${id("atta", "p.seq * 2 + k.seq")}, a.id, CONCAT('kind', k.seq),
		'x.pdf', 1000, 'x', CONCAT('ab/a', p.seq, '-', k.seq), a.account_id, at
	${fromApplications} JOIN seq_0_to_1 k`,

	`INSERT INTO reviews (id, application_id, round, reviewer_id, decision,
		opinion, created_at)
	SELECT ${id("revi", "p.seq")}, a.id, 1, r.id, 'approve', 'x', at
	${fromApplications} JOIN accounts r ON r.login = 'reviewer1'`,

	`INSERT INTO review_pins (review_id, target)
	SELECT id, 'address' FROM reviews`,

	`INSERT INTO history (id, application_id, version, action, actor_name,
		received_at, handled_at)
	SELECT ${id("hist", "p.seq * 2 + k.seq")}, a.id, 1 + k.seq, 'save', '张明',
		at, at ${fromApplications} JOIN seq_0_to_1 k`,

	`INSERT INTO consents (id, application_id, account_id, version, ip)
	SELECT ${id("cons", "p.seq")}, a.id, a.account_id, 1, '127.0.0.1'
	${fromApplications}`,

	`INSERT INTO audit (id, at, program, role, action, subject, ip, request_id)
	SELECT ${id("audi", "p.seq * 2 + k.seq")}, at, 'application', 'applicant',
		'save', a.id, '127.0.0.1', 'x' ${fromApplications} JOIN seq_0_to_1 k`,

	`INSERT INTO audit_seals (seq, previous, first_at, first_id, last_at,
		last_id, rows_n, row_macs, sealed_at, mac)
	SELECT seq, '', at, id, at, id, 1, '', at, '' FROM (SELECT at, id,
		ROW_NUMBER() OVER (ORDER BY at, id) AS seq FROM audit) AS a
	WHERE seq <= 5000`,

	`INSERT INTO audit_checks (id, requested_by, from_at, to_at, state)
	SELECT ${id("chec", "seq")}, ${account("3")}, NOW(6), NOW(6),
		IF(seq MOD 100 = 0, 'open', 'whole') ${from(5000)}`,

	`INSERT INTO confirmations (id, kind, subject, payload, reason, state,
		asked_by, decided_by, decided_at)
	SELECT ${id("conf", "seq")}, 'role', seq, '{}', 'x',
		IF(seq MOD 100 = 0, 'waiting', 'confirmed'), ${account("3")},
		IF(seq MOD 100 = 0, NULL, ${account("4")}),
		IF(seq MOD 100 = 0, NULL, NOW(6)) ${from(5000)}`,

	`INSERT INTO messages (id, application_id, event, state, next_at,
		lease_until)
	SELECT ${id("mess", "p.seq")}, a.id, 'pay', ELT(1 + (${isLive}) *
		(p.seq MOD 20), 'sent', 'queued', 'sending', 'sent', 'sent', 'sent',
		'sent', 'sent', 'sent', 'sent', 'sent', 'sent', 'sent', 'sent', 'sent',
		'sent', 'sent', 'sent', 'sent', 'sent'), at, at ${fromApplications}`,

	`INSERT INTO idempotency (account_id, path, idem_key, body_hash, status,
		result_id, created_at)
	SELECT a.account_id, '/api/applications', p.seq, 'x', 201, a.id,
		NOW(6) - INTERVAL p.seq MINUTE ${fromApplications}`,

	`INSERT INTO sessions (token_hash, account_id, surface, ip, created_at,
		used_at)
	SELECT SHA2(seq, 256), ${account("seq")}, 'portal', '127.0.0.1',
		NOW(6) - INTERVAL seq MOD 600 MINUTE,
		NOW(6) - INTERVAL seq MOD 28 MINUTE ${from(5000)}`,

	`INSERT INTO refusals (day, subject, program, code)
	SELECT CURRENT_DATE - INTERVAL seq MOD 300 DAY, ${account("seq")},
		'application', CONCAT('c', seq) ${from(10000)}`,

	`INSERT INTO batch_numbers (day, last)
	SELECT DATE_FORMAT(CURRENT_DATE - INTERVAL seq DAY, '%Y%m%d'), 20
	${from(1000)}`,
];

/* Fills the database of a stack. */
export async function fill(stack)
{
	await stack.db(STEPS.join(";\n"));
	await stack.db("DROP TABLE places");
	const tables = await stack.db("SHOW TABLES");

	await stack.db(`ANALYZE TABLE ${tables.map((row) =>
		Object.values(row)[0]).join(", ")}`);
}

/* Ids of what is there: of the case with that number. */
export const at = (prefix, n) => `'01k${prefix}` +
	`${String(n).padStart(23 - prefix.length, "0")}'`;
