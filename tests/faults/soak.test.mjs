/*
 * A short soak: every kind of fault at least once while many people work;
 * what they were told is what is there.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FAULTS_A_ROUND, KINDS_OF_FAULT } from "./injector.mjs";
import { soak } from "./soak.mjs";

const REQUESTS = 4000;

test("nothing acknowledged is lost or done twice, whatever is killed",
	async () => {
		const { injector, traffic, wrong, heavy } = await soak({ seed: 20261125,
			requests: REQUESTS,
			gap: Math.floor(REQUESTS * 0.5 / FAULTS_A_ROUND) });

		assert.deepEqual([...injector.done.keys()].sort(),
			[...KINDS_OF_FAULT].sort());
		assert.ok(traffic.requests >= REQUESTS);
		assert.ok(traffic.lost() > 0);
		assert.ok(traffic.outcomes.get("lost, 503") > 0);
		assert.deepEqual(wrong, []);
		assert.deepEqual(heavy, []);
	});
