/*
 * Money under faults, a short run: every payment that a provider took is in
 * the books once, gone back or with a person, and the day's bills find nothing.
 * And what was lost on purpose is found.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { moneyUnderFaults } from "./money.mjs";
import { RULES, wrongIn } from "./money_rules.mjs";

const NEEDED = ["order", "pay", "again", "expire", "forge", "refund",
	"misbehave", "fault: job", "fault: program"];
/* One row each: who has to see it, what it is, how it comes about. */
const PLANTED = [
	["payments", "a payment that we do not know",
		"UPDATE payments SET transaction_id = CONCAT('x', transaction_id) " +
			"ORDER BY id LIMIT 1"],
	["refunds", "a refund of another amount",
		"UPDATE refunds SET amount_fen = amount_fen - 1 " +
			"WHERE state = 'done' ORDER BY id LIMIT 1"],
	["cases", "a case that is refunded, and whose money is here",
		"UPDATE applications SET state = 'refunded' WHERE state = 'paid' " +
			"ORDER BY id LIMIT 1"],
	["ledger", "money that is in no book",
		"DELETE FROM postings WHERE event = 'credited' LIMIT 1"],
	["reconciliation", "money that a bill has otherwise",
		"UPDATE payments SET amount_fen = amount_fen + 1 " +
			"ORDER BY id DESC LIMIT 1"],
];

let run;
const found = new Map();

/* As nothing but a mistake of ours could make it. */
async function plant(money)
{
	for (const [rule, , change] of PLANTED) {
		await money.stack.db(`SET SESSION check_constraint_checks = 0;
			${change}`);
		found.set(rule, await wrongIn(money,
			RULES.filter(({ name }) => name === rule)));
	}
}

before(async () => {
	run = await moneyUnderFaults({ operations: 800, seed: 20261129,
		look: plant });
});

test("no money is lost or taken twice, whatever goes wrong", () => {
	for (const kind of NEEDED)
		assert.ok(run.done.get(kind) > 0, kind);
	assert.deepEqual(run.wrong, []);
});

for (const [rule, what] of PLANTED)
	test(`${what} is found`, () => {
		assert.ok(found.get(rule).length > 0);
	});
