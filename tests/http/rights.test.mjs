/*
 * What each program's database user may do, and that it can do nothing else:
 * every right that exists stands in a table here, and what stands in none is
 * tried and refused.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { after, before, test } from "node:test";

import { complete, create, force, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { startStack } from "../stack/stack.mjs";

/* The tables of which each program reads some columns. */
const READS = {
	account: "accounts audit audit_seals certificates confirmations idempotency recovery_codes refusals " +
		"second_factors sessions subjects units",
	application: "accounts activations applications attachment_findings attachments " +
		"audit audit_seals batch_numbers consent_texts deliveries fees history holidays idempotency invoices locks " +
		"message_texts open_types orders payments refunds refusals review_pins reviews " +
		"sessions status_codes units",
	attachment: "accounts applications attachment_findings attachments " +
		"audit audit_seals idempotency refusals sessions",
	callback: "applications audit invoice_tries invoices messages notices orders " +
		"payments refunds refusals",
	document: "accounts applications attachments audit audit_seals fees locks " +
		"message_texts refusals sessions",
	invoice: "accounts applications audit audit_seals idempotency " +
		"invoice_files invoices payments refunds refusals sessions " +
		"units",
	payment: "accounts applications audit audit_seals idempotency orders payments " +
		"refusals sessions",
	review: "accounts activation_contacts activation_reminders activations " +
		"applications attachment_findings attachments audit " +
		"audit_checks audit_seals bill_lines bills case_views " +
		"confirmations consent_texts consents deliveries differences " +
		"erasures " +
		"fees figure_days figures history holidays invoice_files " +
		"invoice_history invoice_tries invoices ledger_days " +
		"ledger_sums locks message_texts messages notices open_types orders payments " +
		"reasons refund_history refunds refusals reminders review_pins " +
		"reviews second_factors sessions settlements submissions units " +
		"work_order_import_rows work_order_imports work_order_items " +
		"work_orders",
	worker: "accounts activation_contacts activation_reminders applications " +
		"attachments audit audit_checks " +
		"audit_seals bill_lines bills deliveries differences figure_days figures " +
		"history idempotency invoice_files invoice_tries invoices " +
		"ledger_days ledger_sums locks message_numbers " +
		"message_takes message_texts messages notices orders " +
		"payments postings refund_history refunds refusals reminders " +
		"review_reasons second_factors sessions settlements status_codes " +
		"submissions units work_order_import_rows work_order_imports",
};

/* Who reads what not everybody should; nobody else does. */
const PRIVATE = {
	"accounts.password_hash": "account",
	"applications.handler_id_no": "application document review worker",
	"applications.handler_mobile": "application document review worker",
	"applications.mail_address": "application document review worker",
	"applications.recipient": "application document review worker",
	"applications.recipient_phone": "application document review worker",
	"deliveries.collector": "application review worker",
	"recovery_codes.code_hash": "account",
	"second_factors.secret": "account worker",
	"invoices.address": "invoice review worker",
	"invoices.bank_account": "invoice review worker",
	"invoices.email": "invoice review worker",
	"invoices.title": "invoice review worker",
	"invoices.mobile": "invoice review worker",
	"messages.details": "review worker",
	"submissions.fields": "review worker",
};

/* Every write: privilege, table, columns (* is the whole table: MariaDB wants
 * that of UPDATE for INSERT … ON DUPLICATE KEY UPDATE). */
const AUDIT = ["INSERT audit action actor_id detail id ip program " +
	"request_id role subject"];
const REFUSALS = ["INSERT refusals *", "UPDATE refusals *"];
const EVERY = [...AUDIT, ...REFUSALS];
const SESSION = ["UPDATE sessions used_at"];
const KEPT = ["INSERT idempotency *"];
const HISTORY = ["INSERT history action actor_id actor_name " +
	"application_id id opinion received_at version"];
