/*
 * make bench puts requests beside the SQL that they come to (tests/bench): here
 * each is seen to be the same work, so that no figure is taken of another.
 */
import fs from "node:fs";
import { after, before, test } from "node:test";

import { addUnits } from "../bench/cases.mjs";
import { KINDS, tripsOf } from "../bench/figures/change.mjs";
import * as list from "../bench/figures/list.mjs";
import { sql } from "../bench/sides.mjs";
import { OUTPUT } from "../bench/world.mjs";
import { startStack } from "../stack/stack.mjs";

let stack;

before(async () => {
	fs.mkdirSync(OUTPUT, { recursive: true });
	stack = await startStack({});
});
after(() => stack?.stop());

for (const [name, kind] of Object.entries(KINDS))
	test(`a ${name} runs the statements of its limit`, async () => {
		const [item] = await kind.cases(stack, 1);

		await tripsOf(stack, kind);
		await sql(stack, kind.program, [kind.steps(stack, item)],
			{ connections: 1 });
	});

test("a list runs the statements of its limit", async () => {
	const [{ id, session }] = await addUnits(stack, 1);

	await list.tripsOf(stack, { unit: id, session });
});
