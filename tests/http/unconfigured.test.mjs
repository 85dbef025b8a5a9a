/* A centre that has no contract with the payment provider yet. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, load, submit } from "../stack/cases.mjs";
import { signIn } from "../stack/client.mjs";
import { act } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const KEYS = ["MCHID", "APPID", "MERCHANT_KEY_FILE", "MERCHANT_SERIAL",
	"APIV3_KEY_FILE", "PLATFORM_KEYS"];
let stack;

before(async () => {
	stack = await startStack({ env: Object.fromEntries(KEYS.map((key) =>
		[`CALOCK_WECHATPAY_${key}`, ""])) });
});
after(() => stack?.stop());

test("paying is refused clearly, and everything else goes on", async () => {
	const applicant = await signIn(stack, "applicant1");
	const reviewer = await signIn(stack, "reviewer1");
	const { id } = await complete(applicant, "renewal");

	await submit(applicant, id);
	await act(reviewer, `/admin/applications/${id}`, "/claim");
	await act(reviewer, `/admin/applications/${id}`, "/approve");
	const answer = await applicant.post(`/api/applications/${id}/payment`,
		{ provider: "wechatpay" });

	assert.equal(answer.status, 502);
	assert.equal(answer.body.code, "provider_failed");
	assert.equal((await load(applicant, id)).state, "approved");
	assert.deepEqual((await applicant.get("/api/payments")).body.providers,
		[]);
	assert.match(stack.logs("payment"), /wechatpay is not configured/);
});