const MESSAGE = ["INSERT messages *"];
const ORDER = [
	"INSERT order_history actor_id event order_no role state version",
	"UPDATE orders asked_at calling_until closed_at state version",
];
const REFUND = [
	"INSERT refunds amount_fen application_id id notice_id payment_id " +
		"reason requested_by rule_name",
	"INSERT refund_history actor_id event note refund_id role state version",
];
const STORY = ["INSERT invoice_history actor_id event invoice_id note role " +
	"state version"];
const INVOICE = [...STORY,
	"INSERT invoice_files format invoice_id sealed_by sha256 size store_key"];
const CONFIRMATION = [
	"INSERT confirmations asked_by decided_at id is_alone kind payload " +
		"reason state subject",
	"UPDATE confirmations decided_at decided_by opinion outcome state " +
		"version",
];
const MONEY = [
	"INSERT notices amount_fen event_id event_type id order_no outcome " +
		"provider reason transaction_id",
	"INSERT payments amount_fen application_id currency id order_no " +
		"paid_at provider source transaction_id",
	"INSERT postings amount_fen application_id credit debit event " +
		"provider reference",
	"UPDATE applications claimed_by claimed_until entered_at paid_at " +
		"payment_id state touched_at version",
];
const FIELDS = "address applicant_name applicant_unit business category " +
	"consent_version fee_fen handler_email handler_id_no " +
	"handler_id_no_index handler_mobile handler_mobile_index handler_name " +
	"handler_title legal_representative lock_serial mail_address org_code " +
	"pickup postcode project_name recipient recipient_phone " +
	"recipient_phone_index second_reason unit_name unit_phone years";
