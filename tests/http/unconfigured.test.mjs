/* A centre that has no contract with a payment provider yet. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { complete, load, submit } from "../stack/cases.mjs";
import { send, signIn } from "../stack/client.mjs";
import { act } from "../stack/pages.mjs";
import { startStack } from "../stack/stack.mjs";

const KEYS = ["WECHATPAY_MCHID", "WECHATPAY_APPID",
	"WECHATPAY_MERCHANT_KEY_FILE", "WECHATPAY_MERCHANT_SERIAL",
	"WECHATPAY_APIV3_KEY_FILE", "WECHATPAY_PLATFORM_KEYS", "ALIPAY_APPID",
	"ALIPAY_SELLER_ID", "ALIPAY_APP_KEY_FILE", "ALIPAY_ALIPAY_KEY_FILE"];
let stack;

before(async () => {
	stack = await startStack({ env: Object.fromEntries(KEYS.map((key) =>
		[`CALOCK_${key}`, ""])) });
});
after(() => stack?.stop());

test("paying is refused clearly, and everything else goes on", async () => {
	const applicant = await signIn(stack, "applicant1");
	const reviewer = await signIn(stack, "reviewer1");
	const { id } = await complete(applicant, "renewal");

	await submit(applicant, id);
	await act(reviewer, `/admin/applications/${id}`, "/claim");
	await act(reviewer, `/admin/applications/${id}`, "/approve");
	for (const provider of ["wechatpay", "alipay"]) {
		const answer = await applicant.post(
			`/api/applications/${id}/payment`, { provider });

		assert.equal(answer.status, 502);
		assert.equal(answer.body.code, "provider_failed");
	}
	assert.equal((await load(applicant, id)).state, "approved");
	assert.deepEqual((await applicant.get("/api/payments")).body.providers,
		[]);
	assert.match(stack.logs("payment"), /wechatpay is not configured/);
});

test("a notice is refused, as there is nothing to verify it by", async () => {
	for (const provider of ["wechatpay", "alipay"]) {
		const answer = await send(`${stack.baseUrl}/callback/${provider}`,
			{ method: "POST", body: "a=b" });

		assert.equal(answer.status, 401, provider);
	}
});
