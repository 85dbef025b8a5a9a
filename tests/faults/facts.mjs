/*
 * What is there: the rows of the database and the files of the store, and
 * the ways between the states, as plain data.
 */
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Database } from "../stack/database.mjs";
import { fieldKeys, openObject } from "../stack/objects.mjs";
import { Parts } from "../stack/parts.mjs";

const STATES = fileURLToPath(
	new URL("../../lib/domain/state.def", import.meta.url));

const TABLES = {
	accounts: "id, login, role, unit_id",
	applications: "id, batch_no, unit_id, account_id, state, version, " +
		"attachments_version, round, category, lock_serial, second_reason, " +
		"fee_fen, payment_id, project_name, handler_title, claimed_by, " +
		"work_order_id",
	attachments: "id, application_id, kind, size, sha256, store_key, " +
		"removed_at",
	audit: "id, at, program, actor_id, role, action, subject, detail",
	batch_numbers: "day, last",
	consents: "id, application_id",
	history: "id, application_id, version, action, actor_id, handled_at",
	idempotency: "account_id, path, idem_key, status, result_id",
	invoices: "id, application_id, payment_id, state, amount_fen, number",
	invoice_files: "invoice_id, format, store_key, sha256, size",
	messages: "id, application_id, event",
	notices: "id, event_id, order_no, transaction_id, outcome, reason",
	orders: "order_no, application_id, state, amount_fen",
	payments: "id, order_no, application_id, transaction_id, amount_fen",
	refunds: "id, application_id, payment_id, notice_id, amount_fen, state",
	reviews: "id, application_id, round, decision",
	work_order_items: "work_order_id, application_id, outcome",
};

/* {states: {NAME: word}, moves: [{from, action, by: [role], to}]}. */
function readMoves(text = fs.readFileSync(STATES, "utf8"))
{
	const words = (macro) => Object.fromEntries([...text.matchAll(
		new RegExp(`^${macro}\\((\\w+), *"(\\w+)"`, "gm"))]
		.map(([, name, word]) => [name, word]));
	const states = words("STATE");
	const actions = words("ACTION");

	return [...text.matchAll(
		/^MOVE\((\w+), *(\w+), *([A-Z_ |]+), *(\w+)\)/gm)]
		.map(([, from, action, by, to]) => ({ from: states[from],
			action: actions[action], to: states[to],
			by: by.split("|").map((role) =>
				role.trim().replace("ROLE_", "").toLowerCase()) }));
}

/* {size, sha256} of what an object holds; of one that does not open, why. */
function readObject(dir, keys, key)
{
	try {
		const bytes = openObject(keys, key,
			fs.readFileSync(path.join(dir, key)));

		return { size: bytes.length, sha256: crypto.createHash("sha256")
			.update(bytes).digest("hex") };
	} catch (e) {
		return { size: -1, sha256: e.message };
	}
}

/* Every object of a store by its key. */
function readStore(dir, keys)
{
	return Object.fromEntries(fs.readdirSync(dir).flatMap((folder) =>
		fs.readdirSync(path.join(dir, folder)).map((name) => {
			const key = `${folder}/${name}`;

			return [key, readObject(dir, keys, key)];
		})));
}

/* Of the stack in a folder, whose database runs with its socket in runDir. */
export async function readFacts(dir, runDir)
{
	const database = new Database(new Parts(dir, process.env, () => {}),
		dir, runDir);
	const facts = { moves: readMoves(),
		store: readStore(path.join(dir, "store"), fieldKeys(
			fs.readFileSync(path.join(dir, "field.key"), "utf8"))) };

	for (const [table, columns] of Object.entries(TABLES))
		facts[table] =
			await database.query(`SELECT ${columns} FROM ${table}`);
	return facts;
}