const WRITES = {
	account: [...EVERY, ...SESSION, ...KEPT,
		"INSERT accounts id login must_change name password_hash role unit_id",
		"UPDATE accounts failures is_locked must_change password_hash " +
			"retry_at role",
		"INSERT sessions *",
		"DELETE sessions *",
		...CONFIRMATION,
		"INSERT subjects *",
		"DELETE subjects *",
		"INSERT units *",
		"INSERT second_factors *",
		"UPDATE second_factors last_step",
		"DELETE second_factors *",
		"INSERT certificates *",
		"DELETE certificates *",
		"INSERT recovery_codes *",
		"DELETE recovery_codes *"],
	application: [...EVERY, ...SESSION, ...KEPT, ...HISTORY, ...MESSAGE,
		`INSERT applications ${FIELDS} account_id batch_no id state ` +
			"type unit_id",
		`UPDATE applications ${FIELDS} activated_at claimed_by ` +
			"claimed_until entered_at round state submitted_at touched_at version",
		"INSERT batch_numbers *",
		"UPDATE batch_numbers *",
		"INSERT consents account_id application_id id ip version",
		"INSERT submissions application_id fields round",
		"UPDATE locks is_muted",
		"INSERT status_codes application_id batch_no id ip key_no minute " +
			"mobile_index",
		"UPDATE status_codes tries_left used_at",
		"INSERT activations *",
		"UPDATE deliveries collector done_at done_by entered_at id_checked " +
			"note relation state version",
		...ORDER],
	attachment: [...EVERY, ...SESSION, ...KEPT,
		"UPDATE applications attachments_version touched_at",
		"INSERT attachments *",
		"UPDATE attachments removed_at"],
	callback: [...EVERY, ...HISTORY, ...MESSAGE, ...MONEY, ...ORDER,
		"UPDATE messages code error receipt_at receipt_text sent_at state",
		"UPDATE refunds next_at",
		"UPDATE invoice_tries watch_at", "UPDATE invoices next_at"],
	document: [...EVERY, ...SESSION],
	invoice: [...EVERY, ...SESSION, ...KEPT,
		...STORY,
		"INSERT invoices address amount_fen application_id bank_account " +
			"bank_name corrects email id is_sealed mobile mobile_index " +
			"payment_id provider requested_by state tax_no title " +
			"title_type unit_id",
		"UPDATE invoices attempts calling_until is_offered next_at problem " +
			"state taken_back version why_ended"],
	payment: [...EVERY, ...SESSION, ...KEPT,
		"UPDATE applications touched_at",
		"INSERT orders amount_fen application_id created_by expires_at " +
			"order_no provider",
		ORDER[0],
		"UPDATE orders asked_at calling_until closed_at code_url " +
			"queried_at state version"],
	review: [...EVERY, ...SESSION, ...HISTORY, ...MESSAGE,
		...CONFIRMATION, ...REFUND,
		"UPDATE refunds attempts calling_until decided_by next_at problem " +
			"round state version",
		"INSERT settlements notice_id opinion settled_by",
		"INSERT fees *",
		"UPDATE bills next_at",
		"UPDATE differences opinion settled_at settled_by",
		"INSERT audit_checks from_at id requested_by to_at",
		"INSERT case_views *",
		"UPDATE case_views *",
		"INSERT holidays *",
		"UPDATE holidays *",
		"DELETE holidays *",
		"UPDATE applications claimed_by claimed_until entered_at " +
			"lock_serial state touched_at valid_from valid_to version " +
			"work_order_id",
		...INVOICE,
		"UPDATE invoices amount_fen attempts calling_until ended_at issued_at " +
			"next_at number problem provider red_number state taken_back " +
			"version why_ended",
		"UPDATE invoice_tries asked_at asks ended_at issued_at number problem " +
			"state watch_at",
		"INSERT consent_texts body title version",
		"UPDATE open_types is_open",
		"INSERT message_texts code text title version word",
		"INSERT reasons code place text",
		"UPDATE reasons is_retired place text version",
		"INSERT locks *",
		"UPDATE locks *",
		"UPDATE messages attempts code error next_at receipt_at receipt_text " +
			"resends sent_at serial state text_version",
		"INSERT reviews application_id decision id opinion reviewer_id " +
			"round",
		"INSERT review_pins *",
		"INSERT review_reasons code review_id",
		"INSERT deliveries application_id attempt id state way",
		"UPDATE deliveries carrier collector done_at done_by entered_at " +
			"id_checked note relation sent_at sent_by state tracking_no " +
			"version",
		"UPDATE activations is_open",
		"INSERT activation_contacts account_id application_id id note",
		"INSERT work_orders *",
		"INSERT work_order_items *",
		"INSERT work_order_imports id ignored name rows_n sha256 uploaded_by " +
			"work_order_id",
		"UPDATE work_order_imports asked_by confirmation_id state",
		"INSERT work_order_import_rows batch_no import_id line n reason " +
			"result serial valid_from valid_to",
		"UPDATE work_order_import_rows done_at outcome state",
		"UPDATE work_order_items done_at opinion outcome"],
	worker: [...EVERY, ...HISTORY, ...MESSAGE, ...MONEY.slice(0, -1),
		...REFUND,
		"UPDATE refunds attempts calling_until done_at next_at problem " +
			"provider_refund_id state version",
		"UPDATE applications applicant_name claimed_by claimed_until " +
			"entered_at erased_at handler_email handler_id_no " +
			"handler_id_no_index handler_mobile handler_mobile_index " +
			"handler_name handler_title legal_representative " +
			"mail_address paid_at payment_id recipient recipient_phone " +
			"recipient_phone_index state touched_at version",
		"INSERT erasures class files id subject",
		"DELETE work_order_imports *",
		"DELETE work_order_import_rows *",
		"DELETE status_codes *",
		"DELETE submissions *",
		"INSERT audit_seals *",
		"UPDATE audit_checks bad_row done_at fault rows_n seals_n seq state",
		"INSERT figure_days *",
		"UPDATE figure_days *",
		"INSERT figures *",
		"DELETE figures *",
		"INSERT bills day provider",
		"UPDATE bills attempts charge_fen closed_at error is_none next_at " +
			"paid_fen paid_n read_at refunded_fen refunded_n state",
		"INSERT bill_lines amount_fen at charge_fen day is_refund n order_no " +
			"provider refund_no state transaction_id",
		"UPDATE bill_lines asked_at",
		"INSERT differences day id is_refund kind order_no ours_fen provider " +
			"reference theirs_fen",
		"UPDATE differences opinion settled_at",
		"INSERT ledger_days day",
		"UPDATE ledger_days checked_at faults faults_n",
		"INSERT ledger_sums *",
		"DELETE ledger_sums *",
		"DELETE idempotency *",
		"INSERT message_numbers *",
		"UPDATE message_numbers *",
		"INSERT message_takes id number_index taken_at",
		"DELETE message_numbers *",
		"DELETE message_takes *",
		"UPDATE messages attempts code details error lease_until next_at owner " +
			"provider receipt_at receipt_key receipt_text sent_at serial state " +
			"text_version tried_at",
		ORDER[0],
		"UPDATE orders asked_at calling_until closed_at queried_at state " +
			"version watch_ended_at",
		"INSERT attachment_findings *",
		"UPDATE attachments erased_at inspected_pages inspection " +
			"inspection_owner inspection_tries inspection_until name " +
			"removed_at sealed_by",
		"INSERT reminders days lock_id message_id valid_to",
		"INSERT activation_reminders application_id days message_id",
		"UPDATE activation_contacts note",
		"UPDATE deliveries collector",
		"UPDATE locks holder version",
		...INVOICE,
		"UPDATE invoices address asked_at attempts bank_account bank_name " +
			"calling_until email ended_at erased_at issued_at is_sealed " +
			"mobile mobile_index next_at number problem provider " +
			"red_number state tax_no title version why_ended",
		"UPDATE invoice_files erased_at sealed_by",
		"INSERT invoice_tries amount_fen apply_id id invoice_id n",
		"UPDATE invoice_tries asked_at asks ended_at is_told issued_at number " +
			"problem state watch_at",
		"UPDATE second_factors secret",
		"UPDATE submissions fields",
		"DELETE sessions *"],
};
const PROGRAMS = Object.keys(WRITES);

/* Rows that nobody ever changes, and what only two programs write. */
const APPEND_ONLY = ["payments", "history", "order_history", "refund_history",
	"invoice_history", "audit", "notices", "consents", "reviews", "review_pins", "review_reasons", "consent_texts",
	"message_texts",
	"audit_seals", "postings", "reminders"];

/* What MariaDB answers to one who may not. */
const DENIED = new Set([1044, 1142, 1143, 1227, 1370]);
const NO_PARENT = 1452;
const UNPAID = 1644; /* the trigger of 0005, before the CHECK */

let stack, applicant, columns;

before(async () => {
	stack = await startStack({});
	applicant = await signIn(stack, "applicant1");
	columns = await stack.db(`SELECT table_name AS t, column_name AS c
		FROM information_schema.columns WHERE table_schema = 'calock'
		ORDER BY 1, 2`);
	assert.ok(columns.length > 200);
});

after(() => stack?.stop());

/*
 * Runs the statements as the program's user, a line each, all of them
 * whatever happens: the error number of each, 0 for none.
 */
function tryAs(program, statements)
{
	return new Promise((resolve, reject) => {
		const results = statements.map(() => 0);
		const password = fs.readFileSync(
			stack.path("db-passwords", program), "utf8");
		const child = spawn("mariadb", ["--no-defaults", "--force",
			"--batch", `--socket=${stack.env.CALOCK_DB_SOCKET}`,
			`--user=calock_${program}`, "calock"],
		{ env: { ...process.env, MYSQL_PWD: password },
			stdio: ["pipe", "ignore", "pipe"] });
		let errors = "";

		child.stderr.on("data", (data) => {
			errors += data;
		});
		child.on("error", reject);
		child.on("close", () => {
			/* Between them are the statements. */
			for (const [line] of errors.matchAll(/^ERROR.*/gm)) {
				const match = /^ERROR (\d+) .* at line (\d+)/.exec(line);

				if (match === null)
					return reject(new Error(line));
				results[match[2] - 2] = Number(match[1]);
			}
			return resolve(results);
		});
		/* The first line tells that it could sign in at all. */
		child.stdin.end(["DO 1;", ...statements.map((sql) =>
			`${sql.replaceAll(/\s+/g, " ")};`)].join("\n"));
	});
}

async function assertDenied(program, statements)
{
	const results = await tryAs(program, statements);

	statements.forEach((sql, i) => assert.ok(DENIED.has(results[i]),
		`${program} may: ${sql} (${results[i]})`));
}

function columnsOf(table)
{
	return columns.filter((row) => row.t === table).map((row) => row.c);
}

const tables = () => [...new Set(columns.map((row) => row.t))];

/* "INSERT audit" → "*" or its columns, as the database has written it. */
async function granted(program)
{
	const rows = await stack.db(`
		SELECT privilege_type AS p, table_name AS t, '*' AS c
		FROM information_schema.table_privileges
		WHERE grantee LIKE '''calock\\_${program}''@%'
		UNION ALL SELECT privilege_type, table_name,
			GROUP_CONCAT(column_name ORDER BY column_name SEPARATOR ' ')
		FROM information_schema.column_privileges
		WHERE grantee LIKE '''calock\\_${program}''@%'
		GROUP BY grantee, table_schema, table_name, privilege_type
		ORDER BY 1, 2, 3`);

	return rows.map(({ p, t, c }) => `${p} ${t} ${c}`);
}

/* The columns of one right in one line of a table above. */
function expand(line)
{
	const [privilege, table, ...names] = line.split(" ");

	return (names[0] === "*" ? columnsOf(table) : names)
		.map((c) => `${privilege} ${table}.${c}`);
}

function sortWords(line)
{
	const [privilege, table, ...names] = line.split(" ");

	return [privilege, table, ...names.sort()].join(" ");
}

test("each program that is built has its rows here, and no other user is",
	async () => {
		const users = await stack.db(
			"SELECT user, host FROM mysql.global_priv ORDER BY user");

		assert.deepEqual([...stack.programs].sort(), PROGRAMS);
		assert.deepEqual(users.map(({ User, user }) => user ?? User)
			.filter((name) => !["root", "mariadb.sys", "PUBLIC"]
				.includes(name)),
		PROGRAMS.map((name) => `calock_${name}`));
	});

test("no user has a right beyond tables: none on servers, schemas, routines",
	async () => {
		const ours = "grantee LIKE '''calock\\_%'";

		assert.deepEqual(await stack.db(`
			SELECT grantee, privilege_type, is_grantable
			FROM information_schema.user_privileges
			WHERE ${ours} AND privilege_type <> 'USAGE'
			UNION ALL SELECT grantee, privilege_type, is_grantable
			FROM information_schema.schema_privileges WHERE ${ours}
			UNION ALL SELECT grantee, privilege_type, is_grantable
			FROM information_schema.table_privileges
			WHERE ${ours} AND is_grantable <> 'NO'
			UNION ALL SELECT grantee, privilege_type, is_grantable
			FROM information_schema.column_privileges
			WHERE ${ours} AND is_grantable <> 'NO'
			UNION ALL SELECT user, routine_name, proc_priv
			FROM mysql.procs_priv
			UNION ALL SELECT user, role, admin_option
			FROM mysql.roles_mapping WHERE user LIKE 'calock\\_%'`), []);
	});

for (const program of PROGRAMS)
	test(`${program} writes and reads what its rows say, no more, no less`,
		async () => {
			const all = await granted(program);
			const isRead = (line) => line.startsWith("SELECT ");

			assert.deepEqual(all.filter((line) => !isRead(line)).map(sortWords).sort(),
				WRITES[program].map(sortWords).sort());
			assert.deepEqual([...new Set(all.filter(isRead)
				.map((line) => line.split(" ")[1]))].sort(),
			READS[program].split(" "));
		});

test("who reads a private column is in the table", async () => {
	for (const [column, programs] of Object.entries(PRIVATE)) {
		const readers = [];

		for (const program of PROGRAMS)
			if ((await granted(program)).flatMap(expand)
				.includes(`SELECT ${column}`))
				readers.push(program);
		assert.equal(readers.join(" "), programs, column);
	}
});

test("every sealed column counts as private", async () => {
	const sealed = await stack.db(`SELECT CONCAT(table_name, '.',
		column_name) AS name FROM information_schema.columns
		WHERE table_schema = 'calock' AND data_type = 'varbinary'`);

	assert.ok(sealed.length > 5);
	for (const { name } of sealed)
		assert.ok(name in PRIVATE, name);
});

/* The privilege is looked at before anything else: whatever is wrong with a
 * statement besides is another error. */
function probes()
{
	return columns.flatMap(({ t, c }) => [
		[`SELECT ${t}.${c}`, `SELECT ${c} FROM ${t} LIMIT 0`],
		[`INSERT ${t}.${c}`, `INSERT INTO ${t} (${c}) SELECT NULL ` +
			"FROM DUAL WHERE FALSE"],
		[`UPDATE ${t}.${c}`, `UPDATE ${t} SET ${c} = NULL LIMIT 0`],
	]).concat(tables().map((t) =>
		[`DELETE ${t}`, `DELETE FROM ${t} LIMIT 0`]));
}

for (const program of PROGRAMS)
	test(`${program}, trying every column, gets what is granted alone`,
		async () => {
			const tries = probes();
			const results = await tryAs(program, tries.map(([, sql]) => sql));
			const can = tries.filter((_, i) => !DENIED.has(results[i]))
				.map(([right]) => right);
			const may = (await granted(program)).flatMap((line) =>
				line.startsWith("DELETE") ?
					[line.replace(" *", "")] : expand(line));

			assert.ok(can.length > 20 && can.length < tries.length / 2);
			/* A column may be granted twice, with its table and by itself. */
			assert.deepEqual(can.sort(), [...new Set(may)].sort());
		});

for (const program of PROGRAMS)
	test(`${program} can change no evidence, no schema, no rights`,
		() => assertDenied(program, [
			...APPEND_ONLY.flatMap((t) => [
				`UPDATE ${t} SET ${columnsOf(t)[0]} = 'x'`,
				`DELETE FROM ${t}`,
				`TRUNCATE TABLE ${t}`,
				`REPLACE INTO ${t} SELECT * FROM ${t}`,
				`DROP TABLE ${t}`,
				`ALTER TABLE ${t} ADD COLUMN x INT`,
				`CREATE TRIGGER x BEFORE INSERT ON ${t} FOR EACH ROW ` +
					"SET @x = 1",
				`LOCK TABLES ${t} WRITE`,
			]),
			"ALTER TABLE applications DROP CONSTRAINT applications_money",
			"CREATE INDEX x ON audit (at)",
			"RENAME TABLE audit TO x",
			"CREATE TABLE x (x INT)",
			"CREATE TEMPORARY TABLE x (x INT)",
			"CREATE VIEW x AS SELECT 1",
			"CREATE PROCEDURE x() SELECT 1",
			"CREATE EVENT x ON SCHEDULE EVERY 1 DAY DO SELECT 1",
			"CREATE DATABASE x",
			"DROP DATABASE calock",
			"CREATE USER x",
			"GRANT SELECT ON payments TO calock_account",
			"SET GLOBAL check_constraint_checks = OFF",
			"SET GLOBAL foreign_key_checks = OFF",
			"SET GLOBAL general_log = ON",
			"SELECT * FROM mysql.global_priv",
			"SHOW BINARY LOGS",
		]));

/* Money is not these programs'; each try names what must stop it. */
for (const program of ["account", "application", "attachment", "document", "invoice",
	"payment", "review"])
	test(`${program} cannot say that money came`, () =>
		assertDenied(program, [
			"UPDATE applications SET payment_id = id",
			"UPDATE applications SET paid_at = NOW(6)",
			"INSERT INTO applications (id, payment_id) VALUES ('x', 'x')",
			`INSERT INTO payments (id, order_no, application_id, provider,
				transaction_id, amount_fen, currency, paid_at, source)
			VALUES ('x', 'x', 'x', 'wechatpay', 'x', 1, 'CNY', NOW(6),
				'notice')`,
			"INSERT INTO notices (id, provider, event_id, event_type, " +
				"outcome) VALUES ('x', 'x', 'x', 'x', 'credited')",
			"INSERT INTO orders (order_no, state) VALUES ('x', 'paid')",
			`INSERT INTO postings (event, reference, debit, credit, provider,
				amount_fen) VALUES ('x', 'x', 'x', 'y', 'x', 1)`,
		]));

/* As the database sees it afterwards. */
async function stateOf(id)
{
	const [row] = await stack.db(
		`SELECT state, payment_id FROM applications WHERE id = '${id}'`);

	return row;
}

test("a state that needs money is refused without a payment",
	async () => {
		const { id } = await complete(applicant);

		await submit(applicant, id);
		await force(stack, id, "approved");
		for (const program of ["application", "review", "callback", "worker"])
			for (const state of ["paid", "processing", "completed",
				"refunded"]) {
				const [result] = await tryAs(program, [`UPDATE applications
					SET state = '${state}' WHERE id = '${id}'`]);

				assert.equal(result, UNPAID, `${program} ${state}`);
			}
		/* Any session may switch those off for itself. */
		assert.deepEqual(await tryAs("application", [
			"SET check_constraint_checks = OFF, foreign_key_checks = OFF",
			`UPDATE applications SET state = 'paid' WHERE id = '${id}'`,
		]), [0, UNPAID]);
		assert.deepEqual(await stateOf(id),
			{ state: "approved", payment_id: null });
	});

test("a case cannot be born paid, nor live on another's money", async () => {
	const { id } = await create(applicant);
	const paid = await create(applicant);

	await force(stack, paid.id, "paid");
	assert.deepEqual(await tryAs("application", [`INSERT INTO applications
		(id, batch_no, type, unit_id, account_id, state, consent_version,
		fee_fen) SELECT 'x', 'x', type, unit_id, account_id, 'paid',
		consent_version, 1 FROM applications WHERE id = '${id}'`]),
	[UNPAID]);
	for (const program of ["callback", "worker"])
		assert.deepEqual(await tryAs(program, [
			`UPDATE applications SET payment_id = '${paid.id}'
			WHERE id = '${id}'`,
			`UPDATE applications SET payment_id = 'x' WHERE id = '${id}'`,
			"SET check_constraint_checks = OFF, foreign_key_checks = OFF",
			`UPDATE applications SET payment_id = '${paid.id}',
				state = 'paid' WHERE id = '${id}'`,
		]), [NO_PARENT, NO_PARENT, 0, UNPAID]);
	assert.equal((await stateOf(id)).payment_id, null);
});

test("no program signs in as another", async () => {
	const [{ n }] = await stack.db("SELECT COUNT(*) AS n FROM " +
		"mysql.global_priv WHERE user LIKE 'calock\\_%' " +
		"AND COALESCE(JSON_VALUE(priv, '$.authentication_string'), '') = ''");
	const passwords = PROGRAMS.map((name) =>
		fs.readFileSync(stack.path("db-passwords", name), "utf8"));

	assert.equal(n, "0");
	assert.equal(new Set(passwords).size, PROGRAMS.length);
});
